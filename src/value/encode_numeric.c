/* encode_numeric.c — numeric_recv's format: digits in base 10,000, aligned at the
 * point; weight is the power of 10,000 of the first. */
#include "value/decimal.h"
#include "value/field.h"

#include <math.h>

enum {
    GROUP = 4, /* decimal digits in one of base 10,000 */
    HEADER_SIZE = 8,
    NEGATIVE = 0x4000,
    INFINITE = 0xD000, /* PostgreSQL 14 and later */
    INFINITE_NEGATIVE = 0xF000,
};

static void
put_header(uint8_t *out, size_t groups, int weight, unsigned sign, size_t scale)
{
    put_int16(out, (uint16_t)groups);
    put_int16(out + 2, (uint16_t)weight);
    put_int16(out + 4, (uint16_t)sign);
    put_int16(out + 6, (uint16_t)scale);
}

/* Four digits from `at` on, which may begin before the digits or end behind them. */
static uint16_t
group_at(const char *digits, size_t count, ptrdiff_t at)
{
    unsigned group = 0;
    for (ptrdiff_t i = at; i < at + GROUP; i++) {
        unsigned digit = i < 0 || i >= (ptrdiff_t)count ? 0 : (unsigned)(digits[i] - '0');
        group = group * 10 + digit;
    }
    return (uint16_t)group;
}

/* Drops zero groups at the end. */
static size_t
trimmed(const uint8_t *groups, size_t count)
{
    while (count > 0 && groups[2 * count - 2] == 0 && groups[2 * count - 1] == 0) {
        count--;
    }
    return count;
}

static enum encode_outcome
field_numeric(struct text *row, const struct decimal *decimal)
{
    size_t before = (decimal->integer_digits + GROUP - 1) / GROUP;
    size_t behind = (decimal->fraction_digits + GROUP - 1) / GROUP;
    size_t start = row->length;
    uint8_t *out = field_begin(row, HEADER_SIZE + 2 * (before + behind));
    uint8_t *groups = out + HEADER_SIZE;
    size_t count = 0;
    int weight = (int)before - 1;
    ptrdiff_t at = (ptrdiff_t)decimal->integer_digits - (ptrdiff_t)(before * GROUP);
    for (size_t i = 0; i < before; i++, at += GROUP) {
        put_int16(groups + 2 * count++,
                  group_at(decimal->integer, decimal->integer_digits, at));
    }
    for (size_t i = 0; i < behind; i++) {
        uint16_t group = group_at(decimal->fraction, decimal->fraction_digits,
                                  (ptrdiff_t)(i * GROUP));
        if (count == 0 && group == 0) {
            weight--; /* a zero in front is not written */
        } else {
            put_int16(groups + 2 * count++, group);
        }
    }
    count = trimmed(groups, count);
    put_header(out, count, count == 0 ? 0 : weight, decimal->negative ? NEGATIVE : 0,
               decimal->fraction_digits);
    size_t size = HEADER_SIZE + 2 * count;
    put_int32((uint8_t *)row->bytes + start, (uint32_t)size);
    row->length = start + 4 + size;
    row->bytes[row->length] = '\0';
    return ENCODE_OK;
}

static enum encode_outcome
field_infinite(struct text *row, const struct value_type *type, bool negative,
               struct refusal *refusal)
{
    if (type->precision > 0) {
        return refuse(refusal, "infinity does not fit numeric(%d,%d)", type->precision,
                      type->scale);
    }
    put_header(field_begin(row, HEADER_SIZE), 0, 0, negative ? INFINITE_NEGATIVE : INFINITE, 0);
    return ENCODE_OK;
}

/* Adds the decimal unless the type would round or refuse it. */
static enum encode_outcome
field_decimal(struct text *row, const struct value_type *type, const struct decimal *decimal,
              struct refusal *refusal)
{
    size_t scale = decimal_scale(decimal);
    if (type->precision > 0 &&
        ((ptrdiff_t)decimal->integer_digits > type->precision - type->scale ||
         (ptrdiff_t)scale > type->scale)) {
        return refuse(refusal,
                      "number with %zu digits before and %zu behind the point does "
                      "not fit numeric(%d,%d)",
                      decimal->integer_digits, scale, type->precision, type->scale);
    }
    return field_numeric(row, decimal);
}

enum encode_outcome
encode_numeric(sqlite3_value *value, const struct value_type *type,
               const struct encode_settings *settings, struct text *row,
               struct refusal *refusal)
{
    struct decimal_buffer buffer __attribute__((uninitialized));
    struct decimal decimal;
    struct cell_bytes text;
    double real;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        decimal_from_integer(sqlite3_value_int64(value), &buffer, &decimal);
        break;
    case SQLITE_FLOAT:
        real = sqlite3_value_double(value);
        if (isinf(real)) {
            return field_infinite(row, type, real < 0, refusal);
        }
        decimal_from_real(real, &buffer, &decimal);
        break;
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (!decimal_parse(text.bytes, text.size, &decimal)) {
            return refuse(refusal, "text is not a plain decimal number that numeric holds");
        }
        break;
    case SQLITE_NULL: return field_null(row);
    default: return refuse_class(refusal, value, type);
    }
    return field_decimal(row, type, &decimal, refusal);
}
