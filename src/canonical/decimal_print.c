/* decimal_print.c — decimals as text again. */
#include "canonical/decimal.h"

#include <math.h>

enum {
    PRINT_ZEROS_MAX = 20,
    PLAIN_BEFORE_MIN = -3, /* 0.0001 is plain, 1e-05 is not */
    PLAIN_BEFORE_MAX = 17,
};

static void
add_zeros(struct text *out, int64_t count)
{
    for (; count > 0; count--) {
        text_add_char(out, '0');
    }
}

/* The digits with the point behind `before` of them. */
static void
print_plain(struct text *out, const char *digits, size_t count, int64_t before)
{
    if (before <= 0) {
        text_add(out, "0.");
        add_zeros(out, -before);
        text_add_bytes(out, digits, count);
    } else if ((size_t)before >= count) {
        text_add_bytes(out, digits, count);
        add_zeros(out, before - (int64_t)count);
    } else {
        text_add_bytes(out, digits, (size_t)before);
        text_add_char(out, '.');
        text_add_bytes(out, digits + before, count - (size_t)before);
    }
}

static void
print_exponential(struct text *out, const char *digits, size_t count, int64_t exponent)
{
    text_add_char(out, digits[0]);
    if (count > 1) {
        text_add_char(out, '.');
        text_add_bytes(out, digits + 1, count - 1);
    }
    text_printf(out, "e%+03lld", (long long)exponent);
}

void
canonical_decimal_print(struct text *out, const uint8_t *form, size_t size)
{
    if (size <= CANONICAL_DECIMAL_HEADER) {
        text_add(out, form[0] == 'n'   ? "NaN"
                      : form[0] == 'p' ? "Infinity"
                      : form[0] == 'm' ? "-Infinity"
                                       : "0");
        return;
    }
    const char *digits = (const char *)form + CANONICAL_DECIMAL_HEADER;
    size_t count = size - CANONICAL_DECIMAL_HEADER;
    int64_t exponent = canonical_decimal_exponent(form);
    if (form[0] == '-') {
        text_add_char(out, '-');
    }
    if (exponent > -PRINT_ZEROS_MAX && exponent - (int64_t)count < PRINT_ZEROS_MAX) {
        print_plain(out, digits, count, exponent);
        return;
    }
    print_exponential(out, digits, count, exponent - 1);
}

void
canonical_decimal_print_double(struct text *out, double value)
{
    if (isinf(value) || value == 0) {
        text_add(out, signbit(value) ? "-" : "");
        text_add(out, value == 0 ? "0.0" : "Infinity");
        return;
    }
    AUTO_TEXT form = {0};
    canonical_decimal_from_double(&form, value);
    const char *digits = form.bytes + CANONICAL_DECIMAL_HEADER;
    size_t count = form.length - CANONICAL_DECIMAL_HEADER;
    int64_t before = canonical_decimal_exponent((const uint8_t *)form.bytes);
    text_add(out, value < 0 ? "-" : "");
    if (before < PLAIN_BEFORE_MIN || before > PLAIN_BEFORE_MAX) {
        print_exponential(out, digits, count, before - 1);
        return;
    }
    print_plain(out, digits, count, before);
    if (before > 0 && (size_t)before >= count) {
        text_add(out, ".0");
    }
}
