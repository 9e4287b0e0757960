/* build.c — errors, names, types and lists for the actions of
 * grammar.y; see build.h. */
#include "sql/build.h"

#include "sql/grammar.h"

#include <string.h>
#include <strings.h>

/* A token for an error message: short, and without bytes a terminal may choke on. */
struct shown_token {
    char text[44];
};

static struct shown_token
show_token(struct sql_token token)
{
    enum { SHOWN_MAX = sizeof((struct shown_token *)0)->text - sizeof "..." };
    struct shown_token shown = {""};
    size_t length = token.length < SHOWN_MAX ? token.length : SHOWN_MAX;
    for (size_t i = 0; i < length; i++) {
        char c = token.text[i];
        shown.text[i] = c >= ' ' && c <= '~' ? c : '?';
    }
    if (length < token.length) {
        memcpy(shown.text + length, "...", sizeof "...");
    }
    return shown;
}

void
sql_build_unexpected(struct sql_builder *builder, struct sql_token token)
{
    if (builder->failed) {
        return;
    }
    builder->failed = true;
    size_t offset = (size_t)(token.text - builder->sql);
    if (token.code == 0) {
        error_set(builder->err, ERROR_SOURCE, "SQL text ends too early, at byte %zu", offset);
    } else {
        error_set(builder->err, ERROR_SOURCE, "SQL text not understood near %s at byte %zu",
                  show_token(token).text, offset);
    }
    error_hint(builder->err,
               "check that SQLite itself opens the file, then report the statement");
}

void
sql_build_too_complex(struct sql_builder *builder)
{
    if (builder->failed) {
        return;
    }
    builder->failed = true;
    error_set(builder->err, ERROR_SOURCE,
              "SQL text is nested more than %d levels deep or too large, near byte %zu",
              SQL_DEPTH_MAX, (size_t)(builder->token.text - builder->sql));
    error_hint(builder->err, "simplify the expression in the SQLite schema");
}

static bool
is_quote(char c)
{
    return c == '\'' || c == '"' || c == '`' || c == '[';
}

const char *
sql_build_unquoted(struct sql_builder *builder, struct sql_token token)
{
    if (!is_quote(token.text[0])) {
        return arena_strndup(builder->arena, token.text, token.length);
    }
    char quote = token.text[0];
    char *text = arena_alloc(builder->arena, token.length);
    size_t length = 0;
    for (size_t i = 1; i + 1 < token.length; i++) {
        text[length++] = token.text[i];
        if (token.text[i] == quote && quote != '[') {
            i++; /* the second of a doubled quote */
        }
    }
    return text;
}

struct sql_name
sql_build_name(struct sql_builder *builder, struct sql_token token)
{
    return (struct sql_name){.text = sql_build_unquoted(builder, token),
                             .quoted = is_quote(token.text[0])};
}

/* "INT GENERATED ALWAYS": SQLite's own parser takes these two words, which may
 * be names, for words of the type, and takes them off again, as we do. */
static void
remove_generated_always(char *type)
{
    static const char words[] = "GENERATED ALWAYS";
    size_t length = strlen(type);
    if (length < sizeof words - 1) {
        return;
    }
    char *tail = type + length - (sizeof words - 1);
    if (strcasecmp(tail, words) == 0 && (tail == type || tail[-1] == ' ')) {
        tail[tail == type ? 0 : -1] = '\0';
    }
}

const char *
sql_build_type(struct sql_builder *builder, struct sql_span span)
{
    if (span.begin == NULL) {
        return NULL;
    }
    struct sql_lexer lexer = {.at = span.begin};
    struct sql_token token = sql_lexer_next(&lexer);
    if (is_quote(token.text[0])) { /* SQLite drops what follows a quoted type */
        return sql_build_unquoted(builder, token);
    }
    char *type = arena_alloc(builder->arena, (size_t)(span.end - span.begin) + 1);
    char *end = type;
    const char *gap = token.text;
    while (token.text < span.end) {
        if (token.text > gap) {
            *end++ = ' ';
        }
        memcpy(end, token.text, token.length);
        end += token.length;
        gap = lexer.at;
        token = sql_lexer_next(&lexer);
    }
    remove_generated_always(type);
    return *type != '\0' ? type : NULL;
}

struct sql_span
sql_span_of(struct sql_token first, struct sql_token last)
{
    return (struct sql_span){.begin = first.text, .end = last.text + last.length};
}

struct sql_span
sql_span_join(struct sql_span first, struct sql_span last)
{
    return (struct sql_span){.begin = first.begin, .end = last.end};
}

struct sql_nodes
sql_nodes_add(struct sql_builder *builder, struct sql_nodes list, struct sql_node node)
{
    *ARENA_APPEND(builder->arena, list.items, list.count) = node.expr;
    if (list.depth < node.depth) {
        list.depth = node.depth;
    }
    return list;
}

struct sql_nodes
sql_nodes_of(struct sql_builder *builder, struct sql_node node)
{
    return sql_nodes_add(builder, (struct sql_nodes){0}, node);
}

struct sql_nodes
sql_nodes_two(struct sql_builder *builder, struct sql_node first, struct sql_node second)
{
    return sql_nodes_add(builder, sql_nodes_of(builder, first), second);
}

struct sql_names
sql_names_add(struct sql_builder *builder, struct sql_names list, struct sql_token token)
{
    *ARENA_APPEND(builder->arena, list.items, list.count) = sql_build_name(builder, token);
    return list;
}

static bool
is_parenthesised(const struct sql_expr *expr)
{
    return expr->kind == SQL_EXPR_PAREN && expr->arg_count == 1;
}

struct sql_indexed_columns
sql_indexed_columns_add(struct sql_builder *builder, struct sql_indexed_columns list,
                        struct sql_node node, bool descending)
{
    struct sql_indexed_column *column = ARENA_APPEND(builder->arena, list.items, list.count);
    column->descending = descending;
    column->expr = node.expr;
    while (column->expr->kind == SQL_EXPR_COLLATE || is_parenthesised(column->expr)) {
        if (column->expr->kind == SQL_EXPR_COLLATE && column->collation.text == NULL) {
            column->collation = column->expr->name; /* the outermost counts */
        }
        column->expr = column->expr->args[0];
    }
    if (column->expr->kind == SQL_EXPR_STRING) {
        column->expr->kind = SQL_EXPR_NAME;
        column->expr->name = (struct sql_name){.text = column->expr->text, .quoted = true};
        column->expr->text = NULL;
    }
    return list;
}
