/* source_number.c — source values that must be numbers, or true or false. */
#include "canonical/decimal.h"
#include "canonical/source_reading.h"
#include "canonical/word.h"

#include <float.h>
#include <math.h>

/* A real that is an integer, within int64. */
static bool
integer_of_real(double real, int64_t *integer)
{
    if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0) ||
        real != trunc(real)) {
        return false;
    }
    *integer = (int64_t)real;
    return true;
}

static bool
integer_of_decimal(struct reading *reading, bool read, int64_t *integer)
{
    struct text *form = reading->out;
    bool whole = read && canonical_decimal_to_integer((const uint8_t *)form->bytes,
                                                      form->length, 0, integer);
    text_reset(form);
    return whole;
}

bool
read_whole_number(struct reading *reading, int64_t min, int64_t max)
{
    int64_t integer = 0;
    bool whole = false;
    if (reading->class == SQLITE_INTEGER) {
        integer = sqlite3_value_int64(reading->value);
        whole = true;
    } else if (reading->class == SQLITE_FLOAT) {
        whole = integer_of_real(sqlite3_value_double(reading->value), &integer);
    } else if (reading->class == SQLITE_TEXT) {
        whole = integer_of_decimal(reading,
                                   canonical_decimal_from_text(
                                       reading->out, reading->bytes.bytes, reading->bytes.size),
                                   &integer);
    }
    canonical_add_u64(reading->out, (uint64_t)integer);
    return whole && integer >= min && integer <= max;
}

bool
read_double(struct reading *reading)
{
    double real = sqlite3_value_double(reading->value);
    bool exact = reading->class == SQLITE_FLOAT;
    if (reading->class == SQLITE_INTEGER) {
        int64_t integer = sqlite3_value_int64(reading->value);
        int64_t back = 0;
        real = (double)integer;
        exact = integer_of_real(real, &back) && back == integer;
    }
    canonical_add_u64(reading->out, bits_of(real));
    return exact;
}

/* A double that a float holds, kept as the double. */
bool
read_real(struct reading *reading)
{
    if (!read_double(reading)) {
        return false;
    }
    uint64_t bits = canonical_read_u64((const uint8_t *)reading->out->bytes);
    double real;
    memcpy(&real, &bits, sizeof real);
    return isinf(real) || (fabs(real) <= (double)FLT_MAX && real == (double)(float)real);
}

bool
read_numeric(struct reading *reading)
{
    switch (reading->class) {
    case SQLITE_INTEGER:
        canonical_decimal_from_integer(reading->out, sqlite3_value_int64(reading->value));
        return true;
    case SQLITE_FLOAT:
        canonical_decimal_from_double(reading->out, sqlite3_value_double(reading->value));
        return true;
    case SQLITE_TEXT:
        return canonical_decimal_from_text(reading->out, reading->bytes.bytes,
                                           reading->bytes.size);
    default: return false;
    }
}

bool
read_boolean(struct reading *reading)
{
    int truth = -1;
    if (reading->class == SQLITE_TEXT) {
        truth = canonical_word_boolean(reading->bytes.bytes, reading->bytes.size);
    } else if (reading->class != SQLITE_BLOB) {
        double number = sqlite3_value_double(reading->value);
        truth = number == 0 ? 0 : number == 1 ? 1 : -1;
    }
    text_add_char(reading->out, truth == 1 ? 1 : 0);
    return truth >= 0;
}
