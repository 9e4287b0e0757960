/* join.c — one type for columns that a foreign key ties together. */
#include "profile/choose.h"

enum { NUMERIC_PRECISION_MAX = 1000 };

static struct value_type
plain(enum type_kind kind)
{
    return (struct value_type){.kind = kind};
}

/* numeric(p,s) with room for both on either side of the point. */
static struct value_type
join_numerics(const struct value_type *a, const struct value_type *b)
{
    if (a->precision == 0 || b->precision == 0) {
        return plain(TYPE_NUMERIC);
    }
    int scale = a->scale > b->scale ? a->scale : b->scale;
    int before_a = a->precision - a->scale;
    int before_b = b->precision - b->scale;
    int precision = scale + (before_a > before_b ? before_a : before_b);
    if (precision > NUMERIC_PRECISION_MAX) {
        return plain(TYPE_NUMERIC);
    }
    return (struct value_type){
        .kind = TYPE_NUMERIC, .precision = (int16_t)precision, .scale = (int16_t)scale};
}

static struct value_type
join_varchars(const struct value_type *a, const struct value_type *b)
{
    if (a->length == 0 || b->length == 0) {
        return plain(TYPE_TEXT);
    }
    return a->length > b->length ? *a : *b;
}

/* Same kind, but not the same type. */
static struct value_type
join_same_kind(const struct value_type *a, const struct value_type *b)
{
    if (a->kind == TYPE_NUMERIC) {
        return join_numerics(a, b);
    }
    if (a->kind == TYPE_VARCHAR) {
        return join_varchars(a, b);
    }
    /* Points in time, counted in two units; or counted here and text there. */
    return plain(a->epoch != EPOCH_NONE && b->epoch != EPOCH_NONE ? TYPE_BIGINT : TYPE_TEXT);
}

static bool
are(const struct value_type *a, const struct value_type *b, enum type_kind one,
    enum type_kind other)
{
    return (a->kind == one && b->kind == other) || (a->kind == other && b->kind == one);
}

static bool
is_number(const struct value_type *type)
{
    switch ((int)type->kind) {
    case TYPE_BIGINT:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_NUMERIC:
    case TYPE_DOUBLE:
    case TYPE_REAL: return true;
    default: return false;
    }
}

/* Only integers are in it. */
static bool
is_integers(const struct value_type *type)
{
    return type->kind == TYPE_BIGINT || type->kind == TYPE_INTEGER ||
           type->kind == TYPE_SMALLINT || type->epoch != EPOCH_NONE;
}

struct value_type
type_join(const struct value_type *a, const struct value_type *b)
{
    if (value_type_equal(a, b)) {
        return *a;
    }
    if (a->kind == TYPE_BYTEA || b->kind == TYPE_BYTEA) {
        return plain(TYPE_BYTEA);
    }
    if (a->kind == b->kind) {
        return join_same_kind(a, b);
    }
    if (is_integers(a) && is_integers(b)) {
        return plain(TYPE_BIGINT);
    }
    if (is_number(a) && is_number(b)) {
        return plain(TYPE_NUMERIC);
    }
    if (are(a, b, TYPE_JSON, TYPE_JSONB)) {
        return plain(TYPE_JSON);
    }
    if (are(a, b, TYPE_DATE, TYPE_TIMESTAMP) && a->epoch == EPOCH_NONE &&
        b->epoch == EPOCH_NONE) {
        return plain(TYPE_TIMESTAMP);
    }
    return plain(TYPE_TEXT);
}
