/* live_log.c — see live_log.h. */
#include "report/live_log.h"

#include "capture/capture.h"
#include "postgres/back_room.h"
#include "sqlite/source.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What belongs to somebody else is not opened: SQLite would make files beside it, of the wrong
 * owner. */
static bool
is_ours(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_uid == geteuid();
}

static bool
read_file(const struct live *live, struct capture_state *state)
{
    AUTO_SOURCE source = {0};
    struct error unreadable;
    return is_ours(live->source_path) && source_open(&source, live->source_path, &unreadable) &&
           capture_state_read(&source, false, state, &unreadable) && state->installed &&
           strcmp(state->install_id, live->install_id) == 0;
}

static void
look_at_source(const struct live *live, struct live_log *log)
{
    struct capture_state state;
    log->stale = !read_file(live, &state);
    if (log->stale) {
        return;
    }
    log->room.waiting = state.last_seq - live->seq;
    log->rows = state.last_seq > 0 ? state.last_seq - state.first_seq + 1 : 0;
    log->room.full = state.full;
}

bool
live_log_look(PGconn *conn, const struct live *live, const struct live_figures *figures,
              bool running, struct live_log *log, struct error *err)
{
    *log = (struct live_log){.room = {.waiting = figures->pulse.backlog_keys,
                                      .max_rows = live->max_log_rows,
                                      .full = figures->pulse.log_full},
                             .rows = figures->pulse.log_rows};
    if (live->state == LIVE_SWITCHED || live->state == LIVE_RETURNING) {
        struct back_room back;
        if (!back_room_read(conn, live->id, &back, err)) {
            return false;
        }
        log->room.waiting = back.there ? back.waiting : -1;
        log->room.full = back.whole;
    } else if (live->state == LIVE_FINISHED) {
        log->room.full = false;
        log->rows = 0;
    } else if (!running) {
        look_at_source(live, log);
    }
    return true;
}

const char *
live_log_warning(const struct live_log *log, enum live_state state, struct arena *arena)
{
    bool back = state == LIVE_SWITCHED || state == LIVE_RETURNING;
    const char *which = back ? "the log of the way back" : "the log in the source";
    if (!log_room_is_scarce(&log->room)) {
        return NULL;
    }
    return log->room.full
               ? arena_printf(
                     arena,
                     "resync needed: %s was full (--max-log-rows), and not all changes "
                     "were noted; outgrow sync reads all tables again",
                     which)
               : arena_printf(arena,
                              "%s is %d%% full; once it is, all tables have to be read again",
                              which, log_room_percent(&log->room));
}
