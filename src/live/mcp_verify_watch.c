/* mcp_verify_watch.c — see mcp_verify_watch.h. */
#include "live/mcp_verify_watch.h"

#include "base/clock.h"

#include <string.h>

enum { LOOK_MS = 100 };

/* Rows compared so far. Looking at values before is no part of the sum: progress never falls. */
static void
tell_progress(struct verify_watch *watch)
{
    struct progress *progress = &watch->progress;
    uint64_t done = 0;
    uint64_t total = 0;
    pthread_mutex_lock(&progress->lock);
    bool comparing = progress->phase != NULL && strcmp(progress->phase, "verify") == 0;
    for (size_t i = 0; comparing && i < progress->item_count; i++) {
        done += atomic_load(&progress->items[i].units_done);
        total += progress->items[i].units_total;
    }
    pthread_mutex_unlock(&progress->lock);
    if (done > 0) {
        watch->call->progress(watch->call->progress_context, (double)done,
                              (double)(total < done ? done : total), "rows compared");
    }
}

static void
look(void *context)
{
    struct verify_watch *watch = context;
    watch->overdue = watch->overdue || clock_monotonic_ms() >= watch->deadline_ms;
    if (watch->overdue || cancellation_fired(watch->call->cancellation)) {
        stop_wish_make(&watch->wish);
    } else if (watch->call->progress != NULL) {
        tell_progress(watch);
    }
}

bool
verify_watch_start(struct verify_watch *watch, const struct tool_call *call, int timeout_ms,
                   struct error *err)
{
    *watch = (struct verify_watch){.call = call,
                                   .deadline_ms = clock_monotonic_ms() + timeout_ms};
    progress_init(&watch->progress);
    int every_ms = timeout_ms < LOOK_MS ? timeout_ms : LOOK_MS;
    if (!ticker_start(&watch->ticker, every_ms, look, watch, err)) {
        return false;
    }
    stop_follow(&watch->wish);
    return true;
}

void
verify_watch_stop(struct verify_watch *watch)
{
    stop_follow(NULL);
    ticker_stop(&watch->ticker);
}
