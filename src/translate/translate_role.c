/* translate_role.c — a value in the role its place asks for: condition, number, text,
 * one type among several, a column's type. */
#include "translate/translated.h"

#include <math.h>

void
translate_set_call(struct translated *out, enum type_kind kind, const char *sql)
{
    *out = (struct translated){.sql = sql, .type = TYPE_OF(kind), .atom = true};
}

void
translate_set_condition(struct translated *out, const char *sql)
{
    *out = (struct translated){.sql = sql, .type = TYPE_OF(TYPE_BOOLEAN), .condition = true};
}

bool
translate_truth(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    if (!translate_any(scope, expr, out)) {
        return false;
    }
    if (out->type.kind == TYPE_BOOLEAN) {
        return true;
    }
    if (out->is_constant &&
        constant_to_sql(scope->arena, &out->constant, &TYPE_OF(TYPE_BOOLEAN), &out->sql)) {
        *out = (struct translated){
            .sql = out->sql, .type = TYPE_OF(TYPE_BOOLEAN), .atom = true};
        return true;
    }
    if (!type_is_number(out->type.kind) || out->is_constant) {
        return translate_failed(scope, "%s as a condition",
                                type_name(scope->arena, &out->type));
    }
    translate_set_condition(
        out, arena_printf(scope->arena, "%s <> 0", translate_operand(scope, out)));
    return true;
}

bool
translate_number(struct translate_scope *scope, const struct sql_expr *expr,
                 struct translated *out)
{
    if (!translate_any(scope, expr, out)) {
        return false;
    }
    if (out->is_constant) {
        bool fits = out->constant.kind == CONSTANT_INTEGER ||
                    out->constant.kind == CONSTANT_REAL || out->constant.kind == CONSTANT_NULL;
        return fits || translate_failed(scope, "arithmetic with text");
    }
    if (out->type.kind == TYPE_BOOLEAN && !(scope->exact && out->column != NULL)) {
        const char *sql = arena_printf(scope->arena, "CAST(%s AS integer)", out->sql);
        *out = (struct translated){.sql = sql, .type = TYPE_OF(TYPE_BIGINT), .atom = true};
        return true;
    }
    if (out->column != NULL &&
        (out->column->type.kind == TYPE_INTEGER || out->column->type.kind == TYPE_SMALLINT)) {
        out->sql = arena_printf(scope->arena, "CAST(%s AS bigint)", out->sql);
    }
    if (out->type.kind == TYPE_NUMERIC && scope->exact) {
        return translate_failed(scope, "SQLite reckons with doubles, PostgreSQL exactly");
    }
    return type_is_number(out->type.kind) ||
           translate_failed(scope, "arithmetic on a %s", type_name(scope->arena, &out->type));
}

/* Kinds whose text form PostgreSQL and SQLite agree on. */
static bool
prints_alike(const struct translate_scope *scope, const struct translated *value)
{
    return value->type.kind == TYPE_BIGINT || (value->type.kind == TYPE_UUID && !scope->exact);
}

bool
translate_text(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    return translate_any(scope, expr, out) && translate_as_text(scope, out);
}

bool
translate_as_text(struct translate_scope *scope, struct translated *out)
{
    if (out->is_constant) {
        constant_become_text(scope->arena, &out->constant);
        out->type = TYPE_OF(TYPE_TEXT);
        out->atom = true;
        return constant_to_sql(scope->arena, &out->constant, &out->type, &out->sql) ||
               translate_failed(scope, "a blob as text");
    }
    if (type_is_text(out->type.kind)) {
        bool mixed = scope->exact && out->column != NULL &&
                     out->column->source->affinity != AFFINITY_TEXT;
        return !mixed || translate_failed(scope, "\"%s\" may hold more than text",
                                          out->column->source->name.text);
    }
    if (!prints_alike(scope, out)) {
        return translate_failed(scope, "a %s as text", type_name(scope->arena, &out->type));
    }
    const char *sql = arena_printf(scope->arena, "CAST(%s AS text)", out->sql);
    *out = (struct translated){.sql = sql, .type = TYPE_OF(TYPE_TEXT), .atom = true};
    return true;
}

/* SQLite compares and joins a literal as its neighbour's affinity says. A text
 * column without TEXT affinity may hold numbers too, so only text is certain. */
static bool
literal_agrees(const struct translated *literal, const struct translated *other)
{
    enum constant_kind kind = literal->constant.kind;
    bool number = kind == CONSTANT_INTEGER || kind == CONSTANT_REAL;
    if (type_is_text(other->type.kind)) {
        enum affinity affinity = other->column == NULL ? AFFINITY_BLOB
                                                       : other->column->source->affinity;
        return affinity == AFFINITY_TEXT ||
               (affinity == AFFINITY_BLOB && kind == CONSTANT_TEXT);
    }
    if (type_is_number(other->type.kind) && kind == CONSTANT_TEXT) {
        return other->column != NULL && other->column->source->affinity != AFFINITY_BLOB &&
               other->column->source->affinity != AFFINITY_TEXT;
    }
    bool json = other->type.kind == TYPE_JSON || other->type.kind == TYPE_JSONB;
    return number || !json;
}

/* Adapts the literal to the type of `other`. */
static bool
translate_adapt(struct translate_scope *scope, struct translated *literal,
                const struct translated *other)
{
    enum constant_kind kind = literal->constant.kind;
    bool number = kind == CONSTANT_INTEGER || kind == CONSTANT_REAL;
    if (kind == CONSTANT_NULL || (number && type_is_number(other->type.kind))) {
        return true;
    }
    bool agrees = literal_agrees(literal, other);
    if (number && type_is_text(other->type.kind)) {
        constant_become_text(scope->arena, &literal->constant);
    }
    if (!agrees ||
        !constant_to_sql(scope->arena, &literal->constant, &other->type, &literal->sql)) {
        return translate_failed(scope, "%.60s beside a %s", literal->sql,
                                type_name(scope->arena, &other->type));
    }
    literal->type = other->type;
    literal->atom = literal->sql[0] != '-';
    return true;
}

/* The type that both have or that holds both; false when they do not go together. */
static bool
meet(struct value_type *type, const struct value_type *other)
{
    if (type->kind == other->kind || (type_is_text(type->kind) && type_is_text(other->kind))) {
        return true;
    }
    if (!type_is_number(type->kind) || !type_is_number(other->kind)) {
        return false;
    }
    bool has_double = type->kind == TYPE_DOUBLE || other->kind == TYPE_DOUBLE;
    *type = TYPE_OF(has_double ? TYPE_DOUBLE : TYPE_NUMERIC);
    return true;
}

bool
translate_unify(struct translate_scope *scope, struct translated *values, size_t count,
                struct value_type *type)
{
    const struct translated *leader = NULL;
    for (size_t i = 0; i < count; i++) {
        bool leads = !values[i].is_constant ||
                     (leader == NULL && values[i].constant.kind != CONSTANT_NULL);
        if (leads && (leader == NULL || leader->is_constant)) {
            leader = &values[i];
        }
    }
    *type = leader == NULL ? TYPE_OF(TYPE_TEXT) : leader->type;
    for (size_t i = 0; i < count && leader != NULL; i++) {
        if (translate_is_mixed(scope, &values[i])) {
            return false;
        }
        if (values[i].is_constant && !leader->is_constant) {
            if (!translate_adapt(scope, &values[i], leader)) {
                return false;
            }
        }
        bool null = values[i].is_constant && values[i].constant.kind == CONSTANT_NULL;
        if (!null && !meet(type, &values[i].type)) {
            return translate_failed(scope, "a %s beside a %s",
                                    type_name(scope->arena, &values[i].type),
                                    type_name(scope->arena, type));
        }
    }
    return true;
}

void
translate_set_one_of(struct translated *out, const struct translated *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool more = values[i].type.kind != TYPE_DOUBLE && values[i].most > out->most;
        out->most = more ? values[i].most : out->most;
        out->signed_zero = out->signed_zero || values[i].signed_zero;
    }
}

/* Doubles hold all integers up to this one. */
static const uint64_t whole_max = UINT64_C(1) << 53;

/* May give an integer that no double is. */
static bool
is_beyond_doubles(const struct translated *value)
{
    return value->is_constant ? value->constant.kind == CONSTANT_INTEGER &&
                                    !constant_is_double(&value->constant)
                              : value->type.kind != TYPE_DOUBLE && value->most > whole_max;
}

/* A smaller literal has no integer beside it that is not told from it. */
static bool
is_double(const struct translated *value)
{
    return value->is_constant ? value->constant.kind == CONSTANT_REAL &&
                                    fabs(value->constant.real) >= (double)whole_max
                              : value->type.kind == TYPE_DOUBLE;
}

bool
translate_doubles_suffice(struct translate_scope *scope, const struct translated *values,
                          size_t count)
{
    bool doubles = false;
    bool beyond = false;
    for (size_t i = 0; i < count; i++) {
        doubles = doubles || is_double(&values[i]);
        beyond = beyond || is_beyond_doubles(&values[i]);
    }
    return !doubles || !beyond ||
           translate_failed(scope, "integers beyond 2^53 beside a double precision");
}

bool
translate_unify_results(struct translate_scope *scope, struct translated *values, size_t count,
                        struct value_type *type)
{
    if (!translate_unify(scope, values, count, type) ||
        !translate_doubles_suffice(scope, values, count)) {
        return false;
    }
    for (size_t i = 0; scope->exact && i < count; i++) {
        if (!values[i].is_constant && type_is_number(type->kind) &&
            values[i].type.kind != type->kind) {
            return translate_failed(scope, "integers and reals under one name");
        }
    }
    return true;
}

/* The conversions that SQLite's affinity makes on the way into a column. */
static const char *
coercion(bool exact, const struct translated *value, const struct plan_column *column)
{
    enum type_kind from = value->type.kind;
    enum type_kind to = column->type.kind;
    if ((to == TYPE_INTEGER || to == TYPE_SMALLINT) && from == TYPE_BIGINT) {
        return "%s";
    }
    if (from == to || (type_is_text(from) && type_is_text(to))) {
        return "%s";
    }
    if (from == TYPE_BIGINT && type_is_text(to) && column->source->affinity == AFFINITY_TEXT) {
        return "CAST(%s AS text)";
    }
    /* Integer arithmetic that overflows goes on as a real in SQLite, and fails here. */
    if (from == TYPE_BIGINT && to == TYPE_DOUBLE && (!exact || value->column != NULL)) {
        return "CAST(%s AS double precision)";
    }
    if (from == TYPE_BOOLEAN && to == TYPE_BIGINT) {
        return "CAST(%s AS integer)";
    }
    return NULL;
}

/* `form` is one of the above, with one %s. */
static const char *
fill(struct arena *arena, const char *form, const char *sql)
{
    const char *gap = strstr(form, "%s");
    return arena_printf(arena, "%.*s%s%s", (int)(gap - form), form, sql, gap + 2);
}

bool
translate_coerce(struct translate_scope *scope, const struct translated *value,
                 const struct plan_column *column, const char **sql)
{
    bool loses_sign = scope->exact && !scope->signed_zeros && value->signed_zero &&
                      value->type.kind == TYPE_DOUBLE;
    if (value->is_constant) {
        struct constant constant = value->constant;
        constant.real = loses_sign ? 0 : constant.real;
        return constant_to_sql(scope->arena, &constant, &column->type, sql) ||
               translate_failed(scope, "%.60s is no %s", value->sql,
                                type_name(scope->arena, &column->type));
    }
    enum affinity affinity = column->source->affinity;
    if (type_is_text(value->type.kind) && affinity != AFFINITY_TEXT &&
        affinity != AFFINITY_BLOB) {
        return translate_failed(scope,
                                "SQLite makes numbers of texts that look like one in it");
    }
    const char *form = coercion(scope->exact, value, column);
    if (form == NULL) {
        return translate_failed(scope, "it gives a %s, the column is a %s",
                                type_name(scope->arena, &value->type),
                                type_name(scope->arena, &column->type));
    }
    *sql = loses_sign ? arena_printf(scope->arena, "%s + 0", translate_operand(scope, value))
                      : fill(scope->arena, form, value->sql);
    return true;
}
