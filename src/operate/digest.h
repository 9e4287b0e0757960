/* digest.h — SHA-256 of bytes and of files, by libcrypto. */
#ifndef OPERATE_DIGEST_H
#define OPERATE_DIGEST_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_HEX_SIZE = 65 }; /* 64 digits in lower case, and the NUL */

struct evp_md_ctx_st; /* libcrypto's EVP_MD_CTX */

struct digest {
    struct evp_md_ctx_st *context; /* NULL: not begun, or ended */
};

MUST_USE bool digest_begin(struct digest *digest, struct error *err);
MUST_USE bool digest_add(struct digest *digest, const void *bytes, size_t size,
                         struct error *err);
/* Ends it. */
MUST_USE bool digest_end(struct digest *digest, char hex[DIGEST_HEX_SIZE], struct error *err);

/* Gives it up. Fine on the zero value and after the end. */
void digest_close(struct digest *digest);
#define AUTO_DIGEST __attribute__((cleanup(digest_close))) struct digest

/* Of a whole file that nobody writes to, never of a live SQLite file: closing it
 * would drop the locks that other handles of this process hold on it.
 * ERROR_SYSTEM when it cannot be read, ERROR_STOPPED. */
MUST_USE bool digest_file(const char *path, char hex[DIGEST_HEX_SIZE], int64_t *size_bytes,
                          struct error *err);

#endif
