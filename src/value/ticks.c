/* ticks.c — see ticks.h. */
#include "value/ticks.h"

#include <math.h>

bool
ticks_of_real(double number, int64_t per_unit, bool round, int64_t *ticks)
{
    double product = number * (double)per_unit;
    if (!(fabs(product) < 0x1p63)) {
        return false;
    }
    if (number == trunc(number)) {
        return !__builtin_mul_overflow((int64_t)number, per_unit, ticks);
    }
    int64_t nearest = (int64_t)rint(product);
    for (int i = 0; fabs(product) <= 0x1p52 && i < 3; i++) {
        *ticks = nearest + (i == 2 ? -1 : i);
        if (ticks_to_real(*ticks, per_unit) == number) {
            return true;
        }
    }
    *ticks = nearest;
    return round;
}

double
ticks_to_real(int64_t ticks, int64_t per_unit)
{
    return (double)ticks / (double)per_unit;
}

bool
ticks_fit(int64_t *ticks, int64_t tick, bool round)
{
    if (tick <= 1) {
        return true;
    }
    int64_t rest = *ticks % tick;
    rest = rest < 0 ? rest + tick : rest;
    if (rest == 0) {
        return true;
    }
    int64_t step = 2 * rest >= tick ? tick - rest : -rest;
    return round && !__builtin_add_overflow(*ticks, step, ticks);
}
