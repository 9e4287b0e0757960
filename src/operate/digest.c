/* digest.c — see digest.h. */
#include "operate/digest.h"

#include "base/arena.h"
#include "base/stop.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

enum { SHA256_SIZE = 32, READ_SIZE = 256 * 1024 };

bool
digest_begin(struct digest *digest, struct error *err)
{
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL ||
        EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
        digest_close(digest);
        return error_set(err, ERROR_INTERNAL, "libcrypto has no SHA-256");
    }
    return true;
}

bool
digest_add(struct digest *digest, const void *bytes, size_t size, struct error *err)
{
    return EVP_DigestUpdate(digest->context, bytes, size) == 1 ||
           error_set(err, ERROR_INTERNAL, "libcrypto fails to digest");
}

bool
digest_end(struct digest *digest, char hex[DIGEST_HEX_SIZE], struct error *err)
{
    unsigned char bytes[SHA256_SIZE];
    unsigned size = 0;
    bool ended = EVP_DigestFinal_ex(digest->context, bytes, &size) == 1 && size == SHA256_SIZE;
    digest_close(digest);
    if (!ended) {
        return error_set(err, ERROR_INTERNAL, "libcrypto fails to digest");
    }
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    return true;
}

void
digest_close(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context); /* NULL is fine */
    digest->context = NULL;
}

static bool
digest_descriptor(int descriptor, const char *path, struct digest *digest, int64_t *size_bytes,
                  struct error *err)
{
    AUTO_ARENA memory = {0};
    char *buffer = arena_alloc(&memory, READ_SIZE);
    *size_bytes = 0;
    for (;;) {
        ssize_t got = read(descriptor, buffer, READ_SIZE);
        if (got < 0) {
            return error_set(err, ERROR_SYSTEM, "read %s", path);
        }
        if (got == 0) {
            return true;
        }
        *size_bytes += got;
        if (!digest_add(digest, buffer, (size_t)got, err) || !stop_check(err)) {
            return false;
        }
    }
}

bool
digest_file(const char *path, char hex[DIGEST_HEX_SIZE], int64_t *size_bytes, struct error *err)
{
    AUTO_DIGEST digest = {0};
    if (!digest_begin(&digest, err)) {
        return false;
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "open %s", path);
    }
    bool done = digest_descriptor(descriptor, path, &digest, size_bytes, err);
    close(descriptor);
    return done && digest_end(&digest, hex, err);
}
