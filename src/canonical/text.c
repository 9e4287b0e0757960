/* text.c — see text.h. */
#include "canonical/text.h"

#include "base/text_put.h"

#include <string.h>

static bool
is_continuation(const uint8_t *bytes, size_t size, size_t at)
{
    return at < size && (bytes[at] & 0xC0) == 0x80;
}

size_t
canonical_text_character(const uint8_t *bytes, size_t size)
{
    uint8_t first = bytes[0];
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    if (!is_continuation(bytes, size, 1)) {
        return 0;
    }
    uint8_t second = bytes[1];
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (!is_continuation(bytes, size, 2)) {
        return 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        bool overlong = first == 0xE0 && second < 0xA0;
        bool surrogate = first == 0xED && second >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xF0 && first <= 0xF4 && is_continuation(bytes, size, 3)) {
        bool overlong = first == 0xF0 && second < 0x90;
        bool beyond = first == 0xF4 && second >= 0x90;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

/* Length of the ASCII without NUL that begins here, eight bytes at a time: a
 * byte that is 0 borrows from its high bit when 1 is taken off each. */
static size_t
ascii_run(const uint8_t *bytes, size_t size)
{
    const uint64_t ones = 0x0101010101010101;
    const uint64_t highs = 0x8080808080808080;
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        if (((word | (word - ones)) & highs) != 0) {
            break;
        }
    }
    while (at < size && bytes[at] != 0 && bytes[at] < 0x80) {
        at++;
    }
    return at;
}

bool
canonical_text_is(const uint8_t *bytes, size_t size)
{
    size_t at = ascii_run(bytes, size);
    while (at < size) {
        size_t character = canonical_text_character(bytes + at, size - at);
        if (character == 0) {
            return false;
        }
        at += character;
        at += ascii_run(bytes + at, size - at);
    }
    return true;
}

void
canonical_text_add(struct text *out, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t character = canonical_text_character(bytes + at, size - at);
        text_add_bytes(out, bytes + at, character);
        at += character == 0 ? 1 : character;
    }
}

char *
canonical_text_put_character(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    if (point < 0x800) {
        *to++ = (char)(0xC0 | point >> 6);
    } else if (point < 0x10000) {
        *to++ = (char)(0xE0 | point >> 12);
        *to++ = (char)(0x80 | (point >> 6 & 0x3F));
    } else {
        *to++ = (char)(0xF0 | point >> 18);
        *to++ = (char)(0x80 | (point >> 12 & 0x3F));
        *to++ = (char)(0x80 | (point >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (point & 0x3F));
    return to;
}

void
canonical_text_add_character(struct text *out, uint32_t point)
{
    text_make_room(out, 4);
    out->length = (size_t)(canonical_text_put_character(out->bytes + out->length, point) -
                           out->bytes);
    out->bytes[out->length] = '\0';
}

static uint32_t
unit_at(const uint8_t *bytes, bool big_endian)
{
    return big_endian ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

bool
canonical_text_from_utf16(struct text *out, const uint8_t *bytes, size_t size, bool big_endian)
{
    bool whole = size % 2 == 0;
    for (size_t at = 0; at + 2 <= size; at += 2) {
        uint32_t point = unit_at(bytes + at, big_endian);
        if (point >= 0xD800 && point <= 0xDFFF) {
            uint32_t low = at + 4 <= size ? unit_at(bytes + at + 2, big_endian) : 0;
            if (point > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
                whole = false;
                continue;
            }
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
            at += 2;
        }
        canonical_text_add_character(out, point);
    }
    return whole;
}
