/* live_proof.h — when a live source was last proven: both sides compared in whole, and the way back
 * rehearsed. Both may take long, so a switch relies on what is recent. */
#ifndef POSTGRES_LIVE_PROOF_H
#define POSTGRES_LIVE_PROOF_H

#include "postgres/live.h"

/* By the server's clock. */
struct live_proof {
    int64_t
        compared_age_us; /* the initial copy's own comparison included; -1: never, or void */
    int64_t rehearsed_age_us; /* -1: never, of this copy */
    int64_t
        orphans; /* rows of the source that referred to nothing at the rehearsal; -1: not known */
};
MUST_USE bool live_proof_load(PGconn *conn, int64_t id, struct live_proof *proof,
                              struct error *err);

/* All tables, all rows, no difference. */
MUST_USE bool live_note_compared(PGconn *conn, int64_t id, struct error *err);
/* Somebody else may have written to the target: no comparison up to now counts. */
MUST_USE bool live_void_compared(PGconn *conn, int64_t id, struct error *err);
/* Nothing would be lost. orphans: as above. */
MUST_USE bool live_note_rehearsed(PGconn *conn, int64_t id, int64_t orphans, struct error *err);

#endif
