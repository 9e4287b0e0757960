/* standing.h — both locks, and where the move stands under them. */
#ifndef CUTOVER_STANDING_H
#define CUTOVER_STANDING_H

#include "cutover/state.h"
#include "sync/link.h"

/* SQLite's write lock: a transaction on the link's writer. Rolled back when it goes out of
 * scope. */
struct source_hold {
    struct source *writer; /* NULL: not held */
};
/* ERROR_SOURCE when the lock is not to be had in the writer's busy time. */
MUST_USE bool source_hold_begin(struct source_hold *hold, struct source *writer,
                                struct error *err);
void source_hold_close(struct source_hold *hold);
#define AUTO_SOURCE_HOLD __attribute__((cleanup(source_hold_close))) struct source_hold

/* What the two sides say. */
struct standing {
    enum stance stance;
    struct live live; /* its strings are those of the link's, until that is loaded again */
    struct capture_state source;
};

/* Without locks: true at this moment only, and what the link has of the row is loaded anew. A row that is gone: STANCE_ENDED or torn. */
MUST_USE bool standing_read(struct sync_link *link, struct standing *standing,
                            struct error *err);

/* Both locks: a transaction on the link's connection, marked as ours, with the row's (a round may
 * hold that for a while), then SQLite's. Locks of tables are waited for two seconds. What the link
 * has of the row is loaded anew. */
struct standing_locks {
    struct source_hold source;
    struct target_transaction target;
};
MUST_USE bool standing_lock(struct sync_link *link, struct standing_locks *locks,
                            struct standing *standing, struct error *err);
void standing_locks_close(struct standing_locks *locks);
#define AUTO_LOCKS __attribute__((cleanup(standing_locks_close))) struct standing_locks

/* Writes the row's state in the open transaction and remembers it in the link. */
MUST_USE bool standing_write(struct sync_link *link, struct standing *standing,
                             enum live_state state, struct error *err);

/* Before the target is opened: no table of the source takes writes. Under SQLite's lock. */
MUST_USE bool standing_require_fence(struct sync_link *link, struct error *err);

/* A source step's commit, with which a pause is over. Readers of a file without a WAL are waited
 * for no longer than ms, and than the writer's busy time. On failure the lock is still held. */
MUST_USE bool standing_commit_within(struct sync_link *link, struct source_hold *hold,
                                     int64_t ms, struct error *err);
/* What was committed goes out of the -wal, so that no power loss takes it back. */
MUST_USE bool standing_flush_source(struct sync_link *link, struct error *err);
/* Both, where nobody is kept waiting: within the writer's busy time. */
MUST_USE bool standing_commit_source(struct sync_link *link, struct source_hold *hold,
                                     struct error *err);

#endif
