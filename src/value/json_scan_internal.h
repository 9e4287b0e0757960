/* json_scan_internal.h — where a scan of JSON stands, and what its hot loops and its rare cases
 * share. */
#ifndef VALUE_JSON_SCAN_INTERNAL_H
#define VALUE_JSON_SCAN_INTERNAL_H

#include "value/json_keys.h"
#include "value/json_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where the scan stands is no part of it: functions take that and return where they
 * have left off, or NULL for a failure, so that it stays in a register. */
struct json_scanner {
    const uint8_t *start;
    const uint8_t *end;
    struct json_facts *facts;
    size_t values;
    unsigned depth;
    struct json_keys keys;
};

/* Notes the error; NULL. `error` is static. */
__attribute__((cold)) const uint8_t *json_scan_fail(struct json_scanner *scanner,
                                                    const uint8_t *at, const char *error);

/* The rest of a string whose first plain run ends at what is no quote. */
const uint8_t *json_scan_string_on(struct json_scanner *scanner, const uint8_t *at);

/* A number with an exponent, or of an unusual size: from behind its digits on. point: where its
 * point stands; NULL: it has none. */
const uint8_t *json_scan_unusual_number(struct json_scanner *scanner, const uint8_t *at,
                                        const uint8_t *integer, const uint8_t *point);

static inline bool
json_stands_at(const struct json_scanner *scanner, const uint8_t *at, uint8_t c)
{
    return at < scanner->end && *at == c;
}

#ifdef __SSE2__
/* A bit for each of the 16 bytes that ends a plain run inside a string. */
static inline unsigned
json_special_in_vector(const uint8_t *bytes)
{
    __m128i vector = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i quote = _mm_cmpeq_epi8(vector, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(vector, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(vector, _mm_set1_epi8(0x1F)), vector);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
}
#endif

/* The first quote, backslash or control character from `at` on, or the end. */
static inline const uint8_t *
json_plain_run(const struct json_scanner *scanner, const uint8_t *at)
{
#ifdef __SSE2__
    for (; scanner->end - at >= 16; at += 16) {
        unsigned found = json_special_in_vector(at);
        if (found != 0) {
            return at + __builtin_ctz(found);
        }
    }
    if (scanner->end - scanner->start >= 16) {
        /* The rest together with bytes already seen. */
        unsigned seen = 16 - (unsigned)(scanner->end - at);
        unsigned found = json_special_in_vector(scanner->end - 16) >> seen;
        return found == 0 ? scanner->end : at + __builtin_ctz(found);
    }
#endif
    while (at < scanner->end && *at != '"' && *at != '\\' && *at >= 0x20) {
        at++;
    }
    return at;
}

static inline const uint8_t *
json_skip_digits(const struct json_scanner *scanner, const uint8_t *at)
{
    while (at < scanner->end && (uint8_t)(*at - '0') <= 9) {
        at++;
    }
    return at;
}

#endif
