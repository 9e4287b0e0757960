/* translate_json.c — a value inside a JSON column, for an index on it. */
#include "translate/literal.h"
#include "translate/translated.h"

/* "$.a.b[0]" as the text array {"a","b",0} of PostgreSQL's #>>; false for paths
 * that have no such form ($[#-1], wildcards). */
static bool
path_to_array(const char *path, struct text *array)
{
    if (*path++ != '$' || *path == '\0') {
        return false;
    }
    text_add_char(array, '{');
    for (bool first = true; *path != '\0'; first = false) {
        bool key = *path == '.';
        bool quoted = key && path[1] == '"';
        if (!key && *path != '[') {
            return false;
        }
        path += quoted ? 2 : 1;
        size_t length = quoted ? strcspn(path, "\"") : strcspn(path, key ? ".[" : "]");
        bool digits = strspn(path, "0123456789") == length;
        bool closed = quoted ? path[length] == '"' : key || path[length] == ']';
        if (length == 0 || !closed || (!key && !digits) || memchr(path, '"', length) != NULL ||
            memchr(path, '\\', length) != NULL) {
            return false;
        }
        text_printf(array, key ? "%s\"%.*s\"" : "%s%.*s", first ? "" : ",", (int)length, path);
        path += length + (quoted || !key ? 1 : 0);
    }
    text_add_char(array, '}');
    return true;
}

bool
translate_json_path(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out)
{
    struct translated document;
    struct constant path;
    if (!scope->index) {
        return translate_failed(scope, "a value inside JSON, whose type may vary");
    }
    if (!translate_any(scope, expr->args[0], &document)) {
        return false;
    }
    bool json = document.type.kind == TYPE_JSON || document.type.kind == TYPE_JSONB;
    AUTO_TEXT array = {0};
    if (!json || !constant_evaluate(scope->arena, expr->args[1], NULL, &path) ||
        path.kind != CONSTANT_TEXT || !literal_is_utf8(path.text, NULL) ||
        !path_to_array(path.text, &array)) {
        return translate_failed(scope, "json_extract of a %s",
                                type_name(scope->arena, &document.type));
    }
    *out = (struct translated){.type = TYPE_OF(TYPE_TEXT)};
    out->sql = arena_printf(scope->arena, "%s #>> %s", translate_operand(scope, &document),
                            sql_string(scope->arena, array.bytes));
    scope->change = arena_printf(
        scope->arena, "on the text of the value: %s; queries must say so too", out->sql);
    return true;
}
