/* translate.c — literals, signs, casts, collations; and the door to the translator's other files. */
#include "translate/translate.h"

#include "translate/literal.h"
#include "translate/moment.h"
#include "translate/translated.h"

#include <stdarg.h>

bool
translate_failed(struct translate_scope *scope, const char *format, ...)
{
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    scope->failure = arena_strdup(scope->arena, reason);
    return false;
}

bool
type_is_text(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR;
}

bool
type_is_number(enum type_kind kind)
{
    return kind == TYPE_BIGINT || kind == TYPE_DOUBLE || kind == TYPE_NUMERIC;
}

const char *
type_name(struct arena *arena, const struct value_type *type)
{
    AUTO_TEXT name = {0};
    value_type_print_short(type, &name);
    return arena_strdup(arena, text_string(&name));
}

bool
translate_is_mixed(struct translate_scope *scope, const struct translated *value)
{
    return value->column != NULL && value->column->mixed_bytes &&
           !translate_failed(scope, "\"%s\" holds more than BLOBs",
                             value->column->source->name.text);
}

const char *
translate_operand(struct translate_scope *scope, const struct translated *value)
{
    return value->atom ? value->sql : arena_printf(scope->arena, "(%s)", value->sql);
}

bool
translated_is_bytewise(const struct translated *value)
{
    return value->column != NULL && plan_column_is_bytewise(value->column);
}

bool
translated_is_foreign(const struct translated *value)
{
    return value->column != NULL && value->column->collation != NULL &&
           !translated_is_bytewise(value);
}

const char *
translate_bytewise(struct translate_scope *scope, const struct translated *value)
{
    const char *sql = translate_operand(scope, value);
    return translated_is_bytewise(value) ? sql
                                         : arena_printf(scope->arena, "%s COLLATE \"C\"", sql);
}

static const struct source_table *
source_of(const struct translate_scope *scope)
{
    return scope->table == NULL ? NULL : scope->table->source;
}

static bool
translate_constant(struct translate_scope *scope, const struct constant *constant,
                   struct translated *out)
{
    static const enum type_kind natural[] = {[CONSTANT_NULL] = TYPE_TEXT,
                                             [CONSTANT_INTEGER] = TYPE_BIGINT,
                                             [CONSTANT_REAL] = TYPE_DOUBLE,
                                             [CONSTANT_TEXT] = TYPE_TEXT,
                                             [CONSTANT_BLOB] = TYPE_BYTEA};
    *out = (struct translated){.type = TYPE_OF(natural[constant->kind]),
                               .is_constant = true,
                               .constant = *constant,
                               .most = constant_most(constant),
                               .signed_zero = constant_is_signed_zero(constant)};
    if (!constant_print(scope->arena, constant, &out->sql)) {
        return translate_failed(scope, "a string in it is not valid UTF-8");
    }
    out->atom = out->sql[0] != '-';
    if (scope->exact && constant->kind == CONSTANT_REAL) {
        /* 0.1 alone is a numeric, with which PostgreSQL would reckon exactly. */
        const char *quote = out->signed_zero ? "'" : ""; /* a numeric's zero has no sign */
        out->sql = arena_printf(scope->arena, "CAST(%s%s%s AS double precision)", quote,
                                out->sql, quote);
        out->atom = true;
    }
    return true;
}

static bool
translate_unary(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    struct translated operand;
    if (strcmp(expr->op, "NOT") == 0) {
        if (!translate_truth(scope, expr->args[0], &operand)) {
            return false;
        }
        translate_set_condition(
            out, arena_printf(scope->arena, "NOT %s", translate_operand(scope, &operand)));
        return true;
    }
    if (!translate_number(scope, expr->args[0], &operand)) {
        return false;
    }
    if (expr->op[0] == '~' && operand.type.kind != TYPE_BIGINT) {
        return translate_failed(scope, "~ on a %s", type_name(scope->arena, &operand.type));
    }
    if (expr->op[0] == '+') {
        *out = operand;
        return true;
    }
    *out = (struct translated){
        .type = operand.type, .maybe_integer = operand.maybe_integer, .most = operand.most};
    /* SQLite takes it from 0, so that no zero gets a sign. */
    bool from_zero = scope->exact && operand.type.kind == TYPE_DOUBLE;
    out->sql = arena_printf(scope->arena, "%s%s %s", from_zero ? "0 " : "", expr->op,
                            translate_operand(scope, &operand));
    return true;
}

static bool
translate_isnull(struct translate_scope *scope, const struct sql_expr *expr,
                 struct translated *out)
{
    struct translated operand = {0};
    if (!translate_any(scope, expr->args[0], &operand)) {
        return false;
    }
    translate_set_condition(out, arena_printf(scope->arena, "%s IS %sNULL",
                                              translate_operand(scope, &operand),
                                              expr->negated ? "NOT " : ""));
    return true;
}

static void
set_collation(const struct sql_expr *collate, struct translated *out)
{
    bool binary = sqlite3_stricmp(collate->name.text, "BINARY") == 0;
    out->collation = binary ? NULL : collate->name.text;
    out->collation_explicit = true;
}

static bool
translate_collate(struct translate_scope *scope, const struct sql_expr *expr,
                  struct translated *out)
{
    if (!translate_any(scope, expr->args[0], out)) {
        return false;
    }
    set_collation(expr, out);
    return true;
}

static bool
translate_cast(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    enum affinity affinity = literal_cast_affinity(expr->text);
    struct moment moment;
    bool is_moment = moment_recognise(scope->arena, expr->args[0], &moment);
    if (is_moment && scope->volatile_ok && affinity == AFFINITY_INTEGER) {
        *out = (struct translated){.type = TYPE_OF(TYPE_BIGINT), .atom = true};
        return moment_to_sql(scope->arena, &moment, &out->type, &out->sql) ||
               translate_failed(scope, "the time as a whole number");
    }
    if (affinity == AFFINITY_TEXT) {
        return translate_text(scope, expr->args[0], out);
    }
    struct translated operand;
    if (!translate_number(scope, expr->args[0], &operand)) {
        return false;
    }
    if (affinity == AFFINITY_INTEGER && operand.type.kind == TYPE_BIGINT) {
        *out = operand;
        return true;
    }
    if (affinity == AFFINITY_BLOB || affinity == AFFINITY_NUMERIC ||
        (affinity == AFFINITY_INTEGER && scope->exact)) {
        return translate_failed(scope, "CAST to %s", expr->text);
    }
    bool integer = affinity == AFFINITY_INTEGER;
    *out = (struct translated){.type = TYPE_OF(integer ? TYPE_BIGINT : TYPE_DOUBLE),
                               .atom = true,
                               .signed_zero = operand.signed_zero};
    out->sql = arena_printf(
        scope->arena, integer ? "CAST(trunc(%s) AS bigint)" : "CAST(%s AS double precision)",
        operand.sql);
    return true;
}

static bool
translate_construct(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out)
{
    switch (expr->kind) {
    case SQL_EXPR_NAME: return translate_name(scope, expr, out);
    case SQL_EXPR_UNARY: return translate_unary(scope, expr, out);
    case SQL_EXPR_BINARY: return translate_binary(scope, expr, out);
    case SQL_EXPR_LIKE: return translate_like(scope, expr, out);
    case SQL_EXPR_ISNULL: return translate_isnull(scope, expr, out);
    case SQL_EXPR_BETWEEN: return translate_between(scope, expr, out);
    case SQL_EXPR_IN: return translate_in(scope, expr, out);
    case SQL_EXPR_KEYWORD:
    case SQL_EXPR_FUNCTION: return translate_function(scope, expr, out);
    case SQL_EXPR_CASE: return translate_case(scope, expr, out);
    case SQL_EXPR_CAST: return translate_cast(scope, expr, out);
    case SQL_EXPR_COLLATE: return translate_collate(scope, expr, out);
    case SQL_EXPR_PAREN:
        if (expr->arg_count == 1) {
            return translate_any(scope, expr->args[0], out);
        }
        return translate_failed(scope, "a row value");
    case SQL_EXPR_NULL:
    case SQL_EXPR_INTEGER:
    case SQL_EXPR_REAL:
    case SQL_EXPR_STRING:
    case SQL_EXPR_BLOB:
    case SQL_EXPR_UNKNOWN: break;
    }
    return translate_failed(scope, "no equivalent of %.100s",
                            expr->source == NULL ? "it" : expr->source);
}

/* A COLLATE inside of an expression is that of its result, too: a || b COLLATE NOCASE. */
static void
inherit_collation(const struct sql_expr *expr, struct translated *out)
{
    if (expr->collate != NULL && !out->collation_explicit && type_is_text(out->type.kind)) {
        set_collation(expr->collate, out);
    }
}

bool
translate_any(struct translate_scope *scope, const struct sql_expr *expr,
              struct translated *out)
{
    struct constant constant;
    if (constant_evaluate(scope->arena, expr, source_of(scope), &constant)) {
        return translate_constant(scope, &constant, out);
    }
    *out = (struct translated){0};
    if (!translate_construct(scope, expr, out)) {
        return false;
    }
    inherit_collation(expr, out);
    return true;
}

bool
translate_condition(struct translate_scope *scope, const struct sql_expr *expr,
                    const char **sql)
{
    struct translated condition;
    if (!translate_truth(scope, expr, &condition)) {
        return false;
    }
    *sql = condition.sql;
    return true;
}

bool
translate_value(struct translate_scope *scope, const struct sql_expr *expr, const char **sql,
                bool *text)
{
    struct translated value = {0};
    if (!translate_any(scope, expr, &value)) {
        return false;
    }
    *sql = arena_printf(scope->arena, "(%s)", value.sql);
    *text = type_is_text(value.type.kind);
    return true;
}

bool
translate_for_column(struct translate_scope *scope, const struct sql_expr *expr,
                     const struct plan_column *column, const char **sql)
{
    struct translated value;
    scope->signed_zeros = column->source->affinity == AFFINITY_BLOB;
    return translate_any(scope, expr, &value) && translate_coerce(scope, &value, column, sql);
}
