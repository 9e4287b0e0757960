/* check_watch.c — lets a request to stop into SQLite's longest steps. */
#include "base/ticker.h"
#include "sqlite/check_internal.h"

#include <stdlib.h>

enum { POLL_MS = 50 };

struct check_watch {
    sqlite3 *handle; /* borrowed */
    struct ticker ticker;
};

/* Again and again: an interrupt only reaches the statement that runs then. */
static void
interrupt(void *context)
{
    struct check_watch *self = context;
    if (stop_requested()) {
        sqlite3_interrupt(self->handle);
    }
}

struct check_watch *
check_watch_start(sqlite3 *handle)
{
    struct error unimportant; /* then a stop takes longer */
    struct check_watch *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->handle = handle;
    (void)!ticker_start(&self->ticker, POLL_MS, interrupt, self, &unimportant);
    return self;
}

void
check_watch_stop(struct check_watch *self)
{
    if (self == NULL) {
        return;
    }
    ticker_stop(&self->ticker);
    free(self);
}
