/* forward.h — one round from SQLite to PostgreSQL.
 *
 * In one short read transaction: the state of the file, the keys logged since the position, the
 * rows they have now; spooled (memory, then a file), so that no lock is held over the network.
 * Then one transaction on the target: delete all those keys in all tables, insert the rows that
 * exist, move the position. After it the target is what the source was at that moment. */
#ifndef SYNC_FORWARD_H
#define SYNC_FORWARD_H

#include "sync/link.h"

enum round_outcome {
    ROUND_APPLIED,
    ROUND_IDLE,           /* nothing was new */
    ROUND_NOT_OURS,       /* live.state does not let us; link->live says. The wish is not
                             looked at: that is the syncing process's */
    ROUND_SCHEMA_CHANGED, /* tables, columns or triggers changed: nothing was applied */
    ROUND_RESTORED,       /* another file, or an older state of it: nothing was applied */
    ROUND_LOG_FULL, /* not all changes were noted: nothing was applied; sync_reopen mends it */
};                  /* of all but the first, link->why says more */

struct round_request {
    bool in_transaction; /* the writer holds an IMMEDIATE transaction: read through it */
    bool keep_open;      /* leave the target's transaction open behind the apply, position and
                                all: the caller adds to it and commits (a switch does). Open also
                                when ROUND_IDLE: the lock is held */
    enum live_state allowed; /* the state in which the round may run */
    const bool *whole;       /* one per link table: read it whole; NULL: none */
};

/* transaction: the target's, begun here unless it is open already (then a lock was waited for
 * before the source's writers wait); over on return unless keep_open. A row that the target
 * cannot hold is set aside (outgrow.set_aside of the run) and counted, and comes back when it
 * is mended. */
MUST_USE bool sync_round_forward(struct sync_link *link, const struct round_request *request,
                                 struct target_transaction *transaction,
                                 enum round_outcome *outcome, struct live_round *figures,
                                 struct error *err);

/* Removes what was applied from the source's log, one small slice; *more: another one is left.
 * Not while a transaction is open on either side. A source that is busy: nothing happens. */
MUST_USE bool sync_trim(struct sync_link *link, bool *more, struct error *err);

/* Rows that were set aside because the target held another one of their key go into the
 * source's log again, when a table of theirs has changed: the next round tries them. At most
 * now and then, for it writes to the source. No transaction is open. */
MUST_USE bool sync_mend(struct sync_link *link, struct error *err);

/* A switch does with orphans what the plan says; while SQLite is primary they are rows like
 * others: of those that a return, or a switch taken back, has left aside, the tables are read
 * whole, in a round of their own. No transaction is open. */
MUST_USE bool sync_mend_orphans(struct sync_link *link, struct error *err);

/* The source's log has room behind what was applied, and no trim has seen to that: it is to be
 * written to for it, when at most `least` more rows fit in. A source that is busy: nothing
 * happens. */
MUST_USE bool sync_make_room(struct sync_link *link, int64_t least, struct error *err);

/* Removes a slice of what waits in a full log, so that it is not longer by it when it takes changes
 * again; *more: another one is left. No transaction is open. */
MUST_USE bool sync_cut_full(struct sync_link *link, bool *more, struct error *err);

/* A log that was full takes changes again. What was not noted meanwhile comes with the next round,
 * which reads every table whole; that is noted in the target before anything else. */
MUST_USE bool sync_reopen(struct sync_link *link, struct error *err);

/* Puts capture's triggers back that somebody has dropped. What was changed meanwhile went by
 * unseen, so the next round reads every table whole; that is noted in the target before
 * anything else. tables: link_plan.captured. */
MUST_USE bool sync_reinstall(struct sync_link *link, struct capture_table *tables,
                             struct error *err);

#endif
