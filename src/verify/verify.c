/* verify.c — see verify.h: large tables with all streams, one after the other; then
 * the rest, a stream each; then the schema. */
#include "verify/verify.h"

#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "verify/chain_check.h"
#include "verify/compare.h"
#include "verify/pass.h"
#include "verify/remember.h"
#include "verify/schema.h"
#include "verify/shape.h"
#include "verify/small.h"
#include "verify/watch.h"

#include <stdlib.h>
#include <string.h>

enum {
    STREAMS_MAX = PASS_LANES_MAX, /* each has two threads and its share of memory */
    LARGE_PAGES = 1024,           /* of a table that all streams read together */
    TID_RANGE_VERSION = 140000,   /* from here on WHERE ctid >= ... reads only that */
};

/* A table to compare, where the target's own figures rank it. */
struct ranked {
    int table;
    double pages; /* 0: unknown, or its rows have no place of their own */
};

/* Shared by the workers. */
struct verification {
    const struct verify_job *job;
    struct arena *arena;
    struct report report;
    struct facts facts;
    struct watch watch;
    struct verdict *verdict;
    struct remember remember;
    struct progress_item *items; /* one per plan table */
    PGconn *keeper;              /* keeps the snapshot */
    const char *snapshot;        /* NULL: every stream has its own */
    struct row_sum_form sum_form;
    bool sums; /* the server can sum rows up as we do */
    struct stream streams[STREAMS_MAX];
    size_t stream_count;
    uint64_t *rows_kept;  /* per plan table: of existing tables */
    struct ranked *order; /* tables to compare, largest first */
    size_t order_count;
    _Atomic size_t next; /* in `order` */
    struct small_tables small_tables;
    int *small; /* tables to compare, many at once */
    size_t small_count;
    _Atomic size_t next_small;
    atomic_bool failed;
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
is_of_table(const struct comparer *comparer, const struct error *err)
{
    bool of_table = err->kind == ERROR_SOURCE || err->kind == ERROR_TARGET;
    bool ok = of_table && !stop_requested();
    for (size_t i = 0; ok && i < comparer->stream_count; i++) {
        ok = PQstatus(comparer->streams[i].conn) == CONNECTION_OK;
    }
    return ok;
}

static bool
begin_transactions(const struct verification *verification, struct comparer *comparer,
                   struct error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < comparer->stream_count; i++) {
        ok = target_execute(comparer->streams[i].conn, "ROLLBACK", err) &&
             stream_begin(&comparer->streams[i], verification->snapshot, err);
    }
    return ok;
}

/* A table that cannot be read is a difference, and the others go on; a lost
 * connection or a wish to stop is not the table's fault. */
static bool
survive(struct verification *verification, struct comparer *comparer, int table,
        struct error *err)
{
    if (!is_of_table(comparer, err)) {
        return false;
    }
    report_add(
        &verification->report, comparer->job->plan, table,
        &(struct difference){.kind = "not compared",
                             .source_value = err->kind == ERROR_SOURCE ? err->message : NULL,
                             .target_value = err->kind == ERROR_TARGET ? err->message : NULL},
        false);
    return begin_transactions(verification, comparer, err);
}

/* The same where it is not said yet which table's fault it is. */
static bool
begin_again(struct verification *verification, struct comparer *comparer,
            const struct error *failure, struct error *err)
{
    if (!is_of_table(comparer, failure)) {
        *err = *failure;
        return false;
    }
    return begin_transactions(verification, comparer, err);
}

static bool
compare_next(struct verification *verification, struct comparer *comparer,
             const struct ranked *ranked, struct error *err)
{
    int table = ranked->table;
    struct progress_item *item = &verification->items[table];
    struct table_verdict *verdict = &verification->verdict->tables[table];
    bool splits = comparer->stream_count > 1;
    const struct compare_request request = {
        .table = table,
        .item = item,
        .pages = splits ? ranked->pages : 0,
        .rows_kept = verification->rows_kept[table],
        .large = item->units_total > STREAM_ENTRIES_TOTAL,
    };
    bool recalled = false;
    int64_t started_us = clock_monotonic_us();
    progress_item_set(item, PROGRESS_RUNNING);
    if (!remember_recall(&verification->remember, comparer->streams[0].conn, table, verdict,
                         &recalled, err)) {
        return false;
    }
    if (recalled || compare_table(comparer, &request, verdict, err)) {
        verdict->busy_us = clock_monotonic_us() - started_us;
        progress_item_set(item, PROGRESS_DONE);
        return recalled ||
               remember_table(&verification->remember, table, ranked->pages, verdict, err);
    }
    progress_item_set(item, PROGRESS_FAILED);
    return survive(verification, comparer, table, err);
}

static bool
comparer_init(struct comparer *comparer, struct verification *verification, size_t first,
              size_t count, struct error *err)
{
    *comparer = (struct comparer){.job = verification->job,
                                  .report = &verification->report,
                                  .streams = &verification->streams[first],
                                  .stream_count = count,
                                  .sum_form = verification->sums ? &verification->sum_form
                                                                 : NULL};
    comparer->wanted = calloc(TALLY_BUCKETS, 1);
    return comparer->wanted != NULL || error_set(err, ERROR_SYSTEM, "start to compare");
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
            !compare_next(verification, comparer, &verification->order[next], err)) {
            return false;
        }
    }
    return true;
}

/* Those that turn out not to be the same are compared once more, to say how they differ. */
static bool
compare_batch(struct verification *verification, struct comparer *comparer,
              struct small_batch *batch, struct error *err)
{
    struct error also;
    if (!small_compare(comparer->streams, verification->job, batch, &also) &&
        !begin_again(verification, comparer, &also, err)) {
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct ranked ranked = {.table = batch->tables[i]};
        struct progress_item *item = &verification->items[ranked.table];
        if (batch->same[i]) {
            progress_item_add(item, batch->verdicts[ranked.table].rows_source);
            progress_item_set(item, PROGRESS_DONE);
        } else if (!compare_next(verification, comparer, &ranked, err)) {
            return false;
        }
    }
    return true;
}

static bool
compare_small(struct verification *verification, struct comparer *comparer, struct error *err)
{
    while (!atomic_load(&verification->failed)) {
        size_t first = atomic_fetch_add(&verification->next_small, SMALL_BATCH_MAX);
        if (first >= verification->small_count) {
            break;
        }
        size_t left = verification->small_count - first;
        struct small_batch batch = {
            .tables = &verification->small[first],
            .count = left < SMALL_BATCH_MAX ? left : SMALL_BATCH_MAX,
            .verdicts = verification->verdict->tables,
        };
        if (!stop_check(err) || !compare_batch(verification, comparer, &batch, err)) {
            return false;
        }
    }
    return true;
}

static bool
compare_worker(void *context, size_t index, struct error *err)
{
    struct verification *verification = context;
    struct comparer comparer;
    bool ok = comparer_init(&comparer, verification, index, 1, err) &&
              compare_tables(verification, &comparer, err) &&
              compare_small(verification, &comparer, err);
    if (!ok) {
        atomic_store(&verification->failed, true);
    }
    free(comparer.wanted);
    return ok;
}

/* Tables worth cutting; they come first in the order. */
static bool
compare_large(struct verification *verification, struct error *err)
{
    struct comparer comparer;
    bool shared = verification->snapshot != NULL && verification->stream_count > 1;
    bool ok = comparer_init(&comparer, verification, 0, verification->stream_count, err);
    while (ok && shared && verification->next < verification->order_count &&
           verification->order[verification->next].pages >= LARGE_PAGES) {
        size_t next = verification->next++;
        ok = stop_check(err) &&
             compare_next(verification, &comparer, &verification->order[next], err);
    }
    free(comparer.wanted);
    return ok;
}

/* Whether ranges of places can be read without reading everything else. */
static bool
can_be_cut(const struct verification *verification, int fact)
{
    const char kind = PQgetvalue(verification->facts.tables, fact, FACT_THIRD)[0];
    return (kind == 'r' || kind == 'm') &&
           PQserverVersion(verification->job->control) >= TID_RANGE_VERSION;
}

static void
rank_table(struct verification *verification, int index)
{
    const struct plan_table *table = &verification->job->plan->tables[index];
    const PGresult *tables = verification->facts.tables;
    int fact = facts_find(tables, table->schema, table->name, "");
    double rows = strtod(PQgetvalue(tables, fact, FACT_SECOND), NULL);
    double pages = strtod(PQgetvalue(tables, fact, FACT_FIRST), NULL);
    verification->items[index].units_total = rows > 0 ? (uint64_t)rows : 0;
    if (PQgetvalue(tables, fact, FACT_THIRD)[0] == 'r' && pages <= SMALL_PAGES_MAX &&
        small_tables_hold(&verification->small_tables, verification->job, index)) {
        verification->small[verification->small_count++] = index;
        return;
    }
    verification->order[verification->order_count++] = (struct ranked){
        index, can_be_cut(verification, fact) ? pages : 0};
}

/* Tables that are there as planned, largest first. */
static void
rank_tables(struct verification *verification)
{
    const struct verify_job *job = verification->job;
    size_t count = job->plan->table_count;
    verification->order = arena_alloc(verification->arena,
                                      (count + 1) * sizeof *verification->order);
    verification->small = arena_alloc(verification->arena,
                                      (count + 1) * sizeof *verification->small);
    for (size_t i = 0; i < count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        verification->items[i].name = table->name;
        if (job->chosen != NULL && !job->chosen[i]) {
            verification->verdict->partial = true;
            progress_item_set(&verification->items[i], PROGRESS_DONE);
        } else if (table->problem != NULL ||
                   !schema_check_table(&verification->report, job->plan, (int)i,
                                       &verification->facts)) {
            progress_item_set(&verification->items[i], PROGRESS_FAILED);
        } else {
            rank_table(verification, (int)i);
        }
    }
    qsort(verification->order, verification->order_count, sizeof *verification->order,
          compare_ranks);
}

/* One small table needs one stream; a large one takes all there may be. */
static size_t
streams_wanted(const struct verification *verification)
{
    size_t count = verification->job->workers;
    size_t tasks = verification->order_count +
                   (verification->small_count + SMALL_BATCH_MAX - 1) / SMALL_BATCH_MAX;
    bool large = verification->order_count > 0 && verification->order[0].pages >= LARGE_PAGES;
    if (count > tasks && !large) {
        count = tasks;
    }
    count = count < STREAMS_MAX ? count : STREAMS_MAX;
    return count == 0 && tasks > 0 ? 1 : count;
}

static bool
any_can_be_summed(const struct verification *verification)
{
    AUTO_ARENA arena = {0};
    struct shape shape;
    bool fits = false;
    for (size_t i = 0; i < verification->order_count && !fits; i++) {
        shape_build(&arena, &verification->job->plan->tables[verification->order[i].table],
                    &shape);
        fits = row_sum_fits(&shape);
    }
    return fits;
}

/* A server that a rate is to spare is not asked to read as fast as it can. */
static bool
prepare_sums(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    if (rate_is_limited(job->rate) || job->sample > 0 || !any_can_be_summed(verification)) {
        return true;
    }
    return row_sum_choose(&verification->sum_form, err) &&
           row_sum_agrees(job->control, &verification->sum_form, &verification->sums, err);
}

static bool
open_streams(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    size_t wanted = streams_wanted(verification);
    verification->snapshot = job->snapshot;
    if (!target_connect(job->conninfo, &verification->keeper, err) ||
        (job->snapshot == NULL && !stream_export(verification->keeper, verification->arena,
                                                 &verification->snapshot, err))) {
        return false;
    }
    for (size_t i = 0; i < wanted; i++) {
        verification->stream_count++;
        if (!stream_open(&verification->streams[i], job, wanted, verification->snapshot, err)) {
            return false;
        }
    }
    return remember_begin(&verification->remember, job, verification->keeper, err);
}

static bool
run_streams(struct verification *verification, struct error *err)
{
    watch_start(&verification->watch);
    for (size_t i = 0; i < verification->stream_count; i++) {
        watch_add(&verification->watch, i, verification->streams[i].conn,
                  verification->streams[i].source.handle);
    }
    bool ok = compare_large(verification, err) &&
              workers_run(verification->stream_count, compare_worker, verification, err);
    watch_stop(&verification->watch);
    return ok;
}

static bool
compare_all(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    if (verification->order_count + verification->small_count == 0) {
        return true;
    }
    progress_begin(job->progress, "verify", "rows", verification->items,
                   job->plan->table_count);
    bool ok = prepare_sums(verification, err) && open_streams(verification, err) &&
              run_streams(verification, err);
    for (size_t i = verification->stream_count; i > 0; i--) { /* see source_open */
        stream_close(&verification->streams[i - 1]);
    }
    target_connection_close(&verification->keeper);
    progress_end(job->progress);
    return ok;
}

/* An existing table keeps the rows that were there, but for those that ours replaced. */
static bool
count_kept(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    struct run_table *entries = NULL;
    size_t count = 0;
    verification->rows_kept = arena_alloc(verification->arena,
                                          (job->plan->table_count + 1) * sizeof(uint64_t));
    if (!job->plan->existing || job->run_id == 0) {
        return true;
    }
    if (!journal_tables_load(job->control, verification->arena, job->run_id, &entries, &count,
                             err)) {
        return false;
    }
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const char *name = job->plan->tables[i].source->name.text;
        for (size_t e = 0; e < count; e++) {
            if (strcmp(entries[e].source_table, name) == 0 && entries[e].rows_before > 0) {
                verification->rows_kept[i] = (uint64_t)(entries[e].rows_before -
                                                        entries[e].rows_updated);
            }
        }
    }
    return true;
}

static bool
check_all(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    struct report *report = &verification->report;
    if (!facts_load(job->control, job->plan, &verification->facts, err)) {
        return error_wrap(err, "read the target's catalog");
    }
    if (!count_kept(verification, err) ||
        !small_tables_load(job, job->control, verification->arena, &verification->small_tables,
                           err)) {
        return false;
    }
    rank_tables(verification);
    const struct schema_check check = {.report = report,
                                       .plan = job->plan,
                                       .facts = &verification->facts,
                                       .conn = job->control,
                                       .chosen = job->chosen,
                                       .keys_later = job->at_switch};
    return compare_all(verification, err) && schema_check_steps(&check, job->run_id, err) &&
           (job->at_switch || schema_check_sequences(&check, err)) &&
           chain_check_all(job, &verification->facts, report, verification->verdict, err);
}

static bool
conclude(struct verification *verification, struct error *err)
{
    const struct verify_job *job = verification->job;
    struct verdict *verdict = verification->verdict;
    verdict->differences = report_list(&verification->report, &verdict->difference_count);
    verdict->same = verification->report.same;
    for (size_t i = 0; i < job->plan->table_count; i++) {
        verdict->partial |= verdict->tables[i].sampled;
    }
    return remember_end(&verification->remember, err) &&
           (job->run_id == 0 || job->unrecorded ||
            journal_differences_save(job->control, job->run_id, verdict->differences,
                                     verdict->difference_count, err));
}

bool
verify_tables(const struct verify_job *job, struct arena *arena, struct verdict *verdict,
              struct error *err)
{
    size_t count = job->plan->table_count;
    *verdict = (struct verdict){
        .tables = arena_alloc(arena, (count + 1) * sizeof *verdict->tables)};
    struct verification *verification = arena_alloc(arena, sizeof *verification);
    verification->job = job;
    verification->arena = arena;
    verification->verdict = verdict;
    verification->items = arena_alloc(arena, (count + 1) * sizeof *verification->items);
    report_init(&verification->report, arena);
    bool ok = check_all(verification, err) && conclude(verification, err);
    remember_free(&verification->remember);
    facts_free(&verification->facts);
    report_free(&verification->report);
    return ok;
}
