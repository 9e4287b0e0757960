/* blake2b.c — see blake2b.h; the names of RFC 7693 are kept. */
#include "verify/blake2b.h"

#include <endian.h>
#include <string.h>

enum { ROUNDS = 12 };

static const uint64_t initial[8] = {UINT64_C(0x6A09E667F3BCC908), UINT64_C(0xBB67AE8584CAA73B),
                                    UINT64_C(0x3C6EF372FE94F82B), UINT64_C(0xA54FF53A5F1D36F1),
                                    UINT64_C(0x510E527FADE682D1), UINT64_C(0x9B05688C2B3E6C1F),
                                    UINT64_C(0x1F83D9ABFB41BD6B), UINT64_C(0x5BE0CD19137E2179)};

static const uint8_t sigma[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                      {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                      {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                      {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                      {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                      {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                      {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                      {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                      {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                      {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static uint64_t
rotate(uint64_t word, unsigned bits)
{
    return word >> bits | word << (64 - bits);
}

/* G: mixes two words of the message into one column or diagonal. */
static void
mix(uint64_t *v, const uint8_t at[4], uint64_t x, uint64_t y)
{
    uint64_t *a = &v[at[0]];
    uint64_t *b = &v[at[1]];
    uint64_t *c = &v[at[2]];
    uint64_t *d = &v[at[3]];
    *a += *b + x;
    *d = rotate(*d ^ *a, 32);
    *c += *d;
    *b = rotate(*b ^ *c, 24);
    *a += *b + y;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 63);
}

/* F: one block; `last` for the final one. */
static void
compress(struct blake2b *hash, const uint8_t *block, size_t size, int last)
{
    static const uint8_t places[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                         {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                         {2, 7, 8, 13},  {3, 4, 9, 14}};
    uint64_t v[16];
    uint64_t m[16];
    memcpy(m, block, sizeof m);
    for (size_t i = 0; i < 16; i++) {
        m[i] = le64toh(m[i]);
        v[i] = i < 8 ? hash->state[i] : initial[i - 8];
    }
    hash->counted += size;
    v[12] ^= hash->counted; /* the upper half stays 0: nobody hashes 2^64 bytes */
    v[14] = last ? ~v[14] : v[14];
    for (size_t round = 0; round < ROUNDS; round++) {
        const uint8_t *s = sigma[round % 10];
        for (size_t i = 0; i < 8; i++) {
            mix(v, places[i], m[s[2 * i]], m[s[2 * i + 1]]);
        }
    }
    for (size_t i = 0; i < 8; i++) {
        hash->state[i] ^= v[i] ^ v[i + 8];
    }
}

void
blake2b_begin(struct blake2b *hash, size_t size)
{
    *hash = (struct blake2b){.size = size};
    memcpy(hash->state, initial, sizeof initial);
    hash->state[0] ^= UINT64_C(0x01010000) ^ size;
}

void
blake2b_add(struct blake2b *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        if (hash->filled == BLAKE2B_BLOCK) { /* and more follows: it is not the last */
            compress(hash, hash->block, BLAKE2B_BLOCK, 0);
            hash->filled = 0;
        }
        size_t taken = BLAKE2B_BLOCK - hash->filled;
        taken = taken < size ? taken : size;
        memcpy(hash->block + hash->filled, at, taken);
        hash->filled += taken;
        at += taken;
        size -= taken;
    }
}

void
blake2b_end(struct blake2b *hash, uint8_t *digest)
{
    memset(hash->block + hash->filled, 0, BLAKE2B_BLOCK - hash->filled);
    compress(hash, hash->block, hash->filled, 1);
    for (size_t i = 0; i < hash->size; i++) {
        digest[i] = (uint8_t)(hash->state[i / 8] >> (8 * (i % 8)));
    }
}
