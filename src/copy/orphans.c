/* orphans.c — see orphans.h. */
#include "copy/orphans.h"

#include "base/stop.h"
#include "copy/absent_rows.h"
#include "copy/orphan_keys.h"
#include "plan/set_aside.h"

#include <inttypes.h>

enum { ROWS_BETWEEN_CHECKS = 256 };

/* One reference under way. */
struct settling {
    struct orphan_keys keys;
    struct source *source;
    const struct plan_table *parent;
    struct set_aside set_aside;
    struct absent_rows absent;
    uint64_t found; /* rows of the source, in this batch */
};

/* One entry, or one for each column that becomes NULL. */
static void
note_orphan(struct settling *settling, const struct scan *scan)
{
    const struct orphan_keys *keys = &settling->keys;
    struct arena *memory = &settling->set_aside.memory;
    struct set_aside_row row = set_aside_describe(memory, scan);
    row.altered = keys->reference->orphans == ORPHANS_NULL;
    row.nulled = row.altered;
    row.reason = arena_printf(memory, "refers to a row of %s that is not there",
                              settling->parent->source->name.text);
    for (size_t i = 0; i < keys->reference->column_count; i++) {
        const struct plan_column *column = &keys->table->columns[keys->reference->columns[i]];
        row.column = column->source->name.text;
        if (row.nulled ? plan_column_takes_null(column) : i == 0) {
            set_aside_add(&settling->set_aside, &row);
        }
    }
    settling->found++;
}

static bool
scan_source(struct settling *settling, const struct copy_job *job, struct error *err)
{
    AUTO_SCAN scan = {0};
    enum scan_step step;
    uint64_t rows = 0;
    if (!scan_open(&scan, settling->source, settling->keys.table->source, SCAN_EVERYTHING,
                   err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        if (orphan_keys_hold(&settling->keys, &scan) &&
            !absent_rows_hold(&settling->absent, scan.position)) {
            note_orphan(settling, &scan);
        }
        if ((set_aside_is_full(&settling->set_aside) &&
             !set_aside_flush(&settling->set_aside, job->control, job->run_id, err)) ||
            (++rows % ROWS_BETWEEN_CHECKS == 0 && !stop_check(err))) {
            return false;
        }
    }
    return step == SCAN_END &&
           set_aside_flush(&settling->set_aside, job->control, job->run_id, err);
}

/* Rows that were counted as copied are so no more. */
static bool
correct_counts(const struct settling *settling, const struct copy_job *job, struct error *err)
{
    if (settling->keys.reference->orphans == ORPHANS_NULL) {
        return true;
    }
    return journal_chunk_correct(job->control, job->run_id,
                                 settling->keys.table->source->name.text,
                                 -(int64_t)settling->found, (int64_t)settling->found, err);
}

static bool
settle_found(struct settling *settling, const struct copy_job *job, bool *settled,
             struct error *err)
{
    uint64_t removed = 0;
    *settled = true;
    settling->found = 0;
    if (!absent_rows_load(&settling->absent, job->control, job->run_id,
                          settling->keys.table->source->name.text, err) ||
        !scan_source(settling, job, err) ||
        !orphan_keys_remove(&settling->keys, job->control, &removed, err)) {
        return false;
    }
    if (removed > settling->found && settling->keys.table->rows_before > 0) {
        *settled = false; /* not all of them are ours */
        return true;
    }
    if (removed != settling->found) {
        return error_set(err, ERROR_INTERNAL,
                         "%s: the target has %" PRIu64 " rows without a parent, the source has "
                         "%" PRIu64,
                         settling->keys.reference->id, removed, settling->found);
    }
    return correct_counts(settling, job, err);
}

/* One batch, one transaction. *found: there were any. */
static bool
settle_batch(struct settling *settling, const struct copy_job *job, bool *found,
             struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    *found = false;
    if (!stop_check(err) || !target_begin(&transaction, job->control, err) ||
        !orphan_keys_find(&settling->keys, job->control, err)) {
        return false;
    }
    bool settled = false;
    if (settling->keys.count == 0) {
        return true;
    }
    if (!settle_found(settling, job, &settled, err)) {
        return false;
    }
    *found = settled;
    return !settled || target_commit(&transaction, err);
}

static bool
settle_reference(const struct copy_job *job, struct source *source,
                 const struct plan_reference *reference, bool *any, struct error *err)
{
    struct settling settling = {
        .keys = {.job = job,
                 .reference = reference,
                 .table = &job->plan->tables[reference->table]},
        .source = source,
        .parent = &job->plan->tables[reference->parent],
    };
    bool found = settling.keys.table->rows_before == 0 ||
                 settling.keys.table->on_conflict != CONFLICT_UPDATE;
    bool ok = true;
    while (ok && found) {
        ok = settle_batch(&settling, job, &found, err);
        *any = *any || (ok && found);
    }
    set_aside_free(&settling.set_aside);
    absent_rows_free(&settling.absent);
    orphan_keys_free(&settling.keys);
    return ok || error_wrap(err, "%s", reference->id);
}

bool
copy_settle_orphans(const struct copy_job *job, struct error *err)
{
    AUTO_SOURCE source = {0};
    bool any = job->plan->reference_count > 0;
    if (any && !source_open(&source, job->snapshot_path, err)) {
        return false;
    }
    while (any) {
        any = false;
        for (size_t i = 0; i < job->plan->reference_count; i++) {
            if (!settle_reference(job, &source, &job->plan->references[i], &any, err)) {
                return false;
            }
        }
    }
    return true;
}
