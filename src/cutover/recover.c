/* recover.c — what is done when a process finds a move between two states; state.h says which
 * steps anybody may take, and which a person has to ask for. */
#include "capture/fence.h"
#include "cutover/cutover_internal.h"

#include <inttypes.h>

/* The step of the target's side that whoever finds this stance takes; NULL: none. */
static const struct transition *
step_alone(enum stance stance)
{
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        if (step->from == stance && step->alone && step->event != EVENT_LOADED) {
            return step;
        }
    }
    return NULL;
}

static bool
take_alone(struct sync_link *link, bool *settled, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    const struct transition *step = step_alone(standing.stance);
    if (step == NULL) {
        link->live = standing.live;
        return true;
    }
    *settled = standing_write(link, &standing, stance_table[step->to].row, err) &&
               target_commit(&locks.target, err);
    return *settled;
}

/* SQLite is open and the target fenced: rounds forward may go on. That the application has not been
 * told stays in the row, for the command that was ended. */
static bool
settle_returned(struct sync_link *link, struct arena *arena, bool *settled, const char **why,
                struct error *err)
{
    struct doors doors;
    size_t unproven = 0;
    if (!doors_prepare(link, NULL, arena, &doors, err)) {
        return false;
    }
    if (resume_forward(link, &doors, err)) {
        *settled = true;
        return doors_validate(link->conn, &doors, &unproven, err);
    }
    if (!target_was_held_up(err)) {
        return error_wrap(err, "let rounds forward go on");
    }
    *why = arena_printf(arena, "returned: somebody holds a table of the target: %s",
                        err->message);
    return true;
}

bool
cutover_settle(struct sync_link *link, struct arena *arena, bool *settled, const char **why,
               struct error *err)
{
    struct standing standing;
    *settled = false;
    *why = NULL;
    if (!standing_read(link, &standing, err)) {
        return false;
    }
    link->live = standing.live;
    if (standing.stance == STANCE_RETURNED) {
        return settle_returned(link, arena, settled, why, err);
    }
    if (step_alone(standing.stance) != NULL && !take_alone(link, settled, err)) {
        return error_wrap(err, "go on from \"%s\"", stance_table[standing.stance].name);
    }
    if (!*settled && standing.stance != STANCE_SYNCING && standing.stance != STANCE_SWITCHED) {
        const struct stance_entry *entry = &stance_table[standing.stance];
        bool held = standing.stance == STANCE_PAUSED; /* or the step alone had been taken */
        *why = arena_printf(arena, "%s: %s%s%s", entry->name, entry->meaning, held ? "" : "; ",
                            held ? "" : entry->recovery);
    }
    return true;
}

/* Both locks are held from the look to the last commit, so that nobody opens PostgreSQL
 * meanwhile. */
static bool
lower_and_go_back(struct cutover *cutover, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    struct sync_link *link = cutover->link;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    if (standing.stance == STANCE_SYNCING) { /* another process was faster */
        link->live = standing.live;
        return true;
    }
    if (standing.stance != STANCE_PAUSED) {
        if (!stance_allows(standing.stance, EVENT_UNFENCE, err) ||
            !fence_lower(&link->writer, err) ||
            !standing_commit_source(link, &locks.source, err)) {
            return false;
        }
    }
    return standing_write(link, &standing, LIVE_SYNCING, err) &&
           target_commit(&locks.target, err);
}

bool
cutover_abort(struct cutover *cutover, struct error *err)
{
    if (!lower_and_go_back(cutover, err)) {
        return error_wrap(err, "go back to SQLite");
    }
    say(cutover, "SQLite takes writes; rounds forward go on");
    return true;
}

/* Under both locks: nobody opens or closes a side meanwhile. *mended false: it was whole, or
 * PostgreSQL is not primary. */
static bool
put_up_again(struct sync_link *link, struct arena *arena, bool *mended, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    *mended = false;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    link->live = standing.live;
    bool open = standing.live.state == LIVE_SWITCHED || standing.live.state == LIVE_FINISHED;
    if (!open || standing.stance != STANCE_TORN) {
        return true;
    }
    *mended = fence_mend(&link->writer, fence_words_source(link, arena), err) &&
              standing_commit_source(link, &locks.source, err);
    return *mended || error_wrap(err, "put SQLite's fence up again");
}

static bool
schema_version(struct source *source, int64_t *version, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(source->handle, "PRAGMA main.schema_version", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "read the schema version");
    }
    *version = sqlite3_column_int64(statement, 0);
    return true;
}

bool
cutover_watch_fence(struct sync_link *link, struct arena *arena, int64_t *seen, bool *mended,
                    struct error *err)
{
    int64_t version = 0;
    *mended = false;
    if (!schema_version(&link->reader, &version, err)) {
        return false;
    }
    if (version == *seen) {
        return true;
    }
    if (!put_up_again(link, arena, mended, err)) {
        return false;
    }
    *seen = *mended ? -1 : version;
    return true;
}

/* Row "switched", fence down: somebody restored the file or dropped triggers, and both sides
 * may have been written to. The fence comes first; what is in the log behind the position is
 * what was written. */
bool
mend_torn(struct cutover *cutover, struct error *err)
{
    struct sync_link *link = cutover->link;
    struct capture_state state;
    bool mended = false;
    bool open = link->live.state == LIVE_SWITCHED || link->live.state == LIVE_FINISHED;
    if (!open) {
        error_set(err, ERROR_SOURCE, "the row says \"%s\", but SQLite is fenced",
                  link->live.state == LIVE_STATE_COUNT ? "nothing"
                                                       : live_state_name(link->live.state));
        return error_hint(err, "the target was restored, or another one has this source");
    }
    if (!put_up_again(link, cutover->arena, &mended, err) ||
        !capture_state_read(&link->reader, false, &state, err)) {
        return false;
    }
    error_set(err, ERROR_SOURCE,
              "SQLite's fence was down while PostgreSQL is primary; it is up again (%" PRId64
              " changes in its log behind the position)",
              state.last_seq - link->live.seq);
    return error_hint(err, "compare both before you go on: outgrow verify");
}
