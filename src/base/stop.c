/* stop.c — see stop.h. */
#include "base/stop.h"

#include <stddef.h>
#include <time.h>

enum { WAIT_SLICE_MS = 50 };

static atomic_bool requested;
static _Thread_local const struct stop_wish *followed;

void
stop_request(void)
{
    atomic_store_explicit(&requested, true, memory_order_relaxed);
}

bool
stop_requested(void)
{
    bool wished = atomic_load_explicit(&requested, memory_order_relaxed);
    for (const struct stop_wish *wish = followed; wish != NULL && !wished; wish = wish->outer) {
        wished = atomic_load_explicit(&wish->made, memory_order_relaxed);
    }
    return wished;
}

void
stop_wish_make(struct stop_wish *wish)
{
    atomic_store_explicit(&wish->made, true, memory_order_relaxed);
}

void
stop_follow(const struct stop_wish *wish)
{
    followed = wish;
}

const struct stop_wish *
stop_followed(void)
{
    return followed;
}

bool
stop_check(struct error *err)
{
    if (!stop_requested()) {
        return true;
    }
    error_set(err, ERROR_STOPPED, "stopped on request");
    return error_hint(err, "run the same command again to go on from here");
}

bool
stop_wait(int64_t ms, struct error *err)
{
    for (; ms > 0 && !stop_requested(); ms -= WAIT_SLICE_MS) {
        const struct timespec slice = {.tv_nsec = (ms < WAIT_SLICE_MS ? ms : WAIT_SLICE_MS) *
                                                  1000000L};
        (void)nanosleep(&slice, NULL);
    }
    return stop_check(err);
}
