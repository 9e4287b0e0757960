/* source.c — what a SQLite value has to be in the target.
 *
 * The storage class says how the value is read, the type what it must become;
 * docs/same.md has the table of pairs. */
#include "base/text_put.h"
#include "canonical/decimal.h"
#include "canonical/inet.h"
#include "canonical/source_reading.h"
#include "canonical/text.h"
#include "canonical/word.h"

enum { UUID_SIZE = 16 };

static bool
read_uuid(struct reading *reading)
{
    struct canonical bytes = reading->bytes;
    if (reading->class == SQLITE_BLOB && bytes.size == UUID_SIZE) {
        text_add_bytes(reading->out, bytes.bytes, bytes.size);
        return true;
    }
    if (reading->class == SQLITE_TEXT &&
        canonical_word_uuid(reading->out, bytes.bytes, bytes.size)) {
        return true;
    }
    text_reset(reading->out);
    return reading->type->uuid_rule != NULL && read_mapped_uuid(reading);
}

static bool
read_inet(struct reading *reading)
{
    return reading->class == SQLITE_TEXT &&
           canonical_inet_read(reading->out, reading->bytes.bytes, reading->bytes.size,
                               reading->type->kind == TYPE_CIDR);
}

/* Whether the text is in a NULL-ended list. */
static bool
is_one_of(const char *const *texts, const struct canonical *text)
{
    for (; texts != NULL && *texts != NULL; texts++) {
        if (strlen(*texts) == text->size && memcmp(*texts, text->bytes, text->size) == 0) {
            return true;
        }
    }
    return false;
}

static bool
read_label(struct reading *reading)
{
    text_put_bytes(reading->out, reading->bytes.bytes, reading->bytes.size);
    return reading->class == SQLITE_TEXT && is_one_of(reading->type->labels, &reading->bytes);
}

/* A number where text is wanted. */
struct canonical
reading_number_text(struct reading *reading)
{
    struct text *text = &reading->scratch->utf8;
    text_reset(text);
    if (reading->class == SQLITE_INTEGER) {
        text_printf(text, "%lld", (long long)sqlite3_value_int64(reading->value));
    } else {
        canonical_decimal_print_double(text, sqlite3_value_double(reading->value));
    }
    return (struct canonical){(const uint8_t *)text->bytes, text->length};
}

static bool
read_jsonb(struct reading *reading)
{
    if (reading->class == SQLITE_BLOB) {
        return false;
    }
    struct canonical json = reading->class == SQLITE_TEXT ? reading->bytes
                                                          : reading_number_text(reading);
    text_put_char(reading->out, CANONICAL_JSONB_VERSION);
    return canonical_json_read(reading->out, &reading->scratch->json, json.bytes, json.size);
}

/* A text as the target must hold it; only bytes that were stripped need work. */
static bool
read_text(struct reading *reading, struct canonical *form)
{
    *form = reading->bytes;
    if (reading->type->kind == TYPE_BYTEA) {
        return true;
    }
    if (reading->settings->bad_text != BAD_TEXT_STRIP) {
        return !reading->broken;
    }
    if (!canonical_text_is(form->bytes, form->size)) {
        canonical_text_add(reading->out, form->bytes, form->size);
        *form = (struct canonical){(const uint8_t *)text_string(reading->out),
                                   reading->out->length};
    }
    return true;
}

/* Text, or bytes: borrowed from the value when nothing had to be changed. */
static bool
read_bytes(struct reading *reading, struct canonical *form)
{
    switch (reading->class) {
    case SQLITE_TEXT: return read_text(reading, form);
    case SQLITE_BLOB: *form = reading->bytes; return reading->type->kind == TYPE_BYTEA;
    default: *form = reading_number_text(reading); return true;
    }
}

static bool
read_value(struct reading *reading)
{
    switch (reading->type->kind) {
    case TYPE_BIGINT: return read_whole_number(reading, INT64_MIN, INT64_MAX);
    case TYPE_INTEGER: return read_whole_number(reading, INT32_MIN, INT32_MAX);
    case TYPE_SMALLINT: return read_whole_number(reading, INT16_MIN, INT16_MAX);
    case TYPE_DOUBLE: return read_double(reading);
    case TYPE_REAL: return read_real(reading);
    case TYPE_NUMERIC: return read_numeric(reading);
    case TYPE_BOOLEAN: return read_boolean(reading);
    case TYPE_UUID: return read_uuid(reading);
    case TYPE_JSONB: return read_jsonb(reading);
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return read_moment(reading);
    case TYPE_INTERVAL: return read_interval(reading);
    case TYPE_INET:
    case TYPE_CIDR: return read_inet(reading);
    case TYPE_ENUM: return read_label(reading);
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: return read_array(reading);
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_CHAR:
    case TYPE_CITEXT:
    case TYPE_JSON:
    case TYPE_BYTEA: break; /* read_bytes */
    }
    return false;
}

static bool
is_bytes(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_JSON ||
           kind == TYPE_BYTEA || kind == TYPE_CHAR || kind == TYPE_CITEXT;
}

/* Bytes that at least tell it from other unfit values. */
static void
describe_unfit(struct reading *reading, struct canonical *form)
{
    *form = (struct canonical){reading->bytes.bytes, reading->bytes.size};
    if (reading->class == SQLITE_INTEGER || reading->class == SQLITE_FLOAT) {
        text_reset(reading->out);
        canonical_add_u64(reading->out, reading->class == SQLITE_INTEGER
                                            ? (uint64_t)sqlite3_value_int64(reading->value)
                                            : bits_of(sqlite3_value_double(reading->value)));
        *form = (struct canonical){(const uint8_t *)reading->out->bytes, reading->out->length};
    }
}

/* The text of a UTF-16 file, converted here, as SQLite itself would paper over
 * half a surrogate pair. Kept in bytea, such text stays what it is in the file. */
static void
fetch_utf16(struct reading *reading)
{
    struct text *utf8 = &reading->scratch->utf8;
    int encoding = sqlite3_value_encoding(reading->value);
    const uint8_t *bytes = sqlite3_value_blob(reading->value); /* as stored, in this order */
    size_t size = (size_t)(encoding == SQLITE_UTF8 ? sqlite3_value_bytes(reading->value)
                                                   : sqlite3_value_bytes16(reading->value));
    reading->bytes = (struct canonical){bytes == NULL ? (const uint8_t *)"" : bytes, size};
    if (encoding == SQLITE_UTF8) {
        return;
    }
    text_reset(utf8);
    reading->broken = !canonical_text_from_utf16(utf8, reading->bytes.bytes, size,
                                                 encoding == SQLITE_UTF16BE);
    if (!reading->broken || reading->type->kind != TYPE_BYTEA) {
        reading->bytes = (struct canonical){(const uint8_t *)text_string(utf8), utf8->length};
    }
}

enum canonical_state
canonical_source(sqlite3_value *value, const struct value_type *type,
                 const struct canonical_settings *settings, struct canonical_scratch *scratch,
                 struct canonical *form)
{
    struct reading reading = {.value = value,
                              .class = sqlite3_value_type(value),
                              .type = type,
                              .settings = settings,
                              .scratch = scratch,
                              .out = &scratch->bytes};
    if (reading.class == SQLITE_NULL) {
        return CANONICAL_NULL;
    }
    scratch->bytes.length = 0;
    if (reading.class == SQLITE_TEXT && settings->utf16) {
        fetch_utf16(&reading);
    } else if (reading.class == SQLITE_TEXT || reading.class == SQLITE_BLOB) {
        const void *bytes = sqlite3_value_blob(value); /* NULL when empty */
        reading.bytes = (struct canonical){bytes == NULL ? (const uint8_t *)"" : bytes,
                                           (size_t)sqlite3_value_bytes(value)};
    }
    if (type->null_texts != NULL && reading.class == SQLITE_TEXT && !reading.broken &&
        is_one_of(type->null_texts, &reading.bytes)) {
        return CANONICAL_NULL;
    }
    bool fits;
    if (is_bytes(type->kind)) {
        fits = read_bytes(&reading, form);
        form->size = type->kind == TYPE_CHAR ? canonical_trimmed(form) : form->size;
    } else {
        fits = !reading.broken && read_value(&reading);
        *form = (struct canonical){(const uint8_t *)scratch->bytes.bytes,
                                   scratch->bytes.length};
    }
    if (!fits) {
        describe_unfit(&reading, form);
    }
    return fits ? CANONICAL_VALUE : CANONICAL_UNFIT;
}
