/* fuzz_json_scan.c — any bytes through value/json_scan.h.
 *
 * Besides not crashing: what jansson takes for JSON, we take; and what we take and
 * find no trouble in, jansson takes, but for numbers that C cannot hold. */
#include "fuzz.h"
#include "value/json_scan.h"
#include "value/utf8.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* More than two digits of an exponent, or more digits than 64 bits hold: jansson
 * may refuse the number for its size. */
static bool
has_large_number(const uint8_t *bytes, size_t size)
{
    size_t digits = 0;
    bool exponent = false;
    for (size_t i = 0; i < size; i++) {
        bool digit = bytes[i] >= '0' && bytes[i] <= '9';
        digits = digit ? digits + 1 : 0;
        exponent |= bytes[i] == 'e' || bytes[i] == 'E';
        if (digits > (exponent ? 2 : 17)) {
            return true;
        }
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t characters;
    if (utf8_valid_prefix(data, size, &characters) != size) {
        return 0;
    }
    struct json_facts facts;
    bool valid = json_scan(data, size, &facts);
    json_t *parsed = json_loadb((const char *)data, size,
                                JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (parsed != NULL && (!valid || (facts.troubles & ~(unsigned)JSON_NUMBER_RANGE) != 0)) {
        abort();
    }
    if (parsed == NULL && valid && facts.troubles == 0 && !has_large_number(data, size)) {
        abort();
    }
    json_decref(parsed);
    return 0;
}
