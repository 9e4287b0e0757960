/* blake2b.h — BLAKE2b of 32 bytes (RFC 7693), which libcrypto before 3.2 cannot do. */
#ifndef VERIFY_BLAKE2B_H
#define VERIFY_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

enum { BLAKE2B_BLOCK = 128 };

struct blake2b {
    uint64_t state[8];
    uint64_t counted; /* bytes compressed so far */
    uint8_t block[BLAKE2B_BLOCK];
    size_t filled;
    size_t size; /* of the digest */
};

/* No key; size 1 .. 64. */
void blake2b_begin(struct blake2b *hash, size_t size);
void blake2b_add(struct blake2b *hash, const void *bytes, size_t size);
void blake2b_end(struct blake2b *hash, uint8_t *digest);

#endif
