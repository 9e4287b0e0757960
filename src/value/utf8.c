/* utf8.c — see utf8.h. Whole vectors while the text is ASCII; where it is not, blocks of
 * a long text, one sequence at a time of a short one. */
#include "value/utf8.h"

#include "value/utf8_blocks.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define EVERY_BYTE(b) (0x0101010101010101ULL * (b))

/* Whether none of the 8 bytes is NUL or not ASCII. */
static inline bool
is_plain_word(uint64_t word)
{
    uint64_t nul = (word - EVERY_BYTE(0x01)) & ~word;
    return ((word | nul) & EVERY_BYTE(0x80)) == 0;
}

/* The same of 4 to 15 bytes, by their first and last 4 or 8. */
static inline bool
plain_in_ends(const uint8_t *bytes, size_t size)
{
    if (size >= 8) {
        uint64_t first;
        uint64_t last;
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + size - sizeof last, sizeof last);
        return is_plain_word(first) && is_plain_word(last);
    }
    uint32_t first;
    uint32_t last;
    memcpy(&first, bytes, sizeof first);
    memcpy(&last, bytes + size - sizeof last, sizeof last);
    return is_plain_word((uint64_t)first << 32 | last);
}

#ifdef __SSE2__
/* A bit for each of the 16 bytes that is NUL or not ASCII: as signed, not above 0. */
static inline unsigned
not_plain_in_vector(const uint8_t *bytes)
{
    __m128i vector = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    return 0xFFFFU ^ (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(vector, _mm_setzero_si128()));
}
#endif

/* Where there are no vectors, or less than one. Short words are common: seven bytes
 * cost no more than four. */
static inline size_t
plain_until_by_words(const uint8_t *bytes, size_t size, size_t at)
{
    if (at == 0 && size >= 4 && size < 16 && plain_in_ends(bytes, size)) {
        return size;
    }
    for (uint64_t word; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if (!is_plain_word(word)) {
            break;
        }
    }
    while (at < size && bytes[at] != 0 && bytes[at] < 0x80) {
        at++;
    }
    return at;
}

/* Index of the first byte from `at` on that is NUL or not ASCII; `size` when none is. */
static inline size_t
plain_until(const uint8_t *bytes, size_t size, size_t at)
{
#ifdef __SSE2__
    if (size >= 16) {
        for (; size - at >= 16; at += 16) {
            unsigned found = not_plain_in_vector(bytes + at);
            if (found != 0) {
                return at + (size_t)__builtin_ctz(found);
            }
        }
        /* The rest together with bytes already seen. */
        unsigned seen = 16 - (unsigned)(size - at);
        unsigned found = not_plain_in_vector(bytes + size - 16) >> seen;
        return found == 0 ? size : at + (size_t)__builtin_ctz(found);
    }
#endif
    return plain_until_by_words(bytes, size, at);
}

static inline bool
is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Length of the well-formed sequence of two or more bytes that starts here, or 0. */
static inline size_t
sequence_length(const uint8_t *bytes, size_t size)
{
    uint8_t lead = bytes[0];
    if (lead < 0xC2 || size < 2) {
        return 0;
    }
    uint8_t second = bytes[1];
    if (lead < 0xE0) {
        return is_continuation(second) ? 2 : 0;
    }
    if (lead < 0xF0) {
        uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;  /* overlong below */
        uint8_t high = lead == 0xED ? 0x9F : 0xBF; /* surrogates above */
        return size >= 3 && second >= low && second <= high && is_continuation(bytes[2]) ? 3
                                                                                         : 0;
    }
    if (lead > 0xF4) {
        return 0;
    }
    uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xF4 ? 0x8F : 0xBF; /* beyond U+10FFFF above */
    return size >= 4 && second >= low && second <= high && is_continuation(bytes[2]) &&
                   is_continuation(bytes[3])
               ? 4
               : 0;
}

struct utf8_prefix
utf8_prefix(const uint8_t *bytes, size_t size)
{
    size_t continuations = 0;
    size_t at = plain_until(bytes, size, 0);
    while (at < size) {
        size_t length = sequence_length(bytes + at, size - at);
        if (length == 0) {
            break;
        }
        at += length;
        continuations += length - 1;
        if (size - at >= UTF8_BLOCKS_MIN) {
            at = utf8_blocks(bytes, size, at, &continuations);
        }
        if (at < size && bytes[at] < 0x80) {
            at = plain_until(bytes, size, at);
        }
    }
    return (struct utf8_prefix){at, at - continuations};
}

size_t
utf8_valid_prefix(const uint8_t *bytes, size_t size, size_t *characters)
{
    struct utf8_prefix prefix = utf8_prefix(bytes, size);
    *characters = prefix.characters;
    return prefix.size;
}

size_t
utf8_add_stripped(struct text *out, const uint8_t *bytes, size_t size)
{
    size_t total = 0;
    while (size > 0) {
        size_t characters;
        size_t good = utf8_valid_prefix(bytes, size, &characters);
        text_add_bytes(out, bytes, good);
        total += characters;
        size_t taken = good < size ? good + 1 : good;
        bytes += taken;
        size -= taken;
    }
    return total;
}

size_t
utf8_encode(uint32_t code_point, uint8_t out[4])
{
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (uint8_t)(0xC0 | (code_point >> 6));
        out[1] = (uint8_t)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (uint8_t)(0xE0 | (code_point >> 12));
        out[1] = (uint8_t)(0x80 | ((code_point >> 6) & 0x3F));
        out[2] = (uint8_t)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | (code_point >> 18));
    out[1] = (uint8_t)(0x80 | ((code_point >> 12) & 0x3F));
    out[2] = (uint8_t)(0x80 | ((code_point >> 6) & 0x3F));
    out[3] = (uint8_t)(0x80 | (code_point & 0x3F));
    return 4;
}
