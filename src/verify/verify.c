/* verify.c — see verify.h: large tables with all streams, one after the other; then
 * the rest, a stream each; then the schema. */
#include "verify/verify.h"

#include "base/clock.h"
#include "base/workers.h"
#include "verify/chain_check.h"
#include "verify/shape.h"
#include "verify/verify_internal.h"

#include <stdlib.h>
#include <string.h>

enum { TID_RANGE_VERSION = 140000 }; /* from here on WHERE ctid >= ... reads only that */

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
    bool ok = verify_compare_large(verification, err) &&
              workers_run(verification->stream_count, verify_compare_worker, verification, err);
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
