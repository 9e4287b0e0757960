/* one_state.h — both sides of a live source as they were at one moment, for as long as somebody
 * looks at them; rounds and the application go on meanwhile.
 *
 * The source is a private copy; the target an exported snapshot, taken right behind a round that
 * was read from that very copy, or before that from the state that became it: every row of the
 * source that was ever committed by then is in both, and nothing newer in either. */
#ifndef SYNC_ONE_STATE_H
#define SYNC_ONE_STATE_H

#include "base/own_directory.h"
#include "base/progress.h"
#include "sync/link.h"

/* The zero value is closed. */
struct one_state {
    PGconn *keeper;       /* its transaction keeps the snapshot */
    const char *snapshot; /* for SET TRANSACTION SNAPSHOT */
    const char *copy;     /* a SQLite file, removed with it; NULL: none */
    enum live_state live; /* LIVE_SYNCING or LIVE_SWITCHED */
    struct own_directory directory;
};

/* link: idle. The copy goes beside that of the link's settings, where there is room for it; what a
 * killed process has left there is removed. In state "syncing" or
 * "switched" only: else ERROR_USAGE. A source in WAL mode is read in one transaction while it
 * is copied; of another one, rounds wait until the copy is made, so that writers need not.
 * ERROR_SOURCE, ERROR_TARGET, ERROR_STOPPED. Strings live as long as `arena`. */
MUST_USE bool one_state_take(struct sync_link *link, struct progress *progress,
                             struct arena *arena, struct one_state *state, struct error *err);
void one_state_close(struct one_state *state);
#define AUTO_ONE_STATE __attribute__((cleanup(one_state_close))) struct one_state

#endif
