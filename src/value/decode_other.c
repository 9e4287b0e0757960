/* decode_other.c — numeric, inet, cidr and arrays. */
#include "value/decimal.h"
#include "value/decode_internal.h"
#include "value/inet.h"
#include "value/utf8.h"

#include <math.h>

enum {
    GROUP_DIGITS = 4,
    HEADER_SIZE = 8,
    NEGATIVE = 0x4000,
    NOT_A_NUMBER = 0xC000,
    INFINITE = 0xD000,
    INFINITE_NEGATIVE = 0xF000,
};

/* The digits of one group of 10,000; those the number does not have are zeros. */
static void
add_group(struct text *out, const uint8_t *groups, int count, int index)
{
    unsigned group = index < 0 || index >= count ? 0
                                                 : get_uint16(groups + 2 * (ptrdiff_t)index);
    text_printf(out, "%04u", group);
}

/* -digits[.digits], as numeric_out writes it. */
static void
add_decimal(struct text *out, const uint8_t *bytes)
{
    int count = get_uint16(bytes);
    int weight = (int16_t)get_uint16(bytes + 2);
    int scale = get_uint16(bytes + 6);
    const uint8_t *groups = bytes + HEADER_SIZE;
    if (get_uint16(bytes + 4) == NEGATIVE) {
        text_add_char(out, '-');
    }
    size_t start = out->length;
    for (int i = 0; i <= weight; i++) {
        add_group(out, groups, count, i);
    }
    size_t zeros = 0;
    while (start + zeros < out->length && out->bytes[start + zeros] == '0') {
        zeros++;
    }
    if (zeros > 0) {
        memmove(out->bytes + start, out->bytes + start + zeros,
                out->length - start - zeros + 1);
        out->length -= zeros;
    }
    if (out->length == start) {
        text_add_char(out, '0');
    }
    if (scale > 0) {
        text_add_char(out, '.');
        size_t end = out->length + (size_t)scale;
        for (int i = weight + 1; out->length < end; i++) {
            add_group(out, groups, count, i);
        }
        out->length = end;
        out->bytes[end] = '\0';
    }
}

/* Zeros behind the point, which numeric(p,s) always has, do not count. */
static bool
is_integer(const struct text *decimal, int64_t *integer)
{
    const uint8_t *bytes = (const uint8_t *)decimal->bytes;
    struct decimal of_text;
    if (!decimal_parse(bytes, decimal->length, &of_text) || decimal_scale(&of_text) > 0) {
        return false;
    }
    size_t fraction = of_text.fraction == NULL ? 0 : of_text.fraction_digits + 1;
    return decimal_to_integer(bytes, decimal->length - fraction, integer);
}

/* Whether the shortest decimal of a real is this number, so that nothing is lost. */
static bool
is_real(const struct text *decimal, double *real)
{
    struct decimal_buffer buffer;
    struct decimal of_real;
    struct decimal of_text;
    *real = strtod(decimal->bytes, NULL);
    if (isinf(*real) ||
        !decimal_parse((const uint8_t *)decimal->bytes, decimal->length, &of_text)) {
        return false;
    }
    decimal_from_real(*real, &buffer, &of_real);
    size_t scale = decimal_scale(&of_text);
    return of_real.negative == of_text.negative &&
           of_real.integer_digits == of_text.integer_digits &&
           memcmp(of_real.integer, of_text.integer, of_text.integer_digits) == 0 &&
           decimal_scale(&of_real) == scale &&
           (scale == 0 || memcmp(of_real.fraction, of_text.fraction, scale) == 0);
}

bool
decode_numeric(const struct decoding *decoding)
{
    const uint8_t *bytes = decoding->bytes;
    if (decoding->size < HEADER_SIZE ||
        decoding->size != HEADER_SIZE + 2 * (size_t)get_uint16(bytes)) {
        return false;
    }
    switch (get_uint16(bytes + 4)) {
    case INFINITE: return give_real(decoding, (double)INFINITY);
    case INFINITE_NEGATIVE: return give_real(decoding, -(double)INFINITY);
    case NOT_A_NUMBER: return give_text(decoding, "NaN", 3);
    default: break;
    }
    int64_t integer;
    double real;
    add_decimal(decoding->out, bytes);
    const struct text *out = decoding->out;
    uint8_t class = decoding->form->of[FORM_CLASS];
    if ((class == 0 || class == SQLITE_INTEGER) && is_integer(out, &integer)) {
        return give_integer(decoding, integer);
    }
    if (class != SQLITE_TEXT && is_real(out, &real)) {
        return give_real(decoding, real);
    }
    return give_scratch(decoding);
}

bool
decode_inet(const struct decoding *decoding)
{
    char text[INET_TEXT_SIZE];
    const uint8_t *bytes = decoding->bytes;
    if (decoding->size < 4 || decoding->size != 4 + (size_t)bytes[3] ||
        (bytes[3] != INET_SIZE_4 && bytes[3] != INET_SIZE_6)) {
        return false;
    }
    struct inet inet = {.size = bytes[3], .bits = bytes[1]};
    memcpy(inet.address, bytes + 4, inet.size);
    inet.masked = decoding->form->of[FORM_MASK] == 2 ||
                  (decoding->form->of[FORM_MASK] == 0 && decoding->type->kind == TYPE_CIDR);
    text_add_bytes(decoding->out, text, inet_print(&inet, text));
    return give_scratch(decoding);
}

/* A character as \uxxxx, or two of them. Returns its size. */
static size_t
add_escaped(struct text *out, const uint8_t *bytes)
{
    size_t size = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
    uint32_t point = bytes[0] & (0xFFU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        point = point << 6 | (bytes[i] & 0x3F);
    }
    if (point >= 0x10000) {
        text_printf(out, "\\u%04x", 0xD800 + ((point - 0x10000) >> 10));
        point = 0xDC00 + ((point - 0x10000) & 0x3FF);
    }
    text_printf(out, "\\u%04x", point);
    return size;
}

/* As json.dumps and JSON.stringify write it. */
static bool
add_string(struct text *out, const uint8_t *bytes, size_t size, bool ascii)
{
    static const char letters[] = "\"\\\b\f\n\r\t";
    static const char escapes[] = "\"\\bfnrt";
    size_t characters;
    if (utf8_valid_prefix(bytes, size, &characters) != size) {
        return false;
    }
    text_add_char(out, '"');
    for (size_t i = 0; i < size;) {
        const char *letter = strchr(letters, bytes[i]);
        if (letter != NULL) {
            text_printf(out, "\\%c", escapes[letter - letters]);
        } else if (bytes[i] < 0x20) {
            text_printf(out, "\\u%04x", (unsigned)bytes[i]);
        } else if (bytes[i] >= 0x80 && ascii) {
            i += add_escaped(out, bytes + i);
            continue;
        } else {
            text_add_char(out, (char)bytes[i]);
        }
        i++;
    }
    text_add_char(out, '"');
    return true;
}

static bool
add_element(const struct decoding *decoding, const uint8_t *bytes, size_t size)
{
    if (decoding->type->kind == TYPE_TEXT_ARRAY) {
        return add_string(decoding->out, bytes, size, decoding->form->of[FORM_ESCAPES] == 2);
    }
    if (size != 4 && size != 8) {
        return false;
    }
    int64_t number = size == 8 ? get_int64(bytes) : (int32_t)get_uint32(bytes);
    text_printf(decoding->out, "%lld", (long long)number);
    return true;
}

bool
decode_array(const struct decoding *decoding)
{
    const uint8_t *at = decoding->bytes;
    const uint8_t *end = at + decoding->size;
    if (decoding->size < 12 || get_uint32(at) > 1 ||
        (get_uint32(at) == 1 && decoding->size < 20)) {
        return false; /* more dimensions than one have no form here */
    }
    at += get_uint32(at) == 0 ? 12 : 20;
    text_add_char(decoding->out, '[');
    while (end - at >= 4) {
        uint32_t size = get_uint32(at);
        at += 4;
        if (decoding->out->length > 1) {
            text_add(decoding->out, decoding->form->of[FORM_BLANKS] == 2 ? ", " : ",");
        }
        if (size == UINT32_MAX) {
            text_add(decoding->out, "null");
            continue;
        }
        if (size > (size_t)(end - at) || !add_element(decoding, at, size)) {
            return false;
        }
        at += size;
    }
    text_add_char(decoding->out, ']');
    return at == end && give_scratch(decoding);
}
