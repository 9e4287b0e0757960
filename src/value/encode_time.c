/* encode_time.c — date, time, timestamp, timestamptz. */
#include "value/datetime.h"
#include "value/field.h"

#define SECONDS_1970_TO_2000 INT64_C(946684800)

/* PostgreSQL's range, in microseconds since 2000: 4714-11-24 BC to 294276-12-31. */
#define TIMESTAMP_MIN INT64_C(-211813488000000000)
#define TIMESTAMP_END INT64_C(9223371331200000000)

enum encode_outcome
encode_date(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    struct datetime datetime;
    struct cell_bytes text;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (!datetime_parse(text.bytes, text.size, &datetime)) {
            return refuse(refusal, "text is not a date that exists, as YYYY-MM-DD");
        }
        if (datetime.has_time) {
            return refuse(refusal, "text is a date with a time");
        }
        put_int32(field_begin(row, 4), (uint32_t)datetime.days);
        return ENCODE_OK;
    case SQLITE_NULL: return field_null(row);
    default: return refuse_class(refusal, value, type);
    }
}

enum encode_outcome
encode_time(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    int64_t microseconds;
    struct cell_bytes text;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (!time_of_day_parse(text.bytes, text.size, &microseconds)) {
            return refuse(refusal, "text is not a time of day, as HH:MM:SS");
        }
        return field_int64(row, microseconds);
    case SQLITE_NULL: return field_null(row);
    default: return refuse_class(refusal, value, type);
    }
}

/* An integer that counts the type's epoch unit. */
static enum encode_outcome
field_epoch(struct text *row, int64_t number, enum epoch_unit unit, struct refusal *refusal)
{
    static const int64_t microseconds[] = {
        [EPOCH_SECONDS] = 1000000, [EPOCH_MILLISECONDS] = 1000, [EPOCH_MICROSECONDS] = 1};
    int64_t moment;
    if (__builtin_mul_overflow(number, microseconds[unit], &moment) ||
        __builtin_sub_overflow(moment, SECONDS_1970_TO_2000 * 1000000, &moment) ||
        moment < TIMESTAMP_MIN || moment >= TIMESTAMP_END) {
        return refuse(refusal, "integer %lld is beyond the range of timestamps",
                      (long long)number);
    }
    return field_int64(row, moment);
}

static inline enum encode_outcome
encode_moment(sqlite3_value *value, const struct value_type *type,
              const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    struct datetime datetime;
    struct cell_bytes text;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        text = plain_text(value, settings);
        if (!datetime_parse(text.bytes, text.size, &datetime)) {
            return refuse(refusal, "text is not a date and time that exists, with at most six "
                                   "digits of fraction");
        }
        if (datetime.zoned && type->kind == TYPE_TIMESTAMP) {
            return refuse(refusal, "text carries a time zone, which timestamp does not keep");
        }
        return field_int64(row, datetime_utc(&datetime));
    case SQLITE_NULL: return field_null(row);
    case SQLITE_INTEGER:
        if (type->epoch != EPOCH_NONE) {
            return field_epoch(row, sqlite3_value_int64(value), type->epoch, refusal);
        }
        return refuse_class(refusal, value, type);
    default: return refuse_class(refusal, value, type);
    }
}

enum encode_outcome
encode_timestamp(sqlite3_value *value, const struct value_type *type,
                 const struct encode_settings *settings, struct text *row,
                 struct refusal *refusal)
{
    return encode_moment(value, type, settings, row, refusal);
}

enum encode_outcome
encode_timestamptz(sqlite3_value *value, const struct value_type *type,
                   const struct encode_settings *settings, struct text *row,
                   struct refusal *refusal)
{
    return encode_moment(value, type, settings, row, refusal);
}
