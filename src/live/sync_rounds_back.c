/* sync_rounds_back.c — PostgreSQL is primary: what changes there is brought back, and both the
 * source's fence and what the way back stands on are watched. */
#include "base/clock.h"
#include "cutover/cutover.h"
#include "live/sync_rounds_internal.h"
#include "page/result.h"
#include "sync/back.h"

enum {
    POLL_BACK_MS = 20,
    WATCH_US = 5 * 1000000, /* how often the way back is looked at */
};

/* Somebody who takes SQLite's fence down would have both sides written to. */
static bool
watch_fence(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    bool mended = false;
    int64_t now = clock_monotonic_us();
    if (now - rounds->fence_us < LOOK_US) {
        return true;
    }
    rounds->fence_us = now;
    if (!cutover_watch_fence(rounds->link, &memory, &rounds->fence_version, &mended, err)) {
        return false;
    }
    if (mended) {
        note(rounds->job->output,
             "%s: its fence had a gap while PostgreSQL is primary; it is whole again, but "
             "compare both sides: outgrow verify",
             rounds->pulse.name);
    }
    return true;
}

/* A new column, a trigger that is gone: said while it can still be undone, not at the return. */
static bool
watch_way_back(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    int64_t now = clock_monotonic_us();
    const char *why = NULL;
    if (!rounds->link->live.way_back || now - rounds->watched_us < WATCH_US) {
        return true;
    }
    rounds->watched_us = now;
    if (!back_check(rounds->link, &memory, &why, err)) {
        return false;
    }
    snprintf(rounds->no_way_back, sizeof rounds->no_way_back, "%s%s",
             why == NULL ? "" : "for what has changed in the target to be undone: ",
             why == NULL ? "" : why);
    return true;
}

bool
rounds_go_back(struct rounds *rounds, struct error *err)
{
    const struct back_request request = {.allowed = LIVE_SWITCHED};
    struct live_round figures = {0};
    bool applied = false;
    int64_t began_us = clock_monotonic_us();
    rounds->pause_ms = POLL_BACK_MS;
    rounds->seen_version = -1; /* whoever switches back begins with a look */
    if (!watch_way_back(rounds, err) || !watch_fence(rounds, err) ||
        !sync_round_back(rounds->link, &request, &applied, &figures, err)) {
        return false;
    }
    rounds->rounded = true;
    rounds->link->fresh_us = began_us;
    if (applied && figures.whole) {
        note(
            rounds->job->output,
            "%s: the log of the way back was full (--max-log-rows); all tables were read whole",
            rounds->pulse.name);
    }
    if (applied) {
        pulse_round(&rounds->pulse, &figures, clock_monotonic_us() - began_us);
    }
    return true;
}
