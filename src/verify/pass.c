/* pass.c — see pass.h. */
#include "verify/pass.h"

#include "base/workers.h"

static bool
run_task(struct pass *pass, size_t task, struct error *err)
{
    struct pass_lane *lane = &pass->lanes[task / 2];
    return task % 2 == 0 ? source_side_read(&lane->source, err)
                         : target_side_read(&lane->target, err);
}

static bool
pass_worker(void *context, size_t index, struct error *err)
{
    (void)index; /* with fewer threads than tasks, some do several */
    struct pass *pass = context;
    size_t task;
    while ((task = atomic_fetch_add(&pass->next_task, 1)) < 2 * pass->lane_count) {
        if (!run_task(pass, task, err)) {
            atomic_store(&pass->abandoned, true);
            return false;
        }
    }
    return true;
}

bool
pass_run(struct pass *pass, struct error *err)
{
    return workers_run(2 * pass->lane_count, pass_worker, pass, err);
}
