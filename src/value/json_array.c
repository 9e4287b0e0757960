/* json_array.c — see json_array.h. The text is JSON, so that nothing is checked twice. */
#include "value/json_array.h"

#include "value/decimal.h"
#include "value/json_scan.h"

#include <string.h>

static void
skip_blanks(struct json_array *array)
{
    while (array->at < array->end && (*array->at == ' ' || *array->at == '\n' ||
                                      *array->at == '\t' || *array->at == '\r')) {
        array->at++;
    }
}

bool
json_array_open(struct json_array *array, const uint8_t *bytes, size_t size)
{
    *array = (struct json_array){.at = bytes, .end = bytes + size};
    skip_blanks(array);
    return array->at < array->end && *array->at++ == '[';
}

void
json_array_close(struct json_array *array)
{
    text_free(&array->string);
}

static enum json_array_step
wrong(struct json_array *array, const char *error)
{
    array->error = error;
    return JSON_ARRAY_WRONG;
}

static uint32_t
hex4(const uint8_t *at)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = at[i] <= '9' ? (uint32_t)at[i] - '0' : (at[i] | 0x20U) - 'a' + 10;
        number = number << 4 | digit;
    }
    return number;
}

static void
add_point(struct text *out, uint32_t point)
{
    uint8_t bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; point >>= 6) {
        bytes[i] = (uint8_t)(0x80 | (point & 0x3F));
    }
    bytes[0] = (uint8_t)(lead[size] | point);
    text_add_bytes(out, bytes, size);
}

/* Behind a backslash. Pairs of surrogates are whole: jsonb would have had trouble. */
static void
add_escape(struct json_array *array)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t letter = *array->at++;
    if (letter != 'u') {
        text_add_char(&array->string, meanings[strchr(letters, letter) - letters]);
        return;
    }
    uint32_t point = hex4(array->at);
    array->at += 4;
    if (point >= 0xD800 && point < 0xDC00) {
        point = 0x10000 + ((point - 0xD800) << 10) + (hex4(array->at + 2) - 0xDC00);
        array->at += 6;
    }
    add_point(&array->string, point);
}

/* Behind the first quote. */
static void
read_string(struct json_array *array, struct json_item *item)
{
    const uint8_t *first = array->at;
    text_reset(&array->string);
    while (*array->at != '"') {
        if (*array->at == '\\') {
            text_add_bytes(&array->string, first, (size_t)(array->at - first));
            array->at++;
            add_escape(array);
            first = array->at;
        } else {
            array->at++;
        }
    }
    item->kind = JSON_ITEM_STRING;
    item->bytes = first;
    item->size = (size_t)(array->at - first);
    if (array->string.length > 0) {
        text_add_bytes(&array->string, first, item->size);
        item->bytes = (const uint8_t *)array->string.bytes;
        item->size = array->string.length;
    }
    array->at++;
}

static enum json_array_step
read_word(struct json_array *array, struct json_item *item)
{
    const uint8_t *first = array->at;
    while (*array->at != ',' && *array->at != ']' && *array->at > ' ') {
        array->at++;
    }
    size_t size = (size_t)(array->at - first);
    if (size == 4 && memcmp(first, "null", 4) == 0) {
        item->kind = JSON_ITEM_NULL;
        return JSON_ARRAY_ITEM;
    }
    item->kind = JSON_ITEM_INTEGER;
    return decimal_to_integer(first, size, &item->integer)
               ? JSON_ARRAY_ITEM
               : wrong(array, "holds an item that is no plain integer within 64 bits");
}

enum json_array_step
json_array_next(struct json_array *array, struct json_item *item)
{
    *item = (struct json_item){0};
    skip_blanks(array);
    if (*array->at == ',') {
        array->at++;
        skip_blanks(array);
    }
    switch (*array->at) {
    case ']': return JSON_ARRAY_END;
    case '"':
        array->at++;
        read_string(array, item);
        return JSON_ARRAY_ITEM;
    case '[': return wrong(array, "has more than one dimension");
    case '{': return wrong(array, "holds an object");
    default: return read_word(array, item);
    }
}
