/* view_select.c — one SELECT of a view. Finds the clauses token by token; the expressions
 * between them go through the grammar. */
#include "sql/parse.h"
#include "sql/view_reader.h"

#include <string.h>
#include <strings.h>

void
view_advance(struct view_reader *reader)
{
    reader->token = sql_lexer_next(&reader->lexer);
}

static bool
view_is_word(const struct view_reader *reader, const char *word)
{
    return reader->token.length == strlen(word) &&
           strncasecmp(reader->token.text, word, reader->token.length) == 0;
}

bool
view_accept(struct view_reader *reader, const char *word)
{
    bool found = view_is_word(reader, word);
    if (found) {
        view_advance(reader);
    }
    return found;
}

bool
view_fail(struct view_reader *reader, const char *why)
{
    return error_set(reader->err, ERROR_SOURCE, "%s", why);
}

static bool
is_one_of(const struct view_reader *reader, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_is_word(reader, words[i])) {
            return true;
        }
    }
    return false;
}

static bool
opens_name(const char *text)
{
    char c = text[0];
    return c == '"' || c == '`' || c == '[' || c == '_' || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* A name by way of the grammar, which knows every way to quote. */
static bool
parse_name(struct view_reader *reader, const struct sql_token *token, struct sql_name *name)
{
    struct sql_expr *expr = NULL;
    struct error ignored;
    if (token->length == 0 || !opens_name(token->text)) {
        return false;
    }
    const char *text = arena_strndup(reader->arena, token->text, token->length);
    if (!sql_parse_expression(reader->arena, text, &expr, &ignored) ||
        expr->kind != SQL_EXPR_NAME) {
        return false;
    }
    *name = expr->name;
    return true;
}

bool
view_read_name(struct view_reader *reader, struct sql_name *name)
{
    if (!parse_name(reader, &reader->token, name)) {
        return view_fail(reader, "a name was expected in its text");
    }
    view_advance(reader);
    return true;
}

bool
view_read_names(struct view_reader *reader, struct sql_name **names, size_t *count)
{
    if (!view_accept(reader, "(")) {
        return true;
    }
    do {
        struct sql_name name;
        if (!view_read_name(reader, &name)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, *names, *count) = name;
    } while (view_accept(reader, ","));
    return view_accept(reader, ")") ||
           view_fail(reader, "its list of columns is not understood");
}

const char *
view_unread_clause(const struct view_reader *reader)
{
    static const char *const words[][2] = {
        {"window", "it has a WINDOW"},     {"natural", "it has NATURAL JOIN"},
        {"right", "it has RIGHT JOIN"},    {"full", "it has FULL JOIN"},
        {"using", "it has USING"},         {"indexed", "it has INDEXED BY"},
        {"values", "it has VALUES"},       {"select", "it has a SELECT within"},
        {"having", "it has HAVING alone"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (view_is_word(reader, words[i][0])) {
            return words[i][1];
        }
    }
    return NULL;
}

/* Whether a clause's word, a comma or a bracket stands here. */
static bool
view_ends_expression(const struct view_reader *reader)
{
    static const char *const words[] = {
        ",",  ";", "from",  "where", "join",  "inner", "left",   "cross",  "on",
        "as", ")", "group", "order", "limit", "union", "except", "having", "intersect"};
    return reader->token.code == 0 || is_one_of(reader, words, sizeof words / sizeof *words) ||
           (view_unread_clause(reader) != NULL && !view_is_word(reader, "select"));
}

/* Words that end an expression but are names where they begin one. */
static bool
ends_term(const struct view_reader *reader)
{
    static const char *const words[] = {"asc", "desc", "nulls", "offset"};
    return is_one_of(reader, words, sizeof words / sizeof *words);
}

/* The text up to its last word, which is a name by itself then. */
static bool
parse_with_alias(struct view_reader *reader, const char *start, const struct sql_token *last,
                 struct sql_expr **expr, struct sql_name *alias)
{
    struct error ignored;
    if (alias == NULL || last->text <= start || !parse_name(reader, last, alias)) {
        return false;
    }
    const char *text = arena_strndup(reader->arena, start, (size_t)(last->text - start));
    return sql_parse_expression(reader->arena, text, expr, &ignored);
}

bool
view_read_expression(struct view_reader *reader, struct sql_expr **expr, struct sql_name *alias)
{
    const char *start = reader->token.text;
    struct sql_token last = {.text = start};
    int depth = 0;
    while (reader->token.code != 0 &&
           (depth > 0 || (!view_ends_expression(reader) &&
                          (last.length == 0 || alias != NULL || !ends_term(reader))))) {
        if (view_is_word(reader, "select")) {
            return view_fail(reader, "it has a SELECT within an expression");
        }
        depth += view_is_word(reader, "(") ? 1 : view_is_word(reader, ")") ? -1 : 0;
        last = reader->token;
        view_advance(reader);
    }
    struct error ignored;
    const char *end = last.text + last.length;
    const char *text = arena_strndup(reader->arena, start, (size_t)(end - start));
    return (end > start && (sql_parse_expression(reader->arena, text, expr, &ignored) ||
                            parse_with_alias(reader, start, &last, expr, alias))) ||
           view_fail(reader, "an expression in its text is not understood");
}

/* *, or t.*: looked for without moving on. */
static bool
read_star(struct view_reader *reader, struct view_item *item)
{
    if (view_accept(reader, "*")) {
        return true;
    }
    struct sql_lexer ahead = reader->lexer;
    struct sql_token dot = sql_lexer_next(&ahead);
    struct sql_token star = sql_lexer_next(&ahead);
    bool found = dot.length == 1 && dot.text[0] == '.' && star.length == 1 &&
                 star.text[0] == '*';
    if (!found || !view_read_name(reader, &item->star_of)) {
        return false;
    }
    view_advance(reader);
    view_advance(reader);
    return true;
}

static bool
read_items(struct view_reader *reader, struct sql_select *select)
{
    do {
        struct view_item item = {0};
        if (!read_star(reader, &item) &&
            (!view_read_expression(reader, &item.expr, &item.alias) ||
             (view_accept(reader, "as") && !view_read_name(reader, &item.alias)))) {
            return false;
        }
        *ARENA_APPEND(reader->arena, select->items, select->item_count) = item;
    } while (view_accept(reader, ","));
    return view_accept(reader, "from") || view_fail(reader, "it has no FROM");
}

static bool
read_join(struct view_reader *reader, enum view_join *join)
{
    *join = VIEW_INNER;
    if (view_accept(reader, ",") || view_accept(reader, "join")) {
        return true;
    }
    if (view_accept(reader, "left")) {
        view_accept(reader, "outer");
        *join = VIEW_LEFT;
        return view_accept(reader, "join");
    }
    return (view_accept(reader, "inner") || view_accept(reader, "cross")) &&
           view_accept(reader, "join");
}

/* t, main.t or (SELECT ...) */
static bool
read_origin(struct view_reader *reader, struct view_table *table)
{
    if (view_accept(reader, "(")) {
        if (!view_is_word(reader, "select") && !view_is_word(reader, "with")) {
            return view_fail(reader, "it joins tables in parentheses");
        }
        table->query = arena_alloc(reader->arena, sizeof *table->query);
        return view_read_query(reader, table->query) &&
               (view_accept(reader, ")") ||
                view_fail(reader, "its text is not understood to the end"));
    }
    return view_read_name(reader, &table->name) &&
           (!view_accept(reader, ".") || view_read_name(reader, &table->name));
}

static bool
read_table(struct view_reader *reader, enum view_join join, struct sql_select *select)
{
    struct view_table table = {.join = join};
    if (!read_origin(reader, &table)) {
        return false;
    }
    bool named = view_accept(reader, "as") || !view_ends_expression(reader);
    if (named && !view_read_name(reader, &table.alias)) {
        return false;
    }
    if (view_accept(reader, "on") && !view_read_expression(reader, &table.on, NULL)) {
        return false;
    }
    *ARENA_APPEND(reader->arena, select->tables, select->table_count) = table;
    return true;
}

static bool
read_groups(struct view_reader *reader, struct sql_select *select)
{
    if (!view_accept(reader, "group")) {
        return true;
    }
    if (!view_accept(reader, "by")) {
        return view_fail(reader, "its GROUP BY is not understood");
    }
    do {
        struct sql_expr *group = NULL;
        if (!view_read_expression(reader, &group, NULL)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, select->groups, select->group_count) = group;
    } while (view_accept(reader, ","));
    return !view_accept(reader, "having") ||
           view_read_expression(reader, &select->having, NULL);
}

bool
view_read_select(struct view_reader *reader, struct sql_select *select)
{
    enum view_join join = VIEW_FIRST;
    if (!view_accept(reader, "select")) {
        return view_fail(reader, "it is no plain SELECT");
    }
    select->distinct = view_accept(reader, "distinct");
    if (!select->distinct) {
        view_accept(reader, "all");
    }
    if (!read_items(reader, select)) {
        return false;
    }
    do {
        if (!read_table(reader, join, select)) {
            return false;
        }
    } while (read_join(reader, &join));
    return (!view_accept(reader, "where") ||
            view_read_expression(reader, &select->where, NULL)) &&
           read_groups(reader, select);
}
