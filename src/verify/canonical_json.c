/* canonical_json.c — see canonical_json.h. */
#include "verify/canonical_json.h"

#include "verify/canonical_decimal.h"
#include "verify/canonical_text.h"
#include "verify/room.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    struct text *out;
    struct canonical_json_scratch *scratch;
    int depth;
};

static bool read_value(struct reader *reader);

static void
skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

static bool
read_char(struct reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != (uint8_t)c) {
        return false;
    }
    reader->at++;
    return true;
}

static bool
read_word(struct reader *reader, const char *word, char form)
{
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) {
        return false;
    }
    reader->at += size;
    room_add_char(reader->out, form);
    return true;
}

/* Length placeholders are filled in once the bytes stand behind them. */
static size_t
begin_sized(struct text *out)
{
    room_add_bytes(out, "\0\0\0\0", 4);
    return out->length;
}

static void
end_sized(struct text *out, size_t first)
{
    uint32_t size = htobe32((uint32_t)(out->length - first));
    memcpy(out->bytes + first - sizeof size, &size, sizeof size);
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        return (c | 0x20) - 'a' + 10;
    }
    return -1;
}

static bool
read_hex4(struct reader *reader, uint32_t *unit)
{
    if (reader->end - reader->at < 4) {
        return false;
    }
    uint32_t sum = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(*reader->at++);
        if (digit < 0) {
            return false;
        }
        sum = sum << 4 | (uint32_t)digit;
    }
    *unit = sum;
    return true;
}

/* Behind \u: four digits, or two times four with another \u between. */
static bool
read_unicode(struct reader *reader)
{
    uint32_t unit = 0;
    uint32_t low = 0;
    if (!read_hex4(reader, &unit) || unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return false;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (!read_char(reader, '\\') || !read_char(reader, 'u') || !read_hex4(reader, &low) ||
            low < 0xDC00 || low > 0xDFFF) {
            return false;
        }
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    canonical_text_add_character(reader->out, unit);
    return true;
}

static bool
read_escape(struct reader *reader)
{
    if (reader->at == reader->end) {
        return false;
    }
    uint8_t c = *reader->at++;
    switch (c) {
    case '"':
    case '\\':
    case '/': room_add_char(reader->out, (char)c); return true;
    case 'b': room_add_char(reader->out, '\b'); return true;
    case 'f': room_add_char(reader->out, '\f'); return true;
    case 'n': room_add_char(reader->out, '\n'); return true;
    case 'r': room_add_char(reader->out, '\r'); return true;
    case 't': room_add_char(reader->out, '\t'); return true;
    case 'u': return read_unicode(reader);
    default: return false;
    }
}

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The high bit of the first byte that ends a run of plain characters: '"', '\\' and what is
 * below 0x20. Bits of bytes behind it mean nothing. */
static uint64_t
stop_bits(uint64_t word)
{
    uint64_t quote = word ^ EVERY_BYTE('"');
    uint64_t backslash = word ^ EVERY_BYTE('\\');
    return (((quote - EVERY_BYTE(1)) & ~quote) | ((backslash - EVERY_BYTE(1)) & ~backslash) |
            ((word - EVERY_BYTE(0x20)) & ~word)) &
           EVERY_BYTE(0x80);
}

/* Behind the characters that stand for themselves; eight at a time. */
static const uint8_t *
plain_end(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t stops = stop_bits(le64toh(word));
        if (stops != 0) {
            return at + __builtin_ctzll(stops) / 8;
        }
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20) {
        at++;
    }
    return at;
}

/* From the opening quote on. */
static bool
read_string(struct reader *reader)
{
    if (!read_char(reader, '"')) {
        return false;
    }
    size_t first = begin_sized(reader->out);
    while (true) {
        const uint8_t *run = reader->at;
        reader->at = plain_end(run, reader->end);
        room_add_bytes(reader->out, run, (size_t)(reader->at - run));
        if (read_char(reader, '"')) {
            end_sized(reader->out, first);
            return true;
        }
        if (!read_char(reader, '\\') || !read_escape(reader)) {
            return false;
        }
    }
}

static bool
skip_digits(struct reader *reader)
{
    const uint8_t *first = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at > first;
}

/* -0|[1-9]digits [.digits] [e[+-]digits] */
static bool
skip_number(struct reader *reader)
{
    read_char(reader, '-');
    if (!read_char(reader, '0') && !skip_digits(reader)) {
        return false;
    }
    if (read_char(reader, '.') && !skip_digits(reader)) {
        return false;
    }
    if (read_char(reader, 'e') || read_char(reader, 'E')) {
        if (!read_char(reader, '+')) {
            read_char(reader, '-');
        }
        return skip_digits(reader);
    }
    return true;
}

static bool
read_number(struct reader *reader)
{
    const uint8_t *start = reader->at;
    if (!skip_number(reader)) {
        return false;
    }
    room_add_char(reader->out, 'n');
    size_t first = begin_sized(reader->out);
    if (!canonical_decimal_from_text(reader->out, start, (size_t)(reader->at - start))) {
        return false;
    }
    end_sized(reader->out, first);
    return true;
}

static bool
read_array(struct reader *reader)
{
    room_add_char(reader->out, '[');
    skip_blanks(reader);
    if (!read_char(reader, ']')) {
        do {
            if (!read_value(reader)) {
                return false;
            }
        } while (read_char(reader, ','));
        if (!read_char(reader, ']')) {
            return false;
        }
    }
    room_add_char(reader->out, ']');
    return true;
}

static bool
read_member(struct reader *reader)
{
    skip_blanks(reader);
    size_t start = reader->out->length;
    if (!read_string(reader)) {
        return false;
    }
    skip_blanks(reader);
    if (!read_char(reader, ':') || !read_value(reader)) {
        return false;
    }
    canonical_json_push(reader->scratch, start, reader->out->length);
    return true;
}

static bool
read_object(struct reader *reader)
{
    struct canonical_json_scratch *scratch = reader->scratch;
    room_add_char(reader->out, '{');
    size_t first = reader->out->length;
    size_t base = scratch->member_count;
    skip_blanks(reader);
    if (!read_char(reader, '}')) {
        do {
            if (!read_member(reader)) {
                return false;
            }
        } while (read_char(reader, ','));
        if (!read_char(reader, '}')) {
            return false;
        }
        canonical_json_sort(reader->out, scratch, base, first);
    }
    room_add_char(reader->out, '}');
    return true;
}

static bool
read_container(struct reader *reader)
{
    if (++reader->depth > CANONICAL_JSON_DEPTH_MAX) {
        return false;
    }
    bool ok = *reader->at++ == '{' ? read_object(reader) : read_array(reader);
    reader->depth--;
    return ok;
}

static bool
read_scalar(struct reader *reader)
{
    switch (*reader->at) {
    case '"': room_add_char(reader->out, 's'); return read_string(reader);
    case 't': return read_word(reader, "true", 't');
    case 'f': return read_word(reader, "false", 'f');
    case 'n': return read_word(reader, "null", 'z');
    default: return read_number(reader);
    }
}

/* With the blanks around it. */
static bool
read_value(struct reader *reader)
{
    skip_blanks(reader);
    if (reader->at == reader->end) {
        return false;
    }
    bool container = *reader->at == '{' || *reader->at == '[';
    if (!(container ? read_container(reader) : read_scalar(reader))) {
        return false;
    }
    skip_blanks(reader);
    return true;
}

bool
canonical_json_read(struct text *out, struct canonical_json_scratch *scratch,
                    const uint8_t *bytes, size_t size)
{
    struct reader reader = {.at = bytes, .end = bytes + size, .out = out, .scratch = scratch};
    size_t start = out->length;
    scratch->member_count = 0;
    if (!read_value(&reader) || reader.at != reader.end) {
        out->length = start;
        return false;
    }
    return true;
}
