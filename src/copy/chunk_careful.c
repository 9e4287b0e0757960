/* chunk_careful.c — one chunk with savepoints, after the server refused a value
 * in it: the rows it refuses are found and set aside, all others arrive. */
#include "copy/row_copier.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 256, BATCH_BYTES = 1024 * 1024 };

struct careful_batch {
    struct text rows;                           /* encoded, one behind the other */
    size_t ends[BATCH_ROWS];                    /* where each ends in `rows` */
    struct set_aside_row described[BATCH_ROWS]; /* in case the server refuses it */
    size_t count;
    struct arena memory; /* of `described` */
};

/* Sends the encoded rows [first, last) in one COPY inside a savepoint. */
static bool
send_rows(struct row_copier *copier, const struct careful_batch *batch, size_t first,
          size_t last, struct error *err)
{
    size_t start = first == 0 ? 0 : batch->ends[first - 1];
    return row_copier_try(copier, batch->rows.bytes + start, batch->ends[last - 1] - start,
                          err);
}

static void
set_refused_row_aside(struct row_copier *copier, const struct set_aside_row *described,
                      const struct error *refused)
{
    struct arena *memory = &copier->set_aside.memory;
    struct set_aside_row row = *described;
    row.key = arena_strdup(memory, described->key);
    row.row = arena_strdup(memory, described->row);
    row.reason = arena_printf(memory, "%s (SQLSTATE %s)", refused->message, refused->sqlstate);
    set_aside_add(&copier->set_aside, &row);
    copier->rows_copied--;
    copier->rows_set_aside++;
}

static bool
send_one_by_one(struct row_copier *copier, const struct careful_batch *batch, struct error *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct error refused;
        if (send_rows(copier, batch, i, i + 1, &refused)) {
            continue;
        }
        if (!target_refused_data(&refused)) {
            *err = refused;
            return false;
        }
        set_refused_row_aside(copier, &batch->described[i], &refused);
    }
    return true;
}

static bool
send_batch(struct row_copier *copier, struct careful_batch *batch, struct error *err)
{
    struct error refused;
    if (batch->count > 0 && !send_rows(copier, batch, 0, batch->count, &refused)) {
        if (!target_refused_data(&refused)) {
            *err = refused;
            return false;
        }
        if (!send_one_by_one(copier, batch, err)) {
            return false;
        }
    }
    uint64_t rows = batch->count;
    text_reset(&batch->rows);
    arena_free(&batch->memory);
    batch->count = 0;
    return row_copier_flush(copier, err) && row_copier_advance(copier, rows, err);
}

static bool
copy_in_batches(struct row_copier *copier, struct scan *scan, struct careful_batch *batch,
                struct error *err)
{
    enum scan_step step;
    while ((step = scan_next(scan, err)) == SCAN_ROW) {
        if (row_copier_encode(copier, scan, &batch->rows)) {
            batch->described[batch->count] = set_aside_describe(&batch->memory, scan);
            batch->ends[batch->count++] = batch->rows.length;
        } else if (!row_copier_advance(copier, 1, err)) {
            return false;
        }
        bool full = batch->count == BATCH_ROWS || batch->rows.length >= BATCH_BYTES ||
                    row_copier_should_flush(copier);
        if (full && !send_batch(copier, batch, err)) {
            return false;
        }
    }
    return step == SCAN_END && send_batch(copier, batch, err);
}

bool
copy_chunk_carefully(struct row_copier *copier, struct error *err)
{
    const struct copy_chunk *chunk = copier->chunk;
    AUTO_SCAN scan = {0};
    if (!scan_open(&scan, &copier->source, chunk->table->source, chunk->range, err)) {
        return false;
    }
    struct careful_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return error_set(err, ERROR_SYSTEM, "copy with savepoints");
    }
    bool ok = row_copier_open_stage(copier, err) &&
              copy_in_batches(copier, &scan, batch, err) && row_copier_close_stage(copier, err);
    text_free(&batch->rows);
    arena_free(&batch->memory);
    free(batch);
    return ok;
}
