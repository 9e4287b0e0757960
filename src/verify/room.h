/* room.h — adding to a text without a call where there is room already: canonical
 * forms are made of a few bytes each, millions of times. */
#ifndef VERIFY_ROOM_H
#define VERIFY_ROOM_H

#include "base/text.h"

#include <string.h>

/* Afterwards bytes[length] to bytes[length + more] may be written: the NUL too. */
static inline void
room_for(struct text *text, size_t more)
{
    if (text->capacity - text->length <= more) {
        text_reserve(text, more);
    }
}

static inline void
room_add_char(struct text *text, char c)
{
    room_for(text, 1);
    text->bytes[text->length++] = c;
    text->bytes[text->length] = '\0';
}

static inline void
room_add_bytes(struct text *text, const void *bytes, size_t size)
{
    room_for(text, size);
    if (size > 0) {
        memcpy(text->bytes + text->length, bytes, size);
        text->length += size;
    }
    text->bytes[text->length] = '\0';
}

#endif
