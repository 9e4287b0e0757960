/* compare.c — see compare.h.
 *
 * A table of numbers is first summed up (compare_sums.c). If that does not say that it is the
 * same, and for any other table:
 * First pass: digests, or for a small table every row's two hashes. Then, only if
 * they differ: the hashes of the rows in differing buckets, as many passes as keep
 * memory bounded; and one pass for the cells of the rows that will be named. */
#include "verify/compare.h"

#include "verify/compare_internal.h"
#include "verify/detail.h"

enum { DETAIL_CELLS_MAX = 20000 /* shown values kept a side, however wide the table */ };

static struct pass_lane
lane_of(struct comparison *comparison, struct pass *pass, struct stream *stream, row_sink *sink)
{
    struct side side = {.shape = &comparison->shape,
                        .parts = &comparison->parts,
                        .abandoned = &pass->abandoned,
                        .rate = comparison->comparer->job->rate,
                        .sink = sink};
    struct pass_lane lane = {
        .source = {.side = side, .source = &stream->source, .set_aside = comparison->absent},
        .target = {.side = side, .conn = stream->conn},
    };
    lane.source.side.maker = &stream->source_maker;
    lane.source.side.item = comparison->item;
    lane.target.side.maker = &stream->target_maker;
    return lane;
}

void
compare_pass_init(struct pass *pass, struct comparison *comparison, size_t streams,
                  row_sink *sink)
{
    *pass = (struct pass){.lane_count = streams};
    parts_restart(&comparison->parts);
    for (size_t i = 0; i < streams; i++) {
        struct stream *stream = &comparison->comparer->streams[i];
        pass->lanes[i] = lane_of(comparison, pass, stream, sink);
    }
}

static bool
add_to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash, 0);
    return true;
}

static bool
add_placed_to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash, row->position);
    return true;
}

void
compare_count_rows(const struct comparison *comparison, const struct pass *pass)
{
    struct table_verdict *verdict = comparison->verdict;
    verdict->rows_source = 0;
    verdict->rows_set_aside = 0;
    for (size_t i = 0; i < pass->lane_count; i++) {
        verdict->rows_source += pass->lanes[i].source.rows;
        verdict->rows_set_aside += pass->lanes[i].source.skipped;
    }
}

/* The first stream's tallies then hold all. */
static void
join_lanes(struct comparison *comparison, const struct pass *pass)
{
    struct stream *streams = comparison->comparer->streams;
    compare_count_rows(comparison, pass);
    for (size_t i = 1; i < pass->lane_count; i++) {
        tally_merge(&streams[0].source_tally, &streams[i].source_tally);
        tally_merge(&streams[0].target_tally, &streams[i].target_tally);
    }
    comparison->verdict->rows_target = streams[0].target_tally.total.count;
}

static bool
run_tally_pass(struct comparison *comparison, const uint8_t *wanted, struct error *err)
{
    struct pass pass;
    compare_pass_init(&pass, comparison, comparison->streams,
                      comparison->located ? add_placed_to_tally : add_to_tally);
    for (size_t i = 0; i < pass.lane_count; i++) {
        struct stream *stream = &comparison->comparer->streams[i];
        tally_start(&stream->source_tally, wanted);
        tally_start(&stream->target_tally, wanted);
        if (comparison->large && wanted == NULL) {
            tally_fold(&stream->source_tally);
            tally_fold(&stream->target_tally);
        }
        pass.lanes[i].source.side.context = &stream->source_tally;
        pass.lanes[i].target.side.context = &stream->target_tally;
    }
    if (!pass_run(&pass, err)) {
        return false;
    }
    comparison->item = NULL;
    join_lanes(comparison, &pass);
    return true;
}

/* Row by row what differs between the buckets of both sides. */
static bool
match_buckets(struct comparison *comparison, struct match *match, struct error *err)
{
    struct tally *source = &comparison->comparer->streams[0].source_tally;
    struct tally *target = &comparison->comparer->streams[0].target_tally;
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
    struct tally *source = &comparison->comparer->streams[0].source_tally;
    struct tally *target = &comparison->comparer->streams[0].target_tally;
    bool same = false;
    if (compare_sums_fit(comparison) && !compare_sums(comparison, &same, err)) {
        return false;
    }
    if (same) {
        return true;
    }
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

void
compare_report(void *context, const struct difference *difference)
{
    struct comparison *comparison = context;
    struct comparer *comparer = comparison->comparer;
    report_add(comparer->report, comparer->job->plan, comparison->table, difference, false);
}

/* Finds the rows again and names their cells. By one stream: equal rows must not be
 * found by two at once. */
static bool
report_rows(struct comparison *comparison, const struct match *match, struct error *err)
{
    AUTO_ARENA target_arena = {0}; /* the target's side runs on another thread */
    struct stream *stream = &comparison->comparer->streams[0];
    struct detail source = {.arena = comparison->arena,
                            .maker = &stream->source_maker,
                            .shape = &comparison->shape,
                            .findings = match->findings,
                            .finding_count = match->finding_count};
    struct detail target = source;
    target.arena = &target_arena;
    target.maker = &stream->target_maker;
    target.target = true;
    detail_start(&source);
    detail_start(&target);
    struct pass pass;
    compare_pass_init(&pass, comparison, 1, detail_take);
    pass.lanes[0].source.side.context = &source;
    pass.lanes[0].target.side.context = &target;
    if (!pass_run(&pass, err)) {
        return false;
    }
    detail_compare(&source, &target, VERIFY_DIFFERENCES_PER_TABLE_MAX - 1, compare_report,
                   comparison);
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

bool
compare_cut(const struct comparison *comparison, const struct shape *shape, struct parts *parts,
            struct error *err)
{
    const struct comparer *comparer = comparison->comparer;
    const struct parts_request cut = {.shape = shape,
                                      .source = &comparer->streams[0].source,
                                      .pages = comparison->pages,
                                      .streams = comparison->streams,
                                      .sample = comparer->job->sample};
    return parts_build(comparison->arena, &cut, parts, err);
}

static bool
prepare(struct comparison *comparison, struct error *err)
{
    struct comparer *comparer = comparison->comparer;
    const struct verify_job *job = comparer->job;
    const struct plan_table *table = &job->plan->tables[comparison->table];
    const struct canonical_settings settings = {comparer->streams[0].source.utf16,
                                                job->bad_text};
    shape_build(comparison->arena, table, &comparison->shape);
    if (!shape_add_nulls(comparison->arena, &comparer->streams[0].source, table, &settings,
                         &comparison->shape, err) ||
        !shape_add_nulled(comparison->arena, &comparer->streams[0], job, comparison->table,
                          &comparison->shape, err)) {
        return false;
    }
    comparison->shape.plain = verify_shape_is_plain(&comparison->shape);
    return compare_cut(comparison, &comparison->shape, &comparison->parts, err) &&
           compare_load_absent(comparison, err);
}

static bool
compare_rows(struct comparison *comparison, struct error *err)
{
    struct match match = {.findings_max = findings_max(&comparison->shape),
                          .extra_is_known = comparison->rows_kept > 0};
    match.findings = arena_alloc(comparison->arena,
                                 match.findings_max * sizeof *match.findings);
    if (!match_rows(comparison, &match, err)) {
        return false;
    }
    if (match.finding_count > 0 && !report_rows(comparison, &match, err)) {
        return false;
    }
    struct table_verdict *verdict = comparison->verdict;
    verdict->rows_different = match.different;
    verdict->rows_missing = match.missing;
    verdict->rows_kept = match.extra < comparison->rows_kept ? match.extra
                                                             : comparison->rows_kept;
    verdict->rows_extra = match.extra - verdict->rows_kept;
    compare_tell_absent_apart(comparison);
    verdict->sampled = comparison->parts.sampled;
    verdict->done = true;
    compare_check_counts(comparison);
    return true;
}

bool
compare_table(struct comparer *comparer, const struct compare_request *request,
              struct table_verdict *verdict, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct comparison comparison = {.comparer = comparer,
                                    .arena = &arena,
                                    .table = request->table,
                                    .pages = request->pages,
                                    .rows_kept = request->rows_kept,
                                    .large = request->large,
                                    .item = request->item,
                                    .verdict = verdict};
    bool ok = streams_begin_source(comparer->streams, comparer->stream_count,
                                   &comparison.streams, err) &&
              prepare(&comparison, err) && compare_rows(&comparison, err);
    streams_end_source(comparer->streams, comparer->stream_count);
    if (!ok) {
        *verdict = (struct table_verdict){0};
        error_wrap(err, "compare table \"%s\"",
                   comparer->job->plan->tables[request->table].name);
    }
    return ok;
}

bool
compare_locate(struct comparer *comparer, int table, const struct table_leaves *leaves,
               match_found *found, void *context, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct table_verdict verdict = {0};
    struct comparison comparison = {.comparer = comparer,
                                    .arena = &arena,
                                    .table = table,
                                    .streams = 1,
                                    .located = true,
                                    .verdict = &verdict};
    struct match match = {.found = found,
                          .context = context,
                          .extra_is_known = comparer->job->plan->tables[table].rows_before > 0};
    if (!prepare(&comparison, err)) {
        return false;
    }
    shape_add_places(&arena, leaves, &comparison.shape);
    comparison.parts.selects[0] = arena_printf(&arena, "%s%s", comparison.shape.select_open,
                                               SHAPE_SELECT_END);
    return match_rows(&comparison, &match, err);
}
