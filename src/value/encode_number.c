/* encode_number.c — integer, smallint, real: the narrow kinds of existing tables. */
#include "value/decimal.h"
#include "value/field.h"

#include <math.h>

/* An integer out of an integer, an integral real, or a plain text. False: refused. */
static bool
integer_of_value(sqlite3_value *value, const struct value_type *type,
                 const struct encode_settings *settings, int64_t *number,
                 struct refusal *refusal)
{
    double real;
    struct cell_bytes text;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: *number = sqlite3_value_int64(value); return true;
    case SQLITE_FLOAT:
        real = sqlite3_value_double(value);
        if (real >= -0x1p63 && real < 0x1p63 && real == floor(real)) {
            *number = (int64_t)real;
            return true;
        }
        refuse(refusal, "real %.17g is not an integer", real);
        return false;
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (decimal_to_integer(text.bytes, text.size, number)) {
            return true;
        }
        refuse(refusal, "text is not a plain integer within 64 bits");
        return false;
    default: refuse_class(refusal, value, type); return false;
    }
}

/* What is no integer: apart, so that integers do not pay for a number in memory. */
static __attribute__((noinline)) enum encode_outcome
encode_other_bigint(sqlite3_value *value, const struct value_type *type,
                    const struct encode_settings *settings, struct text *row,
                    struct refusal *refusal)
{
    int64_t number;
    return integer_of_value(value, type, settings, &number, refusal) ? field_int64(row, number)
                                                                     : ENCODE_REFUSED;
}

enum encode_outcome
encode_bigint(sqlite3_value *value, const struct value_type *type,
              const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: return field_int64(row, sqlite3_value_int64(value));
    case SQLITE_NULL: return field_null(row);
    default: return encode_other_bigint(value, type, settings, row, refusal);
    }
}

static enum encode_outcome
refuse_range(struct refusal *refusal, int64_t number, const char *name)
{
    return refuse(refusal, "%lld is beyond the range of %s", (long long)number, name);
}

enum encode_outcome
encode_integer(sqlite3_value *value, const struct value_type *type,
               const struct encode_settings *settings, struct text *row,
               struct refusal *refusal)
{
    int64_t number;
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return field_null(row);
    }
    if (!integer_of_value(value, type, settings, &number, refusal)) {
        return ENCODE_REFUSED;
    }
    if (number != (int32_t)number) {
        return refuse_range(refusal, number, "integer");
    }
    put_int32(field_begin(row, 4), (uint32_t)number);
    return ENCODE_OK;
}

enum encode_outcome
encode_smallint(sqlite3_value *value, const struct value_type *type,
                const struct encode_settings *settings, struct text *row,
                struct refusal *refusal)
{
    int64_t number;
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return field_null(row);
    }
    if (!integer_of_value(value, type, settings, &number, refusal)) {
        return ENCODE_REFUSED;
    }
    if (number != (int16_t)number) {
        return refuse_range(refusal, number, "smallint");
    }
    put_int16(field_begin(row, 2), (uint16_t)number);
    return ENCODE_OK;
}

/* Within the range that a cast to float is defined for. */
static bool
is_exact_float(double number)
{
    return isinf(number) || (fabs(number) <= 0x1.fffffep127 && (double)(float)number == number);
}

enum encode_outcome
encode_real(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    (void)settings;
    double number;
    int64_t integer;
    switch (sqlite3_value_type(value)) {
    case SQLITE_FLOAT: number = sqlite3_value_double(value); break;
    case SQLITE_INTEGER:
        integer = sqlite3_value_int64(value);
        number = (double)integer;
        if (!(number < 0x1p63) || (int64_t)number != integer) {
            return refuse(refusal, "integer %lld is not exact as real", (long long)integer);
        }
        break;
    case SQLITE_NULL: return field_null(row);
    default: return refuse_class(refusal, value, type);
    }
    if (!is_exact_float(number)) {
        return refuse(refusal, "%.17g is not exact as real (float4)", number);
    }
    float narrow = (float)number;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    put_int32(field_begin(row, 4), bits);
    return ENCODE_OK;
}
