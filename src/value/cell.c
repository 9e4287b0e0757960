/* cell.c — text of UTF-16 files, and what is left of bad text. */
#include "value/cell.h"

#include "base/text.h"
#include "value/utf8.h"

#define UTF16_BROKEN UINT32_MAX

static uint32_t
utf16_unit(const uint8_t *bytes, int encoding)
{
    return encoding == SQLITE_UTF16LE ? (uint32_t)(bytes[0] | bytes[1] << 8)
                                      : (uint32_t)(bytes[1] | bytes[0] << 8);
}

/* The code point at `*at`, which moves behind it, or behind the one broken unit. */
static uint32_t
utf16_next(const uint8_t *bytes, size_t size, int encoding, size_t *at)
{
    if (size - *at < 2) {
        *at = size;
        return UTF16_BROKEN;
    }
    uint32_t unit = utf16_unit(bytes + *at, encoding);
    *at += 2;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    if (unit > 0xDBFF || size - *at < 2) {
        return UTF16_BROKEN;
    }
    uint32_t low = utf16_unit(bytes + *at, encoding);
    if (low < 0xDC00 || low > 0xDFFF) {
        return UTF16_BROKEN;
    }
    *at += 2;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static bool
utf16_is_well_formed(const uint8_t *bytes, size_t size, int encoding)
{
    for (size_t at = 0; at < size;) {
        if (utf16_next(bytes, size, encoding, &at) == UTF16_BROKEN) {
            return false;
        }
    }
    return true;
}

struct cell_bytes
cell_text_utf16(sqlite3_value *value)
{
    int encoding = sqlite3_value_encoding(value);
    if (encoding != SQLITE_UTF8) {
        /* In this order neither call converts. */
        const uint8_t *stored = sqlite3_value_blob(value);
        size_t stored_size = (size_t)sqlite3_value_bytes16(value);
        if (!utf16_is_well_formed(stored, stored_size, encoding)) {
            return (struct cell_bytes){stored, stored_size, encoding};
        }
    }
    const uint8_t *bytes = sqlite3_value_text(value);
    size_t size = (size_t)sqlite3_value_bytes(value);
    return (struct cell_bytes){bytes == NULL ? (const uint8_t *)"" : bytes, size, 0};
}

size_t
cell_add_stripped(struct text *out, struct cell_bytes text)
{
    if (text.broken_utf16 == 0) {
        return utf8_add_stripped(out, text.bytes, text.size);
    }
    size_t characters = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t code_point = utf16_next(text.bytes, text.size, text.broken_utf16, &at);
        if (code_point != UTF16_BROKEN && code_point != 0) {
            uint8_t bytes[4];
            text_add_bytes(out, bytes, utf8_encode(code_point, bytes));
            characters++;
        }
    }
    return characters;
}
