/* sync_rounds.h — keeps one live source and its target in step, until told to stop. */
#ifndef LIVE_SYNC_ROUNDS_H
#define LIVE_SYNC_ROUNDS_H

#include "settings/settings.h"

struct rounds_job {
    const struct settings *settings;
    const struct output *output;
    const char *conninfo;
    const char *path;     /* of the source */
    int64_t until_lag_us; /* ends when the target is behind by no more; -1: does not */
};

enum rounds_end {
    ROUNDS_OVER,   /* told to, or nothing is left to do */
    ROUNDS_RELOAD, /* the source's tables have changed, and --on-schema-change says follow */
};

/* Rounds forward while the source is primary, back while the target is; waits in between and says
 * why. A connection that breaks is opened again, as often as need be; a file that is locked or on a
 * full disk at the start is waited for, too, unless it is to end by itself. The stop flag ends it
 * without an error. ERROR_SOURCE: schema changed, another file; ERROR_TARGET: the same error again
 * and again; ERROR_USAGE: another process does it (a service waits for its end). */
MUST_USE bool rounds_run(const struct rounds_job *job, enum rounds_end *end, struct error *err);

/* The start failed. True: for a reason that passes (`passes`: the caller knows that it does), which was
 * said unless it is `said` (of the size of a message), and some time has gone by. False: err stands,
 * or it was asked to stop. */
MUST_USE bool rounds_wait_to_start(const struct rounds_job *job, bool passes, char *said,
                                   struct error *err);

#endif
