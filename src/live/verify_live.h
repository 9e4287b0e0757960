/* verify_live.h — a live source compared with its target while both are written to.
 *
 * Both sides are those of one moment (sync/one_state.h). Rows that differ are compared again, at
 * later moments, before they are reported; repaired, they are put into the source's log, so that
 * the next round brings them: the target itself is not written to. */
#ifndef LIVE_VERIFY_LIVE_H
#define LIVE_VERIFY_LIVE_H

#include "settings/settings.h"
#include "verify/verify.h"

#include <jansson.h>

struct verify_live_request {
    const struct output *output;
    const char *source_path; /* real */
    struct verify_job job; /* all but what says which state is compared; its plan that of a live
                                source */
    bool repair;
    json_t *warnings;
};

/* *repaired: a new reference, or NULL when nothing was to be repaired. ERROR_USAGE: the move is
 * in a state in which both sides cannot be made the same, or in which nothing can be
 * repaired. */
MUST_USE bool verify_live(const struct verify_live_request *request, struct arena *arena,
                          struct verdict *verdict, json_t **repaired, struct error *err);

/* Whether a run with live settings is live still: syncing or switched. */
MUST_USE bool verify_is_live(PGconn *conn, struct arena *arena, const char *source_path,
                             bool *live, struct error *err);

#endif
