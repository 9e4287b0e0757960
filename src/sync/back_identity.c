/* back_identity.c — whether the file is as the last round back left it: rows brought to a copy
 * that was put back would join those that the copy never got, and a return would lose them. */
#include "sync/back_internal.h"

#include <string.h>

static const char an_older_copy[] =
    "it is an older copy of the file, or the target is one of the database";

/* NULL: it is. The nonce before the last one: the source's commit was the last thing that
 * happened. Before the first round back only the log tells a copy that was made before the switch:
 * fingerprint is that of the position. */
static const char *
other_reason(const struct live *live, const struct capture_state *state,
             const char *fingerprint)
{
    if (!state->installed) {
        return "what outgrow keeps in it is gone";
    }
    if (strcmp(state->install_id, live->install_id) != 0) {
        return "it is another file, with a capture of its own";
    }
    bool nonce_fits = strcmp(state->nonce, live->nonce) == 0 ||
                      strcmp(state->previous_nonce, live->nonce) == 0;
    return nonce_fits && state->last_seq >= live->seq &&
                   strcmp(fingerprint, live->fingerprint) == 0
               ? NULL
               : an_older_copy;
}

bool
back_identity_take(struct sync_link *link, struct error *err)
{
    struct capture_state state;
    char nonce[CAPTURE_ID_SIZE];
    const char *then = NULL;
    if (!sync_link_check_place(link, err) ||
        !capture_state_read(&link->writer, false, &state, err)) {
        return false;
    }
    if (state.installed &&
        !capture_fingerprint(&link->writer, link->live.seq, &link->live_memory, &then, err)) {
        return false;
    }
    const char *reason = other_reason(&link->live, &state, then);
    if (reason != NULL) {
        error_set(err, ERROR_SOURCE, "\"%s\" is not as the last round back left it: %s",
                  link->settings.source_path, reason);
        return error_hint(err,
                          "put the right one back; if it is lost, end the move with outgrow "
                          "finish: PostgreSQL has everything");
    }
    if (!capture_nonce_renew(&link->writer, link->live.nonce, nonce, err)) {
        return false;
    }
    link->live.nonce = arena_strdup(&link->live_memory, nonce);
    link->live.device = link->device;
    link->live.inode = link->inode;
    return true;
}
