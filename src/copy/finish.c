/* finish.c — everything that follows the rows: keys, indexes, checks, foreign
 * keys, sequences, statistics.
 *
 * Phases one after the other, the steps of a phase by several workers. A step and
 * its journal entry are one transaction, which steps on small tables share. A step
 * that the data or the server refuses (a duplicate, an index row too large, an
 * orphan) is journalled with the server's words, and the others go on. */
#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "copy/collisions.h"
#include "copy/copy.h"
#include "copy/orphans.h"
#include "copy/validate.h"
#include "postgres/pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A foreign key's check is a join, which more memory makes 0.9 as long. An index is sorted
 * faster in the server's own 64 MB, which fit a processor's cache: 0.88 of the time with 256. */
static const char join_memory_sql[] = "SET maintenance_work_mem = '256MB'";

/* A commit need not wait for the disk: the one that ends it all does, for all of them. */
static const char session_sql[] = "SET synchronous_commit = off";

enum { SMALL_TABLE_ROWS = 20000, BATCH_STEPS = 100 };

/* One for each worker, opened when it is first needed: a phase may take no longer than
 * a connection does. */
struct connections {
    PGconn *all[WORKERS_MAX];
};

static void
connections_close(struct connections *connections)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        target_connection_close(&connections->all[i]);
    }
}
#define AUTO_CONNECTIONS __attribute__((cleanup(connections_close))) struct connections

struct step_crew {
    const struct copy_job *job;
    const char *phase_sql; /* first on each connection; NULL: nothing */
    struct connections *connections;
    const struct plan_step **steps; /* of one phase, those still to be done */
    size_t step_count;
    struct progress_item *items; /* one per step */
    size_t next;                 /* guarded by lock */
    bool failed;                 /* guarded by lock */
    pthread_mutex_t lock;
};

/* Neighbours in crew->steps that one transaction does. */
struct step_batch {
    size_t first;
    size_t count;
};

/* Cheap enough that waiting for the server would cost more than the work. */
static bool
step_is_small(const struct copy_job *job, const struct plan_step *step)
{
    if (step->table < 0 || step->validate_sql != NULL) {
        return false;
    }
    const struct plan_table *table = &job->plan->tables[step->table];
    return job->inspection->tables[table->source_position].rows <= SMALL_TABLE_ROWS;
}

static size_t
batch_length(const struct step_crew *crew, size_t first)
{
    size_t count = 0;
    while (first + count < crew->step_count && count < BATCH_STEPS &&
           step_is_small(crew->job, crew->steps[first + count])) {
        count++;
    }
    return count > 0 ? count : 1;
}

/* False when there is nothing left, or a worker has failed. */
static bool
take_batch(struct step_crew *crew, struct step_batch *batch)
{
    pthread_mutex_lock(&crew->lock);
    bool taken = !crew->failed && crew->next < crew->step_count;
    if (taken) {
        *batch = (struct step_batch){crew->next, batch_length(crew, crew->next)};
        crew->next += batch->count;
    }
    pthread_mutex_unlock(&crew->lock);
    return taken;
}

static void
fail_crew(struct step_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->failed = true;
    pthread_mutex_unlock(&crew->lock);
}

/* What was done and the COMMIT in one wait. */
static bool
commit(PGconn *conn, int64_t run_id, struct target_transaction *transaction,
       const struct run_step *done, size_t count, struct error *err)
{
    AUTO_PIPELINE pipeline = {0};
    return target_pipeline_begin(&pipeline, conn, err) &&
           journal_steps_done(conn, run_id, done, count, err) &&
           target_commit(transaction, err) && target_pipeline_end(&pipeline, NULL, err);
}

static bool
run_in_transaction(PGconn *conn, int64_t run_id, const struct plan_step *step,
                   struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct run_step outcome = {.step = step->id, .state = STEP_DONE};
    struct error refused;
    bool valid = true;
    AUTO_TEXT sql = {0};
    text_printf(&sql, "BEGIN;\n%s", step->sql);
    int64_t started_us = clock_monotonic_us();
    target_begin_later(&transaction, conn);
    if (!target_execute(conn, text_string(&sql), err) ||
        (step->validate_sql != NULL &&
         !copy_validate(conn, step->validate_sql, &valid, &refused, err))) {
        return false;
    }
    if (!valid) {
        outcome.state = STEP_NOT_VALID;
        outcome.message = refused.message;
    }
    outcome.busy_us = clock_monotonic_us() - started_us;
    return commit(conn, run_id, &transaction, &outcome, 1, err);
}

bool
copy_run_step(PGconn *conn, int64_t run_id, const struct plan_step *step, struct error *err)
{
    struct error refused;
    int64_t started_us = clock_monotonic_us();
    do {
        if (!stop_check(err)) {
            return false;
        }
        if (run_in_transaction(conn, run_id, step, &refused)) {
            return true;
        }
    } while (target_lost_race(&refused)); /* opposite foreign keys lock two tables crosswise */
    if (!target_refused_statement(&refused)) {
        *err = refused;
        return error_wrap(err, "%s", step->id);
    }
    struct run_step outcome = {
        .step = step->id,
        .state = STEP_FAILED,
        .message = refused.message,
        .busy_us = clock_monotonic_us() - started_us,
    };
    return journal_step_done(conn, run_id, &outcome, err);
}

static bool
run_together(PGconn *conn, int64_t run_id, const struct plan_step *const *steps, size_t count,
             struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    AUTO_TEXT sql = {0};
    struct run_step done[BATCH_STEPS];
    text_add(&sql, "BEGIN;\n");
    for (size_t i = 0; i < count; i++) {
        text_printf(&sql, "%s;\n", steps[i]->sql);
    }
    int64_t started_us = clock_monotonic_us();
    target_begin_later(&transaction, conn);
    if (!target_execute(conn, text_string(&sql), err)) {
        return false;
    }
    int64_t share_us = (clock_monotonic_us() - started_us) / (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        done[i] = (struct run_step){.step = steps[i]->id, .busy_us = share_us};
    }
    return commit(conn, run_id, &transaction, done, count, err);
}

/* All at once; when the server refuses one of them, one by one. */
static bool
run_batch(PGconn *conn, int64_t run_id, const struct plan_step *const *steps, size_t count,
          struct error *err)
{
    if (count > 1) {
        struct error refused;
        if (run_together(conn, run_id, steps, count, &refused)) {
            return true;
        }
        if (!target_refused_statement(&refused)) {
            *err = refused;
            return error_wrap(err, "%s and %zu more steps", steps[0]->id, count - 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!copy_run_step(conn, run_id, steps[i], err)) {
            return false;
        }
    }
    return true;
}

static void
show_batch(struct step_crew *crew, struct step_batch batch, enum progress_state state)
{
    for (size_t i = batch.first; i < batch.first + batch.count; i++) {
        progress_item_add(&crew->items[i], state == PROGRESS_DONE);
        progress_item_set(&crew->items[i], state);
    }
}

static bool
connect_once(const struct copy_job *job, PGconn **conn, struct error *err)
{
    return *conn != NULL ||
           (target_connect(job->conninfo, conn, err) &&
            target_execute(*conn, session_sql, err) &&
            (job->session == NULL || target_execute(*conn, job->session, err)));
}

static bool
worker_finish(void *context, size_t index, struct error *err)
{
    struct step_crew *crew = context;
    PGconn **conn = &crew->connections->all[index];
    bool ok = connect_once(crew->job, conn, err) &&
              (crew->phase_sql == NULL || target_execute(*conn, crew->phase_sql, err));
    struct step_batch batch;
    while (ok && take_batch(crew, &batch)) {
        show_batch(crew, batch, PROGRESS_RUNNING);
        ok = run_batch(*conn, crew->job->run_id, crew->steps + batch.first, batch.count, err);
        show_batch(crew, batch, PROGRESS_DONE);
    }
    if (!ok) {
        fail_crew(crew);
    }
    return ok;
}

static int
compare_steps(const void *left, const void *right)
{
    const struct run_step *a = left;
    const struct run_step *b = right;
    return strcmp(a->step, b->step);
}

/* What the journal knew before. */
struct done_steps {
    struct run_step *sorted;
    size_t count;
};

static bool
is_done(const struct done_steps *done, const char *id)
{
    struct run_step wanted = {.step = id};
    return done->count > 0 && bsearch(&wanted, done->sorted, done->count, sizeof *done->sorted,
                                      compare_steps) != NULL;
}

static const char *
phase_name(enum plan_phase phase)
{
    switch (phase) {
    case PHASE_KEYS: return "primary keys";
    case PHASE_INDEXES: return "indexes";
    case PHASE_CHECKS: return "checks";
    case PHASE_FOREIGN_KEYS: return "foreign keys";
    case PHASE_VIEWS: return "views";
    case PHASE_SEQUENCES: return "sequences";
    case PHASE_ANALYZE: return "analyze";
    }
    return "finish";
}

static bool
run_phase(const struct copy_job *job, enum plan_phase phase, const struct done_steps *done,
          struct connections *connections, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct step_crew crew = {
        .job = job,
        .phase_sql = phase == PHASE_FOREIGN_KEYS ? join_memory_sql : NULL,
        .connections = connections,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    crew.steps = arena_alloc(&arena, job->plan->step_count * sizeof *crew.steps);
    for (size_t i = 0; i < job->plan->step_count; i++) {
        const struct plan_step *step = &job->plan->steps[i];
        if (step->phase == phase && !is_done(done, step->id)) {
            crew.steps[crew.step_count++] = step;
        }
    }
    crew.items = arena_alloc(&arena, crew.step_count * sizeof *crew.items);
    for (size_t i = 0; i < crew.step_count; i++) {
        crew.items[i].name = crew.steps[i]->id;
        crew.items[i].units_total = 1;
    }
    if (crew.step_count == 0) {
        return true;
    }
    size_t workers = phase == PHASE_VIEWS             ? 1 /* one may be made of another */
                     : job->workers < crew.step_count ? job->workers
                                                      : crew.step_count;
    progress_begin(job->progress, phase_name(phase), "steps", crew.items, crew.step_count);
    bool ok = workers_run(workers, worker_finish, &crew, err);
    progress_end(job->progress);
    return ok;
}

static const struct run_step *
find_failed(const struct run_step *steps, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].state == STEP_FAILED && strcmp(steps[i].step, id) == 0) {
            return &steps[i];
        }
    }
    return NULL;
}

/* Unique keys that the server has refused to make: once more without the rows in their way. */
static bool
mend_unique_keys(const struct copy_job *job, enum plan_phase phase, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run_step *steps = NULL;
    size_t count = 0;
    bool wanted = !job->plan->existing && (phase == PHASE_KEYS || phase == PHASE_INDEXES);
    if (!wanted ||
        !journal_steps_load(job->control, &memory, job->run_id, &steps, &count, err)) {
        return !wanted;
    }
    for (size_t i = 0; i < job->plan->step_count; i++) {
        const struct plan_step *step = &job->plan->steps[i];
        if (step->phase != phase || step->unique_count == 0 ||
            find_failed(steps, count, step->id) == NULL) {
            continue;
        }
        /* Also when there are none: they may have been settled before a crash. */
        if (!copy_settle_collisions(job, step, err) ||
            !copy_run_step(job->control, job->run_id, step, err)) {
            return false;
        }
    }
    return true;
}

bool
copy_finish(const struct copy_job *job, struct error *err)
{
    if (job->reached >= RUN_FINISHED) {
        return true;
    }
    AUTO_ARENA arena = {0};
    AUTO_CONNECTIONS connections = {{0}};
    struct done_steps done = {0};
    if (!job->plan->existing && !copy_settle_orphans(job, err)) {
        return false;
    }
    if (!journal_steps_load(job->control, &arena, job->run_id, &done.sorted, &done.count,
                            err)) {
        return false;
    }
    if (done.count > 0) {
        qsort(done.sorted, done.count, sizeof *done.sorted, compare_steps);
    }
    for (enum plan_phase phase = PHASE_KEYS; phase <= PHASE_ANALYZE; phase++) {
        if (!run_phase(job, phase, &done, &connections, err) ||
            !mend_unique_keys(job, phase, err)) {
            return false;
        }
    }
    return journal_run_advance(job->control, job->run_id, RUN_FINISHED, err);
}
