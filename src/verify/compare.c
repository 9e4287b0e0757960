/* compare.c — see compare.h.
 *
 * First pass: digests, or for a small table every row's two hashes. Then, only if
 * they differ: the hashes of the rows in differing buckets, as many passes as keep
 * memory bounded; and one pass for the cells of the rows that will be named. */
#include "verify/compare.h"

#include "verify/detail.h"
#include "verify/shape.h"

#include <pthread.h>

enum { DETAIL_CELLS_MAX = 20000 /* shown values kept a side, however wide the table */ };

/* One table under comparison. */
struct comparison {
    struct comparer *comparer;
    struct arena *arena; /* ends with the table */
    const struct shape *shape;
    int table;
    const int64_t *set_aside;
    size_t set_aside_count;
    struct progress_item *item; /* NULL after the first pass */
    struct table_verdict *verdict;
};

struct pass {
    struct source_side source;
    struct target_side target;
    atomic_bool abandoned;
    bool source_ok;
    struct error source_err;
};

static void *
read_source(void *argument)
{
    struct pass *pass = argument;
    pass->source_ok = source_side_read(&pass->source, &pass->source_err);
    if (!pass->source_ok) {
        atomic_store(&pass->abandoned, true);
    }
    return NULL;
}

/* Both sides at once: the source in a thread of its own, or first, when there is
 * no thread to be had. */
static bool
run_pass(struct pass *pass, struct error *err)
{
    pthread_t thread;
    struct error target_err = {0};
    bool threaded = pthread_create(&thread, NULL, read_source, pass) == 0;
    if (!threaded) {
        read_source(pass);
    }
    bool target_ok = target_side_read(&pass->target, &target_err);
    if (!target_ok) {
        atomic_store(&pass->abandoned, true);
    }
    if (threaded) {
        pthread_join(thread, NULL);
    }
    if (pass->source_ok && target_ok) {
        return true;
    }
    /* A side that merely gave up must not hide the cause. */
    bool cause_is_target = !target_ok && (pass->source_ok || target_err.kind != ERROR_STOPPED);
    *err = cause_is_target ? target_err : pass->source_err;
    return false;
}

static void
pass_init(struct pass *pass, const struct comparison *comparison, row_sink *sink,
          void *source_context, void *target_context)
{
    struct comparer *comparer = comparison->comparer;
    struct side side = {
        .shape = comparison->shape, .abandoned = &pass->abandoned, .sink = sink};
    *pass = (struct pass){
        .source = {.side = side,
                   .source = &comparer->source,
                   .set_aside = comparison->set_aside,
                   .set_aside_count = comparison->set_aside_count},
        .target = {.side = side, .conn = comparer->conn},
    };
    pass->source.side.maker = &comparer->source_maker;
    pass->source.side.context = source_context;
    pass->source.side.item = comparison->item;
    pass->target.side.maker = &comparer->target_maker;
    pass->target.side.context = target_context;
}

static bool
add_to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash);
    return true;
}

static bool
run_tally_pass(struct comparison *comparison, const uint8_t *wanted, struct error *err)
{
    struct comparer *comparer = comparison->comparer;
    tally_start(&comparer->source_tally, wanted);
    tally_start(&comparer->target_tally, wanted);
    struct pass pass;
    pass_init(&pass, comparison, add_to_tally, &comparer->source_tally,
              &comparer->target_tally);
    if (!run_pass(&pass, err)) {
        return false;
    }
    comparison->item = NULL;
    comparison->verdict->rows_source = pass.source.rows;
    comparison->verdict->rows_set_aside = pass.source.skipped;
    comparison->verdict->rows_target = comparer->target_tally.total.count;
    return true;
}

/* Row by row what differs between the buckets of both sides. */
static bool
match_buckets(struct comparison *comparison, struct match *match, struct error *err)
{
    struct tally *source = &comparison->comparer->source_tally;
    struct tally *target = &comparison->comparer->target_tally;
    uint8_t *wanted = comparison->comparer->wanted;
    size_t next = 0;
    tally_fold(source);
    tally_fold(target);
    while (tally_choose(source, target, wanted, &next)) {
        if (!run_tally_pass(comparison, wanted, err)) {
            return false;
        }
        match_entries(source, target, match);
    }
    return true;
}

static bool
match_rows(struct comparison *comparison, struct match *match, struct error *err)
{
    struct tally *source = &comparison->comparer->source_tally;
    struct tally *target = &comparison->comparer->target_tally;
    if (!run_tally_pass(comparison, NULL, err)) {
        return false;
    }
    if (tally_digest_equal(&source->total, &target->total)) {
        return true;
    }
    if (source->bucketed || target->bucketed) {
        return match_buckets(comparison, match, err);
    }
    match_entries(source, target, match);
    return true;
}

static void
report_found(void *context, const struct difference *difference)
{
    struct comparison *comparison = context;
    struct comparer *comparer = comparison->comparer;
    report_add(comparer->report, comparer->job->plan, comparison->table, difference, false);
}

/* Finds the rows again and names their cells. */
static bool
report_rows(struct comparison *comparison, const struct match *match, struct error *err)
{
    AUTO_ARENA target_arena = {0}; /* the target's side runs on another thread */
    struct detail source = {.arena = comparison->arena,
                            .maker = &comparison->comparer->source_maker,
                            .shape = comparison->shape,
                            .findings = match->findings,
                            .finding_count = match->finding_count};
    struct detail target = source;
    target.arena = &target_arena;
    target.maker = &comparison->comparer->target_maker;
    target.target = true;
    detail_start(&source);
    detail_start(&target);
    struct pass pass;
    pass_init(&pass, comparison, detail_take, &source, &target);
    if (!run_pass(&pass, err)) {
        return false;
    }
    detail_compare(&source, &target, VERIFY_DIFFERENCES_PER_TABLE_MAX - 1, report_found,
                   comparison);
    return true;
}

/* source = target + set aside; and whatever was set aside is in the source. */
static void
report_counts(struct comparison *comparison)
{
    const struct table_verdict *verdict = comparison->verdict;
    uint64_t set_aside = comparison->set_aside_count;
    if (verdict->rows_source == verdict->rows_target + verdict->rows_set_aside &&
        verdict->rows_set_aside == set_aside) {
        return;
    }
    const char *source = arena_printf(comparison->arena, "%llu rows",
                                      (unsigned long long)verdict->rows_source);
    if (set_aside > 0) {
        source = arena_printf(comparison->arena, "%s, of which %llu of %llu set aside", source,
                              (unsigned long long)verdict->rows_set_aside,
                              (unsigned long long)set_aside);
    }
    const char *target = arena_printf(comparison->arena, "%llu rows",
                                      (unsigned long long)verdict->rows_target);
    report_found(
        comparison,
        &(struct difference){.kind = "count", .source_value = source, .target_value = target});
}

/* Positions are ascending; a row that was set aside twice counts once. */
static bool
load_set_aside(struct comparison *comparison, struct error *err)
{
    struct comparer *comparer = comparison->comparer;
    int64_t *positions = NULL;
    size_t count = 0;
    if (comparer->job->run_id == 0) {
        return true;
    }
    if (!journal_set_aside_positions(comparer->conn, comparison->arena, comparer->job->run_id,
                                     comparison->shape->source->name.text, &positions, &count,
                                     err)) {
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || positions[i] != positions[kept - 1]) {
            positions[kept++] = positions[i];
        }
    }
    comparison->set_aside = positions;
    comparison->set_aside_count = kept;
    return true;
}

static size_t
findings_max(const struct shape *shape)
{
    size_t rows = DETAIL_CELLS_MAX / (shape->column_count + 1);
    if (rows > VERIFY_DIFFERENCES_PER_TABLE_MAX) {
        rows = VERIFY_DIFFERENCES_PER_TABLE_MAX;
    }
    return rows == 0 ? 1 : rows;
}

static bool
compare_rows(struct comparison *comparison, struct error *err)
{
    struct match match = {.findings_max = findings_max(comparison->shape)};
    match.findings = arena_alloc(comparison->arena,
                                 match.findings_max * sizeof *match.findings);
    if (!load_set_aside(comparison, err) || !match_rows(comparison, &match, err)) {
        return false;
    }
    if (match.finding_count > 0 && !report_rows(comparison, &match, err)) {
        return false;
    }
    struct table_verdict *verdict = comparison->verdict;
    verdict->rows_different = match.different;
    verdict->rows_missing = match.missing;
    verdict->rows_extra = match.extra;
    verdict->done = true;
    report_counts(comparison);
    return true;
}

bool
compare_table(struct comparer *comparer, int table, struct progress_item *item,
              struct table_verdict *verdict, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct shape shape;
    struct comparison comparison = {.comparer = comparer,
                                    .arena = &arena,
                                    .shape = &shape,
                                    .table = table,
                                    .item = item,
                                    .verdict = verdict};
    shape_build(&arena, &comparer->job->plan->tables[table], &shape);
    sqlite3 *handle = comparer->source.handle;
    /* One read snapshot for all passes; it begins with the first scan. */
    if (sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        return source_failed(&comparer->source, err, "begin to read");
    }
    bool ok = compare_rows(&comparison, err);
    sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    if (!ok) {
        *verdict = (struct table_verdict){0};
        error_wrap(err, "compare table \"%s\"", comparer->job->plan->tables[table].name);
    }
    return ok;
}
