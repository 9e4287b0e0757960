/* epoch.h — points in time that numbers count, as PostgreSQL keeps them, and back. */
#ifndef VALUE_EPOCH_H
#define VALUE_EPOCH_H

#include "value/encode.h"

#define SECONDS_1970_TO_2000 INT64_C(946684800)

/* The value is an integer or a real, type->epoch is not EPOCH_NONE.
 *
 * Microseconds since 2000-01-01 UTC. A Julian day is taken as SQLite takes it: to the
 * nearest millisecond, and counts as exact when that gives the same real again. False:
 * refused. */
bool epoch_moment(sqlite3_value *value, const struct value_type *type, int64_t *moment,
                  struct refusal *refusal);

/* The same for whole seconds, milli- and microseconds within 6,000 years of 1970, quickly.
 * False: another unit, or another number: epoch_moment knows. */
static inline bool
epoch_of_integer(int64_t number, enum epoch_unit unit, int64_t *moment)
{
    static const int64_t microseconds[EPOCH_UNIT_COUNT] = {
        [EPOCH_SECONDS] = 1000000, [EPOCH_MILLISECONDS] = 1000, [EPOCH_MICROSECONDS] = 1};
    static const int64_t span = INT64_C(200000000000000000);
    return microseconds[unit] != 0 &&
           !__builtin_mul_overflow(number, microseconds[unit], moment) && *moment > -span &&
           *moment < span &&
           !__builtin_sub_overflow(*moment, SECONDS_1970_TO_2000 * 1000000, moment);
}

/* Days since 2000-01-01: the number must be exactly the start of a day, UTC. */
bool epoch_date(sqlite3_value *value, const struct value_type *type, int32_t *days,
                struct refusal *refusal);

/* The inverse. `*integer` is set, and true returned, when the moment is a whole number
 * of units; else `*real` is set (and exact for every moment that epoch_moment made of a
 * real without rounding). */
bool epoch_number(int64_t moment, enum epoch_unit unit, int64_t *integer, double *real);

#endif
