/* datetime.h — dates and times as SQLite's functions and ISO 8601 write them. */
#ifndef VALUE_DATETIME_H
#define VALUE_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MICROSECONDS_PER_DAY INT64_C(86400000000)

/* Days and microseconds are as PostgreSQL counts them: from 2000-01-01. */
struct datetime {
    int32_t days;
    int64_t microseconds; /* of the day, as written: the zone is not applied */
    int32_t zone_seconds; /* east of Greenwich */
    bool has_time;
    bool zoned; /* carried Z or an offset */
};

/* YYYY-MM-DD, then nothing, or a blank or T and HH:MM[:SS[.f]][zone], where zone is
 * Z, +hh, +hhmm or +hh:mm (or -), the last two also behind a blank. Only days that
 * exist, years 0001 to 9999, hours to 23, zones to 14:59, at most six digits of fraction
 * but for more zeros. Nothing around it. */
bool datetime_parse(const uint8_t *bytes, size_t size, struct datetime *datetime);

/* HH:MM[:SS[.f]] alone, as microseconds of the day. */
bool time_of_day_parse(const uint8_t *bytes, size_t size, int64_t *microseconds);

/* Microseconds since 2000-01-01 00:00 UTC; without a zone it is taken as UTC. */
static inline int64_t
datetime_utc(const struct datetime *datetime)
{
    return datetime->days * MICROSECONDS_PER_DAY + datetime->microseconds -
           datetime->zone_seconds * INT64_C(1000000);
}

#endif
