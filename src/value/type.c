/* type.c — names and numbers of the types. */
#include "value/type.h"

struct type_name {
    const char *sql;
    const char *brief;
    uint32_t oid; /* pg_type.dat */
};

static const struct type_name type_names[TYPE_KIND_COUNT] = {
    [TYPE_BIGINT] = {"bigint", "bigint", 20},
    [TYPE_DOUBLE] = {"double precision", "double", 701},
    [TYPE_NUMERIC] = {"numeric", "numeric", 1700},
    [TYPE_BOOLEAN] = {"boolean", "boolean", 16},
    [TYPE_TEXT] = {"text", "text", 25},
    [TYPE_VARCHAR] = {"character varying", "varchar", 1043},
    [TYPE_BYTEA] = {"bytea", "bytea", 17},
    [TYPE_UUID] = {"uuid", "uuid", 2950},
    [TYPE_JSON] = {"json", "json", 114},
    [TYPE_JSONB] = {"jsonb", "jsonb", 3802},
    [TYPE_DATE] = {"date", "date", 1082},
    [TYPE_TIME] = {"time without time zone", "time", 1083},
    [TYPE_TIMESTAMP] = {"timestamp without time zone", "timestamp", 1114},
    [TYPE_TIMESTAMPTZ] = {"timestamp with time zone", "timestamptz", 1184},
};

static void
add_modifier(const struct value_type *type, struct text *out)
{
    if (type->kind == TYPE_NUMERIC && type->precision > 0) {
        text_printf(out, "(%d,%d)", type->precision, type->scale);
    } else if (type->kind == TYPE_VARCHAR && type->length > 0) {
        text_printf(out, "(%d)", (int)type->length);
    }
}

void
value_type_print(const struct value_type *type, struct text *sql)
{
    text_add(sql, type_names[type->kind].sql);
    add_modifier(type, sql);
}

void
value_type_print_short(const struct value_type *type, struct text *out)
{
    text_add(out, type_names[type->kind].brief);
    add_modifier(type, out);
}

uint32_t
value_type_oid(enum type_kind kind)
{
    return type_names[kind].oid;
}

bool
value_type_equal(const struct value_type *a, const struct value_type *b)
{
    return a->kind == b->kind && a->length == b->length && a->precision == b->precision &&
           a->scale == b->scale && a->epoch == b->epoch;
}
