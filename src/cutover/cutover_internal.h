/* cutover_internal.h — what the files of this room share. */
#ifndef CUTOVER_CUTOVER_INTERNAL_H
#define CUTOVER_CUTOVER_INTERNAL_H

#include "cutover/cutover.h"
#include "cutover/doors.h"
#include "cutover/standing.h"
#include "sync/back.h"
#include "sync/forward.h"

/* Tells people; a line that is not worth saying to nobody. */
void say(const struct cutover *cutover, const char *format, ...) PRINTF_LIKE(2, 3);

/* Runs a hook, and shows what it wrote. reason: NULL: none. */
MUST_USE bool run_hook(struct cutover *cutover, enum hook hook, const char *reason,
                       struct error *err);

/* Where the round stands in the way of a switch: ERROR_SOURCE or ERROR_USAGE with what to do. */
MUST_USE bool round_is_good(enum round_outcome outcome, const struct sync_link *link,
                            struct error *err);

/* Rounds until the lag is below settings->max_lag_us. */
MUST_USE bool catch_up_forward(struct cutover *cutover, struct error *err);
MUST_USE bool catch_up_back(struct cutover *cutover, struct error *err);

/* Waits between two attempts, longer each time. ERROR_STOPPED. */
MUST_USE bool wait_before_attempt(int64_t attempt, struct error *err);

/* Attempts to close the primary, as many as the settings allow, with rounds in between. */
enum attempt {
    ATTEMPT_DONE,
    ATTEMPT_AGAIN, /* err says why; nothing has changed, another one may succeed */
    ATTEMPT_FAILED
};
typedef enum attempt cutover_attempt(struct cutover *cutover, void *context, struct error *err);
typedef bool cutover_catch_up(struct cutover *cutover, struct error *err);
MUST_USE bool attempt_until_done(struct cutover *cutover, cutover_attempt *attempt,
                                 void *context, cutover_catch_up *catch_up, struct error *err);

/* A pause that took too long, with its figures and what to do. Returns false. */
bool over_budget(const struct cutover *cutover, struct error *err);

/* In the open transaction of a pause: whoever holds a lock in the target (to build an index,
 * say), and a server that is slow, keep the application waiting no longer than the budget. */
MUST_USE bool bound_waits(const struct cutover *cutover, struct error *err);
/* What became of a pause that these bounds ended: then nothing has changed, and err says how long
 * it took and for what. */
enum attempt again_when_late(const struct cutover *cutover, struct error *err);

/* The application's file and hook once its side is open. The row says that they are due
 * (untold, and the reason for people) until both have run, so that a killed process's successor
 * runs them. */
extern const char hooks_are_due[];
MUST_USE bool tell_application(struct cutover *cutover, enum hook hook, struct error *err);

/* Behind SQLite's fence and before PostgreSQL opens: rows that refer to nothing become what the
 * plan says (orphans: set-aside, null), which until here they could not, for their parents
 * might have come. Once more after a crash, the rest. What keeps it from being done is said,
 * and the rows stay. */
MUST_USE bool settle_orphans(struct cutover *cutover, const struct doors *doors,
                             struct error *err);

/* syncing -> paused -> fenced, in as many pauses as the settings allow; of a dry run: as far as the
 * last changes are there and looked at, then everything is as it was. */
MUST_USE bool pause_and_fence(struct cutover *cutover, struct error *err);

/* returned -> syncing, with the foreign keys that rounds forward need. Another process may have
 * been faster. */
MUST_USE bool resume_forward(struct sync_link *link, const struct doors *doors,
                             struct error *err);

/* The statement-level fence and every right, tried as the application: an UPDATE of no rows in
 * each table, rolled back. refused: one line, or NULL. Lives as long as the cutover's arena. */
MUST_USE bool smoke_test(struct cutover *cutover, const char *conninfo, const char **refused,
                         struct error *err);

/* SQLite's fence put up again where somebody took it down (state.h, STANCE_TORN). */
MUST_USE bool mend_torn(struct cutover *cutover, struct error *err);

/* What the application is told. Live as long as `arena`. */
const char *fence_words_source(const struct sync_link *link, struct arena *arena);
const char *fence_words_target(const struct sync_link *link, struct arena *arena);

#endif
