/* utf8.h — which bytes PostgreSQL takes as UTF-8 text: RFC 3629, and no U+0000. */
#ifndef VALUE_UTF8_H
#define VALUE_UTF8_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* Two numbers, so that they come back in registers. */
struct utf8_prefix {
    size_t size;
    size_t characters; /* code points in it */
};

/* The longest prefix that is well-formed UTF-8 (no surrogates, nothing overlong, at
 * most U+10FFFF) and holds no NUL; of `size` when all of it is. */
struct utf8_prefix utf8_prefix(const uint8_t *bytes, size_t size);

/* The same; returns its size. */
size_t utf8_valid_prefix(const uint8_t *bytes, size_t size, size_t *characters);

/* Adds the text without its bad bytes and NULs; returns the code points added. */
size_t utf8_add_stripped(struct text *out, const uint8_t *bytes, size_t size);

/* Writes one code point (surrogates too, as if they were characters); returns
 * its length, 1 to 4. */
size_t utf8_encode(uint32_t code_point, uint8_t out[4]);

#endif
