/* encode.c — the table of encoders, and those of fixed size. */
#include "value/encode.h"

#include "value/decimal.h"
#include "value/field.h"
#include "value/lossless.h"
#include "value/nulls.h"
#include "value/word.h"

#include <stdarg.h>
#include <stdio.h>

enum encode_outcome
refuse(struct refusal *refusal, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(refusal->reason, sizeof refusal->reason, format, args);
    va_end(args);
    return ENCODE_REFUSED;
}

enum encode_outcome
refuse_class(struct refusal *refusal, sqlite3_value *value, const struct value_type *type)
{
    static const char *const classes[] = {
        [SQLITE_INTEGER] = "an integer", [SQLITE_FLOAT] = "a real", [SQLITE_TEXT] = "a text",
        [SQLITE_BLOB] = "a blob",        [SQLITE_NULL] = "a NULL",
    };
    AUTO_TEXT name = {0};
    value_type_print_short(type, &name);
    return refuse(refusal, "%s is not stored as %s", classes[sqlite3_value_type(value)],
                  text_string(&name));
}

size_t
number_to_text(sqlite3_value *value, char text[NUMBER_TEXT_SIZE])
{
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
        return integer_to_text(sqlite3_value_int64(value), text);
    }
    return real_to_text(sqlite3_value_double(value), text);
}

static enum encode_outcome
field_double(struct text *row, double number)
{
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return field_int64(row, bits);
}

static enum encode_outcome
encode_double(sqlite3_value *value, const struct value_type *type,
              const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    (void)settings;
    int64_t number;
    switch (sqlite3_value_type(value)) {
    case SQLITE_FLOAT: return field_double(row, sqlite3_value_double(value));
    case SQLITE_NULL: return field_null(row);
    case SQLITE_INTEGER:
        number = sqlite3_value_int64(value);
        if ((double)number < 0x1p63 && (int64_t)(double)number == number) {
            return field_double(row, (double)number);
        }
        return refuse(refusal, "integer %lld is not exact as double precision",
                      (long long)number);
    default: return refuse_class(refusal, value, type);
    }
}

static enum encode_outcome
field_boolean(struct text *row, bool truth)
{
    field_begin(row, 1)[0] = truth;
    return ENCODE_OK;
}

static enum encode_outcome
encode_boolean(sqlite3_value *value, const struct value_type *type,
               const struct encode_settings *settings, struct text *row,
               struct refusal *refusal)
{
    int64_t number;
    bool truth;
    struct cell_bytes text;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        number = sqlite3_value_int64(value);
        if (number == 0 || number == 1) {
            return field_boolean(row, number == 1);
        }
        return refuse(refusal, "integer %lld is neither 0 nor 1", (long long)number);
    case SQLITE_NULL: return field_null(row);
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (boolean_parse(text.bytes, text.size, &truth)) {
            return field_boolean(row, truth);
        }
        return refuse(refusal, "text is no word for true or false");
    default: return refuse_class(refusal, value, type);
    }
}

static enum encode_outcome
encode_uuid(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    uint8_t uuid[UUID_SIZE];
    bool canonical;
    struct cell_bytes bytes;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        bytes = plain_text(value, settings);
        if (uuid_parse(bytes.bytes, bytes.size, uuid, &canonical)) {
            return field_bytes(row, uuid, UUID_SIZE);
        }
        return refuse(refusal, "text is not a UUID");
    case SQLITE_NULL: return field_null(row);
    case SQLITE_BLOB:
        bytes = cell_blob(value);
        if (bytes.size == UUID_SIZE) {
            return field_bytes(row, bytes.bytes, UUID_SIZE);
        }
        return refuse(refusal, "blob of %zu bytes is not a UUID", bytes.size);
    default: return refuse_class(refusal, value, type);
    }
}

/* Text that means NULL; else as the type without such texts. */
static enum encode_outcome
encode_nullable(sqlite3_value *value, const struct value_type *type,
                const struct encode_settings *settings, struct text *row,
                struct refusal *refusal)
{
    if (value_is_null_text(value, type, settings->utf16)) {
        return field_null(row);
    }
    encode_function *encode = type->kind == TYPE_UUID && type->uuid_rule != NULL
                                  ? encode_uuid_by_rule
                                  : value_encoder(type->kind);
    return encode(value, type, settings, row, refusal);
}

encode_function *
value_encoder(enum type_kind kind)
{
    static encode_function *const encoders[TYPE_KIND_COUNT] = {
        [TYPE_BIGINT] = encode_bigint,       [TYPE_DOUBLE] = encode_double,
        [TYPE_NUMERIC] = encode_numeric,     [TYPE_BOOLEAN] = encode_boolean,
        [TYPE_TEXT] = encode_text,           [TYPE_VARCHAR] = encode_varchar,
        [TYPE_BYTEA] = encode_bytea,         [TYPE_UUID] = encode_uuid,
        [TYPE_JSON] = encode_json,           [TYPE_JSONB] = encode_jsonb,
        [TYPE_DATE] = encode_date,           [TYPE_TIME] = encode_time,
        [TYPE_TIMESTAMP] = encode_timestamp, [TYPE_TIMESTAMPTZ] = encode_timestamptz,
        [TYPE_INTEGER] = encode_integer,     [TYPE_SMALLINT] = encode_smallint,
        [TYPE_REAL] = encode_real,           [TYPE_CHAR] = encode_char,
        [TYPE_INET] = encode_inet,           [TYPE_CIDR] = encode_inet,
        [TYPE_INTERVAL] = encode_interval,   [TYPE_ENUM] = encode_enum,
        [TYPE_CITEXT] = encode_text,         [TYPE_TEXT_ARRAY] = encode_array,
        [TYPE_BIGINT_ARRAY] = encode_array,  [TYPE_INTEGER_ARRAY] = encode_array,
    };
    return encoders[kind];
}

encode_function *
value_encoder_of(const struct value_type *type)
{
    if (type->null_texts != NULL) {
        return encode_nullable;
    }
    return type->kind == TYPE_UUID && type->uuid_rule != NULL ? encode_uuid_by_rule
                                                              : value_encoder(type->kind);
}
