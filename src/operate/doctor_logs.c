/* doctor_logs.c — the doctor's checks of what a live move notes on either side. */
#include "capture/capture.h"
#include "operate/doctor_internal.h"
#include "postgres/back_room.h"
#include "postgres/journal.h"
#include "postgres/live.h"

#include <inttypes.h>

enum { WARN_PERCENT = 75 };

static int
percent_of(int64_t waiting, int64_t max_rows)
{
    double percent = max_rows <= 0 ? 0 : 100.0 * (double)waiting / (double)max_rows;
    return percent < 0 ? 0 : percent > 100 ? 100 : (int)percent;
}

static void
tell_room(struct examination *examination, struct doctor_finding *finding, int64_t waiting,
          int64_t max_rows)
{
    int percent = percent_of(waiting, max_rows);
    if (max_rows == 0) {
        found_ok(examination, finding, "%" PRId64 " changes wait, of any number", waiting);
    } else if (percent < WARN_PERCENT) {
        found_ok(examination, finding,
                 "%" PRId64 " changes wait, of at most %" PRId64 " (%d%%)", waiting, max_rows,
                 percent);
    } else {
        found(examination, finding, DOCTOR_WARN,
              "%" PRId64 " changes wait, of at most %" PRId64
              " (%d%%); once it is full, all tables have to be read again",
              waiting, max_rows, percent);
        advise(examination, finding,
               "have outgrow sync run, or allow more: outgrow sync --max-log-rows");
    }
}

static void
tell_full(struct examination *examination, struct doctor_finding *finding)
{
    found(examination, finding, DOCTOR_WARN,
          "resync needed: it was full, and not all changes were noted");
    advise(examination, finding, "outgrow sync reads all tables again");
}

void
check_source_log(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    struct capture_state state;
    if (!capture_state_read(&examination->source, false, &state, &err)) {
        found_error(examination, finding, &err);
    } else if (!state.installed) {
        found_ok(examination, finding, "none: outgrow sync has not been here");
    } else if (state.full) {
        tell_full(examination, finding);
    } else {
        int64_t rows = state.last_seq == 0 ? 0 : state.last_seq - state.first_seq;
        int64_t used = state.log_cap == 0 ? rows
                                          : state.log_cap - (state.log_limit - state.last_seq);
        tell_room(examination, finding, used > 0 ? used : 0, state.log_cap);
    }
}

/* The fullest of the target's. */
static bool
find_fullest(struct examination *examination, struct back_room *fullest, int64_t *max_rows,
             struct error *err)
{
    struct live *lives = NULL;
    size_t count = 0;
    bool exists = false;
    int most = -1;
    if (!journal_exists(examination->conn, &exists, err) ||
        (exists &&
         !live_load_all(examination->conn, examination->arena, &lives, &count, err))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct back_room room;
        if (lives[i].state != LIVE_SWITCHED && lives[i].state != LIVE_RETURNING) {
            continue;
        }
        if (!back_room_read(examination->conn, lives[i].id, &room, err)) {
            return false;
        }
        int percent = room.whole ? 101 : percent_of(room.waiting, lives[i].max_log_rows);
        if (room.there && percent > most) {
            most = percent;
            *fullest = room;
            *max_rows = lives[i].max_log_rows;
        }
    }
    return true;
}

void
check_back_log(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    struct back_room room = {0};
    int64_t max_rows = 0;
    if (!find_fullest(examination, &room, &max_rows, &err)) {
        if (target_lacks_right(&err)) { /* whose GRANT another check names */
            found(examination, finding, DOCTOR_SKIPPED, "%s", err.message);
        } else {
            found_error(examination, finding, &err);
        }
    } else if (!room.there) {
        found_ok(examination, finding, "none: no source was switched to this database");
    } else if (room.whole) {
        tell_full(examination, finding);
    } else {
        tell_room(examination, finding, room.waiting, max_rows);
    }
}
