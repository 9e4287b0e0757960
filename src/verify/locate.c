/* locate.c — see locate.h. */
#include "verify/locate.h"

#include "verify/compare.h"

#include <stdlib.h>

struct outlet {
    located_found *found;
    void *context;
};

static void
pass_on(void *context, const struct finding *finding)
{
    const struct outlet *outlet = context;
    const struct located_row row = {.in_source = finding->kind != FINDING_EXTRA,
                                    .source_position = finding->source_position,
                                    .in_target = finding->kind != FINDING_MISSING,
                                    .target_place = finding->target_position};
    outlet->found(outlet->context, &row);
}

bool
verify_locate(const struct locate_request *request, located_found *found, void *context,
              struct error *err)
{
    struct verify_job whole = *request->job;
    struct outlet outlet = {found, context};
    struct stream stream = {.source = *request->source, .conn = request->conn};
    struct comparer comparer = {.job = &whole, .streams = &stream, .stream_count = 1};
    whole.sample = 0;
    comparer.wanted = calloc(TALLY_BUCKETS, 1);
    if (comparer.wanted == NULL) {
        return error_set(err, ERROR_SYSTEM, "look for the rows that differ");
    }
    stream_prepare(&stream, &whole, 1);
    bool ok = compare_locate(&comparer, request->table, request->leaves, pass_on, &outlet, err);
    free(comparer.wanted);
    stream_release(&stream);
    return ok;
}
