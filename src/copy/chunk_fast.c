/* chunk_fast.c — one chunk in one COPY: the inner loop of the whole program. */
#include "copy/row_copier.h"

enum { ROWS_BETWEEN_CHECKS = 256, BYTES_BETWEEN_PACES = 64000 };

/* Rows for the journal cannot be written while a COPY is open. */
static bool
flush(struct row_copier *copier, struct error *err)
{
    return row_copier_end_copy(copier, err) && row_copier_flush(copier, err) &&
           row_copier_begin_copy(copier, err);
}

struct visit {
    struct row_copier *copier;
    struct scan row;
    uint64_t rows; /* not yet shown as progress */
};

static bool
copy_row(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    struct visit *visit = context;
    struct row_copier *copier = visit->copier;
    visit->row.values = values;
    visit->row.position = position;
    if ((row_copier_encode(copier, &visit->row, &copier->writer.buffer) &&
         !copy_writer_flush_if_full(&copier->writer, err)) ||
        (row_copier_should_flush(copier) && !flush(copier, err))) {
        return false;
    }
    if (copier->unpaced_bytes >= BYTES_BETWEEN_PACES && !row_copier_pace(copier, err)) {
        return false;
    }
    if (++visit->rows < ROWS_BETWEEN_CHECKS) {
        return true;
    }
    uint64_t rows = visit->rows;
    visit->rows = 0;
    return row_copier_advance(copier, rows, err);
}

static bool
copy_all_rows(struct row_copier *copier, struct error *err)
{
    const struct source_table *table = copier->chunk->table->source;
    struct visit visit = {copier, {.source = &copier->source, .table = table}, 0};
    const struct scan_visitor visitor = {copy_row, &visit};
    return scan_each(&copier->source, table, copier->chunk->range, &visitor, err) &&
           row_copier_advance(copier, visit.rows, err);
}

bool
copy_chunk_fast(struct row_copier *copier, struct error *err)
{
    return row_copier_open_stage(copier, err) && row_copier_begin_copy(copier, err) &&
           copy_all_rows(copier, err) && row_copier_end_copy(copier, err) &&
           row_copier_merge_stage(copier, err) && row_copier_close_stage(copier, err) &&
           row_copier_flush(copier, err);
}
