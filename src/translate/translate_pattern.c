/* translate_pattern.c — LIKE and GLOB. */
#include "translate/literal.h"
#include "translate/translated.h"

static bool
has_ascii_letter(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')) {
            return true;
        }
    }
    return false;
}

static bool
constant_text(struct translate_scope *scope, const struct sql_expr *expr, const char **text)
{
    struct constant constant;
    const struct source_table *table = scope->table == NULL ? NULL : scope->table->source;
    if (!constant_evaluate(scope->arena, expr, table, &constant) ||
        constant.kind != CONSTANT_TEXT || !literal_is_utf8(constant.text, NULL)) {
        return translate_failed(scope, "a pattern that is no constant text");
    }
    *text = constant.text;
    return true;
}

/* PostgreSQL escapes with a backslash unless told otherwise, SQLite with nothing. */
static const char *
double_backslashes(struct arena *arena, const char *pattern)
{
    AUTO_TEXT doubled = {0};
    for (const char *c = pattern; *c != '\0'; c++) {
        text_add(&doubled, *c == '\\' ? "\\" : "");
        text_add_char(&doubled, *c);
    }
    return arena_strdup(arena, text_string(&doubled));
}

static void
set_match(struct translate_scope *scope, const struct translated *subject, const char *op,
          const char *pattern, struct translated *out)
{
    translate_set_condition(out, arena_printf(scope->arena, "%s %s %s",
                                              translate_operand(scope, subject), op,
                                              sql_string(scope->arena, pattern)));
}

/* SQLite's LIKE ignores the case of ASCII letters, and of those only. */
static bool
translate_sqlite_like(struct translate_scope *scope, const struct sql_expr *expr,
                      const struct translated *subject, struct translated *out)
{
    const char *pattern = "";
    const char *escape = NULL;
    if (!constant_text(scope, expr->args[1], &pattern) ||
        (expr->arg_count > 2 && !constant_text(scope, expr->args[2], &escape))) {
        return false;
    }
    bool letters = has_ascii_letter(pattern);
    struct translated exact = *subject;
    if (letters && scope->exact) {
        exact.sql = translate_bytewise(scope, subject);
        exact.atom = true;
    }
    const char *op = letters ? (expr->negated ? "NOT ILIKE" : "ILIKE")
                             : (expr->negated ? "NOT LIKE" : "LIKE");
    if (escape == NULL) {
        pattern = double_backslashes(scope->arena, pattern);
    }
    set_match(scope, &exact, op, pattern, out);
    if (escape != NULL) {
        out->sql = arena_printf(scope->arena, "%s ESCAPE %s", out->sql,
                                sql_string(scope->arena, escape));
    }
    return true;
}

/* One [...] of a GLOB as one of a regular expression: letters, digits, blanks and
 * ranges of them, perhaps negated. Returns what follows it, or NULL. */
static const char *
add_class(struct text *regex, const char *glob)
{
    const char *c = glob + 1;
    text_add_char(regex, '[');
    if (*c == '^') {
        text_add_char(regex, *c++);
    }
    const char *first = c;
    for (; *c != '\0' && *c != ']'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool range = *c == '-' && c != first && c[1] != ']';
        bool edge = *c == '-' && !range;
        if (edge && c[1] != ']') {
            return NULL;
        }
        if (!letter && !(*c >= '0' && *c <= '9') && strchr("-_ .@/:+", *c) == NULL) {
            return NULL;
        }
        text_add_char(regex, *c);
    }
    text_add_char(regex, ']');
    return *c == ']' && c != first ? c + 1 : NULL;
}

static bool
glob_to_regex(struct text *regex, const char *glob)
{
    text_add_char(regex, '^');
    while (*glob != '\0') {
        if (*glob == '[') {
            glob = add_class(regex, glob);
            if (glob == NULL) {
                return false;
            }
            continue;
        }
        if (*glob == '*') {
            text_add(regex, ".*");
        } else if (*glob == '?') {
            text_add_char(regex, '.');
        } else {
            text_add(regex, strchr("\\.^$|()[]{}+", *glob) != NULL ? "\\" : "");
            text_add_char(regex, *glob);
        }
        glob++;
    }
    text_add_char(regex, '$');
    return true;
}

static void
glob_to_like(struct text *like, const char *glob)
{
    for (; *glob != '\0'; glob++) {
        if (*glob == '*' || *glob == '?') {
            text_add_char(like, *glob == '*' ? '%' : '_');
            continue;
        }
        text_add(like, strchr("\\%_", *glob) != NULL ? "\\" : "");
        text_add_char(like, *glob);
    }
}

static bool
translate_glob(struct translate_scope *scope, const struct sql_expr *expr,
               const struct translated *subject, struct translated *out)
{
    const char *glob = "";
    if (!constant_text(scope, expr->args[1], &glob)) {
        return false;
    }
    AUTO_TEXT pattern = {0};
    if (strchr(glob, '[') == NULL) {
        glob_to_like(&pattern, glob);
        set_match(scope, subject, expr->negated ? "NOT LIKE" : "LIKE", text_string(&pattern),
                  out);
        return true;
    }
    if (!glob_to_regex(&pattern, glob)) {
        return translate_failed(scope, "GLOB %.60s", glob);
    }
    set_match(scope, subject, expr->negated ? "!~" : "~", text_string(&pattern), out);
    return true;
}

bool
translate_like(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    struct translated subject;
    bool glob = strcmp(expr->op, "GLOB") == 0;
    if (!glob && strcmp(expr->op, "LIKE") != 0) {
        return translate_failed(scope, "%s is the application's own function", expr->op);
    }
    if (!translate_text(scope, expr->args[0], &subject)) {
        return false;
    }
    return glob ? translate_glob(scope, expr, &subject, out)
                : translate_sqlite_like(scope, expr, &subject, out);
}
