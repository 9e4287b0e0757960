/* decimal.h — an exact decimal number in one form, whatever it was written as.
 *
 * Form: one byte '0' for zero; else '+' or '-', then the exponent E as 4 bytes
 * big-endian, then the ASCII digits without leading and trailing zeros; the
 * number is 0.DIGITS x 10^E. 'n', 'p', 'm' alone are NaN and the infinities. */
#ifndef CANONICAL_DECIMAL_H
#define CANONICAL_DECIMAL_H

#include "base/text.h"

#include <stdint.h>

enum { CANONICAL_DECIMAL_HEADER = 5 /* sign and exponent, in front of the digits */ };

/* E of a form that has digits. */
int32_t canonical_decimal_exponent(const uint8_t *form);

/* [+-]digits[.digits][e[+-]digits], nothing else; digits on at least one side of
 * the point. False: it is not that, and nothing was added. */
MUST_USE bool canonical_decimal_from_text(struct text *out, const uint8_t *bytes, size_t size);

void canonical_decimal_from_integer(struct text *out, int64_t value);

/* The decimal of fewest digits that reads back as this double. */
void canonical_decimal_from_double(struct text *out, double value);

/* From numeric_send: digits in base 10,000. False: malformed. */
MUST_USE bool canonical_decimal_from_numeric(struct text *out, const uint8_t *bytes,
                                             size_t size);

/* The integer number x 10^shift. False: it is none, or does not fit. */
MUST_USE bool canonical_decimal_to_integer(const uint8_t *form, size_t size, int shift,
                                           int64_t *value);

/* A double where text is wanted: the fewest digits that read back, always with a
 * point or an exponent: 2.5, 3.0, 0.0001, 1e-05, 1.5e+20, Infinity, -0.0. */
void canonical_decimal_print_double(struct text *out, double value);

/* For people: -12.5, 0, NaN; with an exponent when it is long. */
void canonical_decimal_print(struct text *out, const uint8_t *form, size_t size);

#endif
