/* encode_array.c — text[], bigint[], integer[] out of JSON arrays, in array_recv's format. */
#include "value/field.h"
#include "value/json_array.h"
#include "value/json_scan.h"
#include "value/utf8.h"

enum {
    HEADER_SIZE = 12,            /* dimensions, whether there are NULLs, the element's type */
    DIMENSION_SIZE = 8,          /* items, index of the first */
    ARRAY_ITEMS_MAX = 134217727, /* MaxArraySize (array.h) */
};

static bool
check_array(struct cell_bytes text, struct refusal *refusal)
{
    if (!text_is_good(text, refusal)) {
        return false;
    }
    struct json_facts facts;
    if (!json_scan(text.bytes, text.size, &facts)) {
        refuse(refusal, "text is not a JSON array: %s at byte %zu", facts.error,
               facts.error_at + 1);
        return false;
    }
    unsigned troubles = facts.troubles & (JSON_NUL_ESCAPE | JSON_LONE_SURROGATE);
    if (troubles != 0) {
        refuse(refusal, "JSON %s", json_trouble_text(troubles));
        return false;
    }
    return true;
}

/* Adds an item as its own field. False: it is of the wrong kind. */
static bool
add_item(struct text *row, enum type_kind kind, const struct json_item *item,
         const char **error)
{
    if (item->kind == JSON_ITEM_NULL) {
        field_null(row);
        return true;
    }
    bool texts = kind == TYPE_TEXT_ARRAY;
    if (texts != (item->kind == JSON_ITEM_STRING)) {
        *error = texts ? "holds an item that is no string" : "holds an item that is no integer";
        return false;
    }
    if (texts) {
        field_bytes(row, item->bytes, item->size);
        return true;
    }
    if (kind == TYPE_BIGINT_ARRAY) {
        field_int64(row, item->integer);
        return true;
    }
    *error = "holds an integer beyond 32 bits";
    if (item->integer != (int32_t)item->integer) {
        return false;
    }
    put_int32(field_begin(row, 4), (uint32_t)item->integer);
    return true;
}

struct tally {
    uint32_t items;
    uint32_t nulls;
};

static bool
add_items(struct text *row, enum type_kind kind, struct json_array *array, struct tally *tally)
{
    struct json_item item;
    enum json_array_step step;
    while ((step = json_array_next(array, &item)) == JSON_ARRAY_ITEM) {
        if (tally->items == ARRAY_ITEMS_MAX) {
            array->error = "has more items than PostgreSQL stores";
            return false;
        }
        if (!add_item(row, kind, &item, &array->error)) {
            return false;
        }
        tally->items++;
        tally->nulls += item.kind == JSON_ITEM_NULL;
    }
    return step == JSON_ARRAY_END;
}

/* Fills in what is known only now; an empty array has no dimension. */
static bool
finish_array(struct text *row, size_t start, uint32_t element, const struct tally *tally)
{
    if (tally->items == 0) {
        row->length -= DIMENSION_SIZE;
        row->bytes[row->length] = '\0';
    }
    size_t size = row->length - start - 4;
    uint8_t *out = (uint8_t *)row->bytes + start;
    put_int32(out, (uint32_t)size);
    put_int32(out + 4, tally->items == 0 ? 0 : 1);
    put_int32(out + 8, tally->nulls == 0 ? 0 : 1);
    put_int32(out + 12, element);
    if (tally->items > 0) {
        put_int32(out + 16, tally->items);
        put_int32(out + 20, 1);
    }
    return size <= FIELD_SIZE_MAX;
}

enum encode_outcome
encode_array(sqlite3_value *value, const struct value_type *type,
             const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    int storage_class = sqlite3_value_type(value);
    if (storage_class == SQLITE_NULL) {
        return field_null(row);
    }
    if (storage_class != SQLITE_TEXT) {
        return refuse_class(refusal, value, type);
    }
    struct cell_bytes text = cell_text(value, settings->utf16);
    if (!check_array(text, refusal)) {
        return ENCODE_REFUSED;
    }
    AUTO_JSON_ARRAY array = {0};
    if (!json_array_open(&array, text.bytes, text.size)) {
        return refuse(refusal, "JSON is no array");
    }
    size_t start = row->length;
    struct tally tally = {0};
    field_begin(row, HEADER_SIZE + DIMENSION_SIZE);
    array.error = "is larger than PostgreSQL stores (1 GB)";
    if (!add_items(row, type->kind, &array, &tally) ||
        !finish_array(row, start, value_type_element_oid(type), &tally)) {
        row->length = start;
        row->bytes[start] = '\0';
        return refuse(refusal, "JSON array %s", array.error);
    }
    return ENCODE_OK;
}
