/* common.c — words, hooks, rounds and waits that a switch and a return have in common. */
#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"
#include "cutover/cutover_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { FIRST_WAIT_MS = 100, LAST_WAIT_MS = 5000, BUDGET_MS_MAX = 1000 * 1000 * 1000 };

const char hooks_are_due[] =
    "the application has not been told yet: run the same command again";

void
say(const struct cutover *cutover, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    if (cutover->say == NULL) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    cutover->say(cutover->say_context, line);
}

static void
say_lines(const struct cutover *cutover, enum hook hook, char *words)
{
    char *rest = NULL;
    for (char *line = strtok_r(words, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest)) {
        say(cutover, "%s: %s", hook_name(hook), line);
    }
}

bool
run_hook(struct cutover *cutover, enum hook hook, const char *reason, struct error *err)
{
    AUTO_TEXT words = {0};
    const struct hook_news news = {
        .live = &cutover->link->live, .conn = cutover->link->conn, .reason = reason};
    bool ok = hook_run(&cutover->settings->hooks, hook, &news, &words, err);
    if (words.length > 0) {
        say_lines(cutover, hook, words.bytes);
    }
    return ok;
}

bool
wait_before_attempt(int64_t attempt, struct error *err)
{
    int64_t ms = FIRST_WAIT_MS;
    for (int64_t i = 1; i < attempt && ms < LAST_WAIT_MS; i++) {
        ms *= 2;
    }
    return stop_wait(ms < LAST_WAIT_MS ? ms : LAST_WAIT_MS, err);
}

bool
attempt_until_done(struct cutover *cutover, cutover_attempt *attempt, void *context,
                   cutover_catch_up *catch_up, struct error *err)
{
    for (int64_t count = 1;; count++) {
        switch (attempt(cutover, context, err)) {
        case ATTEMPT_DONE: return true;
        case ATTEMPT_FAILED: return false;
        case ATTEMPT_AGAIN: break;
        }
        if (count >= cutover->settings->attempts) {
            err->kind = ERROR_NOT_NOW;
            return false;
        }
        say(cutover, "attempt %" PRId64 " of %" PRId64 ": %s", count,
            cutover->settings->attempts, err->message);
        if (!wait_before_attempt(count, err) || !catch_up(cutover, err)) {
            return false;
        }
    }
}

bool
over_budget(const struct cutover *cutover, struct error *err)
{
    const struct cutover_figures *figures = &cutover->figures;
    error_set(err, ERROR_NOT_NOW,
              "the pause came to %.1f ms (%" PRId64
              " key%s), and --budget is %.1f ms; nothing has changed",
              (double)figures->pause_us / 1000, figures->keys, figures->keys == 1 ? "" : "s",
              (double)cutover->settings->budget_us / 1000);
    return error_hint(err, "try at a quieter hour, or allow more with --budget");
}

bool
bound_waits(const struct cutover *cutover, struct error *err)
{
    char sql[128];
    int64_t ms = cutover->settings->budget_us / 1000 + 1; /* 0: without end */
    ms = ms < BUDGET_MS_MAX ? ms : BUDGET_MS_MAX;
    snprintf(sql, sizeof sql,
             "SET LOCAL lock_timeout = %" PRId64 "; SET LOCAL statement_timeout = %" PRId64, ms,
             ms);
    return target_execute(cutover->link->conn, sql, err);
}

enum attempt
again_when_late(const struct cutover *cutover, struct error *err)
{
    bool late = target_waited_in_vain(err) || target_was_cancelled(err);
    if (!late || stop_requested()) {
        return ATTEMPT_FAILED;
    }
    struct error why = *err;
    over_budget(cutover, err);
    error_wrap(err, "%s", why.message);
    error_hint(err, "pg_locks says who holds a table of the target; then try again, or allow "
                    "more with --budget");
    return ATTEMPT_AGAIN;
}

bool
round_is_good(enum round_outcome outcome, const struct sync_link *link, struct error *err)
{
    if (outcome == ROUND_APPLIED || outcome == ROUND_IDLE) {
        return true;
    }
    error_set(err, outcome == ROUND_NOT_OURS ? ERROR_USAGE : ERROR_SOURCE,
              "no round is possible: %s", link->why);
    return error_hint(err, "outgrow sync says how to go on");
}

static bool
one_round_forward(struct cutover *cutover, bool *idle, struct live_round *figures,
                  struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    enum round_outcome outcome;
    const struct round_request request = {.allowed = LIVE_SYNCING};
    if (!sync_round_forward(cutover->link, &request, &transaction, &outcome, figures, err) ||
        !round_is_good(outcome, cutover->link, err)) {
        return false;
    }
    *idle = outcome == ROUND_IDLE;
    return true;
}

static bool
too_slow(const struct cutover *cutover, int64_t lag_us, struct error *err)
{
    error_set(err, ERROR_NOT_NOW,
              "given up: rounds stay %.1f ms behind, and --max-lag is %.1f ms",
              (double)lag_us / 1000, (double)cutover->settings->max_lag_us / 1000);
    return error_hint(err, "try at a quieter hour, or allow more with --max-lag");
}

static bool
come_near(struct cutover *cutover, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + cutover->settings->catch_up_ms;
    for (;;) {
        bool idle = false;
        struct live_round figures = {0};
        int64_t started_us = clock_monotonic_us();
        if (!stop_check(err) || !one_round_forward(cutover, &idle, &figures, err)) {
            return false;
        }
        cutover->figures.rounds++;
        bool more = cutover->link->orphans_aside;
        if (!sync_mend_orphans(cutover->link, err)) {
            return false;
        }
        /* What the next round will find is what was written during this one. */
        int64_t lag_us = clock_monotonic_us() - started_us;
        if (!more && (idle || lag_us <= cutover->settings->max_lag_us)) {
            return true;
        }
        if (clock_monotonic_ms() > deadline) {
            return too_slow(cutover, lag_us, err);
        }
    }
}

/* Somebody may hold a lock in the target, and for long. */
static bool
set_patience(const struct cutover *cutover, int64_t ms, struct error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SET lock_timeout = %" PRId64, ms < INT32_MAX ? ms : INT32_MAX);
    return target_execute(cutover->link->conn, sql, err);
}

static bool
held_up(struct error *err, const char *hint)
{
    err->kind = ERROR_NOT_NOW;
    error_wrap(err, "given up: rounds do not get through");
    return error_hint(err, "%s", hint);
}

bool
catch_up_forward(struct cutover *cutover, struct error *err)
{
    int64_t patience_ms = cutover->settings->catch_up_ms + 1; /* 0: without end */
    if (!set_patience(cutover, patience_ms, err)) {
        return false;
    }
    if (come_near(cutover, err)) {
        return set_patience(cutover, 0, err);
    }
    if (target_waited_in_vain(err)) {
        return held_up(err, "pg_locks says who holds a table of the target, or let them take "
                            "longer with --catch-up");
    }
    return false;
}

bool
catch_up_back(struct cutover *cutover, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + cutover->settings->catch_up_ms;
    const struct back_request request = {.allowed = LIVE_SWITCHED};
    for (;;) {
        bool applied = false;
        struct live_round figures = {0};
        int64_t started_us = clock_monotonic_us();
        if (!stop_check(err) ||
            !sync_round_back(cutover->link, &request, &applied, &figures, err)) {
            return source_is_held(err) &&
                   held_up(err,
                           "a program reads or writes the file: wait until it has finished, "
                           "or longer with --timeout");
        }
        cutover->figures.rounds++;
        int64_t lag_us = clock_monotonic_us() - started_us;
        if (!applied || lag_us <= cutover->settings->max_lag_us) {
            return true;
        }
        if (clock_monotonic_ms() > deadline) {
            return too_slow(cutover, lag_us, err);
        }
    }
}

const char *
fence_words_source(const struct sync_link *link, struct arena *arena)
{
    return arena_printf(arena,
                        "moved to PostgreSQL (%s): this SQLite file takes no more writes",
                        target_describe(arena, link->conn));
}

const char *
fence_words_target(const struct sync_link *link, struct arena *arena)
{
    return arena_printf(arena, "the SQLite file %s is primary: these tables take no writes",
                        path_base(link->settings.source_path));
}

static bool
rewrite_env(struct cutover *cutover, struct error *err)
{
    const struct cutover_settings *settings = cutover->settings;
    if (settings->env_file == NULL) {
        return true;
    }
    if (!env_file_rewrite(settings->env_file, &settings->env, cutover->arena,
                          &cutover->figures.env_backup, err)) {
        return false;
    }
    if (cutover->figures.env_backup == NULL) {
        say(cutover, "%s says so already", settings->env_file);
    } else {
        say(cutover, "%s rewritten; as it was: %s", settings->env_file,
            cutover->figures.env_backup);
    }
    return true;
}

bool
tell_application(struct cutover *cutover, enum hook hook, struct error *err)
{
    struct sync_link *link = cutover->link;
    if (!rewrite_env(cutover, err) || !run_hook(cutover, hook, NULL, err)) {
        return error_wrap(err, "the application has not been told (the move itself is done)");
    }
    if (!live_set_told(link->conn, link->live.id, err)) {
        return false;
    }
    link->live.untold = false;
    link->live.reason = NULL;
    return true;
}
