/* ast.h — what the parser of SQLite's SQL text hands out.
 *
 * PRAGMAs do not give CHECKs, generated columns' expressions, the collation of
 * a column, partial-index conditions, or whether a name was quoted; all of it
 * stands only in sqlite_schema.sql, so that text is parsed (grammar.y).
 * Everything lives as long as the arena given to the parser. */
#ifndef SQL_AST_H
#define SQL_AST_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* A name as written. "quoted" says that it stood in "", `` or [] (or '' where
 * SQLite tolerates it), so its case was meant. */
struct sql_name {
    const char *text; /* unquoted; NULL: absent */
    bool quoted;
};

enum sql_expr_kind {
    SQL_EXPR_NULL,
    SQL_EXPR_INTEGER, /* text: digits or 0x..., as written, without 3.46's underscores; may
                         be too large for 64 bits, which SQLite takes as a REAL */
    SQL_EXPR_REAL,    /* text: as written, without underscores */
    SQL_EXPR_STRING,  /* text: the value, quotes removed */
    SQL_EXPR_BLOB,    /* text: the hex digits between x' and ' */
    SQL_EXPR_KEYWORD, /* text: TRUE, FALSE, CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP */
    SQL_EXPR_NAME,    /* name (and qualifier): a column; "x" may also be a string */
    SQL_EXPR_UNARY,   /* op: - + ~ NOT; args[0] */
    SQL_EXPR_BINARY,  /* op, in upper case: || * / % + - << >> & | < <= > >= = == != <>
                              IS, IS NOT, IS DISTINCT FROM, IS NOT DISTINCT FROM,
                              AND OR -> ->>; args[0], args[1] */
    SQL_EXPR_LIKE,   /* op: LIKE GLOB REGEXP MATCH; negated; args: subject, pattern[, escape] */
    SQL_EXPR_ISNULL, /* x ISNULL, x NOTNULL, x NOT NULL: negated; args[0] */
    SQL_EXPR_BETWEEN,  /* negated; args: subject, low, high */
    SQL_EXPR_IN,       /* negated; args: subject, then the items */
    SQL_EXPR_FUNCTION, /* name; args; distinct; star: f(*) */
    SQL_EXPR_CASE, /* base may be NULL: args[0]; then when, then pairs; has_else: last is ELSE */
    SQL_EXPR_CAST,    /* text: type name as written; args[0] */
    SQL_EXPR_COLLATE, /* name: collation; args[0] */
    SQL_EXPR_PAREN,   /* args: one, or more for a row value */
    SQL_EXPR_UNKNOWN, /* sub-select, window, RAISE, parameter: text as written */
};

struct sql_expr {
    enum sql_expr_kind kind;
    const char *text;
    struct sql_name name;
    struct sql_name qualifier; /* table of table.column */
    const char *op;            /* static or arena storage, upper case */
    struct sql_expr **args;    /* CASE without base: args[0] is NULL */
    size_t arg_count;
    bool negated;
    bool distinct;
    bool star;
    bool has_else;
    const char *source;             /* the expression's own text, as written, trimmed */
    const struct sql_expr *collate; /* first COLLATE in it, in reading order; NULL: none */
};

/* Sets the last of these, that of the arguments being right. */
static inline void
sql_find_collate(struct sql_expr *expr)
{
    expr->collate = expr->kind == SQL_EXPR_COLLATE ? expr : NULL;
    for (size_t i = 0; i < expr->arg_count && expr->collate == NULL; i++) {
        expr->collate = expr->args[i] == NULL ? NULL : expr->args[i]->collate;
    }
}

/* What stands in (x), ((x)); a row value, (x, y), stays as it is. */
static inline const struct sql_expr *
sql_strip_parentheses(const struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_PAREN && expr->arg_count == 1) {
        expr = expr->args[0];
    }
    return expr;
}

enum sql_conflict {
    SQL_CONFLICT_NONE,
    SQL_CONFLICT_ROLLBACK,
    SQL_CONFLICT_ABORT,
    SQL_CONFLICT_FAIL,
    SQL_CONFLICT_IGNORE,
    SQL_CONFLICT_REPLACE
};

struct sql_indexed_column {
    struct sql_expr *expr; /* SQL_EXPR_NAME for a plain column; COLLATE and () stripped off */
    struct sql_name collation;
    bool descending;
};

struct sql_foreign_key {
    struct sql_name constraint;
    struct sql_name *columns; /* of the child; column-level: the column itself */
    size_t column_count;
    struct sql_name parent;
    struct sql_name *parent_columns; /* count 0: the parent's primary key */
    size_t parent_column_count;
    const char *on_delete; /* "CASCADE", "SET NULL", ...; NULL: NO ACTION */
    const char *on_update;
    bool deferrable;
    bool initially_deferred;
};

struct sql_check {
    struct sql_name constraint;
    struct sql_expr *expr;
};

/* PRIMARY KEY or UNIQUE, at the column or the table. */
struct sql_key {
    struct sql_name constraint;
    struct sql_indexed_column *columns;
    size_t column_count;
    bool primary;
    bool autoincrement;
    enum sql_conflict on_conflict;
};

enum sql_generated { SQL_GENERATED_NO, SQL_GENERATED_VIRTUAL, SQL_GENERATED_STORED };

struct sql_column {
    struct sql_name name;
    const char *type; /* as written, single spaces; NULL: none */
    bool not_null;
    enum sql_conflict null_conflict; /* of NOT NULL */
    struct sql_expr *default_value;  /* NULL: none; (expr): the inner one; word: a STRING */
    enum sql_generated generated;
    struct sql_expr *generated_as;
    struct sql_name collation;
};

struct sql_create_table {
    struct sql_name name;
    struct sql_column *columns;
    size_t column_count;
    struct sql_key *keys;
    size_t key_count;
    struct sql_check *checks;
    size_t check_count;
    struct sql_foreign_key *foreign_keys;
    size_t foreign_key_count;
    bool without_rowid;
    bool strict;
};

struct sql_create_index {
    struct sql_name name;
    struct sql_name table;
    bool unique;
    struct sql_indexed_column *columns;
    size_t column_count;
    struct sql_expr *where; /* NULL: not partial */
};

#endif
