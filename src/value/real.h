/* real.h — a double as the shortest decimal that reads back as the same double. */
#ifndef VALUE_REAL_H
#define VALUE_REAL_H

#include <stdbool.h>
#include <stdint.h>

/* (-1)^negative * digits * 10^exponent; digits has no trailing zero, and zero
 * is 0 * 10^0. */
struct real_decimal {
    bool negative;
    uint64_t digits; /* at most 17 digits */
    int exponent;
};

/* `number` is finite. */
void real_decompose(double number, struct real_decimal *decimal);

/* Decimal digits of a number; 0 has none. */
int digit_count(uint64_t number);

/* Whether the decimal has at most `scale` digits behind its point, when that can be told
 * without working them out. False: it may have more. `number` is finite. */
bool real_scale_suffices(double number, int scale);

#endif
