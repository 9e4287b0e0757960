/* lossless.c — see lossless.h. */
#include "value/lossless.h"

#include "value/decimal.h"
#include "value/utf8.h"

#include <string.h>

static void
add_hex(struct text *json, struct cell_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    text_reserve(json, bytes.size * 2);
    char *out = json->bytes + json->length;
    for (size_t i = 0; i < bytes.size; i++) {
        *out++ = digits[bytes.bytes[i] >> 4];
        *out++ = digits[bytes.bytes[i] & 0x0F];
    }
    json->length += bytes.size * 2;
    json->bytes[json->length] = '\0';
}

static void
add_escaped(struct text *json, uint8_t c)
{
    if (c == '"' || c == '\\') {
        const char escape[2] = {'\\', (char)c};
        text_add_bytes(json, escape, sizeof escape);
    } else {
        text_printf(json, "\\u%04x", (unsigned)c);
    }
}

/* A JSON string; the text is well-formed UTF-8. */
static void
add_string(struct text *json, struct cell_bytes text)
{
    text_add_char(json, '"');
    size_t plain = 0; /* start of what was not added yet */
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.bytes[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            text_add_bytes(json, text.bytes + plain, i - plain);
            add_escaped(json, c);
            plain = i + 1;
        }
    }
    text_add_bytes(json, text.bytes + plain, text.size - plain);
    text_add_char(json, '"');
}

static void
add_text_value(struct text *json, struct cell_bytes text)
{
    size_t characters;
    if (text.broken_utf16 == 0 &&
        utf8_valid_prefix(text.bytes, text.size, &characters) == text.size) {
        text_add(json, "{\"text\": ");
        add_string(json, text);
        text_add_char(json, '}');
        return;
    }
    const char *kind = text.broken_utf16 == 0                ? "text_hex"
                       : text.broken_utf16 == SQLITE_UTF16LE ? "text_utf16le_hex"
                                                             : "text_utf16be_hex";
    text_printf(json, "{\"%s\": \"", kind);
    add_hex(json, text);
    text_add(json, "\"}");
}

static void
add_quoted(struct text *json, const char *kind, const char *text, size_t size)
{
    text_printf(json, "{\"%s\": \"", kind);
    text_add_bytes(json, text, size);
    text_add(json, "\"}");
}

void
lossless_add_value(struct text *json, sqlite3_value *value, bool utf16)
{
    char integer[INTEGER_TEXT_SIZE];
    char real[REAL_TEXT_SIZE];
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        add_quoted(json, "integer", integer,
                   integer_to_text(sqlite3_value_int64(value), integer));
        break;
    case SQLITE_FLOAT:
        add_quoted(json, "real", real, real_to_text(sqlite3_value_double(value), real));
        break;
    case SQLITE_TEXT: add_text_value(json, cell_text(value, utf16)); break;
    case SQLITE_BLOB:
        text_add(json, "{\"blob\": \"");
        add_hex(json, cell_blob(value));
        text_add(json, "\"}");
        break;
    default: text_add(json, "null"); break;
    }
}

void
lossless_add_name(struct text *json, const char *name)
{
    add_string(json, (struct cell_bytes){(const uint8_t *)name, strlen(name), 0});
    text_add(json, ": ");
}
