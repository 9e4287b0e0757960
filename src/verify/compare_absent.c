/* compare_absent.c — rows that did not go into the target: which they are, and whether the counts
 * of both sides add up with them. */
#include "plan/set_aside.h"
#include "verify/compare_internal.h"

static struct row_positions
merge_positions(struct arena *arena, const struct row_positions *a,
                const struct row_positions *b)
{
    struct row_positions merged = {.count = a->count + b->count};
    size_t next_a = 0;
    size_t next_b = 0;
    merged.at = arena_alloc(arena, (merged.count + 1) * sizeof *merged.at);
    for (size_t i = 0; i < merged.count; i++) {
        bool from_a = next_b == b->count ||
                      (next_a < a->count && a->at[next_a] <= b->at[next_b]);
        merged.at[i] = from_a ? a->at[next_a++] : b->at[next_b++];
    }
    return merged;
}

bool
compare_load_absent(struct comparison *comparison, struct error *err)
{
    const struct verify_job *job = comparison->comparer->job;
    struct stream *stream = &comparison->comparer->streams[0];
    const struct set_aside_of of = {.conn = stream->conn,
                                    .run_id = job->run_id,
                                    .source = &stream->source,
                                    .table = comparison->shape.source};
    struct arena *arena = comparison->arena;
    struct row_positions set_aside = {0};
    struct row_positions left_out = {0};
    if (job->run_id == 0) {
        return true;
    }
    if (!set_aside_positions(&of, arena, &set_aside, err) ||
        (job->plan->existing &&
         !journal_left_out_positions(of.conn, arena, of.run_id, of.table->name.text, &left_out,
                                     err))) {
        return false;
    }
    comparison->absent = left_out.count == 0 ? set_aside
                                             : merge_positions(arena, &set_aside, &left_out);
    comparison->left_out_count = left_out.count;
    return true;
}

void
compare_tell_absent_apart(struct comparison *comparison)
{
    struct table_verdict *verdict = comparison->verdict;
    uint64_t left_out = comparison->parts.sampled ? 0 : comparison->left_out_count;
    verdict->rows_left_out = left_out < verdict->rows_set_aside ? left_out
                                                                : verdict->rows_set_aside;
    verdict->rows_set_aside -= verdict->rows_left_out;
}

void
compare_check_counts(struct comparison *comparison)
{
    const struct table_verdict *verdict = comparison->verdict;
    bool sampled = comparison->parts.sampled;
    uint64_t set_aside = sampled ? verdict->rows_set_aside
                                 : comparison->absent.count - comparison->left_out_count;
    uint64_t accounted = verdict->rows_target + verdict->rows_set_aside +
                         verdict->rows_left_out;
    bool counts_agree = verdict->rows_source + verdict->rows_kept == accounted;
    bool unknowable = sampled && verdict->rows_kept > 0;
    if ((counts_agree || unknowable) && verdict->rows_set_aside == set_aside) {
        return;
    }
    const char *source = arena_printf(comparison->arena, "%llu rows",
                                      (unsigned long long)verdict->rows_source);
    if (set_aside > 0) {
        source = arena_printf(comparison->arena, "%s, of which %llu of %llu set aside", source,
                              (unsigned long long)verdict->rows_set_aside,
                              (unsigned long long)set_aside);
    }
    if (verdict->rows_left_out > 0) {
        source = arena_printf(comparison->arena, "%s, and %llu left out", source,
                              (unsigned long long)verdict->rows_left_out);
    }
    const char *target = arena_printf(comparison->arena, "%llu rows",
                                      (unsigned long long)verdict->rows_target);
    if (verdict->rows_kept > 0) {
        target = arena_printf(comparison->arena, "%s, of which %llu were there before", target,
                              (unsigned long long)verdict->rows_kept);
    }
    compare_report(
        comparison,
        &(struct difference){.kind = "count", .source_value = source, .target_value = target});
}
