/* sync_rounds_internal.h — what the files of the process that keeps a source in step share. */
#ifndef LIVE_SYNC_ROUNDS_INTERNAL_H
#define LIVE_SYNC_ROUNDS_INTERNAL_H

#include "live/sync_pulse.h"
#include "live/sync_rounds.h"
#include "migrate/live_source.h"

enum {
    LOOK_US =
        250000 /* how often the target is asked what is wished, the source for its fence */
};

struct rounds {
    const struct rounds_job *job;
    struct live_source source;
    struct sync_link *link;
    sqlite3_stmt *data_version;
    int64_t seen_version; /* -1: none */
    int64_t changed_us;   /* when it was another one */
    bool is_others_turn;  /* another process keeps it in step: why the start failed */
    bool rounded;         /* a round went through since the start */
    bool over;
    enum rounds_end end;
    int64_t looked_us;
    int64_t
        fence_version; /* schema version of the source when its fence was whole; -1: not known */
    int64_t fence_us;  /* when that was looked at */
    int64_t trimmed_us;
    bool trimming;
    int64_t log_cap;   /* as the file was last told; -1: not yet */
    int64_t roomy_seq; /* position at which the log was last cut, or its limit moved */
    int64_t watched_us;
    char no_way_back[256]; /* what has changed in the target; "": nothing */
    int failures;
    int passing; /* failures of which the next try may know nothing, one after the other */
    int64_t between_us; /* since when a switch is between two states; 0: it is not */
    int pause_ms;       /* until the next look */
    int64_t held_us;    /* no round before this moment: --max-rate-rows */
    struct sync_pulse pulse;
};

/* ---- sync_rounds_forward.c: SQLite is primary ---- */

/* Before the first of them. */
MUST_USE bool rounds_watch_source(struct rounds *rounds, struct error *err);
MUST_USE bool rounds_go_forward(struct rounds *rounds, struct error *err);

/* ---- sync_rounds_back.c: PostgreSQL is ---- */

MUST_USE bool rounds_go_back(struct rounds *rounds, struct error *err);

/* ---- sync_rounds_trouble.c ---- */

/* Says what is wrong, waits, and opens the connection again if that is it. False: it is to be given
 * up. */
MUST_USE bool rounds_recover(struct rounds *rounds, struct error *err);

/* Over when it is asked to stop, which is for the caller to see. */
void rounds_wait(int ms);

#endif
