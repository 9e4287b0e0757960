/* ticks.h — reals that count seconds, days, ... as whole small ticks. */
#ifndef VALUE_TICKS_H
#define VALUE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* The whole number of ticks that a real number of units is: the one which, divided by
 * `per_unit` in double precision, gives the same real again. With `round`, for want of
 * that, the product in double precision, rounded (half to even). False: there is none,
 * or it is beyond 63 bits. A fraction is exact only up to 2^52 ticks. */
bool ticks_of_real(double number, int64_t per_unit, bool round, int64_t *ticks);

/* The inverse, exact for what ticks_of_real takes without `round`. */
double ticks_to_real(int64_t ticks, int64_t per_unit);

/* The nearest multiple of `tick` (halves: the later one). False: without `round`, it is
 * none; or beyond 63 bits. tick 0 or 1: nothing to do. */
bool ticks_fit(int64_t *ticks, int64_t tick, bool round);

#endif
