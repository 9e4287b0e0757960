/* inspect_json.c — an inspection as JSON, for the journal. */
#include "inspect/inspect.h"

/* 64 bits survive as JSON integers: jansson's are signed 64-bit, so counts fit. */
static json_t *
count_to_json(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *
table_inspection_to_json(const struct table_inspection *table, size_t column_count)
{
    json_t *json = json_object();
    if (table->problem != NULL) {
        json_object_set_new(json, "problem", json_string(table->problem));
        return json;
    }
    json_object_set_new(json, "rows", count_to_json(table->rows));
    json_object_set_new(json, "bytes", count_to_json(table->bytes));
    json_object_set_new(json, "row_bytes_max", count_to_json(table->row_bytes_max));
    json_t *ends = json_array();
    for (size_t i = 0; i < table->chunk_end_count; i++) {
        json_array_append_new(ends, json_integer(table->chunk_ends[i]));
    }
    json_object_set_new(json, "chunk_ends", ends);
    json_t *columns = json_array();
    for (size_t i = 0; i < column_count; i++) {
        json_array_append_new(columns, column_profile_to_json(&table->columns[i]));
    }
    json_object_set_new(json, "columns", columns);
    return json;
}

static bool
read_count(const json_t *json, const char *key, uint64_t *count)
{
    const json_t *value = json_object_get(json, key);
    *count = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool
read_chunk_ends(struct arena *arena, const json_t *json, struct table_inspection *table)
{
    const json_t *ends = json_object_get(json, "chunk_ends");
    if (!json_is_array(ends)) {
        return false;
    }
    table->chunk_end_count = json_array_size(ends);
    table->chunk_ends = arena_alloc(arena, table->chunk_end_count * sizeof *table->chunk_ends);
    for (size_t i = 0; i < table->chunk_end_count; i++) {
        const json_t *end = json_array_get(ends, i);
        table->chunk_ends[i] = json_integer_value(end);
        bool ascends = i == 0 || table->chunk_ends[i] > table->chunk_ends[i - 1];
        if (!json_is_integer(end) || !ascends) {
            return false;
        }
    }
    return true;
}

static bool
read_columns(struct arena *arena, const json_t *json, size_t column_count,
             struct table_inspection *table)
{
    const json_t *columns = json_object_get(json, "columns");
    if (!json_is_array(columns) || json_array_size(columns) != column_count) {
        return false;
    }
    table->columns = arena_alloc(arena, column_count * sizeof *table->columns);
    for (size_t i = 0; i < column_count; i++) {
        if (!column_profile_from_json(json_array_get(columns, i), &table->columns[i])) {
            return false;
        }
    }
    return true;
}

bool
table_inspection_from_json(struct arena *arena, const json_t *json, size_t column_count,
                           struct table_inspection *table)
{
    struct table_inspection read = {.done = true};
    const json_t *problem = json_object_get(json, "problem");
    if (problem != NULL) {
        read.problem = arena_strdup(arena, json_string_value(problem));
    } else if (!read_count(json, "rows", &read.rows) ||
               !read_count(json, "bytes", &read.bytes) ||
               !read_count(json, "row_bytes_max", &read.row_bytes_max) ||
               !read_chunk_ends(arena, json, &read) ||
               !read_columns(arena, json, column_count, &read)) {
        return false;
    }
    if (problem != NULL && read.problem == NULL) {
        return false;
    }
    *table = read;
    return true;
}
