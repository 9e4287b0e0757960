/* field.h — writing one field of a binary COPY row; for the encoders only. */
#ifndef VALUE_FIELD_H
#define VALUE_FIELD_H

#include "value/encode.h"

#include <stdint.h>
#include <string.h>

/* PostgreSQL allocates at most 1 GB - 1 byte, for the row with its header. */
#define FIELD_SIZE_MAX ((size_t)0x3FFFFFFF - 4096)

static inline void
put_int16(uint8_t *out, uint16_t number)
{
    uint16_t big_endian = __builtin_bswap16(number);
    memcpy(out, &big_endian, sizeof big_endian);
}

static inline void
put_int32(uint8_t *out, uint32_t number)
{
    uint32_t big_endian = __builtin_bswap32(number);
    memcpy(out, &big_endian, sizeof big_endian);
}

static inline void
put_int64(uint8_t *out, uint64_t number)
{
    uint64_t big_endian = __builtin_bswap64(number);
    memcpy(out, &big_endian, sizeof big_endian);
}

/* Adds the length and room for `size` bytes, which the caller fills. */
static inline uint8_t *
field_begin(struct text *row, size_t size)
{
    if (row->capacity - row->length < size + 5) {
        text_reserve(row, size + 4);
    }
    uint8_t *out = (uint8_t *)row->bytes + row->length;
    put_int32(out, (uint32_t)size);
    row->length += size + 4;
    row->bytes[row->length] = '\0';
    return out + 4;
}

static inline enum encode_outcome
field_null(struct text *row)
{
    field_begin(row, 0);
    memset(row->bytes + row->length - 4, 0xFF, 4);
    return ENCODE_OK;
}

static inline enum encode_outcome
field_bytes(struct text *row, const void *bytes, size_t size)
{
    uint8_t *out = field_begin(row, size);
    if (size > 0) {
        memcpy(out, bytes, size);
    }
    return ENCODE_OK;
}

static inline enum encode_outcome
field_int64(struct text *row, int64_t number)
{
    put_int64(field_begin(row, 8), (uint64_t)number);
    return ENCODE_OK;
}

/* Returns ENCODE_REFUSED. */
enum encode_outcome refuse(struct refusal *refusal, const char *format, ...) PRINTF_LIKE(2, 3);

/* "<a value of this storage class> is not stored as <type>". */
enum encode_outcome refuse_class(struct refusal *refusal, sqlite3_value *value,
                                 const struct value_type *type);

/* Says what is wrong with bad text: "text is not valid UTF-8 at byte 12". `good`: length
 * of its valid prefix. Returns ENCODE_REFUSED. */
enum encode_outcome refuse_bad_text(struct refusal *refusal, struct cell_bytes text,
                                    size_t good);

/* Whether the text is UTF-8 without NULs throughout; if not, says so as above. */
bool text_is_good(struct cell_bytes text, struct refusal *refusal);

/* A number as its decimal text; returns its length. */
enum { NUMBER_TEXT_SIZE = 32 };
size_t number_to_text(sqlite3_value *value, char text[NUMBER_TEXT_SIZE]);

/* A text that must be entirely ASCII digits and marks to be of use (a date, a UUID):
 * read without checks, since anything else does not parse. */
static inline struct cell_bytes
plain_text(sqlite3_value *value, const struct encode_settings *settings)
{
    struct cell_bytes text = cell_text(value, settings->utf16);
    return text.broken_utf16 == 0 ? text : (struct cell_bytes){(const uint8_t *)"", 0, 0};
}

/* "the time is finer than timestamptz(3) keeps". Returns ENCODE_REFUSED. */
enum encode_outcome refuse_tick(struct refusal *refusal, const struct value_type *type);

encode_function encode_bigint;
encode_function encode_integer;
encode_function encode_smallint;
encode_function encode_real;
encode_function encode_char;
encode_function encode_inet; /* and cidr */
encode_function encode_interval;
encode_function encode_enum;
encode_function encode_array;
encode_function encode_uuid_by_rule;
encode_function encode_numeric;
encode_function encode_text;
encode_function encode_varchar;
encode_function encode_bytea;
encode_function encode_json;
encode_function encode_jsonb;
encode_function encode_date;
encode_function encode_time;
encode_function encode_timestamp;
encode_function encode_timestamptz;

#endif
