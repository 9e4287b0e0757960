/* set_aside.c — see set_aside.h. */
#include "plan/set_aside.h"

#include "base/stop.h"
#include "value/lossless.h"

#include <inttypes.h>
#include <stdlib.h>
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

/* The first row that has the key, of rows in the order of their keys' bytes; or of what would
 * be behind it. */
static int
first_of_key(const PGresult *keys, const char *key)
{
    int low = 0;
    int high = PQntuples(keys);
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(PQgetvalue(keys, middle, 0), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool
has_key(const PGresult *keys, int row, const char *key)
{
    return row < PQntuples(keys) && strcmp(PQgetvalue(keys, row, 0), key) == 0;
}

static bool
find_keys(const struct set_aside_of *of, const PGresult *keys, struct arena *arena,
          struct row_positions *positions, struct error *err)
{
    AUTO_SCAN scan = {0};
    AUTO_TEXT key = {0};
    enum scan_step step;
    size_t most = (size_t)PQntuples(keys);
    positions->at = arena_alloc(arena, (most + 1) * sizeof *positions->at);
    if (!scan_open(&scan, of->source, of->table, SCAN_EVERYTHING, err)) {
        return false;
    }
    while (positions->count < most && (step = scan_next(&scan, err)) != SCAN_END) {
        if (step == SCAN_FAILED || !stop_check(err)) {
            return false;
        }
        write_key(&key, &scan);
        if (has_key(keys, first_of_key(keys, text_string(&key)), text_string(&key))) {
            positions->at[positions->count++] = scan.position;
        }
    }
    return true;
}

bool
set_aside_positions(const struct set_aside_of *of, struct arena *arena,
                    struct row_positions *positions, struct error *err)
{
    static const char sql[] = "SELECT DISTINCT key::text COLLATE \"C\" FROM outgrow.set_aside"
                              " WHERE run_id = $1::bigint AND source_table = $2"
                              " AND NOT altered ORDER BY 1";
    const char *table = of->table->name.text;
    AUTO_RESULT *keys = NULL;
    if (!of->table->without_rowid) {
        return journal_set_aside_positions(of->conn, arena, of->run_id, table, positions, err);
    }
    const char *const parameters[] = {arena_printf(arena, "%lld", (long long)of->run_id),
                                      table};
    *positions = (struct row_positions){0};
    return (target_query(of->conn, sql, parameters, 2, &keys, err) &&
            (PQntuples(keys) == 0 || find_keys(of, keys, arena, positions, err))) ||
           error_wrap(err, "look up which rows of \"%s\" were set aside", table);
}

/* What a column of a table held where it was replaced by NULL: key, value. */
static bool
load_nulled(const struct set_aside_of *of, size_t column, PGresult **nulled, struct error *err)
{
    const struct source_table *table = of->table;
    AUTO_TEXT sql = {0};
    AUTO_TEXT id = {0};
    text_printf(&id, "%" PRId64, of->run_id);
    text_printf(&sql,
                "SELECT DISTINCT %s, (\"row\" OPERATOR(pg_catalog.->) $3)::text"
                " FROM outgrow.set_aside WHERE run_id = $1::bigint AND source_table = $2"
                " AND column_name = $3 AND nulled ORDER BY 1",
                table->without_rowid ? "key::text COLLATE \"C\"" : "\"position\"");
    const char *const parameters[] = {text_string(&id), table->name.text,
                                      table->columns[column].name.text};
    return target_query(of->conn, text_string(&sql), parameters, 3, nulled, err);
}

/* Whether the value is one of those that the key had. */
static bool
held(const PGresult *nulled, int row, const char *key, const char *value)
{
    while (has_key(nulled, row, key)) {
        if (strcmp(PQgetvalue(nulled, row++, 1), value) == 0) {
            return true;
        }
    }
    return false;
}

/* Where the scan's row may begin in `nulled`, and the text of its key. *row only ever rises for
 * rowids, in whose order rows come. */
static void
find_entry(const struct scan *scan, const PGresult *nulled, struct text *key, int *row)
{
    if (scan->table->without_rowid) {
        write_key(key, scan);
        *row = first_of_key(nulled, text_string(key));
        return;
    }
    text_reset(key);
    text_printf(key, "%" PRId64, scan->position);
    while (*row < PQntuples(nulled) && target_number(nulled, *row, 0) < scan->position) {
        ++*row;
    }
}

static struct scan_range
range_of(const struct source_table *table, const PGresult *nulled)
{
    if (table->without_rowid) {
        return SCAN_EVERYTHING;
    }
    return (struct scan_range){target_number(nulled, 0, 0),
                               target_number(nulled, PQntuples(nulled) - 1, 0)};
}

static bool
find_nulled(const struct set_aside_of *of, size_t column, const PGresult *nulled,
            struct arena *arena, struct row_positions *positions, struct error *err)
{
    AUTO_SCAN scan = {0};
    AUTO_TEXT key = {0};
    AUTO_TEXT value = {0};
    int row = 0;
    enum scan_step step;
    if (!scan_open(&scan, of->source, of->table, range_of(of->table, nulled), err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        if (!stop_check(err)) {
            return false;
        }
        find_entry(&scan, nulled, &key, &row);
        text_reset(&value);
        lossless_add_value(&value, scan_value(&scan, column), of->source->utf16);
        if (held(nulled, row, text_string(&key), text_string(&value))) {
            *ARENA_APPEND(arena, positions->at, positions->count) = scan.position;
        }
    }
    return step == SCAN_END;
}

bool
set_aside_nulled_positions(const struct set_aside_of *of, size_t column, struct arena *arena,
                           struct row_positions *positions, struct error *err)
{
    AUTO_RESULT *nulled = NULL;
    *positions = (struct row_positions){0};
    return (load_nulled(of, column, &nulled, err) &&
            (PQntuples(nulled) == 0 ||
             find_nulled(of, column, nulled, arena, positions, err))) ||
           error_wrap(err, "look up which rows of \"%s\" referred to nothing",
                      of->table->name.text);
}
