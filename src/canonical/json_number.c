/* json_number.c — numbers of JSON, as jsonb prints them but for zeros at the end. */
#include "base/text_put.h"
#include "canonical/json_reading.h"

#include <stdio.h>

enum {
    EXPONENT_MAX = 1000000000,
    /* Of a numeric; some more, as beyond these nothing can be the same as what a server holds. */
    DIGITS_BEFORE_POINT_MAX = 131072 + 8,
    DIGITS_BEHIND_POINT_MAX = 16383 + 8,
    SHORT_NUMBER = 16000, /* without an exponent it is surely none of these */
};
#define FORM_MAX (((size_t)1 << 30) - 1) /* no server prints more */

/* Digits that neither begin nor end with a zero; the point is behind the first so many of them,
 * or so many zeros before them. None: zero. */
struct digits {
    const char *first;
    int64_t count;
    int64_t point;
};

/* [+-]digits; saturates. */
static const uint8_t *
read_exponent(const uint8_t *at, const uint8_t *end, int64_t *exponent)
{
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+') ? 1 : 0;
    if (at == end || !json_is_digit(*at)) {
        return NULL;
    }
    int64_t value = 0;
    for (; at < end && json_is_digit(*at); at++) {
        value = value > EXPONENT_MAX / 10 ? EXPONENT_MAX : value * 10 + (*at - '0');
    }
    *exponent = negative ? -value : value;
    return at;
}

/* Of what stands in the form: digits, and perhaps a point and digits. Kept in the scratch. */
static struct digits
digits_of(struct text *kept, const char *from, const char *to)
{
    struct digits digits = {0};
    kept->length = 0;
    const char *point = memchr(from, '.', (size_t)(to - from));
    digits.point = (point == NULL ? to : point) - from;
    text_put_bytes(kept, from, (size_t)digits.point);
    if (point != NULL) {
        text_put_bytes(kept, point + 1, (size_t)(to - point - 1));
    }
    size_t zeros = strspn(kept->bytes, "0");
    size_t end = kept->length;
    while (end > zeros && kept->bytes[end - 1] == '0') {
        end--;
    }
    digits.first = kept->bytes + zeros;
    digits.count = (int64_t)(end - zeros);
    digits.point -= (int64_t)zeros;
    return digits;
}

static char *
put_zeros(char *to, int64_t count)
{
    memset(to, '0', (size_t)count);
    return to + count;
}

static char *
put_digits(char *to, const char *digits, int64_t count)
{
    memcpy(to, digits, (size_t)count);
    return to + count;
}

static char *
put_plainly(char *to, const struct digits *digits)
{
    if (digits->point >= digits->count) {
        to = put_digits(to, digits->first, digits->count);
        return put_zeros(to, digits->point - digits->count);
    }
    if (digits->point > 0) {
        to = put_digits(to, digits->first, digits->point);
        *to++ = '.';
        return put_digits(to, digits->first + digits->point, digits->count - digits->point);
    }
    to = put_digits(to, "0.", 2);
    to = put_zeros(to, -digits->point);
    return put_digits(to, digits->first, digits->count);
}

/* `written`: sign, digits and point up to spot.to; the number is that times 10 ^ exponent. */
static struct json_spot
write_scaled(struct json_reader *reader, struct json_spot spot, char *written, int64_t exponent)
{
    struct text *out = reader->out;
    bool negative = *written == '-';
    struct digits digits = digits_of(&reader->scratch->sorted, written + (negative ? 1 : 0),
                                     spot.to);
    if (digits.count == 0) {
        *written = '0';
        return (struct json_spot){spot.at, written + 1};
    }
    digits.point += exponent;
    bool plain = digits.point <= DIGITS_BEFORE_POINT_MAX &&
                 digits.count - digits.point <= DIGITS_BEHIND_POINT_MAX;
    int64_t zeros = !plain                        ? 0
                    : digits.point < 0            ? -digits.point
                    : digits.point > digits.count ? digits.point - digits.count
                                                  : 0;
    size_t needed = (size_t)(digits.count + zeros) + JSON_SLACK;
    out->length = (size_t)(written - out->bytes);
    if (out->length + needed > FORM_MAX) {
        return json_failed();
    }
    text_make_room(out, needed + 2 * (size_t)(reader->end - spot.at) + JSON_SLACK);
    char *to = out->bytes + out->length + (negative ? 1 : 0);
    if (plain) {
        return (struct json_spot){spot.at, put_plainly(to, &digits)};
    }
    to = put_digits(to, digits.first, digits.count);
    to += snprintf(to, JSON_SLACK, "e%lld", (long long)(digits.point - digits.count));
    return (struct json_spot){spot.at, to};
}

/* .digits; the form ends behind the last that is no zero. */
static struct json_spot
read_fraction(const struct json_reader *reader, struct json_spot spot)
{
    const uint8_t *first = ++spot.at;
    char *kept = spot.to;
    *spot.to++ = '.';
    for (; spot.at < reader->end && json_is_digit(*spot.at); spot.at++) {
        *spot.to++ = (char)*spot.at;
        kept = *spot.at == '0' ? kept : spot.to;
    }
    return spot.at == first ? json_failed() : (struct json_spot){spot.at, kept};
}

/* 0, or digits that do not begin with it. */
static struct json_spot
read_whole(const struct json_reader *reader, struct json_spot spot)
{
    const uint8_t *first = spot.at;
    while (spot.at < reader->end && json_is_digit(*spot.at)) {
        *spot.to++ = (char)*spot.at++;
    }
    bool wrong = spot.at == first || (*first == '0' && spot.at - first > 1);
    return wrong ? json_failed() : spot;
}

struct json_spot
json_read_number(struct json_reader *reader, struct json_spot spot)
{
    char *written = spot.to;
    int64_t exponent = 0;
    if (*spot.at == '-') {
        *spot.to++ = (char)*spot.at++;
    }
    spot = read_whole(reader, spot);
    if (spot.at != NULL && spot.at < reader->end && *spot.at == '.') {
        spot = read_fraction(reader, spot);
    }
    if (spot.at == NULL) {
        return spot;
    }
    bool scaled = spot.at < reader->end && (*spot.at == 'e' || *spot.at == 'E');
    if (scaled && (spot.at = read_exponent(spot.at + 1, reader->end, &exponent)) == NULL) {
        return spot;
    }
    bool minus_zero = *written == '-' && written[1] == '0' && spot.to == written + 2;
    if (scaled || minus_zero || spot.to - written > SHORT_NUMBER) {
        return write_scaled(reader, spot, written, exponent);
    }
    return spot;
}
