/* translate_aggregate.c — aggregates, where the values they gather mean the same on both sides.
 *
 * SQLite adds in doubles unless all values are integers; PostgreSQL adds each type its own way,
 * so the operand is cast to what SQLite would have. */
#include "translate/translated.h"

unsigned char
translate_trust_of(const struct translate_scope *scope, const struct translated *value)
{
    if (value->column != NULL) {
        return scope->trust == NULL ? 0 : scope->trust[value->column - scope->table->columns];
    }
    switch (value->type.kind) {
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_NUMERIC:
    case TYPE_BOOLEAN:
    case TYPE_TEXT:
    case TYPE_BYTEA: return TRUST_ALL;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_TIME: return TRUST_NULLS | TRUST_MOMENT;
    case TYPE_DATE: return TRUST_ALL;
    case TYPE_VARCHAR:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_REAL:
    case TYPE_CHAR:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_INTERVAL:
    case TYPE_ENUM:
    case TYPE_CITEXT:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: break;
    }
    return TRUST_NULLS;
}

static bool
must_hold(struct translate_scope *scope, const struct translated *value, unsigned char trust,
          unsigned char wanted, const char *what)
{
    if ((trust & wanted) == wanted) {
        return true;
    }
    if ((trust & TRUST_MOMENT) != 0) {
        scope->change = arena_printf(
            scope->arena, "%s goes by the moments, where SQLite goes by their texts", what);
        return true;
    }
    return translate_failed(
        scope, "%s: it is not certain of %s that it means the same", what,
        value->column != NULL
            ? arena_printf(scope->arena, "this %s",
                           type_name(scope->arena, &value->column->type))
            : arena_printf(scope->arena, "a %s", type_name(scope->arena, &value->type)));
}

bool
translate_must_equal(struct translate_scope *scope, const struct translated *value,
                     unsigned char trust, const char *what)
{
    if (value->collation != NULL) {
        return translate_failed(scope, "%s with collation %s", what, value->collation);
    }
    if (translated_is_foreign(value)) {
        return translate_failed(scope, "%s with collation %s", what, value->column->collation);
    }
    return must_hold(scope, value, trust, TRUST_EQUAL, what);
}

bool
translate_must_order(struct translate_scope *scope, const struct translated *value,
                     unsigned char trust, const char *what)
{
    return must_hold(scope, value, trust, TRUST_ORDER, what);
}

struct aggregate {
    const struct sql_expr *expr;
    const char *name;
    struct translated operand;
    unsigned char trust; /* of the operand */
};

typedef bool aggregate_translator(struct translate_scope *scope, struct aggregate *call,
                                  struct translated *out);

static const char *
distinct_word(const struct aggregate *call)
{
    return call->expr->distinct ? "DISTINCT " : "";
}

static bool
aggregate_count(struct translate_scope *scope, struct aggregate *call, struct translated *out)
{
    if (call->expr->arg_count == 0) {
        translate_set_call(out, TYPE_BIGINT, "count(*)");
        return true;
    }
    if (call->expr->distinct &&
        !translate_must_equal(scope, &call->operand, call->trust, "count(DISTINCT)")) {
        return false;
    }
    translate_set_call(
        out, TYPE_BIGINT,
        arena_printf(scope->arena, "count(%s%s)", distinct_word(call), call->operand.sql));
    return true;
}

/* A number, or a condition as 0 and 1. */
static bool
must_add_up(struct translate_scope *scope, struct aggregate *call)
{
    struct translated *operand = &call->operand;
    bool constant = operand->is_constant && operand->constant.kind != CONSTANT_INTEGER &&
                    operand->constant.kind != CONSTANT_REAL;
    bool boolean = operand->type.kind == TYPE_BOOLEAN;
    if (constant || !(boolean || type_is_number(operand->type.kind))) {
        return translate_failed(scope, "%s() of a %s", call->name,
                                type_name(scope->arena, &operand->type));
    }
    if (!translate_must_order(scope, operand, call->trust,
                              arena_printf(scope->arena, "%s()", call->name))) {
        return false;
    }
    if (boolean) {
        operand->sql = arena_printf(scope->arena, "CAST(%s AS integer)", operand->sql);
        operand->type = TYPE_OF(TYPE_BIGINT);
    }
    return true;
}

static const char *
as_double(struct translate_scope *scope, const struct translated *value)
{
    return value->type.kind == TYPE_DOUBLE && !value->is_constant
               ? value->sql
               : arena_printf(scope->arena, "CAST(%s AS double precision)", value->sql);
}

static bool
aggregate_sum(struct translate_scope *scope, struct aggregate *call, struct translated *out)
{
    if (!must_add_up(scope, call)) {
        return false;
    }
    const char *distinct = distinct_word(call);
    if (call->operand.type.kind == TYPE_BIGINT) {
        translate_set_call(out, TYPE_BIGINT,
                           arena_printf(scope->arena, "CAST(sum(%s%s) AS bigint)", distinct,
                                        call->operand.sql));
        return true;
    }
    translate_set_call(
        out, TYPE_DOUBLE,
        arena_printf(scope->arena, "sum(%s%s)", distinct, as_double(scope, &call->operand)));
    out->maybe_integer = call->operand.maybe_integer;
    return true;
}

static bool
aggregate_avg(struct translate_scope *scope, struct aggregate *call, struct translated *out)
{
    if (!must_add_up(scope, call)) {
        return false;
    }
    translate_set_call(out, TYPE_DOUBLE,
                       arena_printf(scope->arena, "avg(%s%s)", distinct_word(call),
                                    as_double(scope, &call->operand)));
    return true;
}

static bool
aggregate_total(struct translate_scope *scope, struct aggregate *call, struct translated *out)
{
    if (!must_add_up(scope, call)) {
        return false;
    }
    translate_set_call(out, TYPE_DOUBLE,
                       arena_printf(scope->arena, "COALESCE(sum(%s%s), 0)", distinct_word(call),
                                    as_double(scope, &call->operand)));
    return true;
}

/* PostgreSQL has neither min(boolean) nor min(uuid) nor min(bytea). */
static bool
aggregate_extreme(struct translate_scope *scope, struct aggregate *call, struct translated *out)
{
    const struct translated *operand = &call->operand;
    enum type_kind kind = operand->type.kind;
    bool smallest = call->name[1] == 'i';
    if (operand->collation != NULL) {
        return translate_failed(scope, "%s() with collation %s", call->name,
                                operand->collation);
    }
    if (operand->is_constant || kind == TYPE_UUID || kind == TYPE_BYTEA) {
        return translate_failed(scope, "%s() of a %s", call->name,
                                operand->is_constant ? "constant"
                                                     : type_name(scope->arena, &operand->type));
    }
    if (!translate_must_order(scope, operand, call->trust,
                              arena_printf(scope->arena, "%s()", call->name))) {
        return false;
    }
    const char *name = kind == TYPE_BOOLEAN ? smallest ? "bool_and" : "bool_or"
                       : smallest           ? "min"
                                            : "max";
    const char *sql = arena_printf(scope->arena, "%s(%s)", name,
                                   type_is_text(kind) ? translate_bytewise(scope, operand)
                                                      : operand->sql);
    translate_set_call(out, kind, sql);
    out->maybe_integer = operand->maybe_integer;
    out->most = operand->most;
    return true;
}

static bool
aggregate_unordered(struct translate_scope *scope, struct aggregate *call,
                    struct translated *out)
{
    (void)out;
    return translate_failed(scope, "%s() takes the rows in no certain order", call->name);
}

static const struct {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    aggregate_translator *translate;
} aggregates[] = {
    {"count", 0, 1, aggregate_count},
    {"sum", 1, 1, aggregate_sum},
    {"total", 1, 1, aggregate_total},
    {"avg", 1, 1, aggregate_avg},
    {"min", 1, 1, aggregate_extreme},
    {"max", 1, 1, aggregate_extreme},
    {"group_concat", 1, 2, aggregate_unordered},
    {"string_agg", 2, 2, aggregate_unordered},
    {"json_group_array", 1, 1, aggregate_unordered},
    {"json_group_object", 2, 2, aggregate_unordered},
};

static int
find_aggregate(const struct sql_expr *expr)
{
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++) {
        if (expr->kind == SQL_EXPR_FUNCTION &&
            sqlite3_stricmp(aggregates[i].name, expr->name.text) == 0 &&
            expr->arg_count >= aggregates[i].arguments_min &&
            expr->arg_count <= aggregates[i].arguments_max) {
            return (int)i;
        }
    }
    return -1;
}

bool
translate_is_aggregate(const struct sql_expr *expr)
{
    return find_aggregate(expr) >= 0;
}

bool
translate_aggregate(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out)
{
    int found = find_aggregate(expr);
    struct aggregate call = {.expr = expr, .name = aggregates[found].name};
    if (expr->arg_count > 0) {
        const unsigned char *trust = scope->trust;
        scope->trust = NULL; /* no aggregate within another */
        bool ok = translate_any(scope, expr->args[0], &call.operand);
        scope->trust = trust;
        call.trust = translate_trust_of(scope, &call.operand);
        if (!ok || !must_hold(scope, &call.operand, call.trust, TRUST_NULLS,
                              arena_printf(scope->arena, "%s()", call.name))) {
            return false;
        }
    }
    return aggregates[found].translate(scope, &call, out);
}
