/* json_number.c — see json_number.h. */
#include "value/json_number.h"

#include "value/decimal.h"

static size_t
leading_zeros(const uint8_t *digits, size_t count)
{
    size_t zeros = 0;
    while (zeros < count && digits[zeros] == '0') {
        zeros++;
    }
    return zeros;
}

bool
json_number_fits_numeric(const struct json_number *number)
{
    if (number->exponent > JSON_EXPONENT_MAX || number->exponent < -JSON_EXPONENT_MAX) {
        return false;
    }
    int64_t behind = (int64_t)number->fraction_digits - number->exponent;
    if (behind > DECIMAL_DIGITS_BEHIND_MAX) {
        return false;
    }
    int64_t before = (int64_t)number->integer_digits;
    if (number->integer[0] == '0') {
        size_t zeros = leading_zeros(number->fraction, number->fraction_digits);
        if (zeros == number->fraction_digits) {
            return true; /* zero */
        }
        before = -(int64_t)zeros;
    }
    return before + number->exponent <= DECIMAL_DIGITS_BEFORE_MAX;
}
