/* set_aside.c — see set_aside.h. */
#include "plan/set_aside.h"

#include "value/lossless.h"

#include <string.h>

enum { FULL_BYTES = 1024 * 1024, FULL_ROWS = 10000 };

static void
add_member(struct text *json, const struct scan *scan, size_t column)
{
    text_add(json, json->length > 1 ? ", " : "");
    lossless_add_name(json, scan->table->columns[column].name.text);
    lossless_add_value(json, scan_value(scan, column), scan->source->utf16);
}

static const char *
row_json(struct arena *arena, const struct scan *scan)
{
    AUTO_TEXT json = {0};
    text_add_char(&json, '{');
    for (size_t i = 0; i < scan->table->column_count; i++) {
        add_member(&json, scan, i);
    }
    text_add_char(&json, '}');
    return arena_strndup(arena, json.bytes, json.length);
}

static const char *
key_json(struct arena *arena, const struct scan *scan)
{
    if (scan->table->primary_key_count == 0) {
        return NULL;
    }
    AUTO_TEXT json = {0};
    text_add_char(&json, '{');
    for (size_t i = 0; i < scan->table->primary_key_count; i++) {
        add_member(&json, scan, (size_t)scan->table->primary_key[i]);
    }
    text_add_char(&json, '}');
    return arena_strndup(arena, json.bytes, json.length);
}

struct set_aside_row
set_aside_describe(struct arena *arena, const struct scan *scan)
{
    return (struct set_aside_row){
        .source_table = scan->table->name.text,
        .position = scan->position,
        .key = key_json(arena, scan),
        .row = row_json(arena, scan),
    };
}

void
set_aside_add(struct set_aside *set_aside, const struct set_aside_row *row)
{
    *ARENA_APPEND(&set_aside->memory, set_aside->rows, set_aside->count) = *row;
    set_aside->bytes += strlen(row->row);
}

bool
set_aside_is_full(const struct set_aside *set_aside)
{
    return set_aside->bytes >= FULL_BYTES || set_aside->count >= FULL_ROWS;
}

bool
set_aside_flush(struct set_aside *set_aside, PGconn *conn, int64_t run_id, struct error *err)
{
    if (set_aside->count > 0 &&
        !journal_set_aside_add(conn, run_id, set_aside->rows, set_aside->count, err)) {
        return error_wrap(err, "record the rows set aside");
    }
    set_aside_free(set_aside);
    return true;
}

void
set_aside_free(struct set_aside *set_aside)
{
    arena_free(&set_aside->memory);
    *set_aside = (struct set_aside){0};
}
