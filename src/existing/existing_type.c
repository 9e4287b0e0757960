/* existing_type.c — from a column of the target's catalog to a type that values can be
 * encoded as. */
#include "existing/existing.h"
#include "value/encode.h"

#include <string.h>

/* pg_type.dat */
enum {
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_VARCHAR = 1043,
};

static const struct {
    uint32_t oid;
    enum type_kind kind;
} kinds[] = {
    {16, TYPE_BOOLEAN},     {17, TYPE_BYTEA},          {OID_INT8, TYPE_BIGINT},
    {OID_TEXT, TYPE_TEXT},  {OID_INT2, TYPE_SMALLINT}, {OID_INT4, TYPE_INTEGER},
    {114, TYPE_JSON},       {650, TYPE_CIDR},          {700, TYPE_REAL},
    {701, TYPE_DOUBLE},     {869, TYPE_INET},          {1042, TYPE_CHAR},
    {1043, TYPE_VARCHAR},   {1082, TYPE_DATE},         {1083, TYPE_TIME},
    {1114, TYPE_TIMESTAMP}, {1184, TYPE_TIMESTAMPTZ},  {1186, TYPE_INTERVAL},
    {1700, TYPE_NUMERIC},   {2950, TYPE_UUID},         {3802, TYPE_JSONB},
};

static bool
base_kind(const struct target_type *target, enum type_kind *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].oid == target->oid) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    *kind = TYPE_CITEXT;
    return target->extension != NULL && strcmp(target->extension, "citext") == 0 &&
           strcmp(target->base_name, "citext") == 0;
}

static bool
array_kind(const struct target_type *target, enum type_kind *kind)
{
    switch (target->element_oid) {
    case OID_TEXT:
    case OID_VARCHAR: *kind = TYPE_TEXT_ARRAY; return true;
    case OID_INT8: *kind = TYPE_BIGINT_ARRAY; return true;
    case OID_INT4: *kind = TYPE_INTEGER_ARRAY; return true;
    default: return false;
    }
}

static bool
find_kind(const struct target_type *target, enum type_kind *kind)
{
    switch (target->kind) {
    case TARGET_TYPE_BASE: return base_kind(target, kind);
    case TARGET_TYPE_ENUM: *kind = TYPE_ENUM; return true;
    case TARGET_TYPE_ARRAY: return array_kind(target, kind);
    case TARGET_TYPE_COMPOSITE:
    case TARGET_TYPE_RANGE:
    case TARGET_TYPE_PSEUDO: break;
    }
    return false;
}

static const char *const *
copy_labels(struct arena *arena, const struct target_type *target)
{
    const char **labels = arena_alloc(arena, (target->enum_label_count + 1) * sizeof *labels);
    for (size_t i = 0; i < target->enum_label_count; i++) {
        labels[i] = target->enum_labels[i];
    }
    return labels;
}

static uint32_t
tick_of(int32_t digits)
{
    uint32_t tick = 1;
    for (int32_t i = digits; i < 6 && digits >= 0; i++) {
        tick *= 10;
    }
    return tick == 1 ? 0 : tick;
}

/* The part of the type that DDL writes in parentheses. */
static const char *
take_modifier(struct arena *arena, const struct target_type *target, struct value_type *type)
{
    switch (type->kind) {
    case TYPE_VARCHAR:
    case TYPE_CHAR: type->length = target->length; break;
    case TYPE_NUMERIC:
        if (target->precision > 0 && (target->scale < 0 || target->scale > target->precision)) {
            return arena_printf(arena,
                                "type %s, with a scale outside of 0 to its precision, "
                                "is not supported",
                                target->name);
        }
        type->precision = (int16_t)(target->precision > 0 ? target->precision : 0);
        type->scale = (int16_t)(target->precision > 0 ? target->scale : 0);
        break;
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: type->tick_us = tick_of(target->precision); break;
    case TYPE_ENUM: type->labels = copy_labels(arena, target); break;
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: type->element_oid = target->element_oid; break;
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_BOOLEAN:
    case TYPE_TEXT:
    case TYPE_BYTEA:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_DATE:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_REAL:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_CITEXT: break;
    }
    return NULL;
}

const char *
existing_type(struct arena *arena, const struct target_type *target, struct value_type *type)
{
    enum type_kind kind;
    if (!find_kind(target, &kind) || value_encoder(kind) == NULL) {
        return arena_printf(arena, "type %s is not supported", target->name);
    }
    struct value_type fitted = *type;
    fitted.kind = kind;
    fitted.length = 0;
    fitted.precision = 0;
    fitted.scale = 0;
    fitted.tick_us = 0;
    fitted.labels = NULL;
    fitted.element_oid = 0;
    bool named = target->domain != NULL || kind == TYPE_ENUM || kind == TYPE_CITEXT;
    fitted.name = !named ? NULL : target->domain != NULL ? target->domain : target->name;
    if (kind != TYPE_UUID) {
        fitted.uuid_rule = NULL;
    }
    const char *problem = take_modifier(arena, target, &fitted);
    *type = fitted;
    return problem;
}
