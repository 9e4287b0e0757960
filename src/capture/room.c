/* room.c — how far the log may grow; see capture_cap_set.
 *
 * Whoever holds the pen is the application, perhaps with no process of ours anywhere. So a trigger
 * on the log itself keeps it from growing: each 256th row is looked at, and behind the limit taken
 * out again, so that the next one gets its number and is looked at as well. The limit is the
 * number before such a row. */
#include "capture/internal.h"

#include <inttypes.h>

enum { LOOK_EVERY = 256 };

const char capture_room_trigger_name[] = "_outgrow_0_room";
const char capture_room_trigger_sql[] =
    "CREATE TRIGGER _outgrow_0_room AFTER INSERT ON _outgrow_log WHEN NEW.seq&255=0 "
    "AND NEW.seq>(SELECT v FROM _outgrow_meta WHERE k='log_limit') "
    "BEGIN DELETE FROM _outgrow_log WHERE seq=NEW.seq; END";

/* The last number that is kept, when so many rows behind `from` may be. */
static bool
set_limit(struct source *writer, int64_t from, int64_t rows, struct error *err)
{
    int64_t last = from > INT64_MAX - rows - LOOK_EVERY ? INT64_MAX - LOOK_EVERY : from + rows;
    return meta_set_number(writer, CAPTURE_META_LIMIT, last | (LOOK_EVERY - 1), err);
}

bool
capture_room_renew(struct source *writer, const struct capture_state *state, int64_t applied,
                   struct error *err)
{
    return state->log_cap == 0 || state->full ||
           set_limit(writer, applied, state->log_cap, err);
}

static bool
lift_limit(struct source *writer, struct error *err)
{
    return meta_remove(writer, CAPTURE_META_CAP, err) &&
           meta_remove(writer, CAPTURE_META_LIMIT, err);
}

/* What waits already is not taken for too much: a log that is full would have lost something. */
bool
capture_room_set(struct source *writer, int64_t rows, int64_t applied, struct error *err)
{
    struct capture_state state;
    if (!capture_state_read(writer, false, &state, err)) {
        return false;
    }
    if (state.full) {
        return meta_set_number(writer, CAPTURE_META_CAP, rows, err);
    }
    if (rows == 0) {
        return lift_limit(writer, err);
    }
    int64_t from = applied + rows > state.last_seq ? applied : state.last_seq - rows + 1;
    return meta_set_number(writer, CAPTURE_META_CAP, rows, err) &&
           set_limit(writer, from, rows, err);
}

bool
capture_cap_set(struct source *writer, int64_t rows, int64_t applied, struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, capture_room_set(writer, rows, applied, err), err);
}

static bool
move_limit(struct source *writer, int64_t applied, struct error *err)
{
    struct capture_state state;
    return capture_state_read(writer, false, &state, err) &&
           capture_room_renew(writer, &state, applied, err);
}

bool
capture_cap_follow(struct source *writer, int64_t applied, struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, move_limit(writer, applied, err), err);
}

static bool
cut_full(struct source *writer, int64_t applied, bool *more, struct error *err)
{
    char sql[224];
    struct capture_state state;
    if (!capture_state_read(writer, false, &state, err)) {
        return false;
    }
    if (!state.full) {
        return true;
    }
    snprintf(sql, sizeof sql,
             "DELETE FROM main._outgrow_log WHERE seq IN (SELECT seq FROM main._outgrow_log "
             "WHERE seq > %" PRId64 " AND seq < %" PRId64 " ORDER BY seq LIMIT %d)",
             applied, state.last_seq, CAPTURE_SLICE_ROWS);
    if (!writer_run(writer, "cut the log", sql, err)) {
        return false;
    }
    *more = sqlite3_changes(writer->handle) == CAPTURE_SLICE_ROWS;
    return true;
}

bool
capture_cut_full(struct source *writer, int64_t applied, bool *more, struct error *err)
{
    struct writing writing;
    *more = false;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, cut_full(writer, applied, more, err), err);
}

static bool
reopen(struct source *writer, struct error *err)
{
    struct capture_state state;
    if (!capture_state_read(writer, false, &state, err)) {
        return false;
    }
    if (state.log_cap == 0) {
        return lift_limit(writer, err);
    }
    return set_limit(writer, state.last_seq, state.log_cap, err);
}

bool
capture_reopen(struct source *writer, struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, reopen(writer, err), err);
}
