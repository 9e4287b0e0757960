/* cutover.h — PostgreSQL becomes primary, SQLite becomes it again, or the move ends.
 *
 * Each of these takes the steps of state.h, and each may be killed anywhere: the same command
 * goes on from where both sides say it stands. link: open, idle, and idle again on return; its
 * busy_ms is how long a pause waits for SQLite's lock. */
#ifndef CUTOVER_CUTOVER_H
#define CUTOVER_CUTOVER_H

#include "cutover/env_file.h"
#include "cutover/hooks.h"
#include "cutover/state.h"
#include "sync/link.h"

struct cutover_settings {
    int64_t budget_us;           /* the application is kept waiting at most so long, also when
                                    somebody holds a lock in the target */
    int64_t attempts;            /* pauses that are tried before it is given up; at least 1 */
    int64_t max_lag_us;          /* a pause begins when a round's lag is below it */
    int64_t catch_up_ms;         /* how long rounds may take to get there */
    int64_t verified_within_us;  /* the last comparison of both sides may be so old */
    int64_t rehearsed_within_us; /* ... and the last rehearsal; older: another one */
    bool dry_run;                /* all but the fence; both sides are as before */
    bool without_way_back;       /* a way back that is not ready is no obstacle */
    const char *app_url;  /* the application's own connection string, to be tried; NULL: none */
    const char *env_file; /* NULL: none */
    struct env_settings env;
    struct hooks hooks;
    const char *archive_directory; /* finish: NULL: no archive */
    const char *program;           /* this program's version */
    struct progress *progress;
};

/* What it has cost; times in microseconds. */
struct cutover_figures {
    int64_t attempts;
    int64_t rounds;     /* to catch up */
    int64_t waited_us;  /* for the lock: the application was not concerned */
    int64_t pause_us;   /* the application waited */
    int64_t drain_us;   /* of it: the last round */
    int64_t compare_us; /* of it: what that brought, read back and compared */
    int64_t fence_us;   /* of it: fence and commit */
    int64_t closed_us;  /* neither side took writes, the pause included */
    int64_t keys;       /* in the last round */
    int64_t compared;   /* rows of it */
    int64_t epoch;
    bool done_before; /* nothing was left to do */
    const char *env_backup;
    const char *archive; /* finish */
};

/* A line for people; no line end. */
typedef void cutover_say(void *context, const char *line);

struct cutover {
    struct sync_link *link;
    const struct plan *final; /* the same plan made without plan_options.live: what foreign keys
                                 are to be once PostgreSQL is primary */
    const struct cutover_settings *settings;
    struct arena *arena;
    cutover_say *say;
    void *say_context;
    struct cutover_figures figures;
};

/* syncing -> switched, or with dry_run back to syncing. A preflight that is not ready, a row of
 * the last round that is not in the target as it is in the source, or over budget in every
 * attempt: ERROR_NOT_NOW; everything is as it was. A hook that fails behind the opening:
 * ERROR_SYSTEM; the same call runs it again. */
MUST_USE bool cutover_switch(struct cutover *cutover, struct error *err);

/* paused or fenced -> syncing. */
MUST_USE bool cutover_abort(struct cutover *cutover, struct error *err);

/* switched -> syncing with all that was written to PostgreSQL; returning -> switched. */
MUST_USE bool cutover_return(struct cutover *cutover, struct error *err);
MUST_USE bool cutover_return_abort(struct cutover *cutover, struct error *err);

/* switched -> finished; SQLite keeps its fence and nothing else of ours. */
MUST_USE bool cutover_finish(struct cutover *cutover, struct error *err);
/* loading or syncing -> ended: the row and everything of ours in SQLite goes. */
MUST_USE bool cutover_give_up(struct cutover *cutover, struct error *err);

/* For the process that runs rounds, when the state is none in which it has any to do: takes those
 * steps that whoever finds them may take (transition.alone). *settled: one was taken. why: one line
 * for people on what is being waited for, or NULL; lives as long as `arena`. */
MUST_USE bool cutover_settle(struct sync_link *link, struct arena *arena, bool *settled,
                             const char **why, struct error *err);

/* For the process that runs rounds while PostgreSQL is primary: looks whether SQLite's fence is
 * whole when its schema has changed since *seen (-1 at first), and puts it up again. */
MUST_USE bool cutover_watch_fence(struct sync_link *link, struct arena *arena, int64_t *seen,
                                  bool *mended, struct error *err);

#endif
