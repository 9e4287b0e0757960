/* canonical_target.c — PostgreSQL's binary formats, read for comparison only. */
#include "verify/canonical.h"
#include "verify/canonical_decimal.h"

enum {
    DAYS_1970_TO_2000 = 10957,
    UUID_SIZE = 16,
    JSONB_VERSION = 1,
};
#define MICROSECONDS_1970_TO_2000 946684800000000LL

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

/* timestamp_send: microseconds since 2000; the ends of int64 are the infinities. */
static bool
read_timestamp(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size != 8) {
        return false;
    }
    int64_t moment = (int64_t)canonical_read_u64(bytes);
    if (moment == INT64_MIN || moment == INT64_MAX ||
        __builtin_add_overflow(moment, MICROSECONDS_1970_TO_2000, &moment)) {
        return false;
    }
    canonical_add_u64(out, (uint64_t)moment);
    return true;
}

static bool
read_jsonb(struct canonical_scratch *scratch, const uint8_t *bytes, size_t size)
{
    return size > 0 && bytes[0] == JSONB_VERSION &&
           canonical_json_read(&scratch->bytes, &scratch->json, bytes + 1, size - 1);
}

/* Of the types whose field must be read; the others are their own form. */
static bool
read_field(const struct copy_field *field, enum type_kind kind,
           struct canonical_scratch *scratch)
{
    size_t size = (size_t)field->size;
    switch (kind) {
    case TYPE_NUMERIC:
        return canonical_decimal_from_numeric(&scratch->bytes, field->bytes, size);
    case TYPE_JSONB: return read_jsonb(scratch, field->bytes, size);
    case TYPE_DATE: return read_date(&scratch->bytes, field->bytes, size);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return read_timestamp(&scratch->bytes, field->bytes, size);
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_BOOLEAN:
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BYTEA:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_TIME: break;
    }
    return false;
}

/* Whether the field as sent is the form already, and what size it then has;
 * 0: any. */
static bool
is_own_form(enum type_kind kind, size_t *size)
{
    *size = 0;
    switch (kind) {
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_JSON:
    case TYPE_BYTEA: return true;
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_TIME: *size = 8; return true;
    case TYPE_BOOLEAN: *size = 1; return true;
    case TYPE_UUID: *size = UUID_SIZE; return true;
    case TYPE_NUMERIC:
    case TYPE_JSONB:
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: break;
    }
    return false;
}

enum canonical_state
canonical_target(const struct copy_field *field, const struct value_type *type,
                 struct canonical_scratch *scratch, struct canonical *form)
{
    if (field->bytes == NULL) {
        return CANONICAL_NULL;
    }
    *form = (struct canonical){field->bytes, (size_t)field->size};
    size_t expected;
    if (is_own_form(type->kind, &expected)) {
        bool fits = expected == 0 || form->size == expected;
        return fits ? CANONICAL_VALUE : CANONICAL_UNFIT;
    }
    scratch->bytes.length = 0;
    if (!read_field(field, type->kind, scratch)) {
        return CANONICAL_UNFIT;
    }
    *form = (struct canonical){(const uint8_t *)scratch->bytes.bytes, scratch->bytes.length};
    return CANONICAL_VALUE;
}
