/* back.h — the way back: PostgreSQL notes what changes, rounds bring it to SQLite.
 *
 * outgrow.back_log(live_id, t, keys in text form) is filled by statement triggers with transition
 * tables (row triggers where these are not possible), for every writer but ours, which sets
 * outgrow.applying for its transactions. TRUNCATE logs the table as a whole. The function is
 * SECURITY DEFINER, so the application's role needs no right on the log. Consumed by
 * DELETE ... RETURNING under REPEATABLE READ, rows read in the same snapshot: a position
 * "behind the last one seen" would lose rows of transactions that commit late. */
#ifndef SYNC_BACK_H
#define SYNC_BACK_H

#include "sync/link.h"

/* Makes log, functions and triggers for the link's tables, enabled ALWAYS; and the target's fence:
 * statement triggers that refuse every writer but ours, with words that say who is primary.
 * Each in the caller's open transaction. Again: brings them up to date. */
MUST_USE bool back_install(struct sync_link *link, struct error *err);
MUST_USE bool back_remove(struct sync_link *link, struct error *err);
MUST_USE bool target_fence_raise(struct sync_link *link, const char *words, struct error *err);
/* Also has hidden rowids go on behind those that are there. */
MUST_USE bool target_fence_lower(struct sync_link *link, struct error *err);
MUST_USE bool target_fence_is_up(struct sync_link *link, bool *up, struct error *err);

/* The same of a source whose link need not be open: other words, for a fence that stands; or
 * nothing is left of it. */
MUST_USE bool target_fence_reword(PGconn *conn, int64_t live_id, const char *words,
                                  struct error *err);
MUST_USE bool target_fence_drop(PGconn *conn, int64_t live_id, struct error *err);

/* SQL that makes a session ours as target_apply_as_ours does a transaction. */
extern const char target_session_is_ours[];

/* Marks the current transaction of `conn` as ours: neither fence nor log concern it. */
MUST_USE bool target_apply_as_ours(PGconn *conn, struct error *err);

/* Whether everything that the way back needs is as it was: triggers there and enabled, columns and
 * types unchanged, no table of the plan gone or added to. *why NULL: it is; else one line. */
MUST_USE bool back_check(struct sync_link *link, struct arena *arena, const char **why,
                         struct error *err);

/* What has no way back although all is in order, one line each: tables that a query gave, tables
 * and columns that are not in the target. Lives as long as `arena`. */
void back_limits(const struct sync_link *link, struct arena *arena, const char *const **lines,
                 size_t *count);

/* Both sides for a rehearsal: runs `look`, which begins to read the source or copies it, while
 * no round moves the target; after it the transaction of link->conn is open with that state of
 * the target, the live source's lock is free again, and the log that `look` saw has every key
 * that the target lacks. conn: idle. *moved: VACUUM has renumbered rows since the last round
 * (or the tables have changed): what was looked at cannot be compared before a round has seen
 * it. */
typedef bool back_look(void *context, struct error *err);
MUST_USE bool back_moment_take(struct sync_link *link, back_look *look, void *context,
                               struct target_transaction *transaction, bool *moved,
                               struct error *err);

/* Decodes every row of the target and compares it, cell by cell and by storage class, with the
 * source's: the proof, before a switch, that coming back loses nothing. Rows that would not
 * come back as they are: counted, with up to `examples` lines. Rows that the source has logged
 * since the target's position are under way, and not compared, so rounds may go on. conn: idle
 * (a moment is taken for each table), or in the transaction of a moment, with link->reader that
 * of the copy made in it. */
struct back_rehearsal {
    uint64_t rows;
    uint64_t cells_inexact; /* would be lost when their row is changed */
    uint64_t cells_kept; /* written otherwise than their column's others: stay as they are until
                               somebody changes that very cell, or the row's key */
    const char *
        *examples; /* "users.created_at, id=12: 2024-01-01T00:00 would come back as ..." */
    size_t example_count;
    bool moved; /* by VACUUM: not all was looked at, a round is needed first */
};
MUST_USE bool back_rehearse(struct sync_link *link, struct arena *arena, size_t examples,
                            struct back_rehearsal *rehearsal, struct error *err);

/* One round back: takes the log, reads the rows, writes SQLite in one IMMEDIATE transaction
 * (triggers off, our own connection), commits SQLite, then PostgreSQL: replaying after a crash
 * in between does no harm. Rows not touched since the switch are never rewritten, nor are cells
 * that say the same as the target's, however they are written. A row that gets another key is a
 * new one: columns that are not in the target start anew in it. Rows that SQLite refuses (a
 * CHECK that the target does not have) stay as they were, are kept in outgrow.back_refused,
 * counted in figures->set_aside, and tried again with each later round; *applied false: nothing
 * was logged, or link->live.state is another. A file that is not as the last round left it (a
 * copy that was put back): ERROR_SOURCE, nothing is written.
 *
 * in_transaction: the writer's transaction (IMMEDIATE) and the target's (REPEATABLE READ, with
 * the live source's lock, state looked at) are open and stay so; the caller commits the
 * writer's FIRST: the log goes with the target's, and is not to be gone before its rows are
 * safe. So the target's fence has to be raised and committed before, in a transaction of its
 * own. */
struct back_request {
    bool in_transaction;
    bool
        complete; /* the last one: a row that SQLite does not take is ERROR_SOURCE, and names it */
    enum live_state allowed;
};
MUST_USE bool sync_round_back(struct sync_link *link, const struct back_request *request,
                              bool *applied, struct live_round *figures, struct error *err);

/* When there will be no more of them, in the writer's transaction: tells of what is still kept of
 * rows that had to leave the file, and removes what keeps none. */
typedef void back_lost_tell(void *context, const char *table, const char *kept_in,
                            int64_t rows);
MUST_USE bool back_lost_leave(struct sync_link *link, back_lost_tell *tell, void *context,
                              struct error *err);

/* After the last one, in the writer's transaction: sqlite_sequence behind the target's sequences,
 * full-text tables rebuilt. */
MUST_USE bool back_settle_source(struct sync_link *link, struct error *err);

#endif
