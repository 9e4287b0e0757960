/* json.h — jansson's values: freed on every return, or only looked at. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

/* For what asks for a value that may be changed and changes nothing of it: json_object_foreach,
 * json_decref. */
static inline json_t *
json_unconst(const json_t *value)
{
    const union {
        const json_t *looked_at;
        json_t *asked_for;
    } same = {value};
    return same.asked_for;
}

/* The string of that key, borrowed; NULL: there is none, or something else. */
static inline const char *
json_member_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Given back when it goes out of scope. */
static inline void
json_close(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}
#define AUTO_JSON __attribute__((cleanup(json_close))) json_t

#endif
