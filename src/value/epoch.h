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

/* Days since 2000-01-01: the number must be exactly the start of a day, UTC. */
bool epoch_date(sqlite3_value *value, const struct value_type *type, int32_t *days,
                struct refusal *refusal);

/* The inverse. `*integer` is set, and true returned, when the moment is a whole number
 * of units; else `*real` is set (and exact for every moment that epoch_moment made of a
 * real without rounding). */
bool epoch_number(int64_t moment, enum epoch_unit unit, int64_t *integer, double *real);

#endif
