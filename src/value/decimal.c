/* decimal.c — see decimal.h. */
#include "value/decimal.h"

#include "value/real.h"

#include <string.h>

static size_t
count_digits(const uint8_t *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && bytes[count] >= '0' && bytes[count] <= '9') {
        count++;
    }
    return count;
}

bool
decimal_parse(const uint8_t *bytes, size_t size, struct decimal *decimal)
{
    size_t at = size > 0 && bytes[0] == '-' ? 1 : 0;
    decimal->negative = at == 1;
    size_t integer_at = at;
    size_t integer_digits = count_digits(bytes + at, size - at);
    at += integer_digits;
    bool zero = integer_digits == 1 && bytes[integer_at] == '0';
    if (integer_digits == 0 || (bytes[integer_at] == '0' && !zero)) {
        return false;
    }
    decimal->integer = (const char *)bytes + integer_at;
    decimal->integer_digits = zero ? 0 : integer_digits;
    decimal->fraction = NULL;
    decimal->fraction_digits = 0;
    if (at < size && bytes[at] == '.') {
        at++;
        decimal->fraction = (const char *)bytes + at;
        decimal->fraction_digits = count_digits(bytes + at, size - at);
        at += decimal->fraction_digits;
        if (decimal->fraction_digits == 0) {
            return false;
        }
    }
    bool minus_zero = decimal->negative && zero && decimal_scale(decimal) == 0;
    return at == size && !minus_zero && integer_digits <= DECIMAL_DIGITS_BEFORE_MAX &&
           decimal->fraction_digits <= DECIMAL_DIGITS_BEHIND_MAX;
}

bool
decimal_to_integer(const uint8_t *bytes, size_t size, int64_t *number)
{
    enum { DIGITS_MAX = 19 };
    bool negative = size > 0 && bytes[0] == '-';
    const uint8_t *digits = bytes + negative;
    size_t count = size - negative;
    uint64_t magnitude = 0;
    /* No zero too many in front, and no minus zero. */
    if (count == 0 || count > DIGITS_MAX || (digits[0] == '0' && size > 1)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)digits[i] - '0';
        if (digit > 9) {
            return false;
        }
        magnitude = magnitude * 10 + digit; /* 19 digits fit 64 bits without a sign */
    }
    *number = (int64_t)(negative ? -magnitude : magnitude);
    return magnitude <= (uint64_t)INT64_MAX + negative;
}

size_t
decimal_scale(const struct decimal *decimal)
{
    size_t scale = decimal->fraction_digits;
    while (scale > 0 && decimal->fraction[scale - 1] == '0') {
        scale--;
    }
    return scale;
}

static size_t
unsigned_to_text(uint64_t number, char *text)
{
    char reversed[INTEGER_TEXT_SIZE];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++) {
        text[i] = reversed[count - 1 - i];
    }
    return count;
}

size_t
integer_to_text(int64_t number, char text[INTEGER_TEXT_SIZE])
{
    if (number >= 0) {
        return unsigned_to_text((uint64_t)number, text);
    }
    text[0] = '-';
    return 1 + unsigned_to_text(-(uint64_t)number, text + 1);
}

void
decimal_from_integer(int64_t number, struct decimal_buffer *buffer, struct decimal *decimal)
{
    uint64_t magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
    size_t count = number == 0 ? 0 : unsigned_to_text(magnitude, buffer->digits);
    *decimal = (struct decimal){number < 0, buffer->digits, count, NULL, 0};
}

void
decimal_from_real(double number, struct decimal_buffer *buffer, struct decimal *decimal)
{
    struct real_decimal real;
    real_decompose(number, &real);
    if (real.digits == 0) {
        *decimal = (struct decimal){false, buffer->digits, 0, NULL, 0};
        return;
    }
    /* digits, then zeros up to the point; or zeros behind the point, then digits */
    int count = digit_count(real.digits);
    size_t zeros_before = real.exponent < -count ? (size_t)(-real.exponent - count) : 0;
    size_t zeros_after = real.exponent > 0 ? (size_t)real.exponent : 0;
    memset(buffer->digits, '0', zeros_before);
    size_t end = zeros_before + unsigned_to_text(real.digits, buffer->digits + zeros_before);
    memset(buffer->digits + end, '0', zeros_after);
    end += zeros_after;
    size_t fraction = real.exponent < 0 ? (size_t)-real.exponent : 0;
    size_t integer = end - fraction;
    *decimal = (struct decimal){real.negative, buffer->digits, integer,
                                buffer->digits + integer, fraction};
}
