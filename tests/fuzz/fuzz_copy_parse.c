/* fuzz_copy_parse.c — any bytes as messages of a binary COPY.
 *
 * The first byte is the number of fields asked for, the second the size of the
 * messages the rest is cut into. Every field must lie within its message. */
#include "fuzz.h"
#include "postgres/copy_parse.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 8 };

static void
require_within(const struct copy_field *field, const uint8_t *message, size_t size)
{
    if (field->bytes == NULL) {
        if (field->size != -1) {
            abort();
        }
        return;
    }
    const uint8_t *end = message + size;
    if (field->size < 0 || field->bytes < message || field->bytes > end ||
        (size_t)field->size > (size_t)(end - field->bytes)) {
        abort();
    }
}

/* False when the stream is over. */
static bool
feed(struct copy_reader *reader, const uint8_t *message, size_t size, size_t field_count)
{
    struct copy_field fields[FIELDS_MAX];
    struct error err = {0};
    reader->cursor = message;
    reader->end = message + size;
    for (;;) {
        switch (copy_parse_row(reader, fields, field_count, &err)) {
        case PARSE_ROW: break;
        case PARSE_NEEDS_MESSAGE: return true;
        case PARSE_TRAILER: return false;
        case PARSE_BROKEN:
            if (err.kind != ERROR_TARGET) {
                abort();
            }
            return false;
        }
        for (size_t i = 0; i < field_count; i++) {
            require_within(&fields[i], message, size);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct copy_reader reader = {0};
    size_t field_count = data[0] % (FIELDS_MAX + 1);
    size_t message_size = (size_t)data[1] + 1;
    for (size_t done = 2; done < size; done += message_size) {
        size_t part = size - done < message_size ? size - done : message_size;
        uint8_t *message = malloc(part); /* a sanitizer sees reads past its end */
        if (message == NULL) {
            abort();
        }
        memcpy(message, data + done, part);
        bool more = feed(&reader, message, part, field_count);
        free(message);
        if (!more) {
            break;
        }
    }
    return 0;
}
