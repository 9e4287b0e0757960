/* canonical_source.c — what a SQLite value has to be in the target.
 *
 * The storage class says how the value is read, the type what it must become;
 * docs/same.md has the table of pairs. */
#include "verify/canonical.h"
#include "verify/canonical_decimal.h"
#include "verify/canonical_moment.h"
#include "verify/canonical_text.h"
#include "verify/canonical_word.h"

#include <math.h>
#include <stdio.h>

enum { UUID_SIZE = 16 };

struct reading {
    sqlite3_value *value;
    int class; /* SQLITE_INTEGER, ... */
    const struct value_type *type;
    const struct canonical_settings *settings;
    struct canonical_scratch *scratch;
    struct text *out;       /* &scratch->bytes, empty */
    struct canonical bytes; /* of a text (UTF-8) or a blob */
    bool broken;            /* UTF-16 that has no UTF-8 */
};

static uint64_t
bits_of(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* A real that is an integer, within int64. */
static bool
integer_of_real(double real, int64_t *integer)
{
    if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0) ||
        real != trunc(real)) {
        return false;
    }
    *integer = (int64_t)real;
    return true;
}

static bool
integer_of_decimal(struct reading *reading, bool read, int64_t *integer)
{
    struct text *form = reading->out;
    bool whole = read && canonical_decimal_to_integer((const uint8_t *)form->bytes,
                                                      form->length, 0, integer);
    text_reset(form);
    return whole;
}

static bool
read_bigint(struct reading *reading)
{
    int64_t integer = 0;
    bool whole = false;
    if (reading->class == SQLITE_INTEGER) {
        integer = sqlite3_value_int64(reading->value);
        whole = true;
    } else if (reading->class == SQLITE_FLOAT) {
        whole = integer_of_real(sqlite3_value_double(reading->value), &integer);
    } else if (reading->class == SQLITE_TEXT) {
        whole = integer_of_decimal(reading,
                                   canonical_decimal_from_text(
                                       reading->out, reading->bytes.bytes, reading->bytes.size),
                                   &integer);
    }
    canonical_add_u64(reading->out, (uint64_t)integer);
    return whole;
}

static bool
read_double(struct reading *reading)
{
    double real = sqlite3_value_double(reading->value);
    bool exact = reading->class == SQLITE_FLOAT;
    if (reading->class == SQLITE_INTEGER) {
        int64_t integer = sqlite3_value_int64(reading->value);
        int64_t back = 0;
        real = (double)integer;
        exact = integer_of_real(real, &back) && back == integer;
    }
    canonical_add_u64(reading->out, bits_of(real));
    return exact;
}

static bool
read_numeric(struct reading *reading)
{
    switch (reading->class) {
    case SQLITE_INTEGER:
        canonical_decimal_from_integer(reading->out, sqlite3_value_int64(reading->value));
        return true;
    case SQLITE_FLOAT:
        canonical_decimal_from_double(reading->out, sqlite3_value_double(reading->value));
        return true;
    case SQLITE_TEXT:
        return canonical_decimal_from_text(reading->out, reading->bytes.bytes,
                                           reading->bytes.size);
    default: return false;
    }
}

static bool
read_boolean(struct reading *reading)
{
    int truth = -1;
    if (reading->class == SQLITE_TEXT) {
        truth = canonical_word_boolean(reading->bytes.bytes, reading->bytes.size);
    } else if (reading->class != SQLITE_BLOB) {
        double number = sqlite3_value_double(reading->value);
        truth = number == 0 ? 0 : number == 1 ? 1 : -1;
    }
    text_add_char(reading->out, truth == 1 ? 1 : 0);
    return truth >= 0;
}

static bool
read_uuid(struct reading *reading)
{
    struct canonical bytes = reading->bytes;
    if (reading->class == SQLITE_BLOB && bytes.size == UUID_SIZE) {
        text_add_bytes(reading->out, bytes.bytes, bytes.size);
        return true;
    }
    return reading->class == SQLITE_TEXT &&
           canonical_word_uuid(reading->out, bytes.bytes, bytes.size);
}

/* A number that counts the column's unit since 1970. */
static bool
read_epoch(struct reading *reading, int64_t *microseconds)
{
    static const int shifts[] = {
        [EPOCH_SECONDS] = 6, [EPOCH_MILLISECONDS] = 3, [EPOCH_MICROSECONDS] = 0};
    if (reading->type->epoch == EPOCH_NONE || !read_numeric(reading)) {
        return false;
    }
    struct text *form = reading->out;
    bool whole = canonical_decimal_to_integer((const uint8_t *)form->bytes, form->length,
                                              shifts[reading->type->epoch], microseconds);
    text_reset(form);
    return whole;
}

static bool
read_moment(struct reading *reading)
{
    const uint8_t *bytes = reading->bytes.bytes;
    size_t size = reading->bytes.size;
    enum type_kind kind = reading->type->kind;
    bool point = kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
    int64_t count = 0;
    bool read = false;
    if (reading->class == SQLITE_TEXT) {
        read = point ? canonical_moment_read_timestamp(bytes, size, kind == TYPE_TIMESTAMPTZ,
                                                       &count)
               : kind == TYPE_DATE ? canonical_moment_read_date(bytes, size, &count)
                                   : canonical_moment_read_time(bytes, size, &count);
    } else if (reading->class != SQLITE_BLOB) {
        read = point && read_epoch(reading, &count);
    }
    canonical_add_u64(reading->out, (uint64_t)count);
    return read;
}

/* A number where text is wanted. */
static struct canonical
number_text(struct reading *reading)
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
                                                          : number_text(reading);
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
    default: *form = number_text(reading); return true;
    }
}

static bool
read_value(struct reading *reading)
{
    switch (reading->type->kind) {
    case TYPE_BIGINT: return read_bigint(reading);
    case TYPE_DOUBLE: return read_double(reading);
    case TYPE_NUMERIC: return read_numeric(reading);
    case TYPE_BOOLEAN: return read_boolean(reading);
    case TYPE_UUID: return read_uuid(reading);
    case TYPE_JSONB: return read_jsonb(reading);
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return read_moment(reading);
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_JSON:
    case TYPE_BYTEA: break; /* read_bytes */
    }
    return false;
}

static bool
is_bytes(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_JSON || kind == TYPE_BYTEA;
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
    bool fits;
    if (is_bytes(type->kind)) {
        fits = read_bytes(&reading, form);
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
