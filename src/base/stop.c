/* stop.c — see stop.h. */
#include "base/stop.h"

#include <stdatomic.h>

static atomic_bool requested;

void
stop_request(void)
{
    atomic_store_explicit(&requested, true, memory_order_relaxed);
}

bool
stop_requested(void)
{
    return atomic_load_explicit(&requested, memory_order_relaxed);
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
