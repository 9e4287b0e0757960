/* target.c — PostgreSQL's binary formats, read for comparison only. */
#include "base/text_put.h"
#include "canonical/canonical.h"
#include "canonical/decimal.h"
#include "canonical/inet.h"

#include <string.h>

enum { DAYS_1970_TO_2000 = 10957 };

static uint32_t
read_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

/* date_send: days since 2000; the two ends of int32 are the infinities. */
static bool
read_date(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size != 4) {
        return false;
    }
    int32_t days = (int32_t)read_u32(bytes);
    canonical_add_u64(out, (uint64_t)((int64_t)days + DAYS_1970_TO_2000));
    return days != INT32_MIN && days != INT32_MAX;
}

/* jsonb_send: a version, and the text as it is printed. */
static bool
read_jsonb(struct canonical_scratch *scratch, const uint8_t *bytes, size_t size)
{
    text_put_char(&scratch->bytes, CANONICAL_JSONB_VERSION);
    return size > 0 && bytes[0] == CANONICAL_JSONB_VERSION &&
           canonical_json_read(&scratch->bytes, &scratch->json, bytes + 1, size - 1);
}

bool
canonical_jsonb_is_form(const struct copy_field *field)
{
    return field->size > 0 && field->bytes[0] == CANONICAL_JSONB_VERSION &&
           canonical_json_is_form(field->bytes + 1, (size_t)field->size - 1);
}

/* int2send, int4send. */
static bool
read_integer(struct text *out, const uint8_t *bytes, size_t size, size_t expected)
{
    if (size != expected) {
        return false;
    }
    int64_t number = size == 2 ? (int16_t)(bytes[0] << 8 | bytes[1]) : (int32_t)read_u32(bytes);
    canonical_add_u64(out, (uint64_t)number);
    return true;
}

/* float4send; kept as the double it is. */
static bool
read_real(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size != 4) {
        return false;
    }
    uint32_t bits = read_u32(bytes);
    float narrow;
    memcpy(&narrow, &bits, sizeof narrow);
    double real = (double)narrow;
    uint64_t wide;
    memcpy(&wide, &real, sizeof wide);
    canonical_add_u64(out, wide);
    return true;
}

/* interval_send: microseconds, days, months. */
static bool
read_interval(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size != 16) {
        return false;
    }
    canonical_add_u64(out, (uint64_t)(int64_t)(int32_t)read_u32(bytes + 12));
    canonical_add_u64(out, (uint64_t)(int64_t)(int32_t)read_u32(bytes + 8));
    canonical_add_u64(out, canonical_read_u64(bytes));
    return true;
}

static void
add_big_endian(struct text *out, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
    text_put_bytes(out, bytes, sizeof bytes);
}

/* An element as JSON's form has it. */
static bool
add_element(struct text *out, const uint8_t *bytes, size_t size, enum type_kind kind)
{
    if (kind == TYPE_TEXT_ARRAY) {
        text_put_char(out, 's');
        add_big_endian(out, (uint32_t)size);
        text_put_bytes(out, bytes, size);
        return true;
    }
    if (size != (kind == TYPE_BIGINT_ARRAY ? 8 : 4)) {
        return false;
    }
    int64_t number = size == 8 ? (int64_t)canonical_read_u64(bytes) : (int32_t)read_u32(bytes);
    AUTO_TEXT decimal = {0};
    canonical_decimal_from_integer(&decimal, number);
    text_put_char(out, 'n');
    add_big_endian(out, (uint32_t)decimal.length);
    text_put_bytes(out, decimal.bytes, decimal.length);
    return true;
}

static bool
add_elements(struct text *out, const uint8_t *bytes, size_t size, enum type_kind kind)
{
    const uint8_t *end = bytes + size;
    while (bytes < end) {
        if (end - bytes < 4) {
            return false;
        }
        uint32_t length = read_u32(bytes);
        bytes += 4;
        if (length == UINT32_MAX) {
            text_put_char(out, 'z');
            continue;
        }
        if (length > (size_t)(end - bytes) || !add_element(out, bytes, length, kind)) {
            return false;
        }
        bytes += length;
    }
    return true;
}

/* pg_type.dat: text, int8, int4; restated here, as everything that verification relies on. */
static uint32_t
element_oid(enum type_kind kind)
{
    return kind == TYPE_TEXT_ARRAY ? 25 : kind == TYPE_BIGINT_ARRAY ? 20 : 23;
}

/* array_send: dimensions (0 or 1 of them), whether NULLs, element type; the dimension's
 * length and first index, which must be 1. */
static bool
read_array(struct text *out, const uint8_t *bytes, size_t size, const struct value_type *type)
{
    uint32_t element = type->element_oid != 0 ? type->element_oid : element_oid(type->kind);
    if (size < 12 || read_u32(bytes + 8) != element) {
        return false;
    }
    uint32_t dimensions = read_u32(bytes);
    text_put_char(out, '[');
    bool read = dimensions == 0 ? size == 12
                                : dimensions == 1 && size >= 20 && read_u32(bytes + 16) == 1 &&
                                      add_elements(out, bytes + 20, size - 20, type->kind);
    text_put_char(out, ']');
    return read;
}

/* Of the types whose field must be read; the others are their own form. */
static bool
read_field(const struct copy_field *field, const struct value_type *type,
           struct canonical_scratch *scratch)
{
    size_t size = (size_t)field->size;
    const uint8_t *bytes = field->bytes;
    struct text *out = &scratch->bytes;
    switch (type->kind) {
    case TYPE_NUMERIC: return canonical_decimal_from_numeric(out, bytes, size);
    case TYPE_JSONB: return read_jsonb(scratch, bytes, size);
    case TYPE_DATE: return read_date(out, bytes, size);
    case TYPE_INTEGER: return read_integer(out, bytes, size, 4);
    case TYPE_SMALLINT: return read_integer(out, bytes, size, 2);
    case TYPE_REAL: return read_real(out, bytes, size);
    case TYPE_INTERVAL: return read_interval(out, bytes, size);
    case TYPE_INET:
    case TYPE_CIDR: return canonical_inet_from_field(out, bytes, size);
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: return read_array(out, bytes, size, type);
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_BOOLEAN:
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_CHAR:
    case TYPE_CITEXT:
    case TYPE_ENUM:
    case TYPE_BYTEA:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: break;
    }
    return false;
}

const int8_t canonical_sent_sizes[TYPE_KIND_COUNT] = {
    [TYPE_TEXT] = CANONICAL_ANY_SIZE,
    [TYPE_VARCHAR] = CANONICAL_ANY_SIZE,
    [TYPE_CITEXT] = CANONICAL_ANY_SIZE,
    [TYPE_ENUM] = CANONICAL_ANY_SIZE,
    [TYPE_JSON] = CANONICAL_ANY_SIZE,
    [TYPE_BYTEA] = CANONICAL_ANY_SIZE,
    [TYPE_BIGINT] = 8,
    [TYPE_DOUBLE] = 8,
    [TYPE_TIME] = 8,
    [TYPE_TIMESTAMP] = 8,
    [TYPE_TIMESTAMPTZ] = 8,
    [TYPE_BOOLEAN] = 1,
    [TYPE_UUID] = 16,
};

/* timestamp_send: the ends of int64 are the infinities. */
static bool
is_infinite(enum type_kind kind, const struct canonical *form)
{
    if (kind != TYPE_TIMESTAMP && kind != TYPE_TIMESTAMPTZ) {
        return false;
    }
    int64_t moment = (int64_t)canonical_read_u64(form->bytes);
    return moment == INT64_MIN || moment == INT64_MAX;
}

static enum canonical_state
read_target(const struct copy_field *field, const struct value_type *type,
            struct canonical_scratch *scratch, struct canonical *form)
{
    scratch->bytes.length = 0;
    if (!read_field(field, type, scratch)) {
        return CANONICAL_UNFIT;
    }
    *form = (struct canonical){(const uint8_t *)scratch->bytes.bytes, scratch->bytes.length};
    return CANONICAL_VALUE;
}

enum canonical_state
canonical_target(const struct copy_field *field, const struct value_type *type,
                 struct canonical_scratch *scratch, struct canonical *form)
{
    if (field->bytes == NULL) {
        return CANONICAL_NULL;
    }
    *form = (struct canonical){field->bytes, (size_t)field->size};
    int8_t size = canonical_sent_sizes[type->kind];
    if (size > 0) {
        bool fits = field->size == size && !is_infinite(type->kind, form);
        return fits ? CANONICAL_VALUE : CANONICAL_UNFIT;
    }
    if (type->kind == TYPE_CHAR) {
        form->size = canonical_trimmed(form);
        return CANONICAL_VALUE;
    }
    if (size == CANONICAL_ANY_SIZE ||
        (type->kind == TYPE_JSONB && canonical_jsonb_is_form(field))) {
        return CANONICAL_VALUE;
    }
    return read_target(field, type, scratch, form);
}
