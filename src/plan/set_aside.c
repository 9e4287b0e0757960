/* set_aside.c — see set_aside.h. */
#include "plan/set_aside.h"

#include "base/stop.h"
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

static void
write_key(struct text *json, const struct scan *scan)
{
    text_reset(json);
    text_add_char(json, '{');
    for (size_t i = 0; i < scan->table->primary_key_count; i++) {
        add_member(json, scan, (size_t)scan->table->primary_key[i]);
    }
    text_add_char(json, '}');
}

static const char *
key_json(struct arena *arena, const struct scan *scan)
{
    if (scan->table->primary_key_count == 0) {
        return NULL;
    }
    AUTO_TEXT json = {0};
    write_key(&json, scan);
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

/* The result's keys are in the order of their bytes. */
static bool
is_among(const PGresult *keys, const char *key)
{
    int low = 0;
    int high = PQntuples(keys);
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(PQgetvalue(keys, middle, 0), key);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static bool
find_keys(struct source *source, const struct source_table *table, const PGresult *keys,
          struct arena *arena, int64_t **positions, size_t *count, struct error *err)
{
    AUTO_SCAN scan = {0};
    AUTO_TEXT key = {0};
    enum scan_step step;
    size_t most = (size_t)PQntuples(keys);
    *positions = arena_alloc(arena, (most + 1) * sizeof **positions);
    if (!scan_open(&scan, source, table, SCAN_EVERYTHING, err)) {
        return false;
    }
    while (*count < most && (step = scan_next(&scan, err)) != SCAN_END) {
        if (step == SCAN_FAILED || !stop_check(err)) {
            return false;
        }
        write_key(&key, &scan);
        if (is_among(keys, text_string(&key))) {
            (*positions)[(*count)++] = scan.position;
        }
    }
    return true;
}

bool
set_aside_positions(PGconn *conn, struct arena *arena, int64_t run_id, struct source *source,
                    const struct source_table *table, int64_t **positions, size_t *count,
                    struct error *err)
{
    static const char sql[] = "SELECT DISTINCT key::text COLLATE \"C\" FROM outgrow.set_aside"
                              " WHERE run_id = $1::bigint AND source_table = $2"
                              " AND NOT altered ORDER BY 1";
    AUTO_RESULT *keys = NULL;
    if (!table->without_rowid) {
        return journal_set_aside_positions(conn, arena, run_id, table->name.text, positions,
                                           count, err);
    }
    const char *const parameters[] = {arena_printf(arena, "%lld", (long long)run_id),
                                      table->name.text};
    *count = 0;
    return (target_query(conn, sql, parameters, 2, &keys, err) &&
            (PQntuples(keys) == 0 ||
             find_keys(source, table, keys, arena, positions, count, err))) ||
           error_wrap(err, "look up which rows of \"%s\" were set aside", table->name.text);
}
