/* text_put.h — text.h's additions without a call where there is room already: for what is
 * made of a few bytes each, millions of times. */
#ifndef BASE_TEXT_PUT_H
#define BASE_TEXT_PUT_H

#include "base/text.h"

#include <string.h>

/* Afterwards bytes[length] to bytes[length + more] may be written: the NUL too. */
static inline void
text_make_room(struct text *text, size_t more)
{
    if (text->capacity - text->length <= more) {
        text_reserve(text, more);
    }
}

static inline void
text_put_char(struct text *text, char c)
{
    text_make_room(text, 1);
    text->bytes[text->length++] = c;
    text->bytes[text->length] = '\0';
}

static inline void
text_put_bytes(struct text *text, const void *bytes, size_t size)
{
    text_make_room(text, size);
    if (size > 0) {
        memcpy(text->bytes + text->length, bytes, size);
        text->length += size;
    }
    text->bytes[text->length] = '\0';
}

#endif
