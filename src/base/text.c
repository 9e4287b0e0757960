/* text.c — see text.h. */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 256 };

void
text_reserve(struct text *text, size_t more)
{
    if (more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        abort();
    }
    size_t wanted = text->length + more + 1;
    if (wanted <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity < CAPACITY_MIN ? CAPACITY_MIN : text->capacity;
    while (capacity < wanted) {
        capacity += capacity / 2;
    }
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        fputs("outgrow: out of memory\n", stderr);
        abort();
    }
    text->bytes = bytes;
    text->capacity = capacity;
}

void
text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    text_reserve(text, length);
    if (length > 0) {
        memcpy(text->bytes + text->length, bytes, length);
    }
    text->length += length;
    text->bytes[text->length] = '\0';
}

void
text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void
text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void
text_vprintf(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    text_reserve(text, (size_t)length);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

void
text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

const char *
text_string(const struct text *text)
{
    return text->bytes == NULL ? "" : text->bytes;
}

void
text_reset(struct text *text)
{
    text->length = 0;
    if (text->bytes != NULL) {
        text->bytes[0] = '\0';
    }
}

void
text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
