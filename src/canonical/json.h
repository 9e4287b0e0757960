/* json.h — a JSON text as the value it means, in one form.
 *
 * Form: the text that PostgreSQL prints for a jsonb, so that what the server sends need hardly ever
 * be read: {"b": 1, "aa": [true, null]}. One blank behind the commas and colons between values;
 * members in jsonb's order (shorter keys first, then by bytes), of equal keys the last one;
 * in strings \" \\ \b \f \n \r \t, \u00XX for the other control characters, and UTF-8. Numbers
 * without an exponent and, unlike jsonb's, without zeros at the end of a fraction (1.50 is 1.5);
 * what has more digits than any numeric is written 15e200000. */
#ifndef CANONICAL_JSON_H
#define CANONICAL_JSON_H

#include "base/text.h"

#include <stdint.h>

enum { CANONICAL_JSON_DEPTH_MAX = 1000 };

struct json_member;

/* Reused from value to value; the zero value is ready. */
struct canonical_json_scratch {
    struct text sorted;
    struct text keys;            /* those that are escaped in the form, as they are */
    struct json_member *members; /* of all objects that are open, innermost last */
    size_t member_count;
    size_t member_capacity;
};
void canonical_json_scratch_free(struct canonical_json_scratch *scratch);

/* Adds the form to `out`. False, with nothing added: not JSON as RFC 8259 has it,
 * or nothing that jsonb could hold: nested deeper than CANONICAL_JSON_DEPTH_MAX,
 * \u0000, half a surrogate pair, an exponent that makes more than 1 GB of it. */
MUST_USE bool canonical_json_read(struct text *out, struct canonical_json_scratch *scratch,
                                  const uint8_t *bytes, size_t size);

/* Whether a text that jsonb's output function has printed is its own form. False: perhaps not. */
bool canonical_json_is_form(const uint8_t *printed, size_t size);

/* Adds what the string of a form says; *at: its opening quote, then behind the closing one. */
void canonical_json_add_string(struct text *out, const uint8_t **at);

#endif
