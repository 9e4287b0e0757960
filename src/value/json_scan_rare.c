/* json_scan_rare.c — what most JSON has little of: escapes, exponents, long numbers, errors. */
#include "value/json_number.h"
#include "value/json_scan_internal.h"

const uint8_t *
json_scan_fail(struct json_scanner *scanner, const uint8_t *at, const char *error)
{
    scanner->facts->error = error;
    scanner->facts->error_at = (size_t)(at - scanner->start);
    return NULL;
}

/* Four hex digits, or UINT32_MAX. */
static uint32_t
hex4(const struct json_scanner *scanner, const uint8_t *at)
{
    if (scanner->end - at < 4) {
        return UINT32_MAX;
    }
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = (uint32_t)at[i] - '0';
        uint32_t letter = ((uint32_t)at[i] | 0x20) - 'a';
        if (digit > 9 && letter > 5) {
            return UINT32_MAX;
        }
        number = number << 4 | (digit <= 9 ? digit : letter + 10);
    }
    return number;
}

/* \uXXXX, and the \uXXXX that completes a pair. */
static const uint8_t *
scan_unicode_escape(struct json_scanner *scanner, const uint8_t *at)
{
    uint32_t unit = hex4(scanner, at + 2);
    if (unit == UINT32_MAX) {
        return json_scan_fail(scanner, at, "\\u is not followed by four hex digits");
    }
    at += 6;
    if (unit == 0) {
        scanner->facts->troubles |= JSON_NUL_ESCAPE;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return at;
    }
    if (unit <= 0xDBFF && scanner->end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        uint32_t low = hex4(scanner, at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            return at + 6;
        }
    }
    scanner->facts->troubles |= JSON_LONE_SURROGATE;
    return at;
}

static const uint8_t *
scan_escape(struct json_scanner *scanner, const uint8_t *at)
{
    if (scanner->end - at < 2) {
        return json_scan_fail(scanner, at, "the text ends inside a string");
    }
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': return scan_unicode_escape(scanner, at);
    default: return json_scan_fail(scanner, at, "unknown escape in a string");
    }
}

const uint8_t *
json_scan_string_on(struct json_scanner *scanner, const uint8_t *at)
{
    while (!json_stands_at(scanner, at, '"')) {
        if (at == scanner->end) {
            return json_scan_fail(scanner, at, "the text ends inside a string");
        }
        if (*at != '\\') {
            return json_scan_fail(scanner, at, "control character in a string");
        }
        at = scan_escape(scanner, at);
        if (at == NULL) {
            return NULL;
        }
        at = json_plain_run(scanner, at);
    }
    return at + 1;
}

static const uint8_t *
scan_exponent(struct json_scanner *scanner, const uint8_t *at, int64_t *exponent)
{
    at++;
    bool negative = json_stands_at(scanner, at, '-');
    if (negative || json_stands_at(scanner, at, '+')) {
        at++;
    }
    const uint8_t *behind = json_skip_digits(scanner, at);
    if (behind == at) {
        return json_scan_fail(scanner, at, "a number's exponent has no digits");
    }
    int64_t number = 0;
    for (; at < behind && number <= JSON_EXPONENT_MAX; at++) {
        number = number * 10 + (*at - '0');
    }
    *exponent = negative ? -number : number;
    return behind;
}

const uint8_t *
json_scan_unusual_number(struct json_scanner *scanner, const uint8_t *at,
                         const uint8_t *integer, const uint8_t *point)
{
    struct json_number number = {
        .integer = integer,
        .integer_digits = (size_t)((point != NULL ? point : at) - integer),
        .fraction = point == NULL ? NULL : point + 1,
        .fraction_digits = point == NULL ? 0 : (size_t)(at - point - 1),
    };
    if (at < scanner->end && (*at | 0x20) == 'e') {
        at = scan_exponent(scanner, at, &number.exponent);
        if (at == NULL) {
            return NULL;
        }
    }
    if (!json_number_fits_numeric(&number)) {
        scanner->facts->troubles |= JSON_NUMBER_RANGE;
    }
    return at;
}
