/* repair_rows.c — single rows removed and copied again; see repair_internal.h. */
#include "base/stop.h"
#include "copy/row_copier.h"
#include "plan/ddl.h"
#include "repair/repair_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    DELETE_BATCH = 1000,
    NUMBERS_AT_ONCE = 64 * 1024, /* positions found in one scan, places sorted */
};

bool
repair_row_write(FILE *rows, const struct repair_row *row, struct error *err)
{
    return fwrite(row, sizeof *row, 1, rows) == 1 ||
           error_set(err, ERROR_SYSTEM, "keep the rows to repair in a temporary file");
}

/* False at the end, or with an error of the file in `err`. */
static bool
next_row(FILE *rows, struct repair_row *row, bool *ok, struct error *err)
{
    if (fread(row, sizeof *row, 1, rows) == 1) {
        return true;
    }
    *ok = ferror(rows) == 0 || error_set(err, ERROR_SYSTEM, "read the rows to repair");
    return false;
}

/* Ends the statement and runs it. */
static bool
run_delete(const struct repair_table *table, struct text *sql, struct repair_outcome *outcome,
           struct error *err)
{
    AUTO_RESULT *result = NULL;
    text_add(sql, "}'::pg_catalog.tid[])");
    if (!target_query(table->conn, text_string(sql), NULL, 0, &result, err)) {
        return false;
    }
    outcome->removed += strtoull(PQcmdTuples(result), NULL, 10);
    text_reset(sql);
    return stop_check(err);
}

static int
compare_numbers(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return (*a > *b) - (*a < *b);
}

/* Sorts them, so that those of one leaf follow one another: a statement for each leaf. */
static bool
remove_places(const struct repair_table *table, int64_t *places, size_t count,
              struct repair_outcome *outcome, struct error *err)
{
    AUTO_TEXT sql = {0};
    size_t gathered = 0;
    bool ok = true;
    qsort(places, count, sizeof *places, compare_numbers);
    for (size_t i = 0; ok && i < count; i++) {
        size_t leaf = table_leaves_place_leaf(places[i]);
        if (sql.length == 0) {
            text_printf(&sql, "DELETE FROM ONLY %s WHERE ctid = ANY('{",
                        table->leaves->leaves[leaf].name);
            gathered = 0;
        }
        text_printf(&sql, "%s\"(%" PRIu32 ",%u)\"", gathered > 0 ? "," : "",
                    table_leaves_place_block(places[i]),
                    (unsigned)table_leaves_place_number(places[i]));
        bool last = i + 1 == count || table_leaves_place_leaf(places[i + 1]) != leaf;
        if (++gathered == DELETE_BATCH || last) {
            ok = run_delete(table, &sql, outcome, err);
        }
    }
    return ok;
}

static bool
remove_rows(const struct repair_table *table, int64_t *places, struct repair_outcome *outcome,
            struct error *err)
{
    struct repair_row row;
    size_t count = 0;
    bool ok = true;
    rewind(table->rows);
    while (ok && next_row(table->rows, &row, &ok, err)) {
        if (!row.in_target) {
            continue;
        }
        places[count++] = row.place;
        if (count == NUMBERS_AT_ONCE) {
            ok = remove_places(table, places, count, outcome, err);
            count = 0;
        }
    }
    return ok && remove_places(table, places, count, outcome, err);
}

static bool
store_row(struct row_copier *copier, const struct scan *scan, struct error *err)
{
    if (row_copier_encode(copier, scan, &copier->writer.buffer) &&
        !copy_writer_flush_if_full(&copier->writer, err)) {
        return false;
    }
    return !row_copier_should_flush(copier) ||
           (row_copier_end_copy(copier, err) && row_copier_flush(copier, err) &&
            copy_writer_begin(&copier->writer, copier->conn, text_string(&copier->copy_sql),
                              err));
}

/* The row at one rowid, if it is still there. */
static bool
store_rowid(struct row_copier *copier, int64_t rowid, struct error *err)
{
    AUTO_SCAN scan = {0};
    const struct source_table *source = copier->chunk->table->source;
    if (!scan_open(&scan, &copier->source, source, (struct scan_range){rowid, rowid}, err)) {
        return false;
    }
    enum scan_step step = scan_next(&scan, err);
    return step == SCAN_ROW ? store_row(copier, &scan, err) : step == SCAN_END;
}

/* Rows that are known by their number only: one scan for many. */
static bool
store_numbers(struct row_copier *copier, int64_t *numbers, size_t count, struct error *err)
{
    AUTO_SCAN scan = {0};
    const struct source_table *source = copier->chunk->table->source;
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    if (!scan_open(&scan, &copier->source, source, SCAN_EVERYTHING, err)) {
        return false;
    }
    enum scan_step step = SCAN_END;
    size_t next = 0;
    while (next < count && (step = scan_next(&scan, err)) == SCAN_ROW) {
        if (scan.position == numbers[next]) {
            next++;
            if (!store_row(copier, &scan, err)) {
                return false;
            }
        }
    }
    return step != SCAN_FAILED && stop_check(err);
}

static bool
store_all(struct row_copier *copier, FILE *rows, int64_t *numbers, struct error *err)
{
    bool by_rowid = copier->chunk->table->source->rowid_name != NULL;
    struct repair_row row;
    size_t count = 0;
    bool ok = true;
    rewind(rows);
    while (ok && next_row(rows, &row, &ok, err)) {
        if (!row.in_source) {
            continue;
        }
        if (by_rowid) {
            ok = store_rowid(copier, row.position, err) && stop_check(err);
            continue;
        }
        numbers[count++] = row.position;
        if (count == NUMBERS_AT_ONCE) {
            ok = store_numbers(copier, numbers, count, err);
            count = 0;
        }
    }
    return ok && (count == 0 || store_numbers(copier, numbers, count, err));
}

/* Straight into the table, also where the run itself took the way over a stage. */
static bool
copy_again(struct row_copier *copier, FILE *rows, int64_t *numbers, struct error *err)
{
    copier->staged = false;
    text_reset(&copier->copy_sql);
    ddl_copy_in(&copier->copy_sql, copier->chunk->table);
    return copy_writer_begin(&copier->writer, copier->conn, text_string(&copier->copy_sql),
                             err) &&
           store_all(copier, rows, numbers, err) && row_copier_end_copy(copier, err) &&
           row_copier_flush(copier, err);
}

bool
repair_rows(const struct repair_table *table, struct repair_outcome *outcome, struct error *err)
{
    const struct copy_job *job = table->job;
    struct copy_chunk chunk = {.table = &job->plan->tables[table->table],
                               .table_index = table->table,
                               .range = SCAN_EVERYTHING};
    struct row_copier copier = {.job = job,
                                .source = *table->source, /* both borrowed */
                                .conn = table->conn,
                                .settings = {job->utf16, job->bad_text}};
    int64_t *numbers = calloc(NUMBERS_AT_ONCE, sizeof *numbers);
    *outcome = (struct repair_outcome){0};
    if (numbers == NULL) {
        return error_set(err, ERROR_SYSTEM, "repair table \"%s\"", chunk.table->name);
    }
    bool ok = row_copier_turn_to(&copier, &chunk, err) &&
              remove_rows(table, numbers, outcome, err) &&
              copy_again(&copier, table->rows, numbers, err);
    outcome->stored = (uint64_t)copier.rows_copied;
    outcome->set_aside = (uint64_t)copier.rows_set_aside;
    copier.source = (struct source){0};
    copier.conn = NULL;
    row_copier_close(&copier);
    free(numbers);
    return ok || error_wrap(err, "repair table \"%s\"", chunk.table->name);
}
