/* moment.h — dates and times, from the forms SQLite keeps them in to numbers. */
#ifndef CANONICAL_MOMENT_H
#define CANONICAL_MOMENT_H

#include "base/text.h"

#include <stdint.h>

/* Each reads the whole text and is false when it is not exactly that: a day that
 * does not exist, a year outside 0001..9999, more than microseconds. */

/* YYYY-MM-DD: days since 1970-01-01. */
MUST_USE bool canonical_moment_read_date(const uint8_t *bytes, size_t size, int64_t *days);

/* HH:MM[:SS[.f]]: microseconds since midnight. */
MUST_USE bool canonical_moment_read_time(const uint8_t *bytes, size_t size,
                                         int64_t *microseconds);

/* A date, or a date and a time, with a zone or without. */
struct canonical_moment {
    int64_t local;  /* microseconds since 1970, as a clock there showed it */
    int64_t offset; /* microseconds that clock is ahead of UTC */
    bool zoned;     /* it says so */
};

/* Date, or date, blanks or T, and time, with or without a zone (Z, +hh, +hhmm, +hh:mm).
 * With `round`, digits behind the sixth are rounded to it (5: up) instead. */
MUST_USE bool canonical_moment_read_point(const uint8_t *bytes, size_t size, bool round,
                                          struct canonical_moment *moment);

/* For people: 2026-01-31, 23:59:59.5, and both. */
void canonical_moment_print_date(struct text *out, int64_t days);
void canonical_moment_print_time(struct text *out, int64_t microseconds);
void canonical_moment_print_timestamp(struct text *out, int64_t microseconds);

#endif
