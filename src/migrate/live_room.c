/* live_room.c — how far the source's log may grow behind a move that begins, or begins again; see
 * live_begin.h. */
#include "base/stop.h"
#include "capture/row_copy.h"
#include "migrate/live_begin.h"
#include "migrate/run_choice.h"

#include <unistd.h>

enum { PAUSE_MS = 10 }; /* between slices, for the application's writes */

/* Up to where the log is of use to whoever goes on. *known false: a copy is whose position nobody
 * has noted yet. */
static bool
find_position(const struct live_begin *begin, PGconn *conn, int64_t *position, bool *known,
              struct error *err)
{
    const struct run_key key = {begin->source_path, begin->settings->schema};
    struct live live;
    struct run run;
    bool found = false;
    *position = 0;
    *known = true;
    if (!live_load(conn, begin->arena, begin->source_path, &live, &found, err)) {
        return false;
    }
    if (found) {
        *position = live.seq;
        return true;
    }
    if (!run_find(conn, &key, begin->arena, &run, &found, err)) {
        return false;
    }
    *known = !found || run.state == RUN_VERIFIED || access(run.snapshot_path, F_OK) != 0;
    return true;
}

/* Rows of it that have changed since they were read may not be in the log. */
static bool
discard_chunks(const struct live_begin *begin, PGconn *conn, struct error *err)
{
    const struct run_key key = {begin->source_path, begin->settings->schema};
    struct run run;
    bool found = false;
    if (!run_find(conn, &key, begin->arena, &run, &found, err)) {
        return false;
    }
    if (found) {
        source_row_copy_discard(run.snapshot_path);
    }
    return true;
}

/* Or each end of ours, time and again, would leave it longer by what it may hold. */
static bool
cut(const struct live_begin *begin, struct source *writer, PGconn *conn, struct error *err)
{
    int64_t position = 0;
    bool more = false;
    if (!find_position(begin, conn, &position, &more, err)) {
        return false;
    }
    more = more && begin->settings->trim != TRIM_NEVER;
    while (more) {
        if (!capture_cut_full(writer, position, &more, err) ||
            (more && !stop_wait(PAUSE_MS, err))) {
            return false;
        }
    }
    return true;
}

/* What was lost of it is to be known before it takes changes again. */
static bool
reopen(const struct live_begin *begin, struct source *writer, PGconn *conn, struct error *err)
{
    return live_distrust(conn, begin->source_path, err) && discard_chunks(begin, conn, err) &&
           cut(begin, writer, conn, err) && capture_reopen(writer, err);
}

int64_t
live_begin_log_rows(const struct live_begin *begin, const struct capture_state *before)
{
    int64_t asked = begin->settings->max_log_rows;
    return asked != LOG_ROWS_AS_IT_IS                 ? asked
           : before->installed && before->log_cap > 0 ? before->log_cap
                                                      : LOG_ROWS_USUAL;
}

bool
live_begin_make_room(const struct live_begin *begin, struct source *writer,
                     const struct capture_state *before, PGconn *conn, struct error *err)
{
    return capture_cap_set(writer, begin->max_log_rows, before->last_seq, err) &&
           (!before->full || reopen(begin, writer, conn, err));
}
