/* sync_turn.h — one process at a time keeps a source in step: a lock of the session on the target,
 * which ends with it, whatever happens to the process. */
#ifndef LIVE_SYNC_TURN_H
#define LIVE_SYNC_TURN_H

#include "postgres/live.h"

/* Waits some seconds, for the server may not have noticed yet that a killed one is gone.
 * ERROR_USAGE: another process has it. */
MUST_USE bool sync_turn_take(PGconn *conn, const struct live *live, struct error *err);
MUST_USE bool sync_turn_give(PGconn *conn, const struct live *live, struct error *err);

#endif
