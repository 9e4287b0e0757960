/* rows.c — all rows of all tables, by several workers.
 *
 * A worker is one thread with one SQLite connection to the snapshot and one
 * PostgreSQL connection; it takes a unit, copies it in one transaction that also
 * journals its chunks, and takes the next. */
#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "copy/row_copier.h"

struct copy_crew {
    const struct copy_job *job;
    struct copy_queue *queue;
    struct progress_item *items;
};

typedef bool chunk_function(struct row_copier *copier, struct error *err);

static bool
copy_chunk(struct row_copier *copier, struct copy_chunk *chunk, chunk_function *how,
           struct run_chunk *done, struct error *err)
{
    int64_t started_us = clock_monotonic_us();
    progress_item_set(&copier->items[chunk->table_index], PROGRESS_RUNNING);
    if (!row_copier_turn_to(copier, chunk, err) || !how(copier, err)) {
        copy_writer_close(&copier->writer);
        set_aside_free(&copier->set_aside);
        return error_wrap(err, "copy table \"%s\"", chunk->table->source->name.text);
    }
    *done = (struct run_chunk){
        .source_table = chunk->table->source->name.text,
        .chunk = chunk->number,
        .rows_copied = copier->rows_copied,
        .rows_set_aside = copier->rows_set_aside,
        .rows_left_out = copier->rows_left_out,
        .rows_updated = copier->rows_updated,
        .bytes_sent = (int64_t)copier->bytes_sent,
        .busy_us = clock_monotonic_us() - started_us,
    };
    return true;
}

/* A COPY takes the BEGIN with it; a pipeline begins here, and savepoints need one first. */
static bool
begin(struct row_copier *copier, struct target_transaction *transaction, chunk_function *how,
      struct error *err)
{
    copier->begins = how == copy_chunk_fast;
    if (copier->begins) {
        target_begin_later(transaction, copier->conn);
        return true;
    }
    return (how != copy_chunk_small ||
            target_pipeline_begin(&copier->pipeline, copier->conn, err)) &&
           target_begin(transaction, copier->conn, err);
}

/* What was done and the COMMIT in one wait, which is the pipeline's if one is open. */
static bool
commit(struct row_copier *copier, struct target_transaction *transaction,
       const struct run_chunk *done, size_t count, struct error *err)
{
    struct target_pipeline *pipeline = &copier->pipeline;
    return (pipeline->conn != NULL || target_pipeline_begin(pipeline, copier->conn, err)) &&
           journal_chunks_done(copier->conn, copier->job->run_id, done, count, err) &&
           target_commit(transaction, err) && target_pipeline_end(pipeline, NULL, err);
}

static bool
copy_in_transaction(struct row_copier *copier, struct copy_unit unit, chunk_function *how,
                    struct error *err)
{
    struct run_chunk done[COPY_UNIT_CHUNKS_MAX];
    AUTO_TRANSACTION transaction = {0};
    bool ok = begin(copier, &transaction, how, err);
    size_t tried = 0;
    for (; ok && tried < unit.chunk_count; tried++) {
        ok = copy_chunk(copier, &unit.chunks[tried], how, &done[tried], err);
    }
    if (ok && commit(copier, &transaction, done, tried, err)) {
        return true;
    }
    target_pipeline_close(&copier->pipeline);
    for (size_t i = 0; i < tried; i++) {
        row_copier_uncount(copier, &unit.chunks[i]);
    }
    return false;
}

static bool
copy_unit_carefully(struct row_copier *copier, const struct copy_unit *unit, struct error *err)
{
    for (size_t i = 0; i < unit->chunk_count; i++) {
        struct copy_unit single = {.chunks = &unit->chunks[i], .chunk_count = 1};
        struct error refused;
        if (copy_in_transaction(copier, single, copy_chunk_fast, &refused)) {
            continue;
        }
        if (!target_refused_data(&refused)) {
            *err = refused;
            return false;
        }
        if (!copy_in_transaction(copier, single, copy_chunk_carefully, err)) {
            return false;
        }
    }
    return true;
}

/* First everything at once; when the server refuses a value, chunk by chunk, and only
 * the chunk that holds it with savepoints. */
static bool
copy_unit(struct row_copier *copier, const struct copy_unit *unit, struct error *err)
{
    struct error refused;
    chunk_function *how = unit->small ? copy_chunk_small : copy_chunk_fast;
    if (copy_in_transaction(copier, *unit, how, &refused)) {
        return true;
    }
    if (!target_refused_data(&refused)) {
        *err = refused;
        return false;
    }
    return copy_unit_carefully(copier, unit, err);
}

static bool
worker_copy(void *context, size_t index, struct error *err)
{
    (void)index;
    struct copy_crew *crew = context;
    struct row_copier copier = {.job = crew->job, .queue = crew->queue, .items = crew->items};
    bool ok = row_copier_open(&copier, err);
    const struct copy_unit *unit;
    while (ok && (unit = copy_queue_take(crew->queue)) != NULL &&
           copy_queue_borrow(crew->queue, unit)) {
        ok = stop_check(err) && copy_unit(&copier, unit, err);
        copy_queue_give_back(crew->queue, unit);
    }
    if (!ok) {
        copy_queue_fail(crew->queue);
    }
    row_copier_close(&copier);
    return ok;
}

/* One item per table; what earlier attempts finished is counted from the start. */
static struct progress_item *
make_items(struct arena *arena, const struct copy_job *job, const struct copy_queue *queue)
{
    struct progress_item *items = arena_alloc(arena, job->plan->table_count * sizeof *items);
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        uint64_t rows = job->inspection->tables[table->source_position].rows;
        items[i].name = table->source->name.text;
        items[i].units_total = table->problem == NULL ? rows : 0;
        items[i].units_done = queue->rows_finished[i];
        items[i].state = PROGRESS_DONE;
    }
    for (size_t i = 0; i < queue->chunk_count; i++) {
        items[queue->chunks[i].table_index].state = PROGRESS_WAITING;
    }
    return items;
}

bool
copy_rows(const struct copy_job *job, struct error *err)
{
    if (job->reached >= RUN_COPIED) {
        return true;
    }
    AUTO_ARENA arena = {0};
    struct run_chunk *done = NULL;
    size_t done_count = 0;
    if (!journal_chunks_load(job->control, &arena, job->run_id, &done, &done_count, err)) {
        return false;
    }
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, job, done, done_count);
    struct progress_item *items = make_items(&arena, job, &queue);
    size_t workers = job->workers < queue.unit_count ? job->workers : queue.unit_count;
    struct copy_crew crew = {job, &queue, items};
    progress_begin(job->progress, "copy", "rows", items, job->plan->table_count);
    bool ok = workers == 0 || workers_run(workers, worker_copy, &crew, err);
    progress_end(job->progress);
    return ok && journal_run_advance(job->control, job->run_id, RUN_COPIED, err);
}
