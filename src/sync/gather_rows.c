/* gather_rows.c — keys and rows of one table, encoded as the initial copy does it. */
#include "base/stop.h"
#include "plan/row_arrays.h"
#include "postgres/copy_stream.h"
#include "sync/forward_internal.h"
#include "value/field.h"
#include "value/lossless.h"

enum { ROWS_BETWEEN_CHECKS = 256, NO_KEY = -1 };

/* How a row is found in outgrow.set_aside: by its rowid, or by the members of its JSON. */
static void
add_mark(struct text *marks, const struct live_table *table, sqlite3_stmt *statement,
         bool utf16)
{
    copy_row_begin(marks, table->key_count);
    for (size_t i = 0; i < table->key_count; i++) {
        sqlite3_value *value = sqlite3_column_value(statement, (int)i);
        if (table->capture->by_rowid) {
            field_int64(marks, sqlite3_value_int64(value));
            continue;
        }
        AUTO_TEXT json = {0};
        lossless_add_value(&json, value, utf16);
        field_bytes(marks, json.bytes, json.length);
    }
}

/* A key that cannot be encoded is of no row in the target. */
static bool
add_key(struct text *keys, const struct live_table *table, sqlite3_stmt *statement)
{
    size_t before = keys->length;
    struct refusal refusal;
    copy_row_begin(keys, table->key_count);
    for (size_t i = 0; i < table->key_count; i++) {
        const struct copied_column *column = &table->columns[table->key_columns[i]];
        if (copied_column_encode(column, sqlite3_column_value(statement, (int)i), keys,
                                 &refusal) == ENCODE_REFUSED) {
            keys->length = before;
            return false;
        }
    }
    return true;
}

/* Now and then: whether to go on, and what the server may do meanwhile. */
static bool
look_up(struct gathered *gathered, struct error *err)
{
    return stop_check(err) &&
           (gathered->deletes.conn == NULL || target_pipeline_push(&gathered->deletes, err));
}

static bool
take_keys(const struct look *look, sqlite3_stmt *statement, struct gathered_table *into,
          struct error *err)
{
    struct gathered *gathered = look->gathered;
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        gathered->keys++;
        if (add_key(&into->keys.buffer, into->table, statement) &&
            !spool_settle(&gathered->spool, &into->keys, err)) {
            return false;
        }
        if (into->table->has_set_aside) {
            add_mark(&into->marks.buffer, into->table, statement, look->source->utf16);
            if (!spool_settle(&gathered->spool, &into->marks, err)) {
                return false;
            }
        }
        if (gathered->keys % ROWS_BETWEEN_CHECKS == 0 && !look_up(gathered, err)) {
            return false;
        }
        if (into->keys.record_count % ROW_ARRAYS_ROWS_MAX == 0 &&
            !apply_deletes_early(look->link, gathered, into, err)) {
            return false;
        }
    }
    return step == SQLITE_DONE ||
           source_failed(look->source, err, "read the keys that changed");
}

/* Which part of the log is meant. */
static void
bind_range(const struct look *look, sqlite3_stmt *statement)
{
    (void)sqlite3_bind_int64(statement, 1, look->link->live.seq);
    (void)sqlite3_bind_int64(statement, 2, look->gathered->position.seq);
}

bool
gather_keys(const struct look *look, struct gathered_table *into, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!capture_prepare_keys(look->source, into->table->capture, &statement, err)) {
        return false;
    }
    bind_range(look, statement);
    return take_keys(look, statement, into, err);
}

static void
note_refusal(struct gathered *gathered, const struct scan *scan, const char *column,
             bool altered, const struct refusal *refusal)
{
    struct arena *memory = &gathered->set_aside.memory;
    struct set_aside_row row = set_aside_describe(memory, scan);
    row.column = column;
    row.altered = altered;
    row.reason = arena_strdup(memory, refusal->reason);
    set_aside_add(&gathered->set_aside, &row);
}

static void
map_old_ids(struct sync_link *link, const struct live_table *table, const struct scan *scan,
            struct id_map *map)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct copied_column *column = &table->columns[i];
        if (column->maps_old) {
            id_map_add(map, link->live.run_id, column->type->uuid_rule->table,
                       scan_value(scan, column->source_column), column->type,
                       &column->settings);
        }
    }
}

/* False: the row was set aside instead. */
static bool
encode_row(struct sync_link *link, const struct live_table *table, const struct scan *scan,
           struct gathered *gathered, struct text *rows)
{
    size_t before = rows->length;
    size_t altered_before = gathered->set_aside.count;
    struct refusal refusal;
    copy_row_begin(rows, table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct copied_column *column = &table->columns[i];
        enum encode_outcome outcome = copied_column_encode(
            column, scan_value(scan, column->source_column), rows, &refusal);
        if (outcome == ENCODE_ALTERED) {
            note_refusal(gathered, scan, column->name, true, &refusal);
        } else if (outcome == ENCODE_REFUSED) {
            rows->length = before;
            gathered->set_aside.count = altered_before;
            note_refusal(gathered, scan, column->name, false, &refusal);
            gathered->refused++;
            return false;
        }
    }
    map_old_ids(link, table, scan, &gathered->id_map);
    return true;
}

/* What the row is, should the server refuse it: position, key and row, each with its length. */
static void
add_note(struct text *notes, const struct scan *scan)
{
    AUTO_ARENA memory = {0};
    struct set_aside_row row = set_aside_describe(&memory, scan);
    field_int64(notes, row.position);
    if (row.key == NULL) {
        field_null(notes);
    } else {
        field_bytes(notes, row.key, strlen(row.key) + 1);
    }
    field_bytes(notes, row.row, strlen(row.row) + 1);
}

static void
digest_add(uint64_t *digest, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) { /* FNV-1a */
        *digest = (*digest ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
    }
}

static bool
take_row(const struct look *look, const struct scan *scan, struct gathered_table *into,
         struct error *err)
{
    struct gathered *gathered = look->gathered;
    size_t before = into->rows.buffer.length;
    gathered->rows++;
    if (gathered->rows % ROWS_BETWEEN_CHECKS == 0 && !look_up(gathered, err)) {
        return false;
    }
    if (!encode_row(look->link, into->table, scan, gathered, &into->rows.buffer)) {
        return true;
    }
    if (into->whole) {
        digest_add(&into->digest, into->rows.buffer.bytes + before,
                   into->rows.buffer.length - before);
    }
    if (gathered->described) {
        add_note(&into->notes.buffer, scan);
        if (!spool_settle(&gathered->spool, &into->notes, err)) {
            return false;
        }
    }
    return spool_settle(&gathered->spool, &into->rows, err);
}

bool
gather_rows(const struct look *look, struct gathered_table *into, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct live_table *table = into->table;
    if (!capture_prepare_rows(look->source, look->link->catalog, table->capture, &statement,
                              err)) {
        return false;
    }
    bind_range(look, statement);
    /* The statement has more in front, else it is what a scan of the table is. */
    bool rowid = table->source->rowid_name != NULL;
    struct scan scan = {
        .source = look->source,
        .table = table->source,
        .statement = statement,
        .first_column = (int)table->capture->key_count + (rowid ? 1 : 0),
        .rowid_column = rowid ? (int)table->capture->key_count : NO_KEY,
    };
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        scan.position = rowid ? sqlite3_column_int64(statement, scan.rowid_column) : 0;
        if (!take_row(look, &scan, into, err)) {
            return false;
        }
    }
    return step == SQLITE_DONE || source_failed(look->source, err, "read the rows of \"%s\"",
                                                table->source->name.text);
}

bool
gather_whole(const struct look *look, struct gathered_table *into, struct error *err)
{
    AUTO_SCAN scan = {0};
    enum scan_step step;
    into->digest = UINT64_C(0xcbf29ce484222325);
    if (!scan_open(&scan, look->source, into->table->source, SCAN_EVERYTHING, err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        if (!take_row(look, &scan, into, err)) {
            return false;
        }
    }
    return step == SCAN_END;
}
