/* json_array.h — the items of a JSON array of one dimension: strings, or integers. */
#ifndef VALUE_JSON_ARRAY_H
#define VALUE_JSON_ARRAY_H

#include "base/text.h"

#include <stdint.h>

enum json_item_kind { JSON_ITEM_NULL, JSON_ITEM_STRING, JSON_ITEM_INTEGER };

struct json_array {
    const uint8_t *at;
    const uint8_t *end;
    struct text string; /* room for an unescaped one */
    const char *error;  /* why json_array_next failed; static */
};

struct json_item {
    enum json_item_kind kind;
    const uint8_t *bytes; /* of a string, unescaped; until the next item */
    size_t size;
    int64_t integer;
};

enum json_array_step { JSON_ARRAY_ITEM, JSON_ARRAY_END, JSON_ARRAY_WRONG };

/* Begins to read a text that json_scan accepted. False: it is no array. */
bool json_array_open(struct json_array *array, const uint8_t *bytes, size_t size);
void json_array_close(struct json_array *array);
#define AUTO_JSON_ARRAY __attribute__((cleanup(json_array_close))) struct json_array

/* WRONG: an item of another kind (an object, an array, a boolean, a number that is not
 * digits alone or beyond 64 bits). */
enum json_array_step json_array_next(struct json_array *array, struct json_item *item);

#endif
