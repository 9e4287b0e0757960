/* value_json.h — values of the server as JSON, and JSON as parameters of statements. */
#ifndef AGENT_VALUE_JSON_H
#define AGENT_VALUE_JSON_H

#include "base/arena.h"

#include <stdint.h>

#include <jansson.h>

enum { VALUE_JSON_BYTES_MAX = 20000 }; /* of one value; the rest is clipped */

struct value_json {
    const char *bytes; /* the server's text; NULL: NULL */
    size_t length;     /* out: as clipped */
    size_t length_max; /* text beyond it is clipped; 0: VALUE_JSON_BYTES_MAX */
    uint32_t type;     /* pg_type.oid */
    bool clipped;      /* out */
};

/* Numbers that JSON's readers keep exactly and booleans as such, everything else as text: bigint
 * beyond 2^53 and numeric are text, as many readers would round them. New reference. */
json_t *value_json_make(struct value_json *value);

/* Text as a JSON string; bytes that are no UTF-8 become U+FFFD. New reference. */
json_t *value_json_text(const char *text);
json_t *value_json_text_n(const char *text, size_t length);

/* The name of a built-in type as SQL writes it; NULL: ask the server. */
const char *value_json_type_name(uint32_t type);

/* A JSON value as a parameter in text form; NULL for null. Arrays and objects go as JSON. Lives as
 * long as `arena` or `value`. */
const char *value_json_parameter(struct arena *arena, const json_t *value);

#endif
