/* doctor_logs.c — the doctor's checks of what a live move notes on either side. */
#include "capture/capture.h"
#include "operate/doctor_internal.h"
#include "postgres/back_room.h"
#include "postgres/journal.h"
#include "postgres/live.h"
#include "postgres/log_room.h"

#include <inttypes.h>

static void
tell_full(struct examination *examination, struct doctor_finding *finding)
{
    found(examination, finding, DOCTOR_WARN,
          "resync needed: it was full, and not all changes were noted");
    advise(examination, finding, "outgrow sync reads all tables again");
}

static void
tell_room(struct examination *examination, struct doctor_finding *finding,
          const struct log_room *room)
{
    int percent = log_room_percent(room);
    if (room->full) {
        tell_full(examination, finding);
    } else if (room->max_rows == 0) {
        found_ok(examination, finding, "%" PRId64 " changes wait, of any number",
                 room->waiting);
    } else if (!log_room_is_scarce(room)) {
        found_ok(examination, finding,
                 "%" PRId64 " changes wait, of at most %" PRId64 " (%d%%)", room->waiting,
                 room->max_rows, percent);
    } else {
        found(examination, finding, DOCTOR_WARN,
              "%" PRId64 " changes wait, of at most %" PRId64
              " (%d%%); once it is full, all tables have to be read again",
              room->waiting, room->max_rows, percent);
        advise(examination, finding,
               "have outgrow sync run, or allow more: outgrow sync --max-log-rows");
    }
}

/* As the file itself tells it: no target is asked how far rounds have come. */
static int64_t
waiting_in(const struct capture_state *state)
{
    int64_t waiting = state->last_seq == 0 ? 0 : state->last_seq - state->first_seq;
    if (state->log_cap != 0) {
        waiting = state->log_cap - (state->log_limit - state->last_seq);
    }
    return waiting > 0 ? waiting : 0;
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
    } else {
        const struct log_room room = {
            .waiting = waiting_in(&state), .max_rows = state.log_cap, .full = state.full};
        tell_room(examination, finding, &room);
    }
}

static int
fullness(const struct log_room *room)
{
    return room->full ? 101 : log_room_percent(room);
}

/* The fullest of the target's. *any: there is one. */
static bool
find_fullest(struct examination *examination, struct log_room *fullest, bool *any,
             struct error *err)
{
    struct live *lives = NULL;
    size_t count = 0;
    bool exists = false;
    if (!journal_exists(examination->conn, &exists, err) ||
        (exists &&
         !live_load_all(examination->conn, examination->arena, &lives, &count, err))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct back_room back;
        if (lives[i].state != LIVE_SWITCHED && lives[i].state != LIVE_RETURNING) {
            continue;
        }
        if (!back_room_read(examination->conn, lives[i].id, &back, err)) {
            return false;
        }
        const struct log_room room = {
            .waiting = back.waiting, .max_rows = lives[i].max_log_rows, .full = back.whole};
        if (back.there && (!*any || fullness(&room) > fullness(fullest))) {
            *any = true;
            *fullest = room;
        }
    }
    return true;
}

void
check_back_log(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    struct log_room room = {0};
    bool any = false;
    if (find_fullest(examination, &room, &any, &err)) {
        if (any) {
            tell_room(examination, finding, &room);
        } else {
            found_ok(examination, finding, "none: no source was switched to this database");
        }
    } else if (target_lacks_right(&err)) { /* whose GRANT another check names */
        found(examination, finding, DOCTOR_SKIPPED, "%s", err.message);
    } else {
        found_error(examination, finding, &err);
    }
}
