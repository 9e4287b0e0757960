/* queue.c — see queue.h. */
#include "copy/queue.h"

#include "plan/row_arrays.h"

#include <stdlib.h>
#include <string.h>

/* A unit of small tables: large enough that commits do not count (measured: from
 * 25,000 rows on), small enough that a kill loses little and locks stay few. */
enum { UNIT_ROWS_MAX = 50000, UNIT_BYTES_MAX = 8 * 1024 * 1024 };

/* All together: three times the widest row, and so much for each worker. A row is there twice,
 * as SQLite has it and encoded. */
enum { WIDEST_ROWS = 3, ROW_COPIES = 2, WORKER_BYTES = 4 * 1024 * 1024 };

/* Finished chunks sorted by table and number, for look-up. */
static int
compare_done(const void *left, const void *right)
{
    const struct run_chunk *a = left;
    const struct run_chunk *b = right;
    int by_table = strcmp(a->source_table, b->source_table);
    return by_table != 0 ? by_table : (a->chunk > b->chunk) - (a->chunk < b->chunk);
}

struct table_order {
    size_t table;
    uint64_t bytes;
};

static int
compare_size(const void *left, const void *right)
{
    const struct table_order *a = left;
    const struct table_order *b = right;
    if (a->bytes != b->bytes) {
        return a->bytes < b->bytes ? 1 : -1;
    }
    return (a->table > b->table) - (a->table < b->table);
}

static const struct table_inspection *
inspection_of(const struct copy_job *job, size_t table)
{
    return &job->inspection->tables[job->plan->tables[table].source_position];
}

/* Tables that have rows to copy, the largest first: the last unit to end should be small. */
static struct table_order *
order_tables(struct arena *arena, const struct copy_job *job, size_t *count)
{
    struct table_order *order = arena_alloc(arena, job->plan->table_count * sizeof *order);
    *count = 0;
    for (size_t i = 0; i < job->plan->table_count; i++) {
        if (job->plan->tables[i].problem == NULL && inspection_of(job, i)->rows > 0) {
            order[(*count)++] = (struct table_order){i, inspection_of(job, i)->bytes};
        }
    }
    if (*count > 0) {
        qsort(order, *count, sizeof *order, compare_size);
    }
    return order;
}

static void
add_chunks(struct copy_queue *queue, struct arena *arena, const struct copy_job *job,
           size_t table, const struct run_chunk *done, size_t done_count)
{
    const struct plan_table *plan_table = &job->plan->tables[table];
    const struct table_inspection *seen = inspection_of(job, table);
    struct scan_range range = SCAN_EVERYTHING;
    for (size_t i = 0; i <= seen->chunk_end_count; i++) {
        bool last = i == seen->chunk_end_count;
        range.high = last ? INT64_MAX : seen->chunk_ends[i];
        struct run_chunk wanted = {.source_table = plan_table->source->name.text,
                                   .chunk = (int32_t)i};
        const struct run_chunk *found = done_count == 0 ? NULL
                                                        : bsearch(&wanted, done, done_count,
                                                                  sizeof *done, compare_done);
        if (found != NULL) {
            queue->rows_finished[table] += (uint64_t)(found->rows_copied +
                                                      found->rows_set_aside +
                                                      found->rows_left_out);
        } else {
            *ARENA_APPEND(arena, queue->chunks, queue->chunk_count) = (struct copy_chunk){
                plan_table, table, (int32_t)i, range, 0};
        }
        range.low = last ? INT64_MAX : range.high + 1;
    }
}

static uint64_t
max_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool
is_small(const struct copy_job *job, const struct copy_chunk *chunk)
{
    const struct table_inspection *seen = inspection_of(job, chunk->table_index);
    return seen->chunk_end_count == 0 && seen->rows <= ROW_ARRAYS_ROWS_MAX &&
           seen->bytes <= ROW_ARRAYS_BYTES_MAX && row_arrays_possible(job->plan, chunk->table);
}

/* Joins neighbouring chunks while the sum stays small. */
static void
make_units(struct copy_queue *queue, struct arena *arena, const struct copy_job *job)
{
    uint64_t rows = 0;
    uint64_t bytes = 0;
    struct copy_unit *unit = NULL;
    for (size_t i = 0; i < queue->chunk_count; i++) {
        const struct table_inspection *seen = inspection_of(job, queue->chunks[i].table_index);
        uint64_t parts = seen->chunk_end_count + 1;
        uint64_t chunk_rows = seen->rows / parts;
        uint64_t chunk_bytes = seen->bytes / parts;
        bool small = is_small(job, &queue->chunks[i]);
        if (unit == NULL || unit->small != small || rows + chunk_rows > UNIT_ROWS_MAX ||
            bytes + chunk_bytes > UNIT_BYTES_MAX || unit->chunk_count >= COPY_UNIT_CHUNKS_MAX) {
            unit = ARENA_APPEND(arena, queue->units, queue->unit_count);
            unit->chunks = &queue->chunks[i];
            unit->small = small;
            rows = 0;
            bytes = 0;
        }
        unit->chunk_count++;
        unit->memory = max_of(unit->memory, ROW_COPIES * seen->row_bytes_max);
        rows += chunk_rows;
        bytes += chunk_bytes;
    }
}

void
copy_queue_fill(struct copy_queue *queue, struct arena *arena, const struct copy_job *job,
                const struct run_chunk *done, size_t done_count)
{
    *queue = (struct copy_queue){.lock = PTHREAD_MUTEX_INITIALIZER,
                                 .returned = PTHREAD_COND_INITIALIZER};
    queue->rows_finished = arena_alloc(arena, job->plan->table_count * sizeof(uint64_t));
    struct run_chunk *sorted = arena_alloc(arena, done_count * sizeof *sorted);
    if (done_count > 0) {
        memcpy(sorted, done, done_count * sizeof *sorted);
        qsort(sorted, done_count, sizeof *sorted, compare_done);
    }
    size_t table_count = 0;
    const struct table_order *order = order_tables(arena, job, &table_count);
    for (size_t i = 0; i < table_count; i++) {
        add_chunks(queue, arena, job, order[i].table, sorted, done_count);
    }
    make_units(queue, arena, job);
    for (size_t i = 0; i < queue->unit_count; i++) {
        queue->memory_max = max_of(queue->memory_max, queue->units[i].memory);
    }
    queue->memory_max = queue->memory_max / ROW_COPIES * WIDEST_ROWS +
                        job->workers * WORKER_BYTES;
}

const struct copy_unit *
copy_queue_take(struct copy_queue *queue)
{
    const struct copy_unit *unit = NULL;
    pthread_mutex_lock(&queue->lock);
    if (!queue->failed && queue->next < queue->unit_count) {
        unit = &queue->units[queue->next++];
    }
    pthread_mutex_unlock(&queue->lock);
    return unit;
}

bool
copy_queue_borrow(struct copy_queue *queue, const struct copy_unit *unit)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->failed && queue->memory_lent > 0 &&
           queue->memory_lent + unit->memory > queue->memory_max) {
        pthread_cond_wait(&queue->returned, &queue->lock);
    }
    bool borrowed = !queue->failed;
    if (borrowed) {
        queue->memory_lent += unit->memory;
    }
    pthread_mutex_unlock(&queue->lock);
    return borrowed;
}

void
copy_queue_give_back(struct copy_queue *queue, const struct copy_unit *unit)
{
    pthread_mutex_lock(&queue->lock);
    queue->memory_lent -= unit->memory;
    pthread_cond_broadcast(&queue->returned);
    pthread_mutex_unlock(&queue->lock);
}

void
copy_queue_fail(struct copy_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->failed = true;
    pthread_cond_broadcast(&queue->returned);
    pthread_mutex_unlock(&queue->lock);
}

bool
copy_queue_has_failed(struct copy_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool failed = queue->failed;
    pthread_mutex_unlock(&queue->lock);
    return failed;
}
