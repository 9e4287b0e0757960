/* text.h — a growing byte string, for SQL, messages and COPY rows.
 *
 * The zero value is an empty text. `bytes` is never NULL after the first
 * addition and is always NUL-terminated, but may also hold NULs inside.
 * Running out of memory ends the process. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *bytes;
    size_t length;   /* without the terminating NUL */
    size_t capacity; /* of bytes, 0 when bytes is NULL */
};

/* Makes room for `more` bytes behind the end; text->bytes + length may then be
 * written directly and length raised. Room for the NUL is kept besides. */
void text_reserve(struct text *text, size_t more);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_vprintf(struct text *text, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/* The content as a C string: "" for the zero value. Borrowed. */
const char *text_string(const struct text *text);

/* Empties it and keeps the memory. */
void text_reset(struct text *text);

/* Frees the memory; the text may be used again. */
void text_free(struct text *text);

#define AUTO_TEXT __attribute__((cleanup(text_free))) struct text

#endif
