/* identity.c — whether the file is the one that the position speaks of, as it was left. */
#include "sync/forward_internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static bool
refuse(struct sync_link *link, enum round_outcome *outcome, enum round_outcome what,
       const char *why)
{
    *outcome = what;
    snprintf(link->why, sizeof link->why, "%s", why);
    return true;
}

/* A file that was moved into its place is another one, whatever it holds. */
static bool
look_at_file(const struct sync_link *link, struct live *position, struct error *err)
{
    struct stat status;
    if (stat(link->settings.source_path, &status) != 0) {
        return error_set(err, ERROR_SYSTEM, "look at \"%s\"", link->settings.source_path);
    }
    position->device = (int64_t)status.st_dev;
    position->inode = (int64_t)status.st_ino;
    return true;
}

/* NULL: it is as it was left. */
static const char *
restored_reason(const struct live *live, const struct live *now,
                const struct capture_state *state, const char *fingerprint)
{
    if (!state->installed) {
        return "the capture of changes is gone from the file";
    }
    if (strcmp(state->install_id, live->install_id) != 0) {
        return "it is another file, with a capture of its own";
    }
    if (now->device != live->device || now->inode != live->inode) {
        return "another file was put in its place";
    }
    if (strcmp(state->nonce, live->nonce) != 0 &&
        strcmp(state->previous_nonce, live->nonce) != 0) {
        return "it is an older copy of the file: its log was trimmed since";
    }
    if (state->last_seq < live->seq) {
        return "it is an older copy of the file: it knows less changes than were applied";
    }
    return strcmp(fingerprint, live->fingerprint) == 0
               ? NULL
               : "it is an older copy of the file: its log continues differently";
}

/* Whether the declarations are those that the plan was made of, and all triggers there. */
static bool
check_schema(const struct look *look, const struct capture_state *state,
             enum round_outcome *outcome, struct error *err)
{
    struct sync_link *link = look->link;
    const char *text = NULL;
    if (!sync_schema_text(look->source, &look->gathered->memory, &text, err)) {
        return false;
    }
    if (strcmp(text, link->schema_text) != 0) {
        return refuse(link, outcome, ROUND_SCHEMA_CHANGED,
                      "tables, columns, indexes or triggers of the source were changed");
    }
    link->triggers_missing = !state->triggers_intact;
    return state->triggers_intact || refuse(link, outcome, ROUND_SCHEMA_CHANGED,
                                            "triggers that note changes are missing");
}

bool
identity_check(struct look *look, enum round_outcome *outcome, struct error *err)
{
    struct sync_link *link = look->link;
    struct source *source = look->source;
    struct arena *arena = &look->gathered->memory;
    struct live *position = &look->gathered->position;
    const struct live *live = &link->live;
    struct capture_state state;
    const char *then = NULL;
    *outcome = ROUND_APPLIED;
    *position = *live;
    link->triggers_missing = false;
    if (!look_at_file(link, position, err) || !capture_state_read(source, false, &state, err)) {
        return false;
    }
    if (state.installed && !capture_fingerprint(source, live->seq, arena, &then, err)) {
        return false;
    }
    const char *reason = restored_reason(live, position, &state, then);
    if (reason != NULL) {
        return refuse(link, outcome, ROUND_RESTORED, reason);
    }
    if (state.full) {
        return refuse(link, outcome, ROUND_LOG_FULL,
                      "its log was full (--max-log-rows): not all changes were noted");
    }
    look->moved = state.schema_version != live->schema_version;
    if (look->moved && (!capture_state_read(source, true, &state, err) ||
                        !check_schema(look, &state, outcome, err))) {
        return false;
    }
    position->seq = state.last_seq;
    position->schema_version = state.schema_version;
    position->nonce = arena_strdup(arena, state.nonce);
    return capture_fingerprint(source, state.last_seq, arena, &position->fingerprint, err);
}
