/* encode_text.c — text, varchar, char, bytea, json, jsonb. */
#include "value/field.h"
#include "value/json_scan.h"
#include "value/utf8.h"

#include <math.h>

enum { JSONB_VERSION = 1 };

enum encode_outcome
refuse_bad_text(struct refusal *refusal, struct cell_bytes text, size_t good)
{
    if (text.broken_utf16 != 0) {
        return refuse(refusal, "text is not valid UTF-16");
    }
    if (text.bytes[good] == 0) {
        return refuse(refusal, "text holds U+0000 at byte %zu", good + 1);
    }
    return refuse(refusal, "text is not valid UTF-8 at byte %zu", good + 1);
}

/* Whether `size` bytes can be a field; if not, says so. */
static bool
fits_field(size_t size, struct refusal *refusal)
{
    if (size <= FIELD_SIZE_MAX) {
        return true;
    }
    refuse(refusal, "value of %zu bytes is more than PostgreSQL stores (1 GB)", size);
    return false;
}

/* Adds what strip leaves of a bad text; length_max: of characters, 0: any. */
static enum encode_outcome
field_stripped(struct text *row, struct cell_bytes text, size_t length_max,
               struct refusal *refusal)
{
    AUTO_TEXT stripped = {0};
    size_t characters = cell_add_stripped(&stripped, text);
    if (!fits_field(stripped.length, refusal)) {
        return ENCODE_REFUSED;
    }
    if (length_max > 0 && characters > length_max) {
        return refuse(refusal, "text has %zu characters, more than %zu", characters,
                      length_max);
    }
    field_bytes(row, stripped.bytes, stripped.length);
    return ENCODE_ALTERED;
}

/* Apart from what proven texts do, for whom `text` then stays in registers. */
__attribute__((noinline)) static enum encode_outcome
field_checked_text(struct text *row, struct cell_bytes text, size_t length_max,
                   enum bad_text bad_text, struct refusal *refusal)
{
    size_t characters = 0;
    size_t good = text.broken_utf16 != 0
                      ? 0
                      : utf8_valid_prefix(text.bytes, text.size, &characters);
    if (text.broken_utf16 != 0 || good != text.size) {
        refuse_bad_text(refusal, text, good);
        return bad_text == BAD_TEXT_STRIP ? field_stripped(row, text, length_max, refusal)
                                          : ENCODE_REFUSED;
    }
    if (length_max > 0 && characters > length_max) {
        return refuse(refusal, "text has %zu characters, more than %zu", characters,
                      length_max);
    }
    if (!fits_field(text.size, refusal)) {
        return ENCODE_REFUSED;
    }
    return field_bytes(row, text.bytes, text.size);
}

static inline enum encode_outcome
field_text(struct text *row, struct cell_bytes text, size_t length_max,
           const struct encode_settings *settings, struct refusal *refusal)
{
    if (!settings->proven) {
        return field_checked_text(row, text, length_max, settings->bad_text, refusal);
    }
    return fits_field(text.size, refusal) ? field_bytes(row, text.bytes, text.size)
                                          : ENCODE_REFUSED;
}

/* Apart, so that texts do not pay for its array. */
__attribute__((noinline)) static enum encode_outcome
field_number(struct text *row, sqlite3_value *value, size_t length_max, struct refusal *refusal)
{
    char number[NUMBER_TEXT_SIZE];
    size_t size = number_to_text(value, number);
    if (length_max > 0 && size > length_max) {
        return refuse(refusal, "number has %zu characters, more than %zu", size, length_max);
    }
    return field_bytes(row, number, size);
}

static inline enum encode_outcome
encode_characters(sqlite3_value *value, const struct value_type *type,
                  const struct encode_settings *settings, struct text *row,
                  struct refusal *refusal)
{
    size_t length_max = (size_t)type->length;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        return field_text(row, cell_text(value, settings->utf16), length_max, settings,
                          refusal);
    case SQLITE_NULL: return field_null(row);
    case SQLITE_BLOB: return refuse_class(refusal, value, type);
    default: return field_number(row, value, length_max, refusal);
    }
}

enum encode_outcome
encode_text(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    return encode_characters(value, type, settings, row, refusal);
}

enum encode_outcome
encode_varchar(sqlite3_value *value, const struct value_type *type,
               const struct encode_settings *settings, struct text *row,
               struct refusal *refusal)
{
    return encode_characters(value, type, settings, row, refusal);
}

/* Blanks at the end do not count in character(n), which the server fills up again. */
static void
trim_field(struct text *row, size_t start)
{
    while (row->length > start + 4 && row->bytes[row->length - 1] == ' ') {
        row->length--;
    }
    row->bytes[row->length] = '\0';
    put_int32((uint8_t *)row->bytes + start, (uint32_t)(row->length - start - 4));
}

enum encode_outcome
encode_char(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    struct value_type any_length = {.kind = TYPE_CHAR};
    size_t start = row->length;
    size_t length_max = type->length == 0 ? 1 : (size_t)type->length;
    size_t characters = 0;
    enum encode_outcome outcome = encode_characters(value, &any_length, settings, row, refusal);
    if (outcome == ENCODE_REFUSED || sqlite3_value_type(value) == SQLITE_NULL) {
        return outcome;
    }
    trim_field(row, start);
    utf8_valid_prefix((const uint8_t *)row->bytes + start + 4, row->length - start - 4,
                      &characters);
    if (characters > length_max) {
        row->length = start;
        row->bytes[start] = '\0';
        return refuse(refusal, "text has %zu characters, more than %zu", characters,
                      length_max);
    }
    return outcome;
}

enum encode_outcome
encode_bytea(sqlite3_value *value, const struct value_type *type,
             const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    (void)type;
    char number[NUMBER_TEXT_SIZE];
    struct cell_bytes bytes;
    switch (sqlite3_value_type(value)) {
    case SQLITE_BLOB: bytes = cell_blob(value); break;
    case SQLITE_TEXT: bytes = cell_text(value, settings->utf16); break;
    case SQLITE_NULL: return field_null(row);
    default: return field_bytes(row, number, number_to_text(value, number));
    }
    if (!fits_field(bytes.size, refusal)) {
        return ENCODE_REFUSED;
    }
    return field_bytes(row, bytes.bytes, bytes.size);
}

bool
text_is_good(struct cell_bytes text, struct refusal *refusal)
{
    size_t characters;
    size_t good = text.broken_utf16 != 0
                      ? 0
                      : utf8_valid_prefix(text.bytes, text.size, &characters);
    if (text.broken_utf16 != 0 || good != text.size) {
        refuse_bad_text(refusal, text, good);
        return false;
    }
    return true;
}

/* Whether the text is JSON (or JSON that jsonb keeps); if not, says why. */
static bool
check_json(struct cell_bytes text, bool jsonb, struct refusal *refusal)
{
    if (!text_is_good(text, refusal)) {
        return false;
    }
    struct json_facts facts;
    if (!json_scan(text.bytes, text.size, &facts)) {
        refuse(refusal, "text is not JSON: %s at byte %zu", facts.error, facts.error_at + 1);
        return false;
    }
    if (jsonb && facts.troubles != 0) {
        refuse(refusal, "JSON %s", json_trouble_text(facts.troubles));
        return false;
    }
    return fits_field(text.size + 1, refusal);
}

static inline enum encode_outcome
encode_any_json(sqlite3_value *value, bool jsonb, const struct encode_settings *settings,
                struct text *row, struct refusal *refusal)
{
    char number[NUMBER_TEXT_SIZE];
    struct cell_bytes text;
    int storage_class = sqlite3_value_type(value);
    if (storage_class == SQLITE_NULL) {
        return field_null(row);
    }
    if (storage_class == SQLITE_BLOB) {
        return refuse(refusal, "a blob is not stored as JSON");
    }
    if (storage_class == SQLITE_TEXT) {
        text = cell_text(value, settings->utf16);
        bool good = settings->proven ? fits_field(text.size + 1, refusal)
                                     : check_json(text, jsonb, refusal);
        if (!good) {
            return ENCODE_REFUSED;
        }
    } else {
        if (storage_class == SQLITE_FLOAT && isinf(sqlite3_value_double(value))) {
            return refuse(refusal, "infinity is not a JSON number");
        }
        text = (struct cell_bytes){(const uint8_t *)number, number_to_text(value, number), 0};
    }
    uint8_t *out = field_begin(row, text.size + jsonb);
    if (jsonb) {
        *out++ = JSONB_VERSION;
    }
    memcpy(out, text.bytes, text.size);
    return ENCODE_OK;
}

enum encode_outcome
encode_json(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    (void)type;
    return encode_any_json(value, false, settings, row, refusal);
}

enum encode_outcome
encode_jsonb(sqlite3_value *value, const struct value_type *type,
             const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    (void)type;
    return encode_any_json(value, true, settings, row, refusal);
}
