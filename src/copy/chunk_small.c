/* chunk_small.c — one chunk that is a whole small table, into the pipeline of its unit. */
#include "copy/row_copier.h"

/* Rows for the journal need the pipeline's end; there are hardly ever any. */
static bool
flush(struct row_copier *copier, struct error *err)
{
    if (copier->set_aside.count == 0) {
        return true;
    }
    return target_pipeline_end(&copier->pipeline, NULL, err) && row_copier_flush(copier, err) &&
           target_pipeline_begin(&copier->pipeline, copier->conn, err);
}

bool
copy_chunk_small(struct row_copier *copier, struct error *err)
{
    const struct copy_chunk *chunk = copier->chunk;
    struct row_arrays *small = &copier->small;
    AUTO_SCAN scan = {0};
    if (!scan_open(&scan, &copier->source, chunk->table->source, chunk->range, err)) {
        return false;
    }
    row_arrays_start(small, copier->column_count);
    uint64_t rows = 0;
    enum scan_step step;
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        text_reset(&copier->small_row);
        if (row_copier_encode(copier, &scan, &copier->small_row)) {
            (void)row_arrays_add(small, text_string(&copier->small_row));
            copier->bytes_sent += copier->small_row.length;
        }
        rows++;
    }
    return step == SCAN_END && row_arrays_insert(small, &copier->pipeline, chunk->table, err) &&
           row_copier_advance(copier, rows, err) && flush(copier, err);
}
