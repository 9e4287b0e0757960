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

static bool
copy_all_rows(struct row_copier *copier, struct scan *scan, struct error *err)
{
    uint64_t rows = 0;
    enum scan_step step;
    while ((step = scan_next(scan, err)) == SCAN_ROW) {
        bool added = row_copier_encode(copier, scan, &copier->writer.buffer);
        if ((added && !copy_writer_flush_if_full(&copier->writer, err)) ||
            (row_copier_should_flush(copier) && !flush(copier, err))) {
            return false;
        }
        if (copier->unpaced_bytes >= BYTES_BETWEEN_PACES && !row_copier_pace(copier, err)) {
            return false;
        }
        if (++rows == ROWS_BETWEEN_CHECKS) {
            if (!row_copier_advance(copier, rows, err)) {
                return false;
            }
            rows = 0;
        }
    }
    return step == SCAN_END && row_copier_advance(copier, rows, err);
}

bool
copy_chunk_fast(struct row_copier *copier, struct error *err)
{
    const struct copy_chunk *chunk = copier->chunk;
    AUTO_SCAN scan = {0};
    return scan_open(&scan, &copier->source, chunk->table->source, chunk->range, err) &&
           row_copier_open_stage(copier, err) && row_copier_begin_copy(copier, err) &&
           copy_all_rows(copier, &scan, err) && row_copier_end_copy(copier, err) &&
           row_copier_merge_stage(copier, err) && row_copier_close_stage(copier, err) &&
           row_copier_flush(copier, err);
}
