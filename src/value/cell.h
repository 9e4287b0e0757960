/* cell.h — one SQLite value, read safely whatever the file's encoding. */
#ifndef VALUE_CELL_H
#define VALUE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

/* Text or blob bytes; never NULL, not NUL-terminated. */
struct cell_bytes {
    const uint8_t *bytes;
    size_t size;
};

/* A text value as UTF-8, as stored in a UTF-8 file or converted from UTF-16.
 * `utf16`: source->utf16. */
static inline struct cell_bytes
cell_text(sqlite3_value *value, bool utf16)
{
    const void *bytes = utf16 ? (const void *)sqlite3_value_text(value)
                              : sqlite3_value_blob(value);
    size_t size = (size_t)sqlite3_value_bytes(value);
    return (struct cell_bytes){bytes == NULL ? (const uint8_t *)"" : bytes, size};
}

static inline struct cell_bytes
cell_blob(sqlite3_value *value)
{
    const void *bytes = sqlite3_value_blob(value);
    size_t size = (size_t)sqlite3_value_bytes(value);
    return (struct cell_bytes){bytes == NULL ? (const uint8_t *)"" : bytes, size};
}

#endif
