/* type.c — names and numbers of the types. */
#include "value/type.h"

#include "value/zone.h"

#include <string.h>

enum { MICROSECOND_DIGITS = 6 };

struct type_name {
    const char *sql;
    const char *brief;
    uint32_t element; /* of an array: its pg_type.oid, which pg_type.dat fixes */
    const char *tail; /* of the name, behind a modifier */
};

static const struct type_name type_names[TYPE_KIND_COUNT] = {
    [TYPE_BIGINT] = {"bigint", "bigint"},
    [TYPE_DOUBLE] = {"double precision", "double"},
    [TYPE_NUMERIC] = {"numeric", "numeric"},
    [TYPE_BOOLEAN] = {"boolean", "boolean"},
    [TYPE_TEXT] = {"text", "text"},
    [TYPE_VARCHAR] = {"character varying", "varchar"},
    [TYPE_BYTEA] = {"bytea", "bytea"},
    [TYPE_UUID] = {"uuid", "uuid"},
    [TYPE_JSON] = {"json", "json"},
    [TYPE_JSONB] = {"jsonb", "jsonb"},
    [TYPE_DATE] = {"date", "date"},
    [TYPE_TIME] = {"time", "time", .tail = " without time zone"},
    [TYPE_TIMESTAMP] = {"timestamp", "timestamp", .tail = " without time zone"},
    [TYPE_TIMESTAMPTZ] = {"timestamp", "timestamptz", .tail = " with time zone"},
    [TYPE_INTEGER] = {"integer", "integer"},
    [TYPE_SMALLINT] = {"smallint", "smallint"},
    [TYPE_REAL] = {"real", "real"},
    [TYPE_CHAR] = {"character", "char"},
    [TYPE_INET] = {"inet", "inet"},
    [TYPE_CIDR] = {"cidr", "cidr"},
    [TYPE_INTERVAL] = {"interval", "interval"},
    [TYPE_ENUM] = {"enum", "enum"},
    [TYPE_CITEXT] = {"citext", "citext"},
    [TYPE_TEXT_ARRAY] = {"text[]", "text[]", .element = 25},
    [TYPE_BIGINT_ARRAY] = {"bigint[]", "bigint[]", .element = 20},
    [TYPE_INTEGER_ARRAY] = {"integer[]", "integer[]", .element = 23},
};

/* The digits of fraction that a tick stands for. */
static int
tick_digits(uint32_t tick_us)
{
    int digits = MICROSECOND_DIGITS;
    for (uint32_t tick = tick_us; tick >= 10; tick /= 10) {
        digits--;
    }
    return digits;
}

static void
add_modifier(const struct value_type *type, struct text *out)
{
    if (type->kind == TYPE_NUMERIC && type->precision > 0) {
        text_printf(out, "(%d,%d)", type->precision, type->scale);
    } else if (type->length > 0 && (type->kind == TYPE_VARCHAR || type->kind == TYPE_CHAR)) {
        text_printf(out, "(%d)", (int)type->length);
    } else if (type->tick_us > 1) {
        text_printf(out, "(%d)", tick_digits(type->tick_us));
    }
}

void
value_type_print(const struct value_type *type, struct text *sql)
{
    if (type->name != NULL) {
        text_add(sql, type->name);
        return;
    }
    const struct type_name *name = &type_names[type->kind];
    text_add(sql, name->sql);
    add_modifier(type, sql);
    if (name->tail != NULL) {
        text_add(sql, name->tail);
    }
}

void
value_type_print_short(const struct value_type *type, struct text *out)
{
    text_add(out, type->name != NULL ? type->name : type_names[type->kind].brief);
    if (type->name == NULL) {
        add_modifier(type, out);
    }
}

bool
value_type_is_collated(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_CHAR ||
           kind == TYPE_TEXT_ARRAY;
}

bool
value_type_is_integer(enum type_kind kind)
{
    return kind == TYPE_BIGINT || kind == TYPE_INTEGER || kind == TYPE_SMALLINT;
}

int64_t
value_type_integer_max(enum type_kind kind)
{
    return kind == TYPE_SMALLINT ? INT16_MAX : kind == TYPE_INTEGER ? INT32_MAX : INT64_MAX;
}

uint32_t
value_type_element_oid(const struct value_type *type)
{
    return type->element_oid != 0 ? type->element_oid : type_names[type->kind].element;
}

const char *
interval_unit_name(enum interval_unit unit)
{
    static const char *const names[INTERVAL_UNIT_COUNT] = {
        [INTERVAL_NONE] = "",
        [INTERVAL_MICROSECONDS] = "microseconds",
        [INTERVAL_MILLISECONDS] = "milliseconds",
        [INTERVAL_SECONDS] = "seconds",
        [INTERVAL_MINUTES] = "minutes",
        [INTERVAL_HOURS] = "hours",
        [INTERVAL_DAYS] = "days",
    };
    return names[unit];
}

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_texts(const char *const *a, const char *const *b)
{
    if (a == b) {
        return true;
    }
    if (a == NULL || b == NULL) {
        return false;
    }
    while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
        a++;
        b++;
    }
    return *a == NULL && *b == NULL;
}

static bool
same_zone(const struct zone *a, const struct zone *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(zone_name(a), zone_name(b)) == 0);
}

static bool
same_rule(const struct uuid_rule *a, const struct uuid_rule *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a->table, b->table) == 0 &&
                      memcmp(a->namespace, b->namespace, UUID_NAMESPACE_SIZE) == 0);
}

bool
value_type_equal(const struct value_type *a, const struct value_type *b)
{
    return a->kind == b->kind && a->length == b->length && a->precision == b->precision &&
           a->scale == b->scale && a->epoch == b->epoch &&
           a->interval_unit == b->interval_unit && a->round == b->round &&
           a->tick_us == b->tick_us && same_text(a->name, b->name) &&
           same_texts(a->labels, b->labels) && same_texts(a->null_texts, b->null_texts) &&
           same_zone(a->zone, b->zone) && same_rule(a->uuid_rule, b->uuid_rule) &&
           value_type_element_oid(a) == value_type_element_oid(b);
}
