/* queue.h — the rows still to be copied, cut into units of work.
 *
 * A chunk is a rowid range of one table (or all of it); a unit is what one
 * transaction copies: one big chunk, or the chunks of many small tables. */
#ifndef COPY_QUEUE_H
#define COPY_QUEUE_H

#include "copy/copy.h"
#include "sqlite/scan.h"

#include <pthread.h>

struct copy_chunk {
    const struct plan_table *table;
    size_t table_index; /* in plan.tables */
    int32_t number;     /* within the table, from 0 */
    struct scan_range range;
    uint64_t
        rows_counted; /* shown as progress by the attempt under way; taken back when it fails */
};

enum { COPY_UNIT_CHUNKS_MAX = 100 };

struct copy_unit {
    struct copy_chunk *chunks;
    size_t chunk_count; /* at most COPY_UNIT_CHUNKS_MAX */
    bool small;         /* each is a whole table that small.h takes */
};

struct copy_queue {
    struct copy_chunk *chunks; /* largest tables first, a table's chunks in order */
    size_t chunk_count;
    struct copy_unit *units;
    size_t unit_count;
    uint64_t *rows_finished; /* per plan table: by earlier attempts at this run */
    size_t next;             /* first unit nobody has taken; guarded by lock */
    bool failed;             /* a worker failed: the others stop; guarded by lock */
    pthread_mutex_t lock;
};

/* Cuts the plan's tables into units, without what `done` says is finished.
 * Everything lives as long as `arena`; workers then share the queue. */
void copy_queue_fill(struct copy_queue *queue, struct arena *arena, const struct copy_job *job,
                     const struct run_chunk *done, size_t done_count);

/* The next unit, or NULL when there is none left or a worker has failed. */
const struct copy_unit *copy_queue_take(struct copy_queue *queue);

/* Tells the other workers to stop after the unit they are at. */
void copy_queue_fail(struct copy_queue *queue);
bool copy_queue_has_failed(struct copy_queue *queue);

#endif
