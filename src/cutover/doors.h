/* doors.h — what else changes with the primary: foreign keys and sequences.
 *
 * While SQLite is primary, foreign keys in the target are deferred and without actions, because
 * rounds delete first and insert then. The application needs them as it declared them. All SQL is
 * made before the pause.
 *
 * Tables that were there before (plan->existing) have neither foreign keys nor triggers while
 * SQLite is primary: outgrow.detached keeps them, and they come back as they were. */
#ifndef CUTOVER_DOORS_H
#define CUTOVER_DOORS_H

#include "copy/detach.h"
#include "plan/plan.h"
#include "sync/link.h"

struct doors {
    const char **to_final; /* DROP + ADD NOT VALID, one a foreign key that is there; all of
                              them where the plan says what becomes of orphans */
    const char **to_live;
    const char **drop; /* what to_final begins with */
    const char **validate;
    size_t count;
    const char *
        *lost; /* those that rounds have dropped, for the source does not keep them; they
                          are made again, and hold for new rows */
    size_t lost_count;
    struct arena *arena;
    struct detached *detached; /* existing tables: what is off */
    size_t detached_count;
};

/* Which foreign keys the initial copy (link->live.run_id) made, and what each is to become.
 * final NULL: only to_live is wanted. The connection is idle. Lives as long as `arena`. */
MUST_USE bool doors_prepare(struct sync_link *link, const struct plan *final,
                            struct arena *arena, struct doors *doors, struct error *err);

/* In the open transaction of the opening: foreign keys as declared, and every identity column's
 * sequence behind its values and SQLite's own counter. source: with its fence up. */
MUST_USE bool doors_to_target(PGconn *conn, const struct doors *doors, const struct plan *plan,
                              struct source *source, struct error *err);

/* In the open transaction of the return: foreign keys as rounds forward need them. */
MUST_USE bool doors_to_source(struct sync_link *link, const struct doors *doors,
                              struct error *err);

/* Whether what is off can be put back: does it, and takes it back. *refused: one line, or NULL. The
 * connection is idle. */
MUST_USE bool doors_try(PGconn *conn, const struct doors *doors, const char **refused,
                        struct error *err);

/* Behind either, outside of a transaction: proves the rows that were there. One that cannot be
 * proven was not before either (rows of the source that refer to nothing): *unproven counts
 * them. */
MUST_USE bool doors_validate(PGconn *conn, const struct doors *doors, size_t *unproven,
                             struct error *err);

#endif
