/* chain_digest.c — see chain_digest.h. */
#include "verify/chain_digest.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <sodium/core.h>
#include <string.h>

static bool
is_blake2b(enum chain_digest digest)
{
    return digest == CHAIN_BLAKE2B_256 || digest == CHAIN_BLAKE2B_512;
}

size_t
chain_digest_size(enum chain_digest digest)
{
    return digest == CHAIN_SHA256 || digest == CHAIN_BLAKE2B_256 ? 32 : 64;
}

static bool
refused(struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "the digest of the hash chain cannot be made here");
}

bool
chain_hasher_open(struct chain_hasher *hasher, enum chain_digest digest, struct error *err)
{
    *hasher = (struct chain_hasher){.digest = digest};
    if (is_blake2b(digest)) {
        return sodium_init() >= 0 || refused(err);
    }
    hasher->sha = EVP_MD_CTX_new();
    return hasher->sha != NULL || refused(err);
}

void
chain_hasher_close(struct chain_hasher *hasher)
{
    EVP_MD_CTX_free(hasher->sha);
    hasher->sha = NULL;
}

bool
chain_hasher_begin(struct chain_hasher *hasher, struct error *err)
{
    bool ok = hasher->sha == NULL
                  ? crypto_generichash_init(&hasher->blake2b, NULL, 0,
                                            chain_digest_size(hasher->digest)) == 0
                  : EVP_DigestInit_ex(hasher->sha,
                                      hasher->digest == CHAIN_SHA256 ? EVP_sha256()
                                                                     : EVP_sha512(),
                                      NULL) == 1;
    return ok || refused(err);
}

bool
chain_hasher_add(struct chain_hasher *hasher, const void *bytes, size_t size, struct error *err)
{
    bool ok = hasher->sha == NULL
                  ? crypto_generichash_update(&hasher->blake2b, bytes, size) == 0
                  : EVP_DigestUpdate(hasher->sha, bytes, size) == 1;
    return ok || refused(err);
}

bool
chain_hasher_end(struct chain_hasher *hasher, uint8_t digest[CHAIN_DIGEST_MAX],
                 struct error *err)
{
    bool ok = hasher->sha == NULL
                  ? crypto_generichash_final(&hasher->blake2b, digest,
                                             chain_digest_size(hasher->digest)) == 0
                  : EVP_DigestFinal_ex(hasher->sha, digest, NULL) == 1;
    return ok || refused(err);
}

void
chain_digest_print(struct text *out, enum chain_encoding encoding, const uint8_t *digest,
                   size_t size)
{
    if (encoding == CHAIN_HEX) {
        for (size_t i = 0; i < size; i++) {
            text_printf(out, "%02x", digest[i]);
        }
        return;
    }
    uint8_t printed[CHAIN_DIGEST_MAX / 3 * 4 + 5];
    int length = EVP_EncodeBlock(printed, digest, (int)size);
    text_add_bytes(out, printed, (size_t)length);
}

/* Without padding, and in the alphabet of + and /. */
static bool
same_base64(const struct text *wanted, const uint8_t *stored, size_t size)
{
    size_t length = wanted->length;
    while (length > 0 && wanted->bytes[length - 1] == '=') {
        length--;
    }
    while (size > 0 && stored[size - 1] == '=') {
        size--;
    }
    for (size_t i = 0; size == length && i < size; i++) {
        char c = stored[i] == '-' ? '+' : stored[i] == '_' ? '/' : (char)stored[i];
        if (c != wanted->bytes[i]) {
            return false;
        }
    }
    return size == length;
}

/* Of either case; the digits that are wanted are small. */
static bool
is_digit(char wanted, uint8_t stored)
{
    return tolower(stored) == wanted;
}

static bool
same_hex(const struct text *wanted, const uint8_t *stored, size_t size)
{
    for (size_t i = 0; size == wanted->length && i < size; i++) {
        if (!is_digit(wanted->bytes[i], stored[i])) {
            return false;
        }
    }
    return size == wanted->length;
}

bool
chain_digest_is(enum chain_encoding encoding, const uint8_t *digest, size_t size,
                const uint8_t *stored, size_t stored_size)
{
    if (stored_size == size) { /* no text of it is as short */
        return memcmp(digest, stored, size) == 0;
    }
    AUTO_TEXT wanted = {0};
    chain_digest_print(&wanted, encoding, digest, size);
    return encoding == CHAIN_HEX ? same_hex(&wanted, stored, stored_size)
                                 : same_base64(&wanted, stored, stored_size);
}
