/* build.h — what the actions of grammar.y call to build the AST, and
 * what joins the lexer, the grammar and the builder. Private to the parser.
 *
 * Builders never fail half-way: when a limit is reached they note the error in
 * the builder, return something valid, and parse.c stops after the token. */
#ifndef SQL_BUILD_H
#define SQL_BUILD_H

#include "base/error.h"
#include "sql/ast.h"
#include "sql/lexer.h"

enum {
    SQL_DEPTH_MAX = 1000,
    SQL_COPIED_BYTES_MIN = 64 * 1024 * 1024,
    SQL_COPIED_FACTOR = 4, /* times the length of the statement */
};

/* A part of the statement, still as written. */
struct sql_span {
    const char *begin;
    const char *end;
};

/* An expression while it is being put together. */
struct sql_node {
    struct sql_expr *expr;
    struct sql_span span;
    int depth; /* of the tree below, this node included */
};

struct sql_nodes {
    struct sql_expr **items;
    size_t count;
    int depth; /* of the deepest item */
};

struct sql_names {
    struct sql_name *items;
    size_t count;
};

struct sql_indexed_columns {
    struct sql_indexed_column *items;
    size_t count;
};

/* As in struct sql_foreign_key; of each, the last one written counts. */
struct sql_reference_actions {
    const char *on_delete;
    const char *on_update;
};

struct sql_deferral {
    bool deferrable;
    bool initially_deferred;
};

struct sql_builder {
    struct arena *arena;
    const char *sql;            /* the whole statement */
    struct error *err;          /* filled in when failed */
    bool failed;                /* stop: nothing built counts any more */
    struct sql_token token;     /* being pushed, for error messages */
    size_t copied_bytes_left;   /* of expressions' sources, until it is too much */
    struct sql_name constraint; /* CONSTRAINT name, for the next constraint */

    struct sql_create_table table;
    struct sql_create_index index;
    struct sql_expr *expression;
};

/* Both fill in the error (ERROR_SOURCE), unless one is there already. */
void sql_build_unexpected(struct sql_builder *builder, struct sql_token token);
void sql_build_too_complex(struct sql_builder *builder);

struct sql_name sql_build_name(struct sql_builder *builder, struct sql_token token);

/* The text between the quotes, doubled quotes halved; a word as it is. */
const char *sql_build_unquoted(struct sql_builder *builder, struct sql_token token);

/* A type as SQLite keeps it, with one space between words; NULL: none. */
const char *sql_build_type(struct sql_builder *builder, struct sql_span span);

struct sql_span sql_span_of(struct sql_token first, struct sql_token last);
struct sql_span sql_span_join(struct sql_span first, struct sql_span last);

struct sql_nodes sql_nodes_of(struct sql_builder *builder, struct sql_node node);
struct sql_nodes sql_nodes_two(struct sql_builder *builder, struct sql_node first,
                               struct sql_node second);
struct sql_nodes sql_nodes_add(struct sql_builder *builder, struct sql_nodes list,
                               struct sql_node node);
struct sql_names sql_names_add(struct sql_builder *builder, struct sql_names list,
                               struct sql_token token);
/* COLLATE and parentheses are taken off the expression; a string is a name here. */
struct sql_indexed_columns sql_indexed_columns_add(struct sql_builder *builder,
                                                   struct sql_indexed_columns list,
                                                   struct sql_node node, bool descending);

/* Expressions (build_expr.c). */

struct sql_node sql_build_literal(struct sql_builder *builder, enum sql_expr_kind kind,
                                  struct sql_token token);
/* DEFAULT word: a string, or TRUE or FALSE. */
struct sql_node sql_build_default_word(struct sql_builder *builder, struct sql_token token);
struct sql_node sql_build_column_name(struct sql_builder *builder, struct sql_token token);
struct sql_node sql_build_qualified_name(struct sql_builder *builder, struct sql_span span,
                                         struct sql_token qualifier, struct sql_token name);
struct sql_node sql_build_unary(struct sql_builder *builder, struct sql_token op,
                                struct sql_node operand);
/* op: static storage. */
struct sql_node sql_build_binary(struct sql_builder *builder, const char *op,
                                 struct sql_node left, struct sql_node right);
struct sql_node sql_build_token_binary(struct sql_builder *builder, struct sql_token op,
                                       struct sql_node left, struct sql_node right);
struct sql_node sql_build_like(struct sql_builder *builder, struct sql_token op,
                               struct sql_nodes args, struct sql_span span);
/* end, here and below: the last token of the expression. */
struct sql_node sql_build_isnull(struct sql_builder *builder, struct sql_node operand,
                                 struct sql_token end);
struct sql_node sql_build_in(struct sql_builder *builder, struct sql_node subject,
                             struct sql_nodes items, struct sql_token end);
struct sql_node sql_build_function(struct sql_builder *builder, struct sql_token name,
                                   struct sql_nodes args, struct sql_token end);
struct sql_node sql_build_cast(struct sql_builder *builder, struct sql_span span,
                               struct sql_node operand, struct sql_span type);
struct sql_node sql_build_collate(struct sql_builder *builder, struct sql_node operand,
                                  struct sql_token collation);
/* A kind that is its operands and nothing else: PAREN, BETWEEN, CASE. */
struct sql_node sql_build_listed(struct sql_builder *builder, enum sql_expr_kind kind,
                                 struct sql_span span, struct sql_nodes args);
struct sql_node sql_build_unknown(struct sql_builder *builder, struct sql_span span);

/* CREATE TABLE (build_table.c): each works on the table, or on its newest column. */

void sql_build_table_name(struct sql_builder *builder, struct sql_token name);
void sql_build_table_option(struct sql_builder *builder, struct sql_token word, bool without);
void sql_build_column(struct sql_builder *builder, struct sql_token name, struct sql_span type);
void sql_build_constraint_name(struct sql_builder *builder, struct sql_token name);
void sql_build_not_null(struct sql_builder *builder, enum sql_conflict on_conflict);
void sql_build_default(struct sql_builder *builder, struct sql_node value);
void sql_build_generated(struct sql_builder *builder, struct sql_node value,
                         struct sql_token storage);
void sql_build_column_collation(struct sql_builder *builder, struct sql_token name);
void sql_build_check(struct sql_builder *builder, struct sql_node condition);

/* A UNIQUE key, which the caller may make the primary one. No columns: on the
 * newest column. */
struct sql_key *sql_build_key(struct sql_builder *builder, struct sql_indexed_columns columns,
                              enum sql_conflict on_conflict);

/* columns.count == 0: the newest column. */
void sql_build_foreign_key(struct sql_builder *builder, struct sql_names columns,
                           struct sql_token parent, struct sql_names parent_columns,
                           struct sql_reference_actions actions);
/* Changes the newest foreign key, when there is one. */
void sql_build_deferral(struct sql_builder *builder, struct sql_deferral deferral);

#endif
