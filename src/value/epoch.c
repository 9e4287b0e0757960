/* epoch.c — see epoch.h. */
#include "value/epoch.h"

#include "value/datetime.h"
#include "value/field.h"
#include "value/ticks.h"

/* PostgreSQL's range, in microseconds since 2000: 4714-11-24 BC to 294276-12-31. */
#define TIMESTAMP_MIN INT64_C(-211813488000000000)
#define TIMESTAMP_END INT64_C(9223371331200000000)

/* Julian day 2440587.5, in milliseconds. */
#define JULIAN_1970_MS INT64_C(210866760000000)

/* How many ticks a unit has, how many microseconds a tick has, and when 1970 was. */
struct scale {
    int64_t ticks;
    int64_t microseconds;
    int64_t ticks_to_1970;
};

static const struct scale scales[EPOCH_UNIT_COUNT] = {
    [EPOCH_NONE] = {1, 1, 0},
    [EPOCH_SECONDS] = {1000000, 1, 0},
    [EPOCH_MILLISECONDS] = {1000, 1, 0},
    [EPOCH_MICROSECONDS] = {1, 1, 0},
    [EPOCH_DAYS] = {MICROSECONDS_PER_DAY, 1, 0},
    [EPOCH_JULIAN] = {MICROSECONDS_PER_DAY / 1000, 1000, JULIAN_1970_MS},
};

static bool
refuse_number(sqlite3_value *value, const char *trouble, struct refusal *refusal)
{
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
        refuse(refusal, "integer %lld %s", (long long)sqlite3_value_int64(value), trouble);
    } else {
        refuse(refusal, "real %.17g %s", sqlite3_value_double(value), trouble);
    }
    return false;
}

bool
epoch_moment(sqlite3_value *value, const struct value_type *type, int64_t *moment,
             struct refusal *refusal)
{
    const struct scale *scale = &scales[type->epoch];
    if (sqlite3_value_type(value) == SQLITE_FLOAT) {
        if (!ticks_of_real(sqlite3_value_double(value), scale->ticks, type->round, moment)) {
            return refuse_number(value, "is not exact as a timestamp, or beyond its range",
                                 refusal);
        }
    } else if (__builtin_mul_overflow(sqlite3_value_int64(value), scale->ticks, moment)) {
        return refuse_number(value, "is beyond the range of timestamps", refusal);
    }
    if (__builtin_sub_overflow(*moment, scale->ticks_to_1970, moment) ||
        __builtin_mul_overflow(*moment, scale->microseconds, moment) ||
        __builtin_sub_overflow(*moment, SECONDS_1970_TO_2000 * 1000000, moment) ||
        *moment < TIMESTAMP_MIN || *moment >= TIMESTAMP_END) {
        return refuse_number(value, "is beyond the range of timestamps", refusal);
    }
    if (!ticks_fit(moment, type->tick_us, type->round) || *moment >= TIMESTAMP_END) {
        refuse_tick(refusal, type);
        return false;
    }
    return true;
}

bool
epoch_date(sqlite3_value *value, const struct value_type *type, int32_t *days,
           struct refusal *refusal)
{
    int64_t moment;
    if (!epoch_moment(value, type, &moment, refusal)) {
        return false;
    }
    if (moment % MICROSECONDS_PER_DAY != 0) {
        return refuse_number(value, "is a time within a day, not a date", refusal);
    }
    *days = (int32_t)(moment / MICROSECONDS_PER_DAY);
    return true;
}

bool
epoch_number(int64_t moment, enum epoch_unit unit, int64_t *integer, double *real)
{
    const struct scale *scale = &scales[unit];
    int64_t ticks = (moment + SECONDS_1970_TO_2000 * 1000000);
    int64_t rest = ticks % scale->microseconds;
    ticks = ticks / scale->microseconds + scale->ticks_to_1970;
    if (rest == 0 && ticks % scale->ticks == 0) {
        *integer = ticks / scale->ticks;
        return true;
    }
    *real = ticks_to_real(ticks, scale->ticks);
    return false;
}
