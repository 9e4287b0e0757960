/* encode_time.c — date, time, timestamp, timestamptz out of text; epoch.h has
 * the numbers. */
#include "value/datetime.h"
#include "value/epoch.h"
#include "value/field.h"
#include "value/ticks.h"
#include "value/zone.h"

enum { ROUNDED_TEXT_SIZE = 48 };

enum encode_outcome
refuse_tick(struct refusal *refusal, const struct value_type *type)
{
    AUTO_TEXT name = {0};
    value_type_print_short(type, &name);
    return refuse(refusal, "time is finer than %s keeps", text_string(&name));
}

static bool
is_number(int storage_class)
{
    return storage_class == SQLITE_INTEGER || storage_class == SQLITE_FLOAT;
}

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
    default: break;
    }
    if (type->epoch == EPOCH_NONE || !is_number(sqlite3_value_type(value))) {
        return refuse_class(refusal, value, type);
    }
    int32_t days;
    if (!epoch_date(value, type, &days, refusal)) {
        return ENCODE_REFUSED;
    }
    put_int32(field_begin(row, 4), (uint32_t)days);
    return ENCODE_OK;
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
        if (!ticks_fit(&microseconds, type->tick_us, type->round)) {
            return refuse_tick(refusal, type);
        }
        return field_int64(row, microseconds);
    case SQLITE_NULL: return field_null(row);
    default: return refuse_class(refusal, value, type);
    }
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The text with its fraction cut to six digits, when it has more; `up`: the seventh
 * rounds up. */
static bool
parse_rounded(struct cell_bytes text, struct datetime *datetime, bool *up)
{
    uint8_t shorter[ROUNDED_TEXT_SIZE];
    const uint8_t *point = memchr(text.bytes, '.', text.size);
    const uint8_t *end = text.bytes + text.size;
    const uint8_t *last = point;
    while (last != NULL && last + 1 < end && is_digit(last[1])) {
        last++;
    }
    if (last == NULL || last - point <= 6) {
        return false;
    }
    const uint8_t *cut = point + 7;
    size_t front = (size_t)(cut - text.bytes);
    size_t back = (size_t)(end - last - 1);
    if (front + back > sizeof shorter) {
        return false;
    }
    memcpy(shorter, text.bytes, front);
    memcpy(shorter + front, last + 1, back);
    *up = *cut >= '5';
    return datetime_parse(shorter, front + back, datetime);
}

/* A text without a zone, by the type's zone. */
static enum encode_outcome
place_in_zone(const struct value_type *type, struct datetime *datetime, struct refusal *refusal)
{
    int64_t local = datetime->days * INT64_C(86400) + datetime->microseconds / 1000000 +
                    SECONDS_1970_TO_2000;
    const char *name = zone_name(type->zone);
    switch (zone_offset_of_local(type->zone, local, &datetime->zone_seconds)) {
    case ZONE_LOCAL_ONCE: return ENCODE_OK;
    case ZONE_LOCAL_TWICE:
        refuse(refusal, "clocks in %s showed this time twice: the first was taken", name);
        return ENCODE_ALTERED;
    case ZONE_LOCAL_SKIPPED: break;
    }
    return refuse(refusal, "clocks in %s never showed this time: they were put forward", name);
}

static inline enum encode_outcome
encode_moment_text(struct cell_bytes text, const struct value_type *type, struct text *row,
                   struct refusal *refusal)
{
    struct datetime datetime;
    enum encode_outcome outcome = ENCODE_OK;
    bool up = false;
    if (!datetime_parse(text.bytes, text.size, &datetime) &&
        !(type->round && parse_rounded(text, &datetime, &up))) {
        return refuse(refusal, "text is not a date and time that exists, with at most six "
                               "digits of fraction");
    }
    if (datetime.zoned && type->kind == TYPE_TIMESTAMP) {
        return refuse(refusal, "text carries a time zone, which timestamp does not keep");
    }
    if (type->zone != NULL && !datetime.zoned && type->kind == TYPE_TIMESTAMPTZ) {
        outcome = place_in_zone(type, &datetime, refusal);
        if (outcome == ENCODE_REFUSED) {
            return outcome;
        }
    }
    int64_t moment = datetime_utc(&datetime) + up;
    if (type->tick_us > 1 && !ticks_fit(&moment, type->tick_us, type->round)) {
        return refuse_tick(refusal, type);
    }
    field_int64(row, moment);
    return outcome;
}

static inline enum encode_outcome
encode_moment(sqlite3_value *value, const struct value_type *type,
              const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    int storage_class = sqlite3_value_type(value);
    int64_t moment;
    if (storage_class == SQLITE_TEXT) {
        return encode_moment_text(plain_text(value, settings), type, row, refusal);
    }
    if (storage_class == SQLITE_NULL) {
        return field_null(row);
    }
    if (type->epoch == EPOCH_NONE || !is_number(storage_class)) {
        return refuse_class(refusal, value, type);
    }
    bool counted = storage_class == SQLITE_INTEGER && type->tick_us <= 1 &&
                   epoch_of_integer(sqlite3_value_int64(value), type->epoch, &moment);
    return counted || epoch_moment(value, type, &moment, refusal) ? field_int64(row, moment)
                                                                  : ENCODE_REFUSED;
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
