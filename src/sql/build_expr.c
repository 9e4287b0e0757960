/* build_expr.c — expressions for the actions of grammar.y; see
 * build.h. */
#include "sql/build.h"
#include "sql/grammar.h"

#include <string.h>
#include <strings.h>

static const struct sql_nodes no_args = {0};

/* Sources overlap: a tree of depth d copies its text up to d times. */
static const char *
copy_source(struct sql_builder *builder, struct sql_span span)
{
    size_t length = (size_t)(span.end - span.begin);
    if (builder->copied_bytes_left < length) {
        sql_build_too_complex(builder);
        return "";
    }
    builder->copied_bytes_left -= length;
    return arena_strndup(builder->arena, span.begin, length);
}

struct sql_node
sql_build_listed(struct sql_builder *builder, enum sql_expr_kind kind, struct sql_span span,
                 struct sql_nodes args)
{
    struct sql_expr *expr = arena_alloc(builder->arena, sizeof *expr);
    expr->kind = kind;
    expr->args = args.items;
    expr->arg_count = args.count;
    expr->source = copy_source(builder, span);
    sql_find_collate(expr);
    if (args.depth >= SQL_DEPTH_MAX) {
        sql_build_too_complex(builder);
    }
    return (struct sql_node){.expr = expr, .span = span, .depth = args.depth + 1};
}

/* `text` without the underscores that SQLite 3.46 allows between digits. */
static const char *
without_underscores(struct sql_builder *builder, struct sql_token number)
{
    char *text = arena_alloc(builder->arena, number.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < number.length; i++) {
        if (number.text[i] != '_') {
            text[length++] = number.text[i];
        }
    }
    return text;
}

static const char *
upper_case(struct sql_builder *builder, struct sql_token token)
{
    char *text = arena_strndup(builder->arena, token.text, token.length);
    for (char *at = text; *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z') {
            *at = (char)(*at - 'a' + 'A');
        }
    }
    return text;
}

static const char *
literal_text(struct sql_builder *builder, enum sql_expr_kind kind, struct sql_token token)
{
    if (kind == SQL_EXPR_STRING) {
        return sql_build_unquoted(builder, token);
    }
    if (kind == SQL_EXPR_INTEGER || kind == SQL_EXPR_REAL) {
        return without_underscores(builder, token);
    }
    if (kind == SQL_EXPR_BLOB) { /* without x' and ' */
        return arena_strndup(builder->arena, token.text + 2, token.length - 3);
    }
    if (kind == SQL_EXPR_KEYWORD) {
        return upper_case(builder, token);
    }
    return NULL;
}

struct sql_node
sql_build_literal(struct sql_builder *builder, enum sql_expr_kind kind, struct sql_token token)
{
    struct sql_node node = sql_build_listed(builder, kind, sql_span_of(token, token), no_args);
    node.expr->text = literal_text(builder, kind, token);
    return node;
}

static bool
is_true_or_false(struct sql_token token)
{
    return (token.length == 4 && strncasecmp(token.text, "true", 4) == 0) ||
           (token.length == 5 && strncasecmp(token.text, "false", 5) == 0);
}

struct sql_node
sql_build_default_word(struct sql_builder *builder, struct sql_token token)
{
    enum sql_expr_kind kind = is_true_or_false(token) ? SQL_EXPR_KEYWORD : SQL_EXPR_STRING;
    return sql_build_literal(builder, kind, token);
}

struct sql_node
sql_build_column_name(struct sql_builder *builder, struct sql_token token)
{
    if (is_true_or_false(token)) {
        return sql_build_literal(builder, SQL_EXPR_KEYWORD, token);
    }
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_NAME, sql_span_of(token, token),
                                            no_args);
    node.expr->name = sql_build_name(builder, token);
    return node;
}

struct sql_node
sql_build_qualified_name(struct sql_builder *builder, struct sql_span span,
                         struct sql_token qualifier, struct sql_token name)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_NAME, span, no_args);
    node.expr->qualifier = sql_build_name(builder, qualifier);
    node.expr->name = sql_build_name(builder, name);
    return node;
}

struct sql_node
sql_build_unary(struct sql_builder *builder, struct sql_token op, struct sql_node operand)
{
    struct sql_span span = {.begin = op.text, .end = operand.span.end};
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_UNARY, span,
                                            sql_nodes_of(builder, operand));
    node.expr->op = upper_case(builder, op);
    return node;
}

struct sql_node
sql_build_binary(struct sql_builder *builder, const char *op, struct sql_node left,
                 struct sql_node right)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_BINARY,
                                            sql_span_join(left.span, right.span),
                                            sql_nodes_two(builder, left, right));
    node.expr->op = op;
    return node;
}

struct sql_node
sql_build_token_binary(struct sql_builder *builder, struct sql_token op, struct sql_node left,
                       struct sql_node right)
{
    return sql_build_binary(builder, upper_case(builder, op), left, right);
}

struct sql_node
sql_build_like(struct sql_builder *builder, struct sql_token op, struct sql_nodes args,
               struct sql_span span)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_LIKE, span, args);
    node.expr->op = upper_case(builder, op);
    return node;
}

struct sql_node
sql_build_isnull(struct sql_builder *builder, struct sql_node operand, struct sql_token end)
{
    struct sql_span span = {.begin = operand.span.begin, .end = end.text + end.length};
    return sql_build_listed(builder, SQL_EXPR_ISNULL, span, sql_nodes_of(builder, operand));
}

struct sql_node
sql_build_in(struct sql_builder *builder, struct sql_node subject, struct sql_nodes items,
             struct sql_token end)
{
    struct sql_span span = {.begin = subject.span.begin, .end = end.text + end.length};
    struct sql_nodes args = sql_nodes_of(builder, subject);
    for (size_t i = 0; i < items.count; i++) {
        *ARENA_APPEND(builder->arena, args.items, args.count) = items.items[i];
    }
    args.depth = items.depth > args.depth ? items.depth : args.depth;
    return sql_build_listed(builder, SQL_EXPR_IN, span, args);
}

struct sql_node
sql_build_function(struct sql_builder *builder, struct sql_token name, struct sql_nodes args,
                   struct sql_token end)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_FUNCTION, sql_span_of(name, end),
                                            args);
    node.expr->name = sql_build_name(builder, name);
    return node;
}

struct sql_node
sql_build_cast(struct sql_builder *builder, struct sql_span span, struct sql_node operand,
               struct sql_span type)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_CAST, span,
                                            sql_nodes_of(builder, operand));
    const char *written = sql_build_type(builder, type);
    node.expr->text = written != NULL ? written : "";
    return node;
}

struct sql_node
sql_build_collate(struct sql_builder *builder, struct sql_node operand,
                  struct sql_token collation)
{
    struct sql_span span = {.begin = operand.span.begin,
                            .end = collation.text + collation.length};
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_COLLATE, span,
                                            sql_nodes_of(builder, operand));
    node.expr->name = sql_build_name(builder, collation);
    return node;
}

struct sql_node
sql_build_unknown(struct sql_builder *builder, struct sql_span span)
{
    struct sql_node node = sql_build_listed(builder, SQL_EXPR_UNKNOWN, span, no_args);
    node.expr->text = node.expr->source;
    return node;
}
