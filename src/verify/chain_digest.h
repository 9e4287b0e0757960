/* chain_digest.h — digests as a hash chain makes and stores them. */
#ifndef VERIFY_CHAIN_DIGEST_H
#define VERIFY_CHAIN_DIGEST_H

#include "base/text.h"
#include "planfile/chain_rule.h"

#include <sodium/crypto_generichash.h>

enum { CHAIN_DIGEST_MAX = 64 };

/* One digest after another. */
struct chain_hasher {
    enum chain_digest digest;
    struct evp_md_ctx_st
        *sha; /* NULL: BLAKE2b, of which libcrypto before 3.2 has one size only */
    crypto_generichash_state blake2b;
};

/* ERROR_SYSTEM: the library does not offer it (libcrypto in a FIPS configuration). */
MUST_USE bool chain_hasher_open(struct chain_hasher *hasher, enum chain_digest digest,
                                struct error *err);
void chain_hasher_close(struct chain_hasher *hasher);

MUST_USE bool chain_hasher_begin(struct chain_hasher *hasher, struct error *err);
MUST_USE bool chain_hasher_add(struct chain_hasher *hasher, const void *bytes, size_t size,
                               struct error *err);
/* Returns its size by chain_digest_size. */
MUST_USE bool chain_hasher_end(struct chain_hasher *hasher, uint8_t digest[CHAIN_DIGEST_MAX],
                               struct error *err);
size_t chain_digest_size(enum chain_digest digest);

/* A digest as text. */
void chain_digest_print(struct text *out, enum chain_encoding encoding, const uint8_t *digest,
                        size_t size);

/* Whether what is stored is that digest: its text (hex in any case; base64 with or
 * without padding, of either alphabet), or its bytes. */
bool chain_digest_is(enum chain_encoding encoding, const uint8_t *digest, size_t size,
                     const uint8_t *stored, size_t stored_size);

#endif
