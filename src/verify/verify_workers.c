/* verify_workers.c — tables taken from the order and compared, and what to do when that fails. */
#include "base/clock.h"
#include "base/stop.h"
#include "verify/verify_internal.h"

#include <stdlib.h>
#include <string.h>

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

bool
verify_compare_worker(void *context, size_t index, struct error *err)
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

bool
verify_compare_large(struct verification *verification, struct error *err)
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
