/* cell.h — one SQLite value, read safely whatever the file's encoding. */
#ifndef VALUE_CELL_H
#define VALUE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

struct text;

/* How to treat text that PostgreSQL cannot store as text: bytes that are not UTF-8, or
 * U+0000. */
enum bad_text { BAD_TEXT_SET_ASIDE, BAD_TEXT_BYTEA, BAD_TEXT_STRIP };

/* Text or blob bytes; never NULL, not NUL-terminated. */
struct cell_bytes {
    const uint8_t *bytes;
    size_t size;
    int broken_utf16; /* 0; else SQLITE_UTF16LE or SQLITE_UTF16BE: the text is not
                            well-formed UTF-16 (a lone surrogate, an odd byte), so
                            there is no UTF-8 for it: bytes are those of the file,
                            and it counts as bad text */
};

/* cell_text for files in UTF-16. SQLite's own conversion silently turns a lone
 * surrogate into something else, so the text is checked before it is converted. */
struct cell_bytes cell_text_utf16(sqlite3_value *value);

/* A text value as UTF-8, as stored in a UTF-8 file or converted from UTF-16.
 * `utf16`: source->utf16. Field by field: a struct that two ways fill lives in memory, and
 * reading it back as a whole waits for its parts to be written. */
static inline struct cell_bytes
cell_text(sqlite3_value *value, bool utf16)
{
    if (utf16) {
        struct cell_bytes text = cell_text_utf16(value);
        return (struct cell_bytes){text.bytes, text.size, text.broken_utf16};
    }
    const void *bytes = sqlite3_value_blob(value);
    size_t size = (size_t)sqlite3_value_bytes(value);
    return (struct cell_bytes){bytes == NULL ? (const uint8_t *)"" : bytes, size, 0};
}

static inline struct cell_bytes
cell_blob(sqlite3_value *value)
{
    const void *bytes = sqlite3_value_blob(value);
    size_t size = (size_t)sqlite3_value_bytes(value);
    return (struct cell_bytes){bytes == NULL ? (const uint8_t *)"" : bytes, size, 0};
}

/* Adds bad text as UTF-8 without what is bad in it: bytes that are not UTF-8,
 * U+0000, lone surrogates. Returns the code points added. */
size_t cell_add_stripped(struct text *out, struct cell_bytes text);

#endif
