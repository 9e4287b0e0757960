/* interval.h — spans of time as text, and as PostgreSQL keeps them. */
#ifndef VALUE_INTERVAL_H
#define VALUE_INTERVAL_H

#include "value/type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PostgreSQL never turns one of the three into another by itself. */
struct interval {
    int32_t months;
    int32_t days;
    int64_t microseconds;
};

enum interval_form {
    INTERVAL_FORM_CLOCK,  /* [-]H:MM:SS[.f], H:MM */
    INTERVAL_FORM_ISO,    /* P1Y2M3W4DT5H6M7.5S, also with a sign at each number or in front */
    INTERVAL_FORM_PHRASE, /* 1 year 2 mons -3 days +04:05:06.7; words as PostgreSQL has them */
};

/* Whole numbers, but for seconds, which may have a fraction of at most six digits (more if
 * they are zeros). Nothing around it. False: it is no interval, or beyond its range. */
bool interval_parse(const uint8_t *bytes, size_t size, struct interval *interval,
                    enum interval_form *form);

/* A number of units: all in microseconds, but for whole days. False: not exact to the
 * microsecond (for `round`: nearest), or beyond the range. */
bool interval_of_integer(int64_t number, enum interval_unit unit, struct interval *interval);
bool interval_of_real(double number, enum interval_unit unit, bool round,
                      struct interval *interval);

/* Microseconds of a unit. */
int64_t interval_unit_microseconds(enum interval_unit unit);

/* In the given form, as PostgreSQL prints it with intervalstyle postgres or iso_8601.
 * A clock has no months and days: those make it a phrase. Returns the length. */
enum { INTERVAL_TEXT_SIZE = 128 };
size_t interval_print(const struct interval *interval, enum interval_form form,
                      char text[INTERVAL_TEXT_SIZE]);

#endif
