/* verify.c — see verify.h: all tables on several workers, then the schema. */
#include "verify/verify.h"

#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "verify/compare.h"
#include "verify/schema.h"
#include "verify/watch.h"

#include <stdlib.h>

enum {
    WORKERS_USED_MAX = 8,       /* each has two threads and its share of memory */
    ENTRIES_TOTAL = 256 * 1024, /* rows kept one by one, over all workers, a side */
};

/* Shared by the workers. */
struct verification {
    const struct verify_job *job;
    struct report report;
    struct facts facts;
    struct watch watch;
    struct verdict *verdict;
    struct progress_item *items; /* one per plan table */
    int *order;                  /* tables to compare, largest first */
    size_t order_count;
    size_t worker_count;
    _Atomic size_t next; /* in `order` */
    atomic_bool failed;
};

/* Where the target's own figures rank a table. */
struct ranked {
    int table;
    double pages;
};

static int
compare_ranks(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *second = b;
    if (first->pages != second->pages) {
        return first->pages > second->pages ? -1 : 1;
    }
    return first->table - second->table;
}

static bool
begin(PGconn *conn, struct error *err)
{
    return target_execute(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

/* A table that cannot be read is a difference, and the others go on; a lost
 * connection or a wish to stop is not the table's fault. */
static bool
survive(struct verification *verification, struct comparer *comparer, int table,
        struct error *err)
{
    bool of_table = err->kind == ERROR_SOURCE || err->kind == ERROR_TARGET;
    if (!of_table || stop_requested() || PQstatus(comparer->conn) != CONNECTION_OK) {
        return false;
    }
    report_add(
        &verification->report, comparer->job->plan, table,
        &(struct difference){.kind = "not compared",
                             .source_value = err->kind == ERROR_SOURCE ? err->message : NULL,
                             .target_value = err->kind == ERROR_TARGET ? err->message : NULL},
        false);
    return target_execute(comparer->conn, "ROLLBACK", err) && begin(comparer->conn, err);
}

static bool
compare_next(struct verification *verification, struct comparer *comparer, int table,
             struct error *err)
{
    struct progress_item *item = &verification->items[table];
    struct table_verdict *verdict = &verification->verdict->tables[table];
    int64_t started_us = clock_monotonic_us();
    progress_item_set(item, PROGRESS_RUNNING);
    if (compare_table(comparer, table, item, verdict, err)) {
        verdict->busy_us = clock_monotonic_us() - started_us;
        progress_item_set(item, PROGRESS_DONE);
        return true;
    }
    progress_item_set(item, PROGRESS_FAILED);
    return survive(verification, comparer, table, err);
}

static bool
compare_tables(struct verification *verification, struct comparer *comparer, struct error *err)
{
    while (!atomic_load(&verification->failed)) {
        size_t next = atomic_fetch_add(&verification->next, 1);
        if (next >= verification->order_count) {
            break;
        }
        if (!stop_check(err) ||
            !compare_next(verification, comparer, verification->order[next], err)) {
            return false;
        }
    }
    return true;
}

static void
comparer_free(struct comparer *comparer)
{
    row_maker_free(&comparer->source_maker);
    row_maker_free(&comparer->target_maker);
    tally_free(&comparer->source_tally);
    tally_free(&comparer->target_tally);
    free(comparer->wanted);
    source_close(&comparer->source);
    target_connection_close(&comparer->conn);
}
#define AUTO_COMPARER __attribute__((cleanup(comparer_free))) struct comparer

static bool
comparer_open(struct comparer *comparer, size_t worker_count, struct error *err)
{
    const struct verify_job *job = comparer->job;
    size_t entries_max = ENTRIES_TOTAL;
    while (entries_max > ENTRIES_TOTAL / worker_count) {
        entries_max /= 2;
    }
    comparer->source_tally.entries_max = entries_max;
    comparer->target_tally.entries_max = entries_max;
    comparer->wanted = calloc(TALLY_BUCKETS, 1);
    if (comparer->wanted == NULL) {
        return error_set(err, ERROR_SYSTEM, "start to compare");
    }
    if (!source_open(&comparer->source, job->source_path, err) ||
        !target_connect(job->conninfo, &comparer->conn, err) || !begin(comparer->conn, err)) {
        return false;
    }
    comparer->source_maker.settings = (struct canonical_settings){
        .utf16 = comparer->source.utf16, .bad_text = job->bad_text};
    return true;
}

static bool
compare_worker(void *context, size_t index, struct error *err)
{
    struct verification *verification = context;
    AUTO_COMPARER comparer = {.job = verification->job, .report = &verification->report};
    bool ok = comparer_open(&comparer, verification->worker_count, err);
    if (ok) {
        watch_add(&verification->watch, index, comparer.conn, comparer.source.handle);
        ok = compare_tables(verification, &comparer, err);
        watch_remove(&verification->watch, index);
    }
    if (!ok) {
        atomic_store(&verification->failed, true);
    }
    return ok;
}

/* Tables that are there as planned, largest first. */
static void
rank_tables(struct verification *verification, struct arena *arena)
{
    const struct plan *plan = verification->job->plan;
    const PGresult *tables = verification->facts.tables;
    struct ranked *ranked = arena_alloc(arena, (plan->table_count + 1) * sizeof *ranked);
    size_t count = 0;
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct plan_table *table = &plan->tables[i];
        struct progress_item *item = &verification->items[i];
        item->name = table->name;
        if (table->problem != NULL ||
            !schema_check_table(&verification->report, plan, (int)i, &verification->facts)) {
            progress_item_set(item, PROGRESS_FAILED);
            continue;
        }
        int row = facts_find(tables, table->schema, table->name, "");
        double rows = strtod(PQgetvalue(tables, row, FACT_SECOND), NULL);
        item->units_total = rows > 0 ? (uint64_t)rows : 0;
        ranked[count++] = (struct ranked){(int)i,
                                          strtod(PQgetvalue(tables, row, FACT_FIRST), NULL)};
    }
    qsort(ranked, count, sizeof *ranked, compare_ranks);
    verification->order = arena_alloc(arena, (count + 1) * sizeof *verification->order);
    verification->order_count = count;
    for (size_t i = 0; i < count; i++) {
        verification->order[i] = ranked[i].table;
    }
}

static bool
run_workers(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    size_t count = job->workers < WORKERS_USED_MAX ? job->workers : WORKERS_USED_MAX;
    count = count < verification->order_count ? count : verification->order_count;
    if (count == 0) {
        count = verification->order_count > 0 ? 1 : 0;
    }
    if (count == 0) {
        return true;
    }
    verification->worker_count = count;
    if (job->progress != NULL) {
        progress_begin(job->progress, "verify", "rows", verification->items,
                       job->plan->table_count);
    }
    watch_start(&verification->watch);
    bool ok = workers_run(count, compare_worker, verification, err);
    watch_stop(&verification->watch);
    if (job->progress != NULL) {
        progress_end(job->progress);
    }
    return ok;
}

static bool
check_all(struct verification *verification, struct arena *arena, struct error *err)
{
    const struct verify_job *job = verification->job;
    struct report *report = &verification->report;
    if (!facts_load(job->control, job->plan, &verification->facts, err)) {
        return error_wrap(err, "read the target's catalog");
    }
    rank_tables(verification, arena);
    return run_workers(verification, err) &&
           schema_check_steps(report, job->plan, &verification->facts, job->control,
                              job->run_id, err) &&
           schema_check_sequences(report, job->plan, &verification->facts, job->control, err);
}

static bool
conclude(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    struct verdict *verdict = verification->verdict;
    verdict->differences = report_list(&verification->report, &verdict->difference_count);
    verdict->same = verification->report.same;
    return job->run_id == 0 ||
           journal_differences_save(job->control, job->run_id, verdict->differences,
                                    verdict->difference_count, err);
}

bool
verify_tables(const struct verify_job *job, struct arena *arena, struct verdict *verdict,
              struct error *err)
{
    size_t count = job->plan->table_count;
    *verdict = (struct verdict){
        .tables = arena_alloc(arena, (count + 1) * sizeof *verdict->tables)};
    struct verification verification = {
        .job = job,
        .verdict = verdict,
        .items = arena_alloc(arena, (count + 1) * sizeof *verification.items),
    };
    report_init(&verification.report, arena);
    bool ok = check_all(&verification, arena, err) && conclude(&verification, err);
    facts_free(&verification.facts);
    report_free(&verification.report);
    return ok;
}
