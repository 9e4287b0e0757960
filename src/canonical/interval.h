/* interval.h — spans of time: months, days and microseconds, none of which
 * stands for another. */
#ifndef CANONICAL_INTERVAL_H
#define CANONICAL_INTERVAL_H

#include "base/text.h"

#include <stdint.h>

struct canonical_interval {
    int64_t months;
    int64_t days;
    int64_t microseconds;
};

/* ISO 8601 (P1DT2H), a clock (26:00:00), or words (1 day 02:00:00). False: it is none,
 * or not a whole number of microseconds. */
MUST_USE bool canonical_interval_read(const uint8_t *bytes, size_t size,
                                      struct canonical_interval *interval);

/* For people: 1 mon 2 days 03:04:05.5 with zero parts left out. */
void canonical_interval_print(struct text *out, const struct canonical_interval *interval);

#endif
