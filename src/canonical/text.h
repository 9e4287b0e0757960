/* text.h — text as PostgreSQL can hold it. */
#ifndef CANONICAL_TEXT_H
#define CANONICAL_TEXT_H

#include "base/text.h"

#include <stdint.h>

/* What a hex digit of either case counts; -1: it is none. */
static inline int
canonical_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* UTF-8 (RFC 3629: no surrogates, nothing overlong) without U+0000. */
bool canonical_text_is(const uint8_t *bytes, size_t size);

/* Bytes of the character at the start, size > 0; 0: none that it could hold. */
size_t canonical_text_character(const uint8_t *bytes, size_t size);

/* Adds it without the bytes that keep it from being that. */
void canonical_text_add(struct text *out, const uint8_t *bytes, size_t size);

/* Adds UTF-16 as UTF-8. False: it has half surrogate pairs or an odd byte, which
 * were left out. */
bool canonical_text_from_utf16(struct text *out, const uint8_t *bytes, size_t size,
                               bool big_endian);

/* One character, at most U+10FFFF; and where there is room for its four bytes: returns where
 * it ends. */
void canonical_text_add_character(struct text *out, uint32_t point);
char *canonical_text_put_character(char *to, uint32_t point);

#endif
