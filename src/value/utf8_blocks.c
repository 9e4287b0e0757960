/* utf8_blocks.c — see utf8_blocks.h. After J. Keiser, D. Lemire, "Validating UTF-8 in less
 * than one instruction per byte" (2021): what is wrong with two neighbouring bytes is the AND
 * of three tables of 16, asked with the first one's halves and the second one's high half. */
#include "value/utf8_blocks.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define BLOCKS __attribute__((target("avx2,popcnt")))

enum { BLOCK = 32, LOOK_BACK = 3 };

/* A bit for each way in which two neighbours may be wrong. */
enum {
    TOO_SHORT = 1 << 0,    /* a lead byte without its continuation */
    TOO_LONG = 1 << 1,     /* ASCII, then a continuation */
    OVERLONG_3 = 1 << 2,   /* E0 80..9F */
    TOO_LARGE = 1 << 3,    /* F4 90.., F5.. 90.. */
    SURROGATE = 1 << 4,    /* ED A0.. */
    OVERLONG_2 = 1 << 5,   /* C0, C1 */
    OVERLONG_4 = 1 << 6,   /* F0 80..8F */
    TOO_LARGE_80 = 1 << 6, /* F5.. 80..8F: not with F0's low half */
    TWO_CONTINUE = 1 << 7, /* fine where a sequence has three bytes or four */
    ANY_LOW = TOO_SHORT | TOO_LONG | TWO_CONTINUE,
    BEYOND = ANY_LOW | TOO_LARGE | TOO_LARGE_80,
    SECOND = TOO_LONG | OVERLONG_2 | TWO_CONTINUE,
};

static const uint8_t first_high[16] = {
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TWO_CONTINUE,
    TWO_CONTINUE,
    TWO_CONTINUE,
    TWO_CONTINUE,
    TOO_SHORT | OVERLONG_2,
    TOO_SHORT,
    TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | TOO_LARGE | TOO_LARGE_80 | OVERLONG_4,
};

static const uint8_t first_low[16] = {
    ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
    ANY_LOW | OVERLONG_2,
    ANY_LOW,
    ANY_LOW,
    ANY_LOW | TOO_LARGE,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND,
    BEYOND | SURROGATE,
    BEYOND,
    BEYOND,
};

static const uint8_t second_high[16] = {
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    SECOND | OVERLONG_3 | OVERLONG_4 | TOO_LARGE_80,
    SECOND | OVERLONG_3 | TOO_LARGE,
    SECOND | SURROGATE | TOO_LARGE,
    SECOND | SURROGATE | TOO_LARGE,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
};

BLOCKS static inline __m256i
load(const uint8_t *bytes)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

BLOCKS static inline __m256i
table(const uint8_t entries[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)entries));
}

BLOCKS static inline __m256i
high_half(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

/* Not zero where one of the 32 bytes is wrong, seen with the three before. */
BLOCKS static inline __m256i
faults(const uint8_t *bytes, __m256i block)
{
    __m256i first = load(bytes - 1);
    __m256i low = _mm256_and_si256(first, _mm256_set1_epi8(0x0F));
    __m256i wrong = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(table(first_high), high_half(first)),
                         _mm256_shuffle_epi8(table(first_low), low)),
        _mm256_shuffle_epi8(table(second_high), high_half(block)));
    /* 0x80 where a third or fourth byte has to be: there two continuations are right. */
    __m256i third = _mm256_subs_epu8(load(bytes - 2), _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(load(bytes - 3), _mm256_set1_epi8(0xF0 - 0x80));
    __m256i wanted = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                      _mm256_set1_epi8((char)0x80));
    __m256i nul = _mm256_cmpeq_epi8(block, _mm256_setzero_si256());
    return _mm256_or_si256(_mm256_xor_si256(wrong, wanted), nul);
}

BLOCKS static inline unsigned
continuations_in(__m256i block)
{
    __m256i found = _mm256_cmpgt_epi8(_mm256_set1_epi8((char)0xC0), block); /* 80..BF */
    return (unsigned)__builtin_popcount((unsigned)_mm256_movemask_epi8(found));
}

BLOCKS static size_t
good_blocks(const uint8_t *bytes, size_t size, size_t at, size_t *continuations)
{
    for (; size - at >= BLOCK; at += BLOCK) {
        __m256i block = load(bytes + at);
        __m256i wrong = faults(bytes + at, block);
        if (!_mm256_testz_si256(wrong, wrong)) {
            break;
        }
        *continuations += continuations_in(block);
    }
    return at;
}

/* How many of the last bytes begin a sequence that is not over yet. */
static size_t
unfinished(const uint8_t *end)
{
    return end[-1] >= 0xC0 ? 1 : end[-2] >= 0xE0 ? 2 : end[-3] >= 0xF0 ? 3 : 0;
}

size_t
utf8_blocks(const uint8_t *bytes, size_t size, size_t at, size_t *continuations)
{
    if (at < LOOK_BACK || !__builtin_cpu_supports("avx2")) {
        return at;
    }
    size_t end = good_blocks(bytes, size, at, continuations);
    size_t back = end == at ? 0 : unfinished(bytes + end);
    *continuations -= back == 0 ? 0 : back - 1;
    return end - back;
}
#else
size_t
utf8_blocks(const uint8_t *bytes, size_t size, size_t at, size_t *continuations)
{
    (void)bytes;
    (void)size;
    (void)continuations;
    return at;
}
#endif
