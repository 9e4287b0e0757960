/* source_moment.c — source values that must be dates, times or intervals. */
#include "canonical/interval.h"
#include "canonical/moment.h"
#include "canonical/source_reading.h"
#include "canonical/zone.h"
#include "value/zone.h"

#include <math.h>

#define DAY_MICROSECONDS INT64_C(86400000000)

/* What a column's numbers count: so many steps a unit, a step so many microseconds,
 * from so many steps before 1970 on. */
struct counting {
    int64_t steps;
    int64_t microseconds;
    int64_t before_1970;
};

static struct counting
counting_of(enum epoch_unit unit)
{
    switch (unit) {
    case EPOCH_SECONDS: return (struct counting){1000000, 1, 0};
    case EPOCH_MILLISECONDS: return (struct counting){1000, 1, 0};
    case EPOCH_MICROSECONDS: return (struct counting){1, 1, 0};
    case EPOCH_DAYS: return (struct counting){DAY_MICROSECONDS, 1, 0};
    case EPOCH_JULIAN: /* SQLite keeps milliseconds: 2440587.5 days */
        return (struct counting){86400000, 1000, INT64_C(24405875) * 8640000};
    case EPOCH_NONE: break;
    }
    return (struct counting){0, 0, 0};
}

/* The whole number of steps that divided by `steps` gives the real again. */
static bool
steps_of_real(double real, int64_t steps, bool round, int64_t *count)
{
    double unit = (double)steps;
    double product = real * unit;
    if (!(product > -0x1p63 && product < 0x1p63)) {
        return false;
    }
    if (product >= -0x1p52 && product <= 0x1p52) {
        int64_t guess = (int64_t)llroundl((long double)real * (long double)unit);
        for (*count = guess - 1; *count <= guess + 1; ++*count) {
            if ((double)*count / unit == real) {
                return true;
            }
        }
    }
    if (real == floor(real)) {
        return !__builtin_mul_overflow((int64_t)real, steps, count);
    }
    *count = (int64_t)rint(product);
    return round;
}

static bool
steps_of(const struct reading *reading, int64_t steps, int64_t *count)
{
    if (reading->class == SQLITE_FLOAT) {
        return steps_of_real(sqlite3_value_double(reading->value), steps, reading->type->round,
                             count);
    }
    return reading->class == SQLITE_INTEGER &&
           !__builtin_mul_overflow(sqlite3_value_int64(reading->value), steps, count);
}

/* Microseconds since 1970. */
static bool
read_epoch(const struct reading *reading, int64_t *microseconds)
{
    struct counting counting = counting_of(reading->type->epoch);
    int64_t count = 0;
    return counting.steps != 0 && steps_of(reading, counting.steps, &count) &&
           !__builtin_sub_overflow(count, counting.before_1970, &count) &&
           !__builtin_mul_overflow(count, counting.microseconds, microseconds);
}

/* To the type's precision: timestamp(3). Multiples count from 2000, which is one of
 * 1970 for every precision there is. */
static bool
fit_precision(const struct reading *reading, int64_t *microseconds)
{
    int64_t step = reading->type->tick_us;
    if (step <= 1) {
        return true;
    }
    int64_t below = *microseconds / step - (*microseconds % step < 0 ? 1 : 0);
    int64_t rest = *microseconds - below * step;
    bool fits = rest == 0 || reading->type->round;
    *microseconds = (below + (rest >= step - rest ? 1 : 0)) * step;
    return fits;
}

static bool
read_point_text(const struct reading *reading, int64_t *microseconds)
{
    const struct value_type *type = reading->type;
    struct canonical_moment moment;
    if (!canonical_moment_read_point(reading->bytes.bytes, reading->bytes.size, type->round,
                                     &moment)) {
        return false;
    }
    *microseconds = moment.local - moment.offset;
    if (moment.zoned || type->kind == TYPE_TIMESTAMP) {
        return !moment.zoned || type->kind == TYPE_TIMESTAMPTZ;
    }
    return type->zone == NULL ||
           canonical_zone_apply(&reading->scratch->zones, zone_name(type->zone), microseconds);
}

static bool
read_date(const struct reading *reading, int64_t *days)
{
    if (reading->class == SQLITE_TEXT) {
        return canonical_moment_read_date(reading->bytes.bytes, reading->bytes.size, days);
    }
    int64_t microseconds = 0;
    bool whole = read_epoch(reading, &microseconds) && microseconds % DAY_MICROSECONDS == 0;
    *days = microseconds / DAY_MICROSECONDS;
    return whole;
}

static bool
read_time(const struct reading *reading, int64_t *microseconds)
{
    return reading->class == SQLITE_TEXT &&
           canonical_moment_read_time(reading->bytes.bytes, reading->bytes.size,
                                      microseconds) &&
           fit_precision(reading, microseconds);
}

/* From 2000 on; the first of these numbers is the server's for -infinity. */
static bool
read_timestamp(const struct reading *reading, int64_t *microseconds)
{
    bool text = reading->class == SQLITE_TEXT;
    return (text ? read_point_text(reading, microseconds)
                 : read_epoch(reading, microseconds)) &&
           fit_precision(reading, microseconds) &&
           !__builtin_sub_overflow(*microseconds, CANONICAL_1970_TO_2000_US, microseconds) &&
           *microseconds != INT64_MIN;
}

bool
read_moment(struct reading *reading)
{
    int64_t count = 0;
    bool read;
    if (reading->type->kind == TYPE_DATE) {
        read = read_date(reading, &count);
    } else if (reading->type->kind == TYPE_TIME) {
        read = read_time(reading, &count);
    } else {
        read = read_timestamp(reading, &count);
    }
    canonical_add_u64(reading->out, (uint64_t)count);
    return read;
}

static int64_t
interval_steps(enum interval_unit unit)
{
    switch (unit) {
    case INTERVAL_MICROSECONDS: return 1;
    case INTERVAL_MILLISECONDS: return 1000;
    case INTERVAL_SECONDS: return 1000000;
    case INTERVAL_MINUTES: return 60000000;
    case INTERVAL_HOURS: return DAY_MICROSECONDS / 24;
    case INTERVAL_DAYS: return DAY_MICROSECONDS;
    case INTERVAL_NONE: break;
    }
    return 0;
}

static bool
read_counted_interval(const struct reading *reading, struct canonical_interval *interval)
{
    enum interval_unit unit = reading->type->interval_unit;
    int64_t count = 0;
    if (unit == INTERVAL_DAYS && reading->class == SQLITE_INTEGER) {
        interval->days = sqlite3_value_int64(reading->value);
        return true;
    }
    if (unit == INTERVAL_NONE || !steps_of(reading, interval_steps(unit), &count)) {
        return false;
    }
    interval->days = unit == INTERVAL_DAYS ? count / DAY_MICROSECONDS : 0;
    interval->microseconds = count - interval->days * DAY_MICROSECONDS;
    return true;
}

bool
read_interval(struct reading *reading)
{
    struct canonical_interval interval = {0};
    bool read = reading->class == SQLITE_TEXT
                    ? canonical_interval_read(reading->bytes.bytes, reading->bytes.size,
                                              &interval)
                    : read_counted_interval(reading, &interval);
    read = read && fit_precision(reading, &interval.microseconds);
    canonical_add_u64(reading->out, (uint64_t)interval.months);
    canonical_add_u64(reading->out, (uint64_t)interval.days);
    canonical_add_u64(reading->out, (uint64_t)interval.microseconds);
    return read;
}
