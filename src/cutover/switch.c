/* switch.c — from SQLite to PostgreSQL: the pause, then PostgreSQL opens. */
#include "base/clock.h"
#include "cutover/cutover_internal.h"
#include "cutover/preflight.h"

enum { OPEN_ATTEMPTS = 5 };

static bool
open_once(struct cutover *cutover, const struct doors *doors, bool *open, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct sync_link *link = cutover->link;
    struct standing standing;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    *open = standing.stance == STANCE_SWITCHED; /* by another process */
    if (*open) {
        link->live = standing.live;
        return true;
    }
    if (!stance_allows(standing.stance, EVENT_OPEN, err) ||
        !standing_require_fence(link, err) ||
        !doors_to_target(link->conn, doors, link->plan, &link->writer, err) ||
        !target_fence_lower(link, err)) {
        return false;
    }
    standing.live.epoch++;
    standing.live.way_back = standing.live.no_way_back == NULL;
    standing.live.untold = true;
    standing.live.reason = hooks_are_due;
    *open = standing_write(link, &standing, LIVE_SWITCHED, err) &&
            target_commit(&locks.target, err);
    return *open;
}

/* fenced -> switched. Readers of the target may hold a table while its foreign keys change. */
static bool
open_target(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    bool open = false;
    size_t unproven = 0;
    if (!settle_orphans(cutover, doors, err)) {
        return error_wrap(err, "open PostgreSQL (SQLite is fenced)");
    }
    for (int64_t attempt = 1; !open; attempt++) {
        if (open_once(cutover, doors, &open, err)) {
            continue;
        }
        if (!target_was_held_up(err) || attempt >= OPEN_ATTEMPTS) {
            error_wrap(err, "open PostgreSQL (SQLite is fenced)");
            return error_hint(err, "the same command goes on from here; --abort goes back");
        }
        say(cutover, "a reader holds a table: %s", err->message);
        if (!wait_before_attempt(attempt, err)) {
            return false;
        }
    }
    if (!doors_validate(cutover->link->conn, doors, &unproven, err)) {
        return false;
    }
    if (unproven > 0) {
        say(cutover,
            "foreign keys that hold for new rows only, as rows refer to nothing, or to rows "
            "that were set aside: %zu",
            unproven);
    }
    return true;
}

static bool
announce_fence(struct cutover *cutover, struct error *err)
{
    struct error also;
    if (run_hook(cutover, HOOK_ON_FENCED, NULL, err)) {
        return true;
    }
    if (!cutover_abort(cutover, &also)) {
        say(cutover, "SQLite is still fenced (%s): outgrow cutover --abort", also.message);
    }
    return false;
}

static bool
check_smoke(struct cutover *cutover, struct error *err)
{
    const char *refused = NULL;
    const char *conninfo = cutover->settings->app_url != NULL
                               ? cutover->settings->app_url
                               : cutover->link->settings.conninfo;
    if (!smoke_test(cutover, conninfo, &refused, err)) {
        return false;
    }
    if (refused != NULL) {
        say(cutover, "careful: a write to PostgreSQL is refused: %s", refused);
    }
    return true;
}

/* Also for a process that finds PostgreSQL open and the application not told. */
static bool
after_opening(struct cutover *cutover, struct error *err)
{
    cutover->figures.epoch = cutover->link->live.epoch;
    return check_smoke(cutover, err) && tell_application(cutover, HOOK_ON_SWITCHED, err);
}

static void
say_lost_keys(const struct cutover *cutover, const struct doors *doors)
{
    for (size_t i = 0; i < doors->lost_count; i++) {
        say(cutover,
            "since the copy the foreign key %s was broken by rows that refer to nothing, or "
            "to rows set aside (outgrow status --set-aside): it holds for new rows at once, "
            "and for all if none of those is left (PRAGMA foreign_key_check lists them)",
            doors->lost[i]);
    }
}

static bool
switch_from_syncing(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct error also;
    say_lost_keys(cutover, doors);
    if (!preflight_require(cutover, err) || !run_hook(cutover, HOOK_BEFORE_PAUSE, NULL, err)) {
        return false;
    }
    int64_t asked_us = clock_monotonic_us();
    bool fenced = catch_up_forward(cutover, err) && pause_and_fence(cutover, err);
    if (fenced && cutover->settings->dry_run) {
        return true;
    }
    if (!fenced || !announce_fence(cutover, err)) {
        if (!run_hook(cutover, HOOK_ON_ABORT, err->message, &also)) {
            say(cutover, "%s", also.message);
        }
        return false;
    }
    if (!open_target(cutover, doors, err)) {
        return false;
    }
    cutover->figures.closed_us = clock_monotonic_us() - asked_us;
    return after_opening(cutover, err);
}

static bool
already_switched(struct cutover *cutover, struct error *err)
{
    cutover->figures.done_before = true;
    cutover->figures.epoch = cutover->link->live.epoch;
    return !cutover->link->live.untold || cutover->settings->dry_run ||
           after_opening(cutover, err);
}

bool
cutover_switch(struct cutover *cutover, struct error *err)
{
    struct standing standing;
    struct doors doors;
    struct sync_link *link = cutover->link;
    bool settled = false;
    const char *why = NULL;
    if (!cutover_settle(link, cutover->arena, &settled, &why, err) ||
        !standing_read(link, &standing, err) ||
        !doors_prepare(link, cutover->final, cutover->arena, &doors, err)) {
        return false;
    }
    link->live = standing.live;
    if (standing.stance == STANCE_SWITCHED) {
        return already_switched(cutover, err);
    }
    if (standing.stance == STANCE_TORN) {
        return mend_torn(cutover, err);
    }
    if (standing.stance == STANCE_FENCED && !cutover->settings->dry_run) {
        say(cutover, "going on behind the fence, where another process was ended");
        return open_target(cutover, &doors, err) && after_opening(cutover, err);
    }
    return stance_allows(standing.stance, EVENT_PAUSE, err) &&
           switch_from_syncing(cutover, &doors, err);
}
