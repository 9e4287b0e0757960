/* back.c — PostgreSQL pauses, its last changes arrive in SQLite, its fence goes up, SQLite opens.
 *
 * The changes are committed in SQLite, behind its fence, before the target forgets that they were
 * to be brought over: a crash in between has them applied twice, which does no harm. */
#include "base/clock.h"
#include "capture/fence.h"
#include "cutover/cutover_internal.h"
#include "cutover/preflight.h"

#include <inttypes.h>

enum { OPEN_ATTEMPTS = 5 };

/* The tables are locked against writers, readers go on. */
struct halt {
    struct cutover *cutover;
    struct source_hold source;
    struct target_transaction target;
    struct standing standing;
    int64_t begun_us;
};

static void
halt_close(struct halt *halt)
{
    source_hold_close(&halt->source);
    target_transaction_close(&halt->target);
}
#define AUTO_HALT __attribute__((cleanup(halt_close))) struct halt

static int64_t
halt_length(struct halt *halt)
{
    int64_t us = clock_monotonic_us() - halt->begun_us;
    halt->cutover->figures.pause_us = us;
    return us;
}

static void
lock_sql(const struct sync_link *link, const char *mode, struct text *sql)
{
    text_reset(sql);
    for (size_t i = 0; i < link->table_count; i++) {
        text_add(sql, i == 0 ? "LOCK TABLE " : ", ");
        target_quote_qualified(sql, link->tables[i].plan->schema, link->tables[i].plan->name);
    }
    if (sql->length > 0) {
        text_printf(sql, " IN %s MODE", mode);
    }
}

/* What may take long while writers go on: a round that is under way, which has the journal's
 * table; a VACUUM of the server's own, which gives way after deadlock_timeout only, or an index
 * being built. */
static bool
lock_out_maintenance(const struct sync_link *link, struct error *err)
{
    AUTO_TEXT settings = {0};
    AUTO_TEXT locks = {0};
    text_printf(&settings,
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
                "SET LOCAL lock_timeout = '30s'; LOCK TABLE outgrow.live IN EXCLUSIVE MODE;"
                "SET LOCAL lock_timeout = '%dms'",
                link->settings.busy_ms);
    lock_sql(link, "SHARE UPDATE EXCLUSIVE", &locks);
    return target_execute(link->conn, text_string(&settings), err) &&
           (locks.length == 0 || target_execute(link->conn, text_string(&locks), err));
}

/* LOCK TABLE takes no snapshot, so what is read behind it is all that was ever committed. */
static bool
lock_tables(struct halt *halt, struct error *err)
{
    struct sync_link *link = halt->cutover->link;
    AUTO_TEXT sql = {0};
    if (!lock_out_maintenance(link, err) || !bound_waits(halt->cutover, err)) {
        return false;
    }
    lock_sql(link, "EXCLUSIVE", &sql);
    halt->begun_us = clock_monotonic_us();
    return (sql.length == 0 || target_execute(link->conn, text_string(&sql), err)) &&
           target_apply_as_ours(link->conn, err) &&
           live_lock(link->conn, link->arena, link->live.id, &halt->standing.live, err);
}

static bool
drain_back(struct halt *halt, struct error *err)
{
    struct cutover *cutover = halt->cutover;
    const struct back_request request = {
        .in_transaction = true, .complete = true, .allowed = LIVE_SWITCHED};
    struct live_round figures = {0};
    bool applied = false;
    int64_t started_us = clock_monotonic_us();
    if (!source_hold_begin(&halt->source, &cutover->link->writer, err) ||
        !sync_round_back(cutover->link, &request, &applied, &figures, err) ||
        !back_settle_source(cutover->link, err)) {
        return error_wrap(err, "bring the last changes back");
    }
    cutover->figures.keys = figures.keys;
    cutover->figures.drain_us = clock_monotonic_us() - started_us;
    halt_length(halt);
    return true;
}

/* SQLite first, still fenced; then the target's fence and the state. Without a WAL its readers keep
 * the commit waiting, and no longer than the budget lasts. */
static bool
commit_halt(struct halt *halt, struct error *err)
{
    struct cutover *cutover = halt->cutover;
    struct sync_link *link = cutover->link;
    int64_t left_us = cutover->settings->budget_us - halt_length(halt);
    if (!standing_commit_within(link, &halt->source, left_us / 1000, err) ||
        !standing_flush_source(link, err) ||
        !target_fence_raise(link, fence_words_target(cutover->link, cutover->arena), err) ||
        !standing_write(link, &halt->standing, LIVE_RETURNING, err) ||
        !target_commit(&halt->target, err)) {
        return error_wrap(err, "close PostgreSQL");
    }
    halt_length(halt);
    return true;
}

/* Then nothing has changed on either side. */
static enum attempt
again_when_held(struct halt *halt, struct error *err)
{
    if (source_is_held(err) || target_lost_race(err)) {
        return ATTEMPT_AGAIN;
    }
    if (halt->begun_us == 0) {
        return target_waited_in_vain(err) ? ATTEMPT_AGAIN : ATTEMPT_FAILED;
    }
    halt_length(halt);
    return again_when_late(halt->cutover, err);
}

static enum attempt
try_halt(struct cutover *cutover, void *context, struct error *err)
{
    (void)context;
    AUTO_HALT halt = {.cutover = cutover};
    cutover->figures.attempts++;
    int64_t asked_us = clock_monotonic_us();
    if (!target_begin(&halt.target, cutover->link->conn, err) || !lock_tables(&halt, err)) {
        return again_when_held(&halt, err);
    }
    cutover->figures.waited_us = clock_monotonic_us() - asked_us;
    if (!stance_allows(stance_of(halt.standing.live.state, true), EVENT_CLOSE, err) ||
        !drain_back(&halt, err)) {
        return again_when_held(&halt, err);
    }
    if (cutover->figures.pause_us > cutover->settings->budget_us) {
        over_budget(cutover, err);
        return ATTEMPT_AGAIN;
    }
    if (cutover->settings->dry_run) {
        return ATTEMPT_DONE; /* both transactions are rolled back */
    }
    return commit_halt(&halt, err) ? ATTEMPT_DONE : again_when_held(&halt, err);
}

/* returning -> returned: both locks are held until SQLite's commit. */
static bool
lower_source(struct sync_link *link, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    link->live = standing.live;
    if (standing.stance == STANCE_RETURNED || standing.stance == STANCE_SYNCING) {
        return true; /* by another process, or one that was killed behind it */
    }
    return stance_allows(standing.stance, EVENT_LOWER, err) &&
           fence_lower(&link->writer, err) && standing_commit_source(link, &locks.source, err);
}

bool
resume_forward(struct sync_link *link, const struct doors *doors, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    if (standing.stance == STANCE_SYNCING) {
        link->live = standing.live;
        return true;
    }
    if (!stance_allows(standing.stance, EVENT_RESUME, err) ||
        !doors_to_source(link, doors, err)) {
        return false;
    }
    standing.live.epoch++;
    standing.live.untold = true;
    standing.live.reason = hooks_are_due;
    return standing_write(link, &standing, LIVE_SYNCING, err) &&
           target_commit(&locks.target, err);
}

/* returning -> returned -> syncing. */
static bool
open_source(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    size_t unproven = 0;
    struct sync_link *link = cutover->link;
    if (!lower_source(link, err)) {
        error_wrap(err, "open SQLite (PostgreSQL is fenced)");
        return error_hint(err, "the same command goes on from here; --abort goes back");
    }
    for (int64_t attempt = 1; !resume_forward(link, doors, err); attempt++) {
        if (!target_was_held_up(err) || attempt >= OPEN_ATTEMPTS) {
            error_wrap(err, "let rounds forward go on (SQLite is open)");
            return error_hint(err, "the same command goes on from here");
        }
        say(cutover, "a reader holds a table: %s", err->message);
        if (!wait_before_attempt(attempt, err)) {
            return false;
        }
    }
    return doors_validate(link->conn, doors, &unproven, err);
}

static bool
after_return(struct cutover *cutover, struct error *err)
{
    cutover->figures.epoch = cutover->link->live.epoch;
    return tell_application(cutover, HOOK_ON_RETURNED, err);
}

static bool
return_from_switched(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct error also;
    if (!return_preflight(cutover, err) || !run_hook(cutover, HOOK_BEFORE_PAUSE, NULL, err)) {
        return false;
    }
    int64_t asked_us = clock_monotonic_us();
    bool closed = catch_up_back(cutover, err) &&
                  attempt_until_done(cutover, try_halt, NULL, catch_up_back, err);
    if (closed && cutover->settings->dry_run) {
        return true;
    }
    if (!closed) {
        if (!run_hook(cutover, HOOK_ON_ABORT, err->message, &also)) {
            say(cutover, "%s", also.message);
        }
        return false;
    }
    if (!open_source(cutover, doors, err)) {
        return false;
    }
    cutover->figures.closed_us = clock_monotonic_us() - asked_us;
    return after_return(cutover, err);
}

static bool
already_returned(struct cutover *cutover, struct error *err)
{
    const struct live *live = &cutover->link->live;
    if (live->epoch == 0) {
        return error_set(err, ERROR_USAGE, "nothing to return from: SQLite is primary");
    }
    cutover->figures.done_before = true;
    cutover->figures.epoch = live->epoch;
    return !live->untold || cutover->settings->dry_run || after_return(cutover, err);
}

bool
cutover_return(struct cutover *cutover, struct error *err)
{
    struct standing standing;
    struct doors doors;
    struct sync_link *link = cutover->link;
    if (!standing_read(link, &standing, err) ||
        !doors_prepare(link, cutover->final, cutover->arena, &doors, err)) {
        return false;
    }
    link->live = standing.live;
    if (standing.stance == STANCE_SYNCING) {
        return already_returned(cutover, err);
    }
    if (standing.stance == STANCE_TORN) {
        return mend_torn(cutover, err);
    }
    if (standing.stance == STANCE_FINISHED) {
        error_set(err, ERROR_USAGE, "there is no way back: the move was finished");
        return error_hint(err,
                          "the file as it was is in the archive: outgrow archive --restore");
    }
    bool between = standing.stance == STANCE_RETURNING || standing.stance == STANCE_RETURNED;
    if (between && !cutover->settings->dry_run) {
        say(cutover, "going on where another process was ended");
        return open_source(cutover, &doors, err) && after_return(cutover, err);
    }
    return stance_allows(standing.stance, EVENT_CLOSE, err) &&
           return_from_switched(cutover, &doors, err);
}

bool
cutover_return_abort(struct cutover *cutover, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    struct sync_link *link = cutover->link;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    if (standing.stance == STANCE_SWITCHED) {
        link->live = standing.live;
        return true;
    }
    if (!stance_allows(standing.stance, EVENT_REOPEN, err) ||
        !standing_require_fence(link, err) || !target_fence_lower(link, err) ||
        !standing_write(link, &standing, LIVE_SWITCHED, err) ||
        !target_commit(&locks.target, err)) {
        return error_wrap(err, "go back to PostgreSQL");
    }
    say(cutover, "PostgreSQL takes writes; rounds back go on");
    return true;
}
