/* view_parse.c — see view_parse.h. Finds the clauses token by token; the expressions between
 * them go through the grammar. */
#include "sqlite/view_parse.h"

#include "sqlite/sql_lexer.h"
#include "sqlite/sql_parse.h"

#include <string.h>
#include <strings.h>

struct view_reader {
    struct arena *arena;
    struct sql_lexer lexer;
    struct sql_token token; /* the current one */
    struct error *err;
};

static void
advance(struct view_reader *reader)
{
    reader->token = sql_lexer_next(&reader->lexer);
}

static bool
is_word(const struct view_reader *reader, const char *word)
{
    return reader->token.length == strlen(word) &&
           strncasecmp(reader->token.text, word, reader->token.length) == 0;
}

static bool
accept(struct view_reader *reader, const char *word)
{
    bool found = is_word(reader, word);
    if (found) {
        advance(reader);
    }
    return found;
}

static bool
fail(struct view_reader *reader, const char *why)
{
    return error_set(reader->err, ERROR_SOURCE, "%s", why);
}

static bool
opens_name(char c)
{
    return c == '"' || c == '`' || c == '[' || c == '_' || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* A name by way of the grammar, which knows every way to quote. */
static bool
read_name(struct view_reader *reader, struct sql_name *name)
{
    struct sql_expr *expr = NULL;
    struct error ignored;
    if (reader->token.length == 0 || !opens_name(reader->token.text[0])) {
        return fail(reader, "a name was expected in its text");
    }
    const char *text = arena_strndup(reader->arena, reader->token.text, reader->token.length);
    if (!sql_parse_expression(reader->arena, text, &expr, &ignored) ||
        expr->kind != SQL_EXPR_NAME) {
        return fail(reader, "a name in its text is not understood");
    }
    *name = expr->name;
    advance(reader);
    return true;
}

/* What may stand behind a SELECT and makes it more than a plain one. */
static const char *
more_than_plain(const struct view_reader *reader)
{
    static const char *const words[][2] = {
        {"group", "it has GROUP BY"},         {"having", "it has HAVING"},
        {"order", "it has ORDER BY"},         {"limit", "it has LIMIT"},
        {"union", "it is a UNION"},           {"except", "it has EXCEPT"},
        {"intersect", "it has INTERSECT"},    {"window", "it has a WINDOW"},
        {"natural", "it has NATURAL JOIN"},   {"right", "it has RIGHT JOIN"},
        {"full", "it has FULL JOIN"},         {"using", "it has USING"},
        {"select", "it has a SELECT within"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(reader, words[i][0])) {
            return words[i][1];
        }
    }
    return NULL;
}

static bool
ends_expression(const struct view_reader *reader)
{
    static const char *const words[] = {",",    ";",     "from", "where", "join", "inner",
                                        "left", "cross", "on",   "as",    ")"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(reader, words[i])) {
            return true;
        }
    }
    return reader->token.code == 0;
}

/* Up to a clause's word outside of parentheses. */
static bool
read_expression(struct view_reader *reader, struct sql_expr **expr)
{
    const char *start = reader->token.text;
    const char *end = start;
    int depth = 0;
    while (reader->token.code != 0 && (depth > 0 || !ends_expression(reader))) {
        const char *more = more_than_plain(reader);
        if (more != NULL) {
            return fail(reader, more);
        }
        depth += is_word(reader, "(") ? 1 : is_word(reader, ")") ? -1 : 0;
        end = reader->token.text + reader->token.length;
        advance(reader);
    }
    struct error ignored;
    const char *text = arena_strndup(reader->arena, start, (size_t)(end - start));
    return (end > start && sql_parse_expression(reader->arena, text, expr, &ignored)) ||
           fail(reader, "an expression in its text is not understood");
}

/* *, or t.*: looked for without moving on. */
static bool
read_star(struct view_reader *reader, struct view_item *item)
{
    if (accept(reader, "*")) {
        return true;
    }
    struct sql_lexer ahead = reader->lexer;
    struct sql_token dot = sql_lexer_next(&ahead);
    struct sql_token star = sql_lexer_next(&ahead);
    bool found = dot.length == 1 && dot.text[0] == '.' && star.length == 1 &&
                 star.text[0] == '*';
    if (!found || !read_name(reader, &item->star_of)) {
        return false;
    }
    advance(reader);
    advance(reader);
    return true;
}

static bool
read_items(struct view_reader *reader, struct sql_view *view)
{
    do {
        struct view_item item = {0};
        if (!read_star(reader, &item) &&
            (!read_expression(reader, &item.expr) ||
             (accept(reader, "as") && !read_name(reader, &item.alias)))) {
            return false;
        }
        *ARENA_APPEND(reader->arena, view->items, view->item_count) = item;
    } while (accept(reader, ","));
    return accept(reader, "from") || fail(reader, "it has no FROM, or an alias without AS");
}

static bool
read_join(struct view_reader *reader, enum view_join *join)
{
    *join = VIEW_INNER;
    if (accept(reader, ",") || accept(reader, "join")) {
        return true;
    }
    if (accept(reader, "left")) {
        accept(reader, "outer");
        *join = VIEW_LEFT;
        return accept(reader, "join");
    }
    return (accept(reader, "inner") || accept(reader, "cross")) && accept(reader, "join");
}

static bool
read_table(struct view_reader *reader, enum view_join join, struct sql_view *view)
{
    struct view_table table = {.join = join};
    if (is_word(reader, "(")) {
        return fail(reader, "it has a SELECT within");
    }
    if (!read_name(reader, &table.name)) {
        return false;
    }
    if (accept(reader, ".") && !read_name(reader, &table.name)) {
        return false; /* main.t */
    }
    bool named = accept(reader, "as") ||
                 (!ends_expression(reader) && more_than_plain(reader) == NULL);
    if (named && !read_name(reader, &table.alias)) {
        return false;
    }
    if (accept(reader, "on") && !read_expression(reader, &table.on)) {
        return false;
    }
    *ARENA_APPEND(reader->arena, view->tables, view->table_count) = table;
    return true;
}

static bool
read_select(struct view_reader *reader, struct sql_view *view)
{
    enum view_join join = VIEW_FIRST;
    if (!accept(reader, "select")) {
        return fail(reader, "it is no plain SELECT");
    }
    accept(reader, "all");
    if (is_word(reader, "distinct")) {
        return fail(reader, "it has DISTINCT");
    }
    if (!read_items(reader, view)) {
        return false;
    }
    do {
        if (!read_table(reader, join, view)) {
            return false;
        }
    } while (read_join(reader, &join));
    if (accept(reader, "where") && !read_expression(reader, &view->where)) {
        return false;
    }
    accept(reader, ";");
    const char *more = more_than_plain(reader);
    return reader->token.code == 0 ||
           fail(reader, more != NULL ? more : "its text is not understood to the end");
}

static bool
read_columns(struct view_reader *reader, struct sql_view *view)
{
    if (!accept(reader, "(")) {
        return true;
    }
    do {
        struct sql_name name;
        if (!read_name(reader, &name)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, view->columns, view->column_count) = name;
    } while (accept(reader, ","));
    return accept(reader, ")") || fail(reader, "its list of columns is not understood");
}

bool
sql_parse_view(struct arena *arena, const char *sql, struct sql_view *view, struct error *err)
{
    struct view_reader reader = {.arena = arena, .lexer = {sql}, .err = err};
    *view = (struct sql_view){0};
    advance(&reader);
    if (!accept(&reader, "create") ||
        !(accept(&reader, "view") ||
          ((accept(&reader, "temp") || accept(&reader, "temporary")) &&
           accept(&reader, "view")))) {
        return fail(&reader, "its text does not begin with CREATE VIEW");
    }
    if (accept(&reader, "if")) {
        accept(&reader, "not");
        accept(&reader, "exists");
    }
    return read_name(&reader, &view->name) &&
           (!accept(&reader, ".") || read_name(&reader, &view->name)) &&
           read_columns(&reader, view) &&
           (accept(&reader, "as") || fail(&reader, "it has no AS")) &&
           read_select(&reader, view);
}
