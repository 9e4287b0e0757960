/* standing.c — both locks, and where the move stands under them; see standing.h. */
#include "cutover/standing.h"

#include "capture/fence.h"
#include "sqlite/writer.h"
#include "sync/back.h"

bool
source_hold_begin(struct source_hold *hold, struct source *writer, struct error *err)
{
    if (sqlite3_exec(writer->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        source_failed(writer, err, "lock the source against writers");
        return source_is_held(err) &&
               error_hint(err, "a long transaction of the application holds it: try at a "
                               "quieter hour, or allow more with --timeout");
    }
    hold->writer = writer;
    return true;
}

void
source_hold_close(struct source_hold *hold)
{
    if (hold->writer != NULL) {
        sqlite3_exec(hold->writer->handle, "ROLLBACK", NULL, NULL, NULL);
        hold->writer = NULL;
    }
}

/* While PostgreSQL is primary a fence with a gap is none. */
static bool
read_source(struct sync_link *link, struct source *source, struct standing *standing,
            struct error *err)
{
    bool open = standing->live.state == LIVE_SWITCHED || standing->live.state == LIVE_FINISHED;
    bool whole = true;
    if (!capture_state_read(source, false, &standing->source, err) ||
        (open && !fence_is_whole(source, link->catalog, &whole, err))) {
        return error_wrap(err, "read the state of \"%s\"", link->settings.source_path);
    }
    standing->stance = stance_of(standing->live.state, standing->source.fenced && whole);
    return true;
}

bool
standing_require_fence(struct sync_link *link, struct error *err)
{
    bool whole = false;
    if (!fence_is_whole(&link->writer, link->catalog, &whole, err)) {
        return false;
    }
    if (whole) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "SQLite's fence has a gap: somebody dropped a part of it");
    return error_hint(err, "--abort goes back to where it began");
}

bool
standing_read(struct sync_link *link, struct standing *standing, struct error *err)
{
    bool found = false;
    *standing = (struct standing){0};
    if (!sync_link_look(link, &found, err)) {
        return false;
    }
    standing->live = link->live;
    standing->live.state = found ? link->live.state : LIVE_STATE_COUNT;
    return read_source(link, &link->reader, standing, err);
}

/* In the link's memory: whoever waits for a person does this ten times a second, for days. */
static bool
lock_row(struct sync_link *link, struct live *live, struct error *err)
{
    bool locked = sync_link_lock(link, err);
    *live = link->live;
    return locked;
}

/* The row is read again under both locks: a connection that broke while the other lock was
 * waited for has lost the row's, and this is where that shows. */
bool
standing_lock(struct sync_link *link, struct standing_locks *locks, struct standing *standing,
              struct error *err)
{
    *standing = (struct standing){0};
    return target_begin(&locks->target, link->conn, err) &&
           target_execute(link->conn, "SET LOCAL lock_timeout = '30s'", err) &&
           target_apply_as_ours(link->conn, err) && lock_row(link, &standing->live, err) &&
           source_hold_begin(&locks->source, &link->writer, err) &&
           target_execute(link->conn, "SET LOCAL lock_timeout = '2s'", err) &&
           lock_row(link, &standing->live, err) &&
           read_source(link, &link->writer, standing, err);
}

void
standing_locks_close(struct standing_locks *locks)
{
    target_transaction_close(&locks->target);
    source_hold_close(&locks->source);
}

bool
standing_write(struct sync_link *link, struct standing *standing, enum live_state state,
               struct error *err)
{
    standing->live.state = state;
    if (!live_set_state(link->conn, &standing->live, err)) {
        return false;
    }
    link->live = standing->live;
    return true;
}

bool
standing_flush_source(struct sync_link *link, struct error *err)
{
    bool complete = false; /* a reader may keep the -wal alive; the commit itself is flushed */
    return source_checkpoint(&link->writer, &complete, err);
}

bool
standing_commit_within(struct sync_link *link, struct source_hold *hold, int64_t ms,
                       struct error *err)
{
    int busy_ms = link->settings.busy_ms;
    writer_wait_for_locks(hold->writer, ms < 1 ? 1 : ms < busy_ms ? (int)ms : busy_ms);
    bool done = writer_run(hold->writer, "commit in the source", "COMMIT", err);
    writer_wait_for_locks(hold->writer, busy_ms);
    if (done) {
        hold->writer = NULL;
        return true;
    }
    return source_is_held(err) &&
           error_hint(err,
                      "a long read of the application holds it: try at a quieter hour, or "
                      "allow more with %s",
                      ms < busy_ms ? "--budget" : "--timeout");
}

bool
standing_commit_source(struct sync_link *link, struct source_hold *hold, struct error *err)
{
    return standing_commit_within(link, hold, link->settings.busy_ms, err) &&
           standing_flush_source(link, err);
}
