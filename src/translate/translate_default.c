/* translate_default.c — DEFAULT, with the column's type in mind. */
#include "translate/moment.h"
#include "translate/translated.h"

/* The well-known way to make a version 4 UUID out of pieces of randomblob():
 * more than one piece, joined, with the version's digit between. */
static size_t
count_randomblobs(const struct sql_expr *expr)
{
    bool itself = expr->kind == SQL_EXPR_FUNCTION &&
                  sqlite3_stricmp(expr->name.text, "randomblob") == 0;
    size_t count = itself ? 1 : 0;
    for (size_t i = 0; i < expr->arg_count; i++) {
        count += expr->args[i] == NULL ? 0 : count_randomblobs(expr->args[i]);
    }
    return count;
}

static bool
random_uuid(struct translate_scope *scope, const struct plan_column *column,
            const struct sql_expr *expr, const char **sql)
{
    enum { UUID_PIECES_MIN = 4 };
    size_t pieces = count_randomblobs(expr);
    bool uuid = column->type.kind == TYPE_UUID;
    if (uuid ? pieces == 0 : pieces < UUID_PIECES_MIN || !type_is_text(column->type.kind)) {
        return false;
    }
    scope->change = "a random UUID is made by gen_random_uuid()";
    *sql = uuid ? "gen_random_uuid()" : "CAST(gen_random_uuid() AS text)";
    return true;
}

static bool
from_moment(struct translate_scope *scope, const struct plan_column *column,
            const struct moment *moment, const char **sql)
{
    if (!moment_to_sql(scope->arena, moment, &column->type, sql)) {
        return translate_failed(scope, "the time in this form is no %s",
                                type_name(scope->arena, &column->type));
    }
    if (moment->local && column->type.kind != TYPE_TIMESTAMPTZ) {
        scope->change = "local time is that of the session's TimeZone, not of the machine";
    }
    return true;
}

bool
translate_default(struct translate_scope *scope, const struct plan_column *column,
                  const char **sql)
{
    const struct sql_expr *expr = column->source->default_value;
    struct constant constant;
    struct moment moment;
    *sql = NULL;
    scope->volatile_ok = true;
    if (constant_evaluate(scope->arena, expr, NULL, &constant)) {
        if (constant.kind == CONSTANT_NULL) {
            return true;
        }
        return constant_to_sql(scope->arena, &constant, &column->type, sql) ||
               translate_failed(scope, "the value is no %s",
                                type_name(scope->arena, &column->type));
    }
    if (moment_recognise(scope->arena, expr, &moment)) {
        return from_moment(scope, column, &moment, sql);
    }
    if (random_uuid(scope, column, expr, sql)) {
        return true;
    }
    struct translated value;
    return translate_any(scope, expr, &value) && translate_coerce(scope, &value, column, sql);
}
