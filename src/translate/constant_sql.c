/* constant_sql.c — a constant as a PostgreSQL literal; see constant.h. */
#include "postgres/target.h"
#include "translate/constant.h"
#include "translate/literal.h"
#include "value/epoch.h"
#include "value/lossless.h"

#include <inttypes.h>
#include <math.h>

const char *
sql_string(struct arena *arena, const char *string)
{
    AUTO_TEXT literal = {0};
    target_quote_literal(&literal, string);
    return arena_strndup(arena, literal.bytes, literal.length);
}

/* The minus of INT64_MIN binds looser than the digits, which alone overflow. */
static const char *
integer_sql(struct arena *arena, int64_t integer)
{
    return integer == INT64_MIN ? "'-9223372036854775808'::bigint"
                                : arena_printf(arena, "%" PRId64, integer);
}

static const char *
real_sql(struct arena *arena, double real)
{
    char text[REAL_TEXT_SIZE];
    real_to_text(real, text);
    return isinf(real) ? arena_printf(arena, "'%s'::double precision", text)
                       : arena_strdup(arena, text);
}

bool
constant_print(struct arena *arena, const struct constant *constant, const char **sql)
{
    switch (constant->kind) {
    case CONSTANT_NULL: *sql = "NULL"; return true;
    case CONSTANT_INTEGER: *sql = integer_sql(arena, constant->integer); return true;
    case CONSTANT_REAL: *sql = real_sql(arena, constant->real); return true;
    case CONSTANT_TEXT:
        *sql = sql_string(arena, constant->text);
        return literal_is_utf8(constant->text, NULL);
    case CONSTANT_BLOB:
        *sql = arena_printf(arena, "'\\x%s'::bytea", constant->text);
        return true;
    }
    return false;
}

static bool
bigint_sql(struct arena *arena, const struct constant *constant, const char **sql)
{
    int64_t integer = constant->integer;
    if (constant->kind == CONSTANT_REAL) {
        bool whole = fabs(constant->real) < 9007199254740992.0 &&
                     !(trunc(constant->real) < constant->real) &&
                     !(trunc(constant->real) > constant->real);
        if (!whole) {
            return false;
        }
        integer = (int64_t)constant->real;
    } else if (constant->kind == CONSTANT_TEXT) {
        if (!literal_is_integer(constant->text, &integer)) {
            return false;
        }
    } else if (constant->kind != CONSTANT_INTEGER) {
        return false;
    }
    *sql = integer_sql(arena, integer);
    return true;
}

bool
constant_is_double(const struct constant *constant)
{
    const double bound = 9223372036854775808.0; /* 2^63: INT64_MAX is none */
    double number = (double)constant->integer;
    return number < bound && (int64_t)number == constant->integer;
}

static bool
double_sql(struct arena *arena, const struct constant *constant, const char **sql)
{
    size_t digits;
    size_t scale;
    if (constant->kind == CONSTANT_TEXT) {
        *sql = constant->text;
        return literal_is_decimal(constant->text, &digits, &scale);
    }
    bool number = constant->kind == CONSTANT_REAL ||
                  (constant->kind == CONSTANT_INTEGER && constant_is_double(constant));
    if (constant_is_signed_zero(constant)) {
        *sql = "'-0.0'::double precision"; /* a numeric's zero has no sign */
        return true;
    }
    return number && constant_print(arena, constant, sql);
}

static bool
numeric_sql(struct arena *arena, const struct constant *constant, const struct value_type *type,
            const char **sql)
{
    const char *text = constant->text;
    if (constant->kind == CONSTANT_INTEGER) {
        text = arena_printf(arena, "%" PRId64, constant->integer);
    } else if (constant->kind == CONSTANT_REAL) {
        text = real_sql(arena, constant->real);
    } else if (constant->kind != CONSTANT_TEXT) {
        return false;
    }
    size_t digits;
    size_t scale;
    *sql = text;
    if (!literal_is_decimal(text, &digits, &scale)) {
        return false;
    }
    return type->precision == 0 ||
           (digits <= (size_t)(type->precision - type->scale) && scale <= (size_t)type->scale);
}

static bool
boolean_sql(const struct constant *constant, const char **sql)
{
    bool yes = constant->integer == 1;
    bool valid = constant->kind == CONSTANT_INTEGER &&
                 (constant->integer == 0 || constant->integer == 1);
    if (constant->kind == CONSTANT_TEXT) {
        valid = literal_is_boolean(constant->text, &yes);
    }
    *sql = yes ? "true" : "false";
    return valid;
}

static bool
text_sql(struct arena *arena, const struct constant *constant, const struct value_type *type,
         const char **sql)
{
    char real[REAL_TEXT_SIZE];
    const char *text = constant->text;
    if (constant->kind == CONSTANT_INTEGER) {
        text = arena_printf(arena, "%" PRId64, constant->integer);
    } else if (constant->kind == CONSTANT_REAL) {
        real_to_text(constant->real, real);
        text = real;
    } else if (constant->kind != CONSTANT_TEXT) {
        return false;
    }
    size_t characters;
    if (!literal_is_utf8(text, &characters)) {
        return false;
    }
    *sql = sql_string(arena, text);
    return type->kind == TYPE_TEXT || type->length == 0 || characters <= (size_t)type->length;
}

static bool
bytea_sql(struct arena *arena, const struct constant *constant, const char **sql)
{
    if (constant->kind == CONSTANT_BLOB) {
        *sql = arena_printf(arena, "'\\x%s'", constant->text);
        return true;
    }
    if (constant->kind != CONSTANT_TEXT) {
        return false;
    }
    AUTO_TEXT hex = {0};
    for (const char *c = constant->text; *c != '\0'; c++) {
        text_printf(&hex, "%02x", (unsigned)(unsigned char)*c);
    }
    *sql = arena_printf(arena, "'\\x%s'", text_string(&hex));
    return true;
}

static bool
uuid_sql(struct arena *arena, const struct constant *constant, const char **sql)
{
    bool valid = (constant->kind == CONSTANT_TEXT || constant->kind == CONSTANT_BLOB) &&
                 literal_is_uuid(constant->text);
    if (valid) {
        *sql = sql_string(arena, constant->text);
    }
    return valid;
}

static bool
json_sql(struct arena *arena, const struct constant *constant, bool binary, const char **sql)
{
    const char *text = constant->text;
    if (constant->kind == CONSTANT_INTEGER) {
        text = arena_printf(arena, "%" PRId64, constant->integer);
    } else if (constant->kind == CONSTANT_REAL) {
        text = real_sql(arena, constant->real);
    } else if (constant->kind != CONSTANT_TEXT) {
        return false;
    }
    *sql = sql_string(arena, text);
    return literal_is_json(text, binary);
}

/* A number in a column whose numbers count from 1970: within thousands of years of that, whatever
 * a timestamp could hold besides. A date is the start of a day, as of values. */
static bool
epoch_sql(struct arena *arena, int64_t number, const struct value_type *type, const char **sql)
{
    static const struct {
        enum epoch_unit unit;
        const char *divisor;
    } units[] = {{EPOCH_SECONDS, ""},
                 {EPOCH_MILLISECONDS, " / 1000.0"},
                 {EPOCH_MICROSECONDS, " / 1000000.0"}};
    static const int64_t day_us = INT64_C(86400000000);
    const char *zone = type->kind == TYPE_TIMESTAMPTZ ? "" : " AT TIME ZONE 'UTC'";
    const char *cast = type->kind == TYPE_DATE ? "::date" : "";
    int64_t within;
    if (!epoch_of_integer(number, type->epoch, &within) ||
        (type->kind == TYPE_DATE && within % day_us != 0)) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].unit == type->epoch) {
            const char *moment = arena_printf(arena, "to_timestamp(%" PRId64 "%s)", number,
                                              units[i].divisor);
            *sql = *zone == '\0' ? moment : arena_printf(arena, "(%s%s)%s", moment, zone, cast);
            return true;
        }
    }
    return false;
}

static bool
moment_sql(struct arena *arena, const struct constant *constant, const struct value_type *type,
           const char **sql)
{
    if (constant->kind == CONSTANT_INTEGER) {
        return epoch_sql(arena, constant->integer, type, sql);
    }
    if (constant->kind != CONSTANT_TEXT) {
        return false;
    }
    bool zoned = false;
    bool valid = type->kind == TYPE_DATE   ? literal_is_date(constant->text)
                 : type->kind == TYPE_TIME ? literal_is_time(constant->text)
                                           : literal_is_timestamp(constant->text, &zoned);
    bool elsewhere = type->kind == TYPE_TIMESTAMPTZ && !zoned && type->zone != NULL;
    if ((type->kind == TYPE_TIMESTAMP && zoned) || elsewhere) {
        return false;
    }
    /* Without a zone SQLite means UTC, whatever the session thinks. */
    bool add_zone = type->kind == TYPE_TIMESTAMPTZ && !zoned;
    *sql = arena_printf(arena, "'%s%s'", constant->text, add_zone ? "+00" : "");
    return valid;
}

/* An integer within the bounds of a narrower type. */
static bool
narrow_sql(struct arena *arena, const struct constant *constant, int64_t max, const char **sql)
{
    int64_t integer;
    return bigint_sql(arena, constant, sql) && literal_is_integer(*sql, &integer) &&
           integer <= max && integer >= -max - 1;
}

static bool
float_sql(struct arena *arena, const struct constant *constant, const char **sql)
{
    double number = constant->kind == CONSTANT_INTEGER ? (double)constant->integer
                                                       : constant->real;
    bool exact = constant->kind != CONSTANT_TEXT && (double)(float)number == number;
    return exact && double_sql(arena, constant, sql);
}

static bool
label_sql(struct arena *arena, const struct constant *constant, const struct value_type *type,
          const char **sql)
{
    bool text = constant->kind == CONSTANT_TEXT && type->labels != NULL;
    for (size_t i = 0; text && type->labels[i] != NULL; i++) {
        if (strcmp(type->labels[i], constant->text) == 0) {
            *sql = sql_string(arena, constant->text);
            return true;
        }
    }
    return false;
}

bool
constant_to_sql(struct arena *arena, const struct constant *constant,
                const struct value_type *type, const char **sql)
{
    if (constant->kind == CONSTANT_NULL) {
        *sql = "NULL";
        return true;
    }
    switch (type->kind) {
    case TYPE_BIGINT: return bigint_sql(arena, constant, sql);
    case TYPE_DOUBLE: return double_sql(arena, constant, sql);
    case TYPE_NUMERIC: return numeric_sql(arena, constant, type, sql);
    case TYPE_BOOLEAN: return boolean_sql(constant, sql);
    case TYPE_TEXT:
    case TYPE_VARCHAR: return text_sql(arena, constant, type, sql);
    case TYPE_BYTEA: return bytea_sql(arena, constant, sql);
    case TYPE_UUID: return uuid_sql(arena, constant, sql);
    case TYPE_JSON:
    case TYPE_JSONB: return json_sql(arena, constant, type->kind == TYPE_JSONB, sql);
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return moment_sql(arena, constant, type, sql);
    case TYPE_INTEGER: return narrow_sql(arena, constant, INT32_MAX, sql);
    case TYPE_SMALLINT: return narrow_sql(arena, constant, INT16_MAX, sql);
    case TYPE_REAL: return float_sql(arena, constant, sql);
    case TYPE_ENUM: return label_sql(arena, constant, type, sql);
    case TYPE_CITEXT:
        return text_sql(arena, constant, &(struct value_type){.kind = TYPE_TEXT}, sql);
    case TYPE_CHAR:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_INTERVAL:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: break;
    }
    return false;
}
