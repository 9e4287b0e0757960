/* json_number.h — does numeric hold a JSON number? */
#ifndef VALUE_JSON_NUMBER_H
#define VALUE_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* numeric_in refuses exponents that are slightly larger, whatever the digits. */
enum { JSON_EXPONENT_MAX = 1000000000 };

/* A number taken apart; digits as written, borrowed. */
struct json_number {
    const uint8_t *integer; /* at least one digit; "0" alone when it begins with 0 */
    size_t integer_digits;
    const uint8_t *fraction; /* NULL: none */
    size_t fraction_digits;
    int64_t exponent; /* anything beyond JSON_EXPONENT_MAX stands for too large */
};

/* As PostgreSQL's numeric_in decides it. */
bool json_number_fits_numeric(const struct json_number *number);

#endif
