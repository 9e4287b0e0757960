/* row_copier.c — see row_copier.h. */
#include "copy/row_copier.h"

#include "base/stop.h"
#include "copy/stage.h"
#include "plan/ddl.h"
#include "plan/null_value.h"

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
           (!job->plan->existing || detach_prepare_session(copier->conn, job->means, err));
}

static void
free_columns(struct row_copier *copier)
{
    for (size_t i = 0; i < copier->column_count; i++) {
        text_free(&copier->columns[i].null_field);
    }
    copier->column_count = 0;
}

void
row_copier_close(struct row_copier *copier)
{
    copy_writer_close(&copier->writer);
    set_aside_free(&copier->set_aside);
    id_map_free(&copier->id_map);
    small_rows_free(&copier->small);
    text_free(&copier->small_row);
    free_columns(copier);
    arena_free(&copier->memory);
    text_free(&copier->copy_sql);
    source_close(&copier->source);
    target_connection_close(&copier->conn);
}

/* What goes in place of NULL, encoded once. */
static bool
encode_null(struct row_copier *copier, const struct plan_column *column, struct text *field,
            struct error *err)
{
    sqlite3_value *value;
    struct refusal refusal;
    if (column->null_text == NULL) {
        return true;
    }
    if (!null_value_make(&copier->source, column, &value, err)) {
        return false;
    }
    enum encode_outcome outcome = value_encoder_of(&column->type)(
        value, &column->type, &copier->settings, field, &refusal);
    sqlite3_value_free(value);
    return outcome == ENCODE_OK || error_set(err, ERROR_USAGE, "the default of \"%s\": %s",
                                             column->name, refusal.reason);
}

/* The inspection has looked at every value of the same snapshot. */
static struct encode_settings
column_settings(const struct row_copier *copier, const struct plan_table *table,
                const struct plan_column *column)
{
    const struct table_inspection *seen =
        &copier->job->inspection->tables[table->source_position];
    struct encode_settings settings = copier->settings;
    settings.proven = column->rowid || value_is_proven(&seen->columns[column->source_position], &column->type);
    return settings;
}

bool
row_copier_turn_to(struct row_copier *copier, struct copy_chunk *chunk, struct error *err)
{
    const struct plan_table *table = chunk->table;
    free_columns(copier);
    text_reset(&copier->id_map.rows);
    arena_free(&copier->memory);
    copier->columns = arena_alloc(&copier->memory,
                                  table->column_count * sizeof *copier->columns);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (!plan_column_is_copied(column)) {
            continue;
        }
        struct copied_column *copied = &copier->columns[copier->column_count++];
        *copied = (struct copied_column){
            .encode = value_encoder_of(&column->type),
            .type = &column->type,
            .settings = column_settings(copier, table, column),
            .source_column = (size_t)column->source_position,
            .name = column->source->name.text,
            .refuses_null = column->refuse_null ||
                            (copier->job->plan->existing && column->not_null),
            .maps_old = column->map_old,
        };
        if (!encode_null(copier, column, &copied->null_field, err)) {
            return false;
        }
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

static enum encode_outcome
encode_cell(const struct copied_column *column, sqlite3_value *value, struct text *buffer,
            struct refusal *refusal)
{
    size_t before = buffer->length;
    enum encode_outcome outcome = column->encode(value, column->type, &column->settings, buffer,
                                                 refusal);
    static const char null_field[4] = {'\xff', '\xff', '\xff', '\xff'};
    bool watched = column->refuses_null || column->null_field.length > 0;
    if (!watched || outcome == ENCODE_REFUSED || buffer->length != before + sizeof null_field ||
        memcmp(buffer->bytes + before, null_field, sizeof null_field) != 0) {
        return outcome;
    }
    if (column->null_field.length > 0) {
        buffer->length = before;
        text_add_bytes(buffer, column->null_field.bytes, column->null_field.length);
        return outcome;
    }
    snprintf(refusal->reason, sizeof refusal->reason, "NULL in a column that is NOT NULL");
    return ENCODE_REFUSED;
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
    struct refusal refusal;
    copy_row_begin(buffer, copier->column_count + (copier->staged ? 1 : 0));
    if (copier->staged) {
        add_position(buffer, scan->position);
    }
    for (size_t i = 0; i < copier->column_count; i++) {
        const struct copied_column *column = &copier->columns[i];
        enum encode_outcome outcome = encode_cell(
            column, scan_value(scan, column->source_column), buffer, &refusal);
        if (outcome == ENCODE_OK) {
            continue;
        }
        if (outcome == ENCODE_ALTERED) {
            note_refusal(copier, scan, column->name, true, &refusal);
            continue;
        }
        buffer->length = length_before;
        copier->set_aside.count = altered_before; /* the row does not arrive: only one entry */
        note_refusal(copier, scan, column->name, false, &refusal);
        copier->rows_set_aside++;
        return false;
    }
    map_old_ids(copier, scan);
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
    copy_row_begin(buffer, copier->column_count);
    for (size_t i = 0; i < copier->column_count; i++) {
        enum encode_outcome outcome = encode_cell(&copier->columns[i], values[i], buffer,
                                                  refusal);
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

bool
server_refused_data(const struct error *err)
{
    return err->kind == ERROR_TARGET &&
           (strncmp(err->sqlstate, "21", 2) == 0 || strncmp(err->sqlstate, "22", 2) == 0 ||
            strncmp(err->sqlstate, "23", 2) == 0 || strncmp(err->sqlstate, "54", 2) == 0);
}
