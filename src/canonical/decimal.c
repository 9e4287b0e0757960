/* decimal.c — see decimal.h. */
#include "canonical/decimal.h"

#include "base/text_put.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXPONENT_MAX = 1000000000,
};

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void
put_exponent(struct text *out, size_t at, int64_t exponent)
{
    uint32_t bits = (uint32_t)(int32_t)exponent;
    for (size_t i = 0; i < 4; i++) {
        out->bytes[at + i] = (char)(bits >> (24 - 8 * i));
    }
}

int32_t
canonical_decimal_exponent(const uint8_t *form)
{
    return (int32_t)((uint32_t)form[1] << 24 | (uint32_t)form[2] << 16 |
                     (uint32_t)form[3] << 8 | form[4]);
}

/* A number under construction: digits are added as they come. */
struct builder {
    struct text *out;
    size_t start;
    int64_t exponent; /* of the first digit kept, counted from the point */
};

static struct builder
builder_begin(struct text *out, bool negative, size_t digits_max)
{
    struct builder builder = {out, out->length, 0};
    text_make_room(out, CANONICAL_DECIMAL_HEADER + digits_max);
    out->bytes[out->length] = negative ? '-' : '+';
    out->length += CANONICAL_DECIMAL_HEADER; /* the exponent comes last */
    return builder;
}

static void
builder_add(struct builder *builder, uint8_t digit, bool before_point)
{
    struct text *out = builder->out;
    bool leading = out->length == builder->start + CANONICAL_DECIMAL_HEADER;
    if (leading && digit == '0') {
        builder->exponent -= before_point ? 0 : 1;
        return;
    }
    builder->exponent += before_point ? 1 : 0;
    out->bytes[out->length++] = (char)digit;
}

/* `shift`: what an exponent behind the digits adds. */
static void
builder_end(struct builder *builder, int64_t shift)
{
    struct text *out = builder->out;
    size_t first = builder->start + CANONICAL_DECIMAL_HEADER;
    while (out->length > first && out->bytes[out->length - 1] == '0') {
        out->length--;
    }
    if (out->length == first) {
        out->length = builder->start;
        text_put_char(out, '0');
        return;
    }
    put_exponent(out, builder->start + 1, builder->exponent + shift);
}

/* e[+-]digits up to the end; saturates, as no such number exists anywhere. */
static bool
parse_exponent(const uint8_t *cursor, const uint8_t *end, int64_t *exponent)
{
    cursor++;
    bool negative = cursor < end && *cursor == '-';
    if (cursor < end && (*cursor == '-' || *cursor == '+')) {
        cursor++;
    }
    if (cursor == end) {
        return false;
    }
    int64_t value = 0;
    for (; cursor < end; cursor++) {
        if (!is_digit(*cursor)) {
            return false;
        }
        value = value > EXPONENT_MAX / 10 ? EXPONENT_MAX : value * 10 + (*cursor - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

bool
canonical_decimal_from_text(struct text *out, const uint8_t *bytes, size_t size)
{
    const uint8_t *cursor = bytes;
    const uint8_t *end = bytes + size;
    bool negative = cursor < end && *cursor == '-';
    if (cursor < end && (*cursor == '-' || *cursor == '+')) {
        cursor++;
    }
    struct builder builder = builder_begin(out, negative, size);
    size_t digits = 0;
    for (; cursor < end && is_digit(*cursor); cursor++, digits++) {
        builder_add(&builder, *cursor, true);
    }
    if (cursor < end && *cursor == '.') {
        for (cursor++; cursor < end && is_digit(*cursor); cursor++, digits++) {
            builder_add(&builder, *cursor, false);
        }
    }
    int64_t shift = 0;
    bool exponent = cursor < end && (*cursor == 'e' || *cursor == 'E');
    bool valid = digits > 0 && (exponent ? parse_exponent(cursor, end, &shift) : cursor == end);
    if (!valid) {
        out->length = builder.start;
        return false;
    }
    builder_end(&builder, shift);
    return true;
}

/* magnitude / 10^scale */
static void
add_scaled(struct text *out, bool negative, uint64_t magnitude, int scale)
{
    uint8_t digits[20];
    size_t count = 0;
    for (uint64_t rest = magnitude; rest > 0; rest /= 10) {
        digits[count++] = (uint8_t)('0' + rest % 10);
    }
    struct builder builder = builder_begin(out, negative, sizeof digits);
    while (count > 0) {
        builder_add(&builder, digits[--count], true);
    }
    builder_end(&builder, -scale);
}

void
canonical_decimal_from_integer(struct text *out, int64_t value)
{
    add_scaled(out, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 0);
}

/* A real with few digits, as prices and measures are: N / 10^scale with N and the
 * power exact, so the division rounds once, as reading the decimal would. With at
 * most 15 digits no shorter decimal reads back. */
static bool
add_few_digits(struct text *out, double value)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double magnitude = fabs(value);
    for (int scale = 0; scale < (int)(sizeof powers / sizeof *powers); scale++) {
        double scaled = nearbyint(magnitude * powers[scale]);
        if (!(scaled < 1e15)) {
            return false;
        }
        if (scaled / powers[scale] == magnitude) {
            add_scaled(out, value < 0, (uint64_t)scaled, scale);
            return true;
        }
    }
    return false;
}

/* Any decimal of up to 15 digits survives a normal double, so 15 digits with
 * trailing zeros dropped are the shortest form wherever they read back; below
 * the normal range fewer digits may do. */
static void
print_shortest(double value, char *printed, size_t size)
{
    int precision = fabs(value) < 2.2250738585072014e-308 ? 0 : 14;
    for (; precision < 17; precision++) {
        snprintf(printed, size, "%.*e", precision, value);
        if (strtod(printed, NULL) == value) {
            return;
        }
    }
}

void
canonical_decimal_from_double(struct text *out, double value)
{
    if (isnan(value) || isinf(value)) {
        text_add_char(out, isnan(value) ? 'n' : value > 0 ? 'p' : 'm');
        return;
    }
    if (add_few_digits(out, value)) {
        return;
    }
    char printed[40];
    print_shortest(value, printed, sizeof printed);
    struct builder builder = builder_begin(out, value < 0, sizeof printed);
    bool before_point = true;
    const char *cursor = printed;
    /* The decimal point is whatever the locale says: anything but a digit. */
    for (; *cursor != 'e'; cursor++) {
        if (is_digit((uint8_t)*cursor)) {
            builder_add(&builder, (uint8_t)*cursor, before_point);
            before_point = false;
        }
    }
    builder_end(&builder, strtol(cursor + 1, NULL, 10));
}

static uint32_t
read_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* NaN and the infinities, by numeric's sign word; 0: an ordinary number. */
static char
special_of(uint32_t sign)
{
    switch (sign) {
    case 0xC000: return 'n';
    case 0xD000: return 'p';
    case 0xF000: return 'm';
    default: return 0;
    }
}

bool
canonical_decimal_from_numeric(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size < 8 || size != 8 + 2 * (size_t)read_u16(bytes)) {
        return false;
    }
    int64_t weight = (int16_t)read_u16(bytes + 2);
    uint32_t sign = read_u16(bytes + 4);
    if (special_of(sign) != 0) {
        text_add_char(out, special_of(sign));
        return true;
    }
    if (sign != 0 && sign != 0x4000) {
        return false;
    }
    struct builder builder = builder_begin(out, sign != 0, 2 * size);
    for (size_t at = 8; at < size; at += 2) {
        uint32_t group = read_u16(bytes + at);
        if (group > 9999) {
            out->length = builder.start;
            return false;
        }
        for (uint32_t unit = 1000; unit > 0; unit /= 10) {
            builder_add(&builder, (uint8_t)('0' + group / unit % 10), false);
        }
    }
    builder_end(&builder, 4 * (weight + 1));
    return true;
}

bool
canonical_decimal_to_integer(const uint8_t *form, size_t size, int shift, int64_t *value)
{
    if (size == 1) {
        *value = 0;
        return form[0] == '0';
    }
    int64_t digits = (int64_t)canonical_decimal_exponent(form) + shift;
    int64_t present = (int64_t)(size - CANONICAL_DECIMAL_HEADER);
    if (digits < present || digits > 19) {
        return false;
    }
    int64_t sum = 0;
    for (int64_t i = 0; i < digits; i++) {
        int digit = i < present ? form[CANONICAL_DECIMAL_HEADER + i] - '0' : 0;
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, digit, &sum)) {
            return false;
        }
    }
    if (form[0] == '-') {
        *value = sum;
        return true;
    }
    return !__builtin_sub_overflow((int64_t)0, sum, value);
}
