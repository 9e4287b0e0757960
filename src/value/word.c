/* word.c — see word.h. */
#include "value/word.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { WORD_SIZE_MAX = 5 };

/* A word of at most five letters as a number: its bytes, then its length. */
#define WORD(size, a, b, c, d, e)                                                              \
    ((uint64_t)(size) << 40 | (uint64_t)(e) << 32 | (uint64_t)(d) << 24 |                      \
     (uint64_t)(c) << 16 | (uint64_t)(b) << 8 | (uint64_t)(a))

bool
boolean_parse(const uint8_t *bytes, size_t size, bool *value)
{
    if (size > WORD_SIZE_MAX) {
        return false;
    }
    uint64_t word = (uint64_t)size << 40;
    for (size_t i = 0; i < size; i++) {
        bool upper = bytes[i] >= 'A' && bytes[i] <= 'Z';
        word |= (uint64_t)(upper ? bytes[i] + ('a' - 'A') : bytes[i]) << (8 * i);
    }
    switch (word) {
    case WORD(1, 't', 0, 0, 0, 0):
    case WORD(1, 'y', 0, 0, 0, 0):
    case WORD(1, '1', 0, 0, 0, 0):
    case WORD(2, 'o', 'n', 0, 0, 0):
    case WORD(3, 'y', 'e', 's', 0, 0):
    case WORD(4, 't', 'r', 'u', 'e', 0): *value = true; return true;
    case WORD(1, 'f', 0, 0, 0, 0):
    case WORD(1, 'n', 0, 0, 0, 0):
    case WORD(1, '0', 0, 0, 0, 0):
    case WORD(2, 'n', 'o', 0, 0, 0):
    case WORD(3, 'o', 'f', 'f', 0, 0):
    case WORD(5, 'f', 'a', 'l', 's', 'e'): *value = false; return true;
    default: return false;
    }
}

#ifdef __SSE2__
/* What 16 hex digits are worth, one a byte. */
static inline __m128i
digit_values(__m128i text, __m128i *good, __m128i *upper)
{
    __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    __m128i lower = _mm_or_si128(text, _mm_set1_epi8(0x20));
    __m128i letter = _mm_sub_epi8(lower, _mm_set1_epi8('a'));
    __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    *good = _mm_and_si128(*good, _mm_or_si128(is_digit, is_letter));
    *upper = _mm_or_si128(*upper, _mm_andnot_si128(_mm_cmpeq_epi8(lower, text), is_letter));
    return _mm_or_si128(_mm_and_si128(is_digit, digit),
                        _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
}

/* Each pair of digits as one byte in a 16-bit lane. */
static inline __m128i
join_pairs(__m128i values)
{
    __m128i joined = _mm_or_si128(_mm_slli_epi16(values, 4), _mm_srli_epi16(values, 8));
    return _mm_and_si128(joined, _mm_set1_epi16(0xFF));
}

/* 32 hex digits to 16 bytes. `lower`: no A..F among them. */
static inline bool
halves_parse(__m128i left, __m128i right, uint8_t uuid[UUID_SIZE], bool *lower)
{
    __m128i good = _mm_set1_epi8(-1);
    __m128i upper = _mm_setzero_si128();
    __m128i first = join_pairs(digit_values(left, &good, &upper));
    __m128i second = join_pairs(digit_values(right, &good, &upper));
    _mm_storeu_si128((__m128i *)(void *)uuid, _mm_packus_epi16(first, second));
    *lower = _mm_movemask_epi8(upper) == 0;
    return _mm_movemask_epi8(good) == 0xFFFF;
}

static inline bool
hex_parse(const uint8_t hex[UUID_HEX_SIZE], uint8_t uuid[UUID_SIZE], bool *lower)
{
    const __m128i *halves = (const __m128i *)(const void *)hex;
    return halves_parse(_mm_loadu_si128(halves), _mm_loadu_si128(halves + 1), uuid, lower);
}

static inline __m128i
load4(const uint8_t *bytes)
{
    int32_t word;
    memcpy(&word, bytes, sizeof word);
    return _mm_cvtsi32_si128(word);
}

static inline __m128i
load8(const uint8_t *bytes)
{
    return _mm_loadl_epi64((const __m128i *)(const void *)bytes);
}

/* Between hyphens: 8, 4, 4, 4 and 12 digits. */
static inline bool
groups_parse(const uint8_t text[UUID_TEXT_SIZE], uint8_t uuid[UUID_SIZE], bool *lower)
{
    __m128i middle = _mm_unpacklo_epi32(load4(text + 9), load4(text + 14));
    __m128i behind = _mm_unpacklo_epi32(load4(text + 19), load4(text + 24));
    return halves_parse(_mm_unpacklo_epi64(load8(text), middle),
                        _mm_unpacklo_epi64(behind, load8(text + 28)), uuid, lower);
}
#else
enum {
    HEX = 0x80,   /* marks what is a hex digit at all */
    UPPER = 0x40, /* marks A..F */
};

/* Value of a hex digit beside its marks; 0: none. */
static inline uint8_t
nibble(uint8_t c)
{
    uint8_t digit = (uint8_t)(c - '0');
    uint8_t letter = (uint8_t)((c | 0x20) - 'a');
    if (digit <= 9) {
        return HEX | digit;
    }
    return letter > 5 ? 0 : (uint8_t)(HEX | (c & 0x20 ? 0 : UPPER) | (letter + 10));
}

static inline bool
hex_parse(const uint8_t hex[UUID_HEX_SIZE], uint8_t uuid[UUID_SIZE], bool *lower)
{
    uint8_t all = HEX;
    uint8_t any = 0;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        uint8_t high = nibble(hex[2 * i]);
        uint8_t low = nibble(hex[2 * i + 1]);
        all &= high & low;
        any |= high | low;
        uuid[i] = (uint8_t)(high << 4 | (low & 0x0F));
    }
    *lower = (any & UPPER) == 0;
    return (all & HEX) != 0;
}

/* Between hyphens: 8, 4, 4, 4 and 12 digits. */
static inline bool
groups_parse(const uint8_t text[UUID_TEXT_SIZE], uint8_t uuid[UUID_SIZE], bool *lower)
{
    uint8_t hex[UUID_HEX_SIZE];
    memcpy(hex, text, 8);
    memcpy(hex + 8, text + 9, 4);
    memcpy(hex + 12, text + 14, 4);
    memcpy(hex + 16, text + 19, 4);
    memcpy(hex + 20, text + 24, 12);
    return hex_parse(hex, uuid, lower);
}
#endif

bool
uuid_parse(const uint8_t *bytes, size_t size, uint8_t uuid[UUID_SIZE], bool *canonical)
{
    bool lower;
    if (size == UUID_HEX_SIZE) {
        *canonical = false;
        return hex_parse(bytes, uuid, &lower);
    }
    if (size != UUID_TEXT_SIZE || bytes[8] != '-' || bytes[13] != '-' || bytes[18] != '-' ||
        bytes[23] != '-') {
        return false;
    }
    bool good = groups_parse(bytes, uuid, &lower);
    *canonical = lower;
    return good;
}
