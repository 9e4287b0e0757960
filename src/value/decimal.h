/* decimal.h — decimal numbers as digits: what numeric holds exactly. */
#ifndef VALUE_DECIMAL_H
#define VALUE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DECIMAL_DIGITS_BEFORE_MAX = 131072, /* the point; numeric's own limits */
    DECIMAL_DIGITS_BEHIND_MAX = 16383,
};

/* Digits ('0'..'9') on both sides of the point, borrowed. */
struct decimal {
    bool negative;
    const char *integer; /* no leading zero: empty for 0.5 */
    size_t integer_digits;
    const char *fraction; /* as written, trailing zeros included */
    size_t fraction_digits;
};

/* Room for the digits of any integer or finite double. */
struct decimal_buffer {
    char digits[704];
};

/* "-digits[.digits]" in the one form that numeric gives back the same: no plus,
 * no superfluous zero in front, no minus zero, no exponent, no more digits on either
 * side of the point than numeric holds. False otherwise. */
bool decimal_parse(const uint8_t *bytes, size_t size, struct decimal *decimal);

/* An integer within 64 bits, in that one form: digits without a point. */
bool decimal_to_integer(const uint8_t *bytes, size_t size, int64_t *number);

void decimal_from_integer(int64_t number, struct decimal_buffer *buffer,
                          struct decimal *decimal);

/* The shortest decimal of a finite double; minus zero becomes zero. */
void decimal_from_real(double number, struct decimal_buffer *buffer, struct decimal *decimal);

/* Digits behind the point that are not trailing zeros. */
size_t decimal_scale(const struct decimal *decimal);

/* Decimal text of an integer, without a NUL; returns its length (at most 20). */
enum { INTEGER_TEXT_SIZE = 20 };
size_t integer_to_text(int64_t number, char text[INTEGER_TEXT_SIZE]);

#endif
