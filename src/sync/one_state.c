/* one_state.c — see one_state.h. */
#include "sync/one_state.h"

#include "base/stop.h"
#include "sqlite/backup.h"
#include "sync/back.h"
#include "sync/forward.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS_MAX = 50 };

struct taking {
    struct sync_link *link;
    const char *path;
    struct progress *progress;
    struct arena *arena;
    struct one_state *state;
};

static bool
run(struct source *source, const char *sql, struct error *err)
{
    return sqlite3_exec(source->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(source, err, "read the source");
}

static void
end_reading(struct source **source)
{
    if (*source != NULL && sqlite3_get_autocommit((*source)->handle) == 0) {
        sqlite3_exec((*source)->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}
#define AUTO_READING __attribute__((cleanup(end_reading))) struct source

static bool
make_copy(struct taking *taking, struct source *source, struct error *err)
{
    if (!source_backup(source, taking->path, taking->progress, err)) {
        return error_wrap(err, "copy the source to compare it");
    }
    taking->state->copy = taking->path;
    return true;
}

/* Another process has brought more than `source` shows: a look at the file as it is now says so. */
static bool
is_overtaken(struct taking *taking, enum round_outcome outcome, bool *overtaken,
             struct error *err)
{
    struct capture_state now;
    struct sync_link *link = taking->link;
    *overtaken = false;
    if (outcome != ROUND_RESTORED) {
        return true;
    }
    if (!capture_state_read(&link->reader, false, &now, err)) {
        return false;
    }
    *overtaken = strcmp(now.install_id, link->live.install_id) == 0 &&
                 now.last_seq >= link->live.seq;
    return true;
}

/* The round that brings the target to what `source` shows in its open transaction. *seq: below
 * 0 when it shows less than the target has by now. */
static bool
bring_to(struct taking *taking, const struct source *source, int64_t *seq, struct error *err)
{
    struct sync_link *link = taking->link;
    struct sync_link through = *link;
    AUTO_TRANSACTION transaction = {0};
    const struct round_request request = {
        .in_transaction = true, .keep_open = true, .allowed = LIVE_SYNCING};
    enum round_outcome outcome;
    struct live_round figures = {0};
    through.writer = *source;
    bool ok = sync_round_forward(&through, &request, &transaction, &outcome, &figures, err);
    through.writer = link->writer;
    *link = through; /* what the round has learnt */
    bool overtaken = false;
    *seq = -1;
    if (!ok || !is_overtaken(taking, outcome, &overtaken, err) || overtaken) {
        return ok && overtaken;
    }
    if (outcome != ROUND_APPLIED && outcome != ROUND_IDLE) {
        error_set(err, ERROR_USAGE, "no round is possible: %s", link->why);
        return error_hint(err, "outgrow sync says how to go on");
    }
    *seq = link->live.seq;
    return target_commit(&transaction, err);
}

/* Begins the keeper's transaction, in the snapshot of that name where there is one, and says at
 * which position it is. */
static bool
keep(struct taking *taking, const char *name, int64_t *seq, struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT begin = {0};
    char sql[160];
    PGconn *keeper = taking->state->keeper;
    text_add(&begin, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (name != NULL) {
        text_add(&begin, "; SET TRANSACTION SNAPSHOT ");
        target_quote_literal(&begin, name);
    }
    snprintf(
        sql, sizeof sql,
        "SELECT pg_catalog.pg_export_snapshot(), seq FROM outgrow.live WHERE id = %" PRId64,
        taking->link->live.id);
    if (!target_execute(keeper, text_string(&begin), err) ||
        !target_query(keeper, sql, NULL, 0, &result, err)) {
        return error_wrap(err, "share a snapshot of the target");
    }
    if (PQntuples(result) != 1) {
        return error_set(err, ERROR_TARGET, "the live source is no longer in the journal");
    }
    taking->state->snapshot = arena_strdup(taking->arena, PQgetvalue(result, 0, 0));
    *seq = target_number(result, 0, 1);
    return true;
}

/* Another process may have done a round between ours and the snapshot: then once more. */
static bool
bring_and_keep(struct taking *taking, const struct source *source, bool *kept,
               struct error *err)
{
    int64_t brought = 0;
    int64_t shown = 0;
    if (!bring_to(taking, source, &brought, err)) {
        return false;
    }
    if (brought < 0) {
        *kept = false;
        return true;
    }
    if (!keep(taking, NULL, &shown, err)) {
        return false;
    }
    *kept = brought == shown;
    return *kept || target_execute(taking->state->keeper, "ROLLBACK", err);
}

/* With a WAL, a reader's state stands still while writers go on. */
static bool
take_wal(struct taking *taking, bool *kept, struct error *err)
{
    AUTO_READING *writer = &taking->link->writer;
    return run(writer, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", err) &&
           bring_and_keep(taking, writer, kept, err) &&
           (!*kept || make_copy(taking, writer, err));
}

/* Without one, the copy comes first, with its position, under the row's lock: no round gets ahead
 * of it. */
static bool
copy_locked(struct taking *taking, struct error *err)
{
    AUTO_TRANSACTION lock = {0};
    struct sync_link *link = taking->link;
    return target_begin(&lock, link->conn, err) && sync_link_lock(link, err) &&
           make_copy(taking, &link->reader, err) && target_commit(&lock, err);
}

static bool
take_copied(struct taking *taking, bool *kept, struct error *err)
{
    AUTO_SOURCE copy = {0};
    return copy_locked(taking, err) && source_open(&copy, taking->path, err) &&
           run(&copy, "BEGIN", err) && bring_and_keep(taking, &copy, kept, err);
}

/* *locked false: a round was faster, and the snapshot is too old. */
static bool
lock_back(struct sync_link *link, struct target_transaction *transaction, bool *locked,
          struct error *err)
{
    struct error refused;
    *locked = false;
    if (!target_begin(transaction, link->conn, err) ||
        !target_execute(link->conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", err)) {
        return false;
    }
    *locked = sync_link_lock(link, &refused);
    if (!*locked && !target_lost_race(&refused)) {
        *err = refused;
        return false;
    }
    return true;
}

static bool
bring_back(struct sync_link *link, struct error *err)
{
    AUTO_READING *writer = &link->writer;
    const struct back_request request = {.in_transaction = true, .allowed = LIVE_SWITCHED};
    struct live_round figures = {0};
    bool applied = false;
    if (link->live.state != LIVE_SWITCHED) {
        return error_set(err, ERROR_USAGE, "PostgreSQL is primary no more");
    }
    return run(writer, "BEGIN IMMEDIATE", err) &&
           sync_round_back(link, &request, &applied, &figures, err) &&
           run(writer, "COMMIT", err);
}

/* PostgreSQL is primary: a round back, and the snapshot that it was read from. Nobody else writes
 * to the source, so it stays as it is until the row's lock is gone. */
static bool
take_back(struct taking *taking, bool *kept, struct error *err)
{
    struct sync_link *link = taking->link;
    AUTO_TRANSACTION transaction = {0};
    AUTO_RESULT *exported = NULL;
    int64_t seq = 0;
    if (!lock_back(link, &transaction, kept, err)) {
        return false;
    }
    return !*kept ||
           (bring_back(link, err) &&
            target_query(link->conn, "SELECT pg_catalog.pg_export_snapshot()", NULL, 0,
                         &exported, err) &&
            keep(taking, PQgetvalue(exported, 0, 0), &seq, err) &&
            make_copy(taking, &link->reader, err) && target_commit(&transaction, err));
}

static bool
take_once(struct taking *taking, bool *kept, struct error *err)
{
    struct sync_link *link = taking->link;
    bool wal = false;
    if (!sync_link_reload(link, err) || !source_is_wal(&link->reader, &wal, err)) {
        return false;
    }
    taking->state->live = link->live.state;
    switch (link->live.state) {
    case LIVE_SYNCING:
        return wal ? take_wal(taking, kept, err) : take_copied(taking, kept, err);
    case LIVE_SWITCHED: return take_back(taking, kept, err);
    case LIVE_LOADING:
    case LIVE_PAUSED:
    case LIVE_FENCED:
    case LIVE_RETURNING:
    case LIVE_FINISHED:
    case LIVE_STATE_COUNT: break;
    }
    error_set(err, ERROR_USAGE, "the live source is %s: its sides cannot be made the same now",
              live_state_name(link->live.state));
    return error_hint(err, "outgrow status says what it waits for");
}

bool
one_state_take(struct sync_link *link, struct progress *progress, struct arena *arena,
               struct one_state *state, struct error *err)
{
    struct taking taking = {.link = link, .progress = progress, .arena = arena, .state = state};
    bool kept = false;
    *state = (struct one_state){0};
    if (!sync_link_directory(link, &state->directory, err) ||
        !target_connect(link->settings.conninfo, &state->keeper, err)) {
        return false;
    }
    taking.path = arena_printf(arena, "%s/copy", state->directory.path);
    for (int attempt = 0; !kept; attempt++) {
        if (attempt == ATTEMPTS_MAX) {
            return error_set(err, ERROR_TARGET, "other processes' rounds leave no moment");
        }
        if (!stop_check(err) || !take_once(&taking, &kept, err)) {
            return false;
        }
    }
    return true;
}

void
one_state_close(struct one_state *state)
{
    target_connection_close(&state->keeper);
    own_directory_remove(&state->directory);
    *state = (struct one_state){0};
}
