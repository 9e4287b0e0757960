/* json_reading.h — a JSON text being read; for json*.c only.
 *
 * The form is written straight into `out`, without asking for room again and again: behind the
 * writer there is always twice the size of what is still to be read, and JSON_SLACK. Only
 * a number with an exponent may need more, and asks for it. */
#ifndef CANONICAL_JSON_READING_H
#define CANONICAL_JSON_READING_H

#include "canonical/json.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    JSON_SLACK = 32,
    JSON_STEP = 16,
};

struct json_reader {
    const uint8_t *end;
    struct text *out; /* its length is void meanwhile */
    struct canonical_json_scratch *scratch;
    int depth;
    bool escaped; /* a string was written that has a backslash */
};

/* Where the text is read and the form written; small enough for registers. at NULL: not JSON. */
struct json_spot {
    const uint8_t *at;
    char *to;
};

/* Offsets into the form, as it may move. */
struct json_member {
    size_t start; /* of the key's opening quote */
    size_t end;   /* behind the value */
    size_t key;   /* in the form; if escaped, in scratch->keys */
    size_t key_size;
    uint64_t rank; /* the key's size, then its first bytes: see rank_of */
    bool escaped;
};

static inline struct json_spot
json_failed(void)
{
    return (struct json_spot){0};
}

static inline bool
json_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Copies in steps of 16 bytes: behind `size` there must be room, here and there. */
static inline char *
json_copy(char *to, const char *from, size_t size)
{
    for (size_t at = 0; at < size; at += JSON_STEP) {
        memcpy(to + at, from + at, JSON_STEP);
    }
    return to + size;
}

#if defined(__SSE2__)
/* Copies JSON_STEP characters; a bit for each that does not stand for itself in a string. */
static inline unsigned
json_copy_step(struct json_spot spot)
{
    __m128i bytes = _mm_loadu_si128((const void *)spot.at);
    _mm_storeu_si128((void *)spot.to, bytes);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, marks));
}
#endif

/* From the opening quote on. */
struct json_spot json_read_any_string(struct json_reader *reader, struct json_spot spot);

/* The same; what is short and plain, as most are, at once. */
static inline struct json_spot
json_read_string(struct json_reader *reader, struct json_spot spot)
{
#if defined(__SSE2__)
    if (reader->end - spot.at > JSON_STEP && *spot.at == '"') {
        unsigned stops = json_copy_step((struct json_spot){spot.at + 1, spot.to + 1});
        int size = stops != 0 ? __builtin_ctz(stops) + 1 : 0;
        if (size > 0 && spot.at[size] == '"') {
            *spot.to = '"'; /* the other one is copied */
            return (struct json_spot){spot.at + size + 1, spot.to + size + 1};
        }
    }
#endif
    return json_read_any_string(reader, spot);
}

struct json_spot json_read_number(struct json_reader *reader, struct json_spot spot);

/* Notes a member of the innermost open object, whose key stands in the form from `start` to `end`,
 * with its quotes. */
void json_member_begin(struct json_reader *reader, size_t start, size_t end);

/* Puts the members from members[base] on in order, which end at `to`, the last of equal keys
 * only, and forgets them. Returns where they end. */
char *json_members_end(struct json_reader *reader, size_t base, char *to);

#endif
