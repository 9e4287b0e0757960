/* pause.c — SQLite pauses, the last changes arrive and are looked at, its fence goes up.
 *
 * All that can be made before is made before: in the pause there is one round, a look at what it
 * brought, one UPDATE, two commits and the fence's triggers. */
#include "base/clock.h"
#include "capture/fence.h"
#include "cutover/cutover_internal.h"
#include "cutover/last_batch.h"
#include "cutover/last_whole.h"

#include <inttypes.h>

/* A pause under way: SQLite's lock and the target's open round. */
struct pause {
    struct cutover *cutover;
    struct last_batch *batch;
    struct source_hold source;
    struct target_transaction target;
    struct standing standing; /* its live: the row as locked */
    int64_t begun_us;
};

static void
pause_close(struct pause *pause)
{
    target_transaction_close(&pause->target);
    source_hold_close(&pause->source);
}
#define AUTO_PAUSE __attribute__((cleanup(pause_close))) struct pause

static int64_t
pause_length(struct pause *pause)
{
    int64_t us = clock_monotonic_us() - pause->begun_us;
    pause->cutover->figures.pause_us = us;
    return us;
}

/* What the target says it has, read back from it, is all that the source's log holds while nobody
 * can write. */
static bool
check_drained(struct pause *pause, struct error *err)
{
    struct sync_link *link = pause->cutover->link;
    struct capture_state state;
    if (!capture_state_read(&link->writer, false, &state, err) ||
        !live_lock(link->conn, link->arena, link->live.id, &pause->standing.live, err)) {
        return false;
    }
    return pause->standing.live.seq == state.last_seq ||
           error_set(err, ERROR_INTERNAL,
                     "the target is at change %" PRId64 ", the source at %" PRId64,
                     pause->standing.live.seq, state.last_seq);
}

static bool
compare_batch(struct pause *pause, int64_t after, struct error *err)
{
    int64_t started_us = clock_monotonic_us();
    struct source *source = &pause->cutover->link->writer;
    uint64_t rows = 0;
    bool same = last_batch_compare(pause->batch, source, after, pause->standing.live.seq,
                                   err) &&
                last_whole_compare(pause->cutover, source, &rows, err);
    pause->cutover->figures.compared += rows;
    pause->cutover->figures.compare_us = clock_monotonic_us() - started_us;
    return same;
}

static bool
drain(struct pause *pause, struct error *err)
{
    struct cutover *cutover = pause->cutover;
    int64_t after = cutover->link->live.seq;
    const struct round_request request = {
        .in_transaction = true, .keep_open = true, .allowed = LIVE_SYNCING};
    struct live_round figures = {0};
    enum round_outcome outcome;
    int64_t started_us = clock_monotonic_us();
    if (!sync_round_forward(cutover->link, &request, &pause->target, &outcome, &figures, err) ||
        !round_is_good(outcome, cutover->link, err) || !check_drained(pause, err)) {
        return error_wrap(err, "bring the last changes over");
    }
    cutover->figures.keys = figures.keys;
    cutover->figures.drain_us = clock_monotonic_us() - started_us;
    return stance_allows(stance_of(pause->standing.live.state, false), EVENT_PAUSE, err) &&
           compare_batch(pause, after, err);
}

/* From here on a crash leaves "paused": the target has everything, and SQLite goes on. */
static bool
commit_pause(struct pause *pause, struct error *err)
{
    struct sync_link *link = pause->cutover->link;
    return standing_write(link, &pause->standing, LIVE_PAUSED, err) &&
           target_commit(&pause->target, err);
}

/* The application's wait is over with the commit, whatever the checkpoint takes. Without a WAL its
 * readers keep the commit waiting, and no longer than the budget lasts. */
static bool
raise_fence(struct pause *pause, struct error *err)
{
    struct cutover *cutover = pause->cutover;
    int64_t budget_us = cutover->settings->budget_us;
    struct sync_link *link = cutover->link;
    int64_t started_us = clock_monotonic_us();
    if (!fence_raise(&link->writer, link->catalog, fence_words_source(link, cutover->arena),
                     err) ||
        !standing_commit_within(link, &pause->source, (budget_us - pause_length(pause)) / 1000,
                                err)) {
        return error_wrap(err, "fence the source");
    }
    pause_length(pause);
    cutover->figures.fence_us = clock_monotonic_us() - started_us;
    link->live.state = LIVE_FENCED; /* as the hook is told; the row says "paused" */
    return true;
}

/* paused -> syncing, because the fence could not follow. */
static bool
take_back_pause(struct pause *pause)
{
    struct cutover *cutover = pause->cutover;
    struct error err;
    bool settled = false;
    const char *why = NULL;
    source_hold_close(&pause->source);
    if (cutover_settle(cutover->link, cutover->arena, &settled, &why, &err) && settled) {
        return true;
    }
    say(cutover, "the row still says \"paused\": outgrow sync mends it");
    return false;
}

static enum attempt
again_when_busy(const struct cutover *cutover, const struct error *err)
{
    return source_is_held(err) && cutover->link->live.state == LIVE_SYNCING ? ATTEMPT_AGAIN
                                                                            : ATTEMPT_FAILED;
}

static enum attempt
try_pause(struct cutover *cutover, void *batch, struct error *err)
{
    AUTO_PAUSE pause = {.cutover = cutover, .batch = batch};
    int64_t asked_us = clock_monotonic_us();
    cutover->figures.attempts++;
    /* A round of the syncing process is waited for while writers still go on. */
    if (!target_begin(&pause.target, cutover->link->conn, err) ||
        !sync_link_lock(cutover->link, err) || !bound_waits(cutover, err)) {
        return ATTEMPT_FAILED;
    }
    if (!source_hold_begin(&pause.source, &cutover->link->writer, err)) {
        return again_when_busy(cutover, err);
    }
    pause.begun_us = clock_monotonic_us();
    cutover->figures.waited_us = pause.begun_us - asked_us;
    if (!drain(&pause, err)) {
        pause_length(&pause);
        return again_when_late(cutover, err);
    }
    if (pause_length(&pause) > cutover->settings->budget_us) {
        over_budget(cutover, err);
        return ATTEMPT_AGAIN;
    }
    if (cutover->settings->dry_run) {
        return ATTEMPT_DONE; /* both transactions are rolled back */
    }
    if (!commit_pause(&pause, err)) {
        return ATTEMPT_FAILED;
    }
    if (raise_fence(&pause, err)) {
        struct error also; /* the commit is on disk already, in the -wal */
        if (!standing_flush_source(cutover->link, &also)) {
            say(cutover, "the fence stays in the -wal: %s", also.message);
        }
        return ATTEMPT_DONE;
    }
    enum attempt outcome = source_is_held(err) ? ATTEMPT_AGAIN : ATTEMPT_FAILED;
    return take_back_pause(&pause) ? outcome : ATTEMPT_FAILED;
}

bool
pause_and_fence(struct cutover *cutover, struct error *err)
{
    struct last_batch *batch = NULL;
    if (!last_batch_prepare(cutover, &batch, err)) {
        return false;
    }
    bool fenced = attempt_until_done(cutover, try_pause, batch, catch_up_forward, err);
    last_batch_free(batch);
    return fenced;
}
