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
    uint64_t memory;    /* that copying it may take: its widest row, twice */
};

struct copy_queue {
    struct copy_chunk *chunks; /* largest tables first, a table's chunks in order */
    size_t chunk_count;
    struct copy_unit *units;
    size_t unit_count;
    uint64_t *rows_finished; /* per plan table: by earlier attempts at this run */
    size_t next;             /* first unit nobody has taken; guarded by lock */
    bool failed;             /* a worker failed: the others stop; guarded by lock */
    uint64_t memory_max;     /* for the rows of all workers together */
    uint64_t memory_lent;    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t returned; /* memory was given back, or a worker has failed */
};

/* Cuts the plan's tables into units, without what `done` says is finished.
 * Everything lives as long as `arena`; workers then share the queue. */
void copy_queue_fill(struct copy_queue *queue, struct arena *arena, const struct copy_job *job,
                     const struct run_chunk *done, size_t done_count);

/* The next unit, or NULL when there is none left or a worker has failed. */
const struct copy_unit *copy_queue_take(struct copy_queue *queue);

/* Waits until the rows of this unit fit into memory beside those that others are at: a few giant
 * rows then take turns. False: a worker has failed. To be given back in any other case. */
MUST_USE bool copy_queue_borrow(struct copy_queue *queue, const struct copy_unit *unit);
void copy_queue_give_back(struct copy_queue *queue, const struct copy_unit *unit);

/* Tells the other workers to stop after the unit they are at. */
void copy_queue_fail(struct copy_queue *queue);
bool copy_queue_has_failed(struct copy_queue *queue);

#endif
