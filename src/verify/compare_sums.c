/* compare_sums.c — a table of numbers compared without a row being sent; see row_sum.h. */
#include "verify/compare_internal.h"

/* A lane's two sums, each written by a thread of its own: not in one line of the cache. */
struct lane_sums {
    _Alignas(64) struct row_sum source;
    _Alignas(64) struct row_sum target;
};

/* One way of hashing, tried. */
struct attempt {
    struct row_sum_form form;
    struct shape shape;
    struct parts parts;
    struct lane_sums lanes[PASS_LANES_MAX]; /* the first one's then hold all */
};

bool
compare_sums_fit(const struct comparison *comparison)
{
    const struct comparer *comparer = comparison->comparer;
    return comparer->sum_form != NULL && !comparison->located && comparison->rows_kept == 0 &&
           comparer->job->sample == 0 && row_sum_fits(&comparison->shape);
}

static void
prepare_lane(struct attempt *attempt, struct pass_lane *lane, struct lane_sums *sums)
{
    const struct row_sum empty = {.form = &attempt->form};
    *sums = (struct lane_sums){empty, empty};
    lane->source.side.shape = lane->target.side.shape = &attempt->shape;
    lane->source.side.parts = lane->target.side.parts = &attempt->parts;
    lane->source.side.sum = &sums->source;
    lane->target.side.sum = &sums->target;
}

static bool
run_attempt(struct comparison *comparison, struct attempt *attempt, struct error *err)
{
    struct pass pass;
    struct lane_sums *lanes = attempt->lanes;
    row_sum_shape(comparison->arena, &comparison->shape, &attempt->form, &attempt->shape);
    if (!compare_cut(comparison, &attempt->shape, &attempt->parts, err)) {
        return false;
    }
    compare_pass_init(&pass, comparison, comparison->streams, NULL);
    for (size_t i = 0; i < pass.lane_count; i++) {
        prepare_lane(attempt, &pass.lanes[i], &lanes[i]);
    }
    if (!pass_run(&pass, err)) {
        return false;
    }
    for (size_t i = 1; i < pass.lane_count; i++) {
        row_sum_merge(&lanes[0].source, &lanes[i].source);
        row_sum_merge(&lanes[0].target, &lanes[i].target);
    }
    compare_count_rows(comparison, &pass);
    comparison->verdict->rows_target = lanes[0].target.rows;
    return true;
}

bool
compare_sums(struct comparison *comparison, bool *same, struct error *err)
{
    struct attempt attempt = {.form = *comparison->comparer->sum_form};
    if (!row_sum_look(&attempt.form, &comparison->comparer->streams[0].source,
                      &comparison->shape, err) ||
        !run_attempt(comparison, &attempt, err)) {
        return false;
    }
    if (attempt.lanes[0].source.too_wide) { /* not seen in the first rows */
        attempt.form.wide = UINT64_MAX;
        if (!run_attempt(comparison, &attempt, err)) {
            return false;
        }
    }
    comparison->item = NULL;
    *same = row_sum_equal(&attempt.lanes[0].source, &attempt.lanes[0].target);
    return true;
}
