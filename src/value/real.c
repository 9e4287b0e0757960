/* real.c — shortest decimals. Numbers of at most 15 digits, as people write them,
 * are found with one multiplication and proven with one division; only the
 * others pay for printf. */
#include "value/real.h"

#include "value/lossless.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    DIGITS_SAFE = 15, /* any decimal of so many digits survives text -> double -> text */
    DIGITS_MAX = 17,  /* so many are enough for every double */
    EXACT_POWER_MAX = 22,
    PLAIN_POINT_MAX = 17, /* 1e17 and above are written with an exponent */
    PLAIN_POINT_MIN = -3, /* ... and so is what is below 0.0001 */
    INTEGRAL_BITS = 53,
};

/* Powers of ten that a double holds exactly. */
static const double power10_exact[EXACT_POWER_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

int
digit_count(uint64_t number)
{
    int count = 0;
    for (; number >= 10000; number /= 10000) {
        count += 4;
    }
    for (; number > 0; number /= 10) {
        count++;
    }
    return count;
}

static int
binary_exponent(double magnitude)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    return (int)(bits >> 52 & 0x7FF) - 1023;
}

/* floor(log10(2^exponent)): at most one less than floor(log10) of the number. */
static int
decimal_exponent_floor(double magnitude)
{
    return (int)((int64_t)binary_exponent(magnitude) * 315653 >> 20);
}

/* An upper bound of the digits behind the point. */
static int
scale_bound(double magnitude)
{
    int bound = DIGITS_MAX - 1 - decimal_exponent_floor(magnitude);
    return bound < 0 ? 0 : bound;
}

bool
real_scale_suffices(double number, int scale)
{
    double magnitude = fabs(number);
    if (scale_bound(magnitude) <= scale) {
        return true;
    }
    if (scale > EXACT_POWER_MAX) {
        return false;
    }
    double scaled = magnitude * power10_exact[scale];
    if (scaled >= (double)(1LL << INTEGRAL_BITS)) {
        return false;
    }
    /* Both operands are exact, so the quotient is what strtod would give; the shortest
     * decimal has no more digits than this one. */
    return (double)(int64_t)(scaled + 0.5) / power10_exact[scale] == magnitude;
}

static bool
decompose_integral(double magnitude, struct real_decimal *decimal)
{
    if (magnitude >= (double)(1LL << INTEGRAL_BITS) || magnitude != floor(magnitude)) {
        return false;
    }
    decimal->digits = (uint64_t)magnitude;
    decimal->exponent = 0;
    return true;
}

static bool
decompose_short(double magnitude, struct real_decimal *decimal)
{
    int scale = DIGITS_SAFE - 1 - decimal_exponent_floor(magnitude);
    if (scale < 1 || scale > EXACT_POWER_MAX) {
        return false;
    }
    double scaled = magnitude * power10_exact[scale];
    if (scaled >= 1e15) {
        scale--;
        scaled = magnitude * power10_exact[scale];
    }
    double rounded = floor(scaled + 0.5);
    /* Both operands are exact, so the quotient is what strtod would give. */
    if (rounded / power10_exact[scale] != magnitude) {
        return false;
    }
    decimal->digits = (uint64_t)rounded;
    decimal->exponent = -scale;
    return true;
}

/* Reads "d.ddde+XX", whatever the locale's point is. */
static void
read_scientific(const char *text, struct real_decimal *decimal)
{
    uint64_t digits = 0;
    int fraction = -1;
    for (; *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9') {
            digits = digits * 10 + (uint64_t)(*text - '0');
            fraction++;
        }
    }
    decimal->digits = digits;
    decimal->exponent = (int)strtol(text + 1, NULL, 10) - fraction;
}

static void
decompose_any(double magnitude, struct real_decimal *decimal)
{
    char text[48];
    int digits = fpclassify(magnitude) == FP_SUBNORMAL ? 1 : DIGITS_SAFE;
    for (; digits <= DIGITS_MAX; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
        if (strtod(text, NULL) == magnitude) {
            break;
        }
    }
    read_scientific(text, decimal);
}

void
real_decompose(double number, struct real_decimal *decimal)
{
    double magnitude = fabs(number);
    decimal->negative = signbit(number) != 0;
    if (magnitude == 0) {
        decimal->digits = 0;
        decimal->exponent = 0;
        return;
    }
    if (!decompose_integral(magnitude, decimal) && !decompose_short(magnitude, decimal)) {
        decompose_any(magnitude, decimal);
    }
    while (decimal->digits % 10000 == 0) {
        decimal->digits /= 10000;
        decimal->exponent += 4;
    }
    while (decimal->digits % 10 == 0) {
        decimal->digits /= 10;
        decimal->exponent++;
    }
}

static size_t
write_plain(const char *digits, int count, int point, char *out)
{
    size_t at = 0;
    for (int i = point < 1 ? point - 1 : 0; i < (count > point + 1 ? count : point + 1); i++) {
        if (i == point) {
            out[at++] = '.';
        }
        if (i >= 0 && i < count) {
            out[at++] = digits[i];
        } else {
            out[at++] = '0';
        }
    }
    return at;
}

static size_t
write_scientific(const char *digits, int count, int point, char *out)
{
    size_t at = 0;
    out[at++] = digits[0];
    if (count > 1) {
        out[at++] = '.';
        memcpy(out + at, digits + 1, (size_t)count - 1);
        at += (size_t)count - 1;
    }
    return at + (size_t)snprintf(out + at, REAL_TEXT_SIZE - 1 - at, "e%+03d", point - 1);
}

size_t
real_to_text(double number, char text[REAL_TEXT_SIZE])
{
    if (isinf(number)) {
        return (size_t)snprintf(text, REAL_TEXT_SIZE, "%s",
                                number < 0 ? "-Infinity" : "Infinity");
    }
    struct real_decimal decimal;
    real_decompose(number, &decimal);
    char digits[DIGITS_MAX + 1] = "0";
    int count = decimal.digits == 0 ? 1 : digit_count(decimal.digits);
    for (int i = count; i-- > 0; decimal.digits /= 10) {
        digits[i] = (char)('0' + decimal.digits % 10);
    }
    size_t sign = decimal.negative ? 1 : 0;
    text[0] = '-';
    int point = count + decimal.exponent; /* digits before the point */
    size_t length = sign + (point >= PLAIN_POINT_MIN && point <= PLAIN_POINT_MAX
                                ? write_plain(digits, count, point, text + sign)
                                : write_scientific(digits, count, point, text + sign));
    text[length] = '\0';
    return length;
}
