/* row_copier.c — see row_copier.h. */
#include "copy/row_copier.h"

#include "base/stop.h"
#include "copy/stage.h"
#include "plan/ddl.h"

#include <string.h>

/* A chunk and its journal entry are lost or kept together, so a commit need not wait for
 * the disk: the run only counts as copied once a later, waiting commit says so. */
static const char session_sql[] = "SET synchronous_commit = off";

bool
row_copier_open(struct row_copier *copier, struct error *err)
{
    const struct copy_job *job = copier->job;
    copier->settings = (struct encode_settings){.utf16 = job->utf16, .bad_text = job->bad_text};
    return source_open(&copier->source, job->snapshot_path, err) &&
           target_connect(job->conninfo, &copier->conn, err) &&
           target_execute(copier->conn, session_sql, err) &&
           (job->session == NULL || target_execute(copier->conn, job->session, err)) &&
           (!job->plan->existing || detach_prepare_session(copier->conn, job->means, err));
}

static void
free_columns(struct row_copier *copier)
{
    copied_columns_free(copier->columns, copier->column_count);
    copier->column_count = 0;
}

void
row_copier_close(struct row_copier *copier)
{
    copy_writer_close(&copier->writer);
    set_aside_free(&copier->set_aside);
    id_map_free(&copier->id_map);
    row_arrays_free(&copier->small);
    text_free(&copier->small_row);
    free_columns(copier);
    arena_free(&copier->memory);
    text_free(&copier->copy_sql);
    source_close(&copier->source);
    target_connection_close(&copier->conn);
}

bool
row_copier_turn_to(struct row_copier *copier, struct copy_chunk *chunk, struct error *err)
{
    const struct plan_table *table = chunk->table;
    free_columns(copier);
    text_reset(&copier->id_map.rows);
    arena_free(&copier->memory);
    const struct row_encoding encoding = {
        .plan = copier->job->plan,
        .source = &copier->source,
        .settings = &copier->settings,
        .seen = &copier->job->inspection->tables[table->source_position],
    };
    if (!copied_columns_build(&encoding, &copier->memory, table, &copier->columns,
                              &copier->column_count, err)) {
        return false;
    }
    copier->maps_old = false;
    for (size_t i = 0; i < copier->column_count; i++) {
        copier->maps_old |= copier->columns[i].maps_old;
    }
    text_reset(&copier->copy_sql);
    copier->staged = stage_is_needed(copier->job->plan, table);
    if (copier->staged) {
        stage_copy_in(&copier->copy_sql, table);
    } else {
        ddl_copy_in(&copier->copy_sql, table);
    }
    copier->chunk = chunk;
    chunk->rows_counted = 0;
    copier->rows_copied = 0;
    copier->rows_set_aside = 0;
    copier->rows_left_out = 0;
    copier->rows_updated = 0;
    copier->bytes_sent = 0;
    return true;
}

static void
note_refusal(struct row_copier *copier, const struct scan *scan, const char *column,
             bool altered, const struct refusal *refusal)
{
    struct set_aside_row row = set_aside_describe(&copier->set_aside.memory, scan);
    row.column = column;
    row.altered = altered;
    row.reason = arena_strdup(&copier->set_aside.memory, refusal->reason);
    set_aside_add(&copier->set_aside, &row);
}

/* The position, in front of a row for the temporary table. */
static void
add_position(struct text *buffer, int64_t position)
{
    struct {
        uint32_t size;
        uint64_t number;
    } __attribute__((packed))
    field = {__builtin_bswap32(sizeof position), __builtin_bswap64((uint64_t)position)};
    text_add_bytes(buffer, &field, sizeof field);
}

static void
map_old_ids(struct row_copier *copier, const struct scan *scan)
{
    for (size_t i = 0; i < copier->column_count; i++) {
        const struct copied_column *column = &copier->columns[i];
        if (column->maps_old) {
            id_map_add(&copier->id_map, copier->job->run_id, column->type->uuid_rule->table,
                       scan_value(scan, column->source_column), column->type,
                       &copier->settings);
        }
    }
}

bool
row_copier_encode(struct row_copier *copier, const struct scan *scan, struct text *buffer)
{
    size_t length_before = buffer->length;
    size_t altered_before = copier->set_aside.count;
    copy_row_begin(buffer, copier->column_count + (copier->staged ? 1 : 0));
    if (copier->staged) {
        add_position(buffer, scan->position);
    }
    for (size_t i = 0; i < copier->column_count; i++) {
        const struct copied_column *column = &copier->columns[i];
        enum encode_outcome outcome = copied_column_encode(
            column, scan_value(scan, column->source_column), buffer, &copier->refusal);
        if (outcome == ENCODE_OK) {
            continue;
        }
        if (outcome == ENCODE_ALTERED) {
            note_refusal(copier, scan, column->name, true, &copier->refusal);
            continue;
        }
        buffer->length = length_before;
        copier->set_aside.count = altered_before; /* the row does not arrive: only one entry */
        note_refusal(copier, scan, column->name, false, &copier->refusal);
        copier->rows_set_aside++;
        return false;
    }
    if (copier->maps_old) {
        map_old_ids(copier, scan);
    }
    copier->rows_copied++;
    copier->unpaced_rows++;
    copier->unpaced_bytes += buffer->length - length_before;
    return true;
}

bool
row_copier_should_flush(const struct row_copier *copier)
{
    return set_aside_is_full(&copier->set_aside) || id_map_is_full(&copier->id_map);
}

bool
row_copier_flush(struct row_copier *copier, struct error *err)
{
    return set_aside_flush(&copier->set_aside, copier->conn, copier->job->run_id, err) &&
           id_map_flush(&copier->id_map, copier->conn, err);
}

enum encode_outcome
row_copier_encode_values(struct row_copier *copier, sqlite3_value *const *values,
                         struct text *buffer, size_t *column, struct refusal *refusal)
{
    enum encode_outcome worst = ENCODE_OK;
    size_t length_before = buffer->length;
    copy_row_begin(buffer, copier->column_count + (copier->staged ? 1 : 0));
    if (copier->staged) {
        add_position(buffer, copier->position);
    }
    for (size_t i = 0; i < copier->column_count; i++) {
        enum encode_outcome outcome = copied_column_encode(&copier->columns[i], values[i],
                                                           buffer, refusal);
        if (outcome != ENCODE_OK) {
            *column = i;
            worst = outcome;
        }
        if (outcome == ENCODE_REFUSED) {
            buffer->length = length_before;
            return outcome;
        }
    }
    return worst;
}

void
row_copier_uncount(const struct row_copier *copier, struct copy_chunk *chunk)
{
    atomic_fetch_sub_explicit(&copier->items[chunk->table_index].units_done,
                              chunk->rows_counted, memory_order_relaxed);
    chunk->rows_counted = 0;
}

bool
row_copier_pace(struct row_copier *copier, struct error *err)
{
    uint64_t bytes = copier->unpaced_bytes;
    uint64_t rows = copier->unpaced_rows;
    copier->unpaced_bytes = 0;
    copier->unpaced_rows = 0;
    return rate_take(copier->job->rate, bytes, rows, err);
}

bool
row_copier_begin_copy(struct row_copier *copier, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s%s", copier->begins ? "BEGIN; " : "", text_string(&copier->copy_sql));
    copier->begins = false;
    return copy_writer_begin(&copier->writer, copier->conn, text_string(&sql), err);
}

bool
row_copier_end_copy(struct row_copier *copier, struct error *err)
{
    uint64_t rows;
    if (!copy_writer_end(&copier->writer, &rows, err)) {
        return false;
    }
    copier->bytes_sent += copier->writer.bytes_sent;
    return true;
}

bool
row_copier_open_stage(struct row_copier *copier, struct error *err)
{
    if (!copier->staged) {
        return true;
    }
    bool begins = copier->begins;
    copier->begins = false;
    return (!begins || target_execute(copier->conn, "BEGIN", err)) &&
           stage_open(copier->conn, copier->chunk->table, err);
}

bool
row_copier_merge_stage(struct row_copier *copier, struct error *err)
{
    struct stage_outcome outcome = {0};
    if (!copier->staged) {
        return true;
    }
    if (!stage_merge(copier->conn, copier->job->run_id, copier->chunk->table, &outcome, err)) {
        return false;
    }
    copier->rows_copied -= outcome.left_out;
    copier->rows_left_out += outcome.left_out;
    copier->rows_updated += outcome.updated;
    return true;
}

bool
row_copier_try(struct row_copier *copier, const char *rows, size_t size, struct error *err)
{
    if (!target_execute(copier->conn, "SAVEPOINT outgrow_row", err) ||
        !row_copier_begin_copy(copier, err)) {
        return false;
    }
    text_add_bytes(&copier->writer.buffer, rows, size);
    if (row_copier_end_copy(copier, err) && row_copier_merge_stage(copier, err)) {
        return target_execute(copier->conn, "RELEASE SAVEPOINT outgrow_row", err);
    }
    copy_writer_close(&copier->writer);
    struct error undo;
    if (!target_execute(copier->conn, "ROLLBACK TO SAVEPOINT outgrow_row", &undo)) {
        *err = undo;
    }
    return false;
}

bool
row_copier_close_stage(struct row_copier *copier, struct error *err)
{
    return !copier->staged || stage_close(copier->conn, err);
}

bool
row_copier_advance(struct row_copier *copier, uint64_t rows, struct error *err)
{
    copier->chunk->rows_counted += rows;
    progress_item_add(&copier->items[copier->chunk->table_index], rows);
    if (!stop_check(err) || !row_copier_pace(copier, err)) {
        return false;
    }
    if (copy_queue_has_failed(copier->queue)) {
        return error_set(err, ERROR_STOPPED, "another worker failed");
    }
    return true;
}
