/* json_string.c — strings of JSON, as jsonb prints them. */
#include "base/text_put.h"
#include "canonical/json_reading.h"
#include "canonical/text.h"

#include <endian.h>

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static bool
is_plain(uint8_t c)
{
    return c != '"' && c != '\\' && c >= 0x20;
}

/* The high bit of the first byte that is not plain. Bits of bytes behind it mean nothing. */
static uint64_t
stop_bits(uint64_t word)
{
    uint64_t quote = word ^ EVERY_BYTE('"');
    uint64_t backslash = word ^ EVERY_BYTE('\\');
    return (((quote - EVERY_BYTE(1)) & ~quote) | ((backslash - EVERY_BYTE(1)) & ~backslash) |
            ((word - EVERY_BYTE(0x20)) & ~word)) &
           EVERY_BYTE(0x80);
}

/* What copy_plain does while there are eight bytes, and what is left then. */
static struct json_spot
copy_plain_end(struct json_spot spot, const uint8_t *end)
{
    for (; end - spot.at >= 8; spot.at += 8, spot.to += 8) {
        uint64_t word;
        memcpy(&word, spot.at, sizeof word);
        memcpy(spot.to, &word, sizeof word);
        uint64_t stops = stop_bits(le64toh(word));
        if (stops != 0) {
            int plain = __builtin_ctzll(stops) / 8;
            return (struct json_spot){spot.at + plain, spot.to + plain};
        }
    }
    while (spot.at < end && is_plain(*spot.at)) {
        *spot.to++ = (char)*spot.at++;
    }
    return spot;
}

/* The characters that stand for themselves; more may be written behind them. */
static inline struct json_spot
copy_plain(struct json_spot spot, const uint8_t *end)
{
#if defined(__SSE2__)
    for (; end - spot.at >= JSON_STEP; spot.at += JSON_STEP, spot.to += JSON_STEP) {
        unsigned stops = json_copy_step(spot);
        if (stops != 0) {
            int plain = __builtin_ctz(stops);
            return (struct json_spot){spot.at + plain, spot.to + plain};
        }
    }
#endif
    return copy_plain_end(spot, end);
}

static int
hex_digit(uint8_t c)
{
    if (json_is_digit(c)) {
        return c - '0';
    }
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        return (c | 0x20) - 'a' + 10;
    }
    return -1;
}

/* Four digits behind \u; -1: there are none. */
static int32_t
read_unit(const uint8_t *at, const uint8_t *end)
{
    int32_t unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *
put_escape(char *to, char c)
{
    to[0] = '\\';
    to[1] = c;
    return to + 2;
}

/* The letter that is short for a control character; 0: none is. */
static char
short_for(uint32_t point)
{
    switch (point) {
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '"': return '"';
    case '\\': return '\\';
    default: return 0;
    }
}

static char *
put_character(struct json_reader *reader, char *to, uint32_t point)
{
    static const char hex[] = "0123456789abcdef";
    reader->escaped |= point < 0x20 || point == '"' || point == '\\';
    if (short_for(point) != 0) {
        return put_escape(to, short_for(point));
    }
    if (point >= 0x20) {
        return canonical_text_put_character(to, point);
    }
    memcpy(to, "\\u00", 4);
    to[4] = hex[point / 16];
    to[5] = hex[point % 16];
    return to + 6;
}

/* \uXXXX, or two of them. */
static struct json_spot
read_unicode(struct json_reader *reader, struct json_spot spot)
{
    int32_t unit = read_unit(spot.at, reader->end);
    if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return json_failed();
    }
    uint32_t point = (uint32_t)unit;
    spot.at += 6;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int32_t low = read_unit(spot.at, reader->end);
        if (low < 0xDC00 || low > 0xDFFF) {
            return json_failed();
        }
        point = 0x10000 + ((point - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
        spot.at += 6;
    }
    spot.to = put_character(reader, spot.to, point);
    return spot;
}

/* From the backslash on. */
static struct json_spot
read_escape(struct json_reader *reader, struct json_spot spot)
{
    if (reader->end - spot.at < 2) {
        return json_failed();
    }
    switch (spot.at[1]) {
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        reader->escaped = true;
        return (struct json_spot){spot.at + 2, put_escape(spot.to, (char)spot.at[1])};
    case '/': *spot.to = '/'; return (struct json_spot){spot.at + 2, spot.to + 1};
    case 'u': return read_unicode(reader, spot);
    default: return json_failed();
    }
}

/* Behind the opening quote. */
static struct json_spot
read_rest(struct json_reader *reader, struct json_spot spot)
{
    while (true) {
        spot = copy_plain(spot, reader->end);
        if (spot.at == reader->end) {
            return json_failed();
        }
        if (*spot.at == '"') {
            *spot.to = '"';
            return (struct json_spot){spot.at + 1, spot.to + 1};
        }
        if (*spot.at != '\\') {
            return json_failed();
        }
        spot = read_escape(reader, spot);
        if (spot.at == NULL) {
            return spot;
        }
    }
}

struct json_spot
json_read_any_string(struct json_reader *reader, struct json_spot spot)
{
    if (spot.at == reader->end || *spot.at != '"') {
        return json_failed();
    }
    *spot.to++ = (char)*spot.at++;
    return read_rest(reader, spot);
}

/* Behind the backslash of a form. */
static void
add_escaped(struct text *out, const uint8_t **at)
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    uint8_t c = *(*at)++;
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (c == 'u') {
        unsigned high = (unsigned)hex_digit((*at)[2]);
        unsigned low = (unsigned)hex_digit((*at)[3]);
        text_put_char(out, (char)(high << 4 | low));
        *at += 4;
    } else {
        text_put_char(out, letter != NULL ? meanings[letter - letters] : (char)c);
    }
}

void
canonical_json_add_string(struct text *out, const uint8_t **at)
{
    ++*at;
    while (**at != '"') {
        const uint8_t *run = *at;
        while (is_plain(**at)) {
            ++*at;
        }
        text_put_bytes(out, run, (size_t)(*at - run));
        if (**at == '\\') {
            ++*at;
            add_escaped(out, at);
        }
    }
    ++*at;
}
