/* translate_default.c — DEFAULT, with the column's type in mind. */
#include "translate/literal.h"
#include "translate/moment.h"
#include "translate/translated.h"

#include <stdlib.h>

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

/* A decimal number, blanks around it: what numeric affinities make a number of. */
static bool
read_number(const char *text, double *number)
{
    const char *blanks = " \t\n\v\f\r";
    const char *begin = text + strspn(text, blanks);
    size_t length = strspn(begin, "0123456789+-.eE");
    char *end;
    *number = strtod(begin, &end);
    return end > begin && end == begin + length && end[strspn(end, blanks)] == '\0';
}

static bool
real_as_integer(double real, int64_t *integer)
{
    const double bound = 9223372036854775808.0; /* 2^63 */
    if (!(real > -bound && real < bound)) {
        return false;
    }
    *integer = (int64_t)real;
    double again = (double)*integer;
    return !(again < real) && !(again > real) && *integer != INT64_MAX;
}

static void
as_number(const struct plan_column *column, struct constant *constant)
{
    enum affinity affinity = column->source->affinity;
    double real;
    int64_t integer;
    if (constant->kind == CONSTANT_TEXT && literal_is_integer(constant->text, &integer)) {
        *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = integer};
    } else if (constant->kind == CONSTANT_TEXT && read_number(constant->text, &real)) {
        *constant = (struct constant){.kind = CONSTANT_REAL, .real = real};
    }
    if (affinity == AFFINITY_REAL && constant->kind == CONSTANT_INTEGER &&
        !(type_is_number(column->type.kind) && constant_is_double(constant))) {
        *constant = (struct constant){.kind = CONSTANT_REAL, .real = (double)constant->integer};
    } else if (affinity == AFFINITY_REAL && constant->kind == CONSTANT_REAL) {
        constant->real += 0.0; /* SQLite keeps a zero as an integer, which has no sign */
    } else if (affinity != AFFINITY_REAL && constant->kind == CONSTANT_REAL &&
               real_as_integer(constant->real, &integer)) {
        *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = integer};
    }
}

/* What the column keeps of it: its affinity makes text of numbers, or numbers of text. */
static void
as_stored(struct arena *arena, const struct plan_column *column, struct constant *constant)
{
    enum affinity affinity = column->source->affinity;
    if (affinity == AFFINITY_TEXT) {
        constant_become_text(arena, constant);
    } else if (affinity != AFFINITY_TEXT && affinity != AFFINITY_BLOB) {
        as_number(column, constant);
    }
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
        as_stored(scope->arena, column, &constant);
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
