/* sync_rounds.c — see sync_rounds.h. */
#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"
#include "cutover/cutover.h"
#include "live/service_status.h"
#include "live/sync_rounds_internal.h"
#include "live/sync_turn.h"

enum {
    BUSY_MS = 5000,
    PAUSE_MS = 10,
    HELD_MS = 100,
    SWITCH_US = 3 * 1000000, /* a switch or a return that goes well is long over by then */
};

/* Whoever was here before may have been gone between moving the limit and cutting the log. */
static int64_t
roomy_since(const struct capture_state *state)
{
    int64_t limit_moved_at = state->log_limit - state->log_cap;
    bool uncut = state->first_seq > 0 && state->first_seq < limit_moved_at;
    return uncut ? state->first_seq : limit_moved_at;
}

/* The file says how long its log may be, for its triggers to see. PostgreSQL's is told by rounds. */
static bool
limit_log(struct rounds *rounds, struct error *err)
{
    struct sync_link *link = rounds->link;
    struct capture_state state;
    int64_t rows = link->live.max_log_rows;
    if (rows == rounds->log_cap || link->live.state != LIVE_SYNCING) {
        return true;
    }
    if (!capture_state_read(&link->reader, false, &state, err)) {
        return false;
    }
    if (state.installed && state.log_cap != rows &&
        !capture_cap_set(&link->writer, rows, link->live.seq, err)) {
        return false;
    }
    rounds->log_cap = rows;
    rounds->roomy_seq = roomy_since(&state);
    return true;
}

static bool
look_at_wish(struct rounds *rounds, struct error *err)
{
    int64_t now = clock_monotonic_us();
    if (now - rounds->looked_us < LOOK_US) {
        return true;
    }
    rounds->looked_us = now;
    int64_t rate = rounds->link->live.rate_rows;
    if (!sync_link_reload(rounds->link, err)) {
        return false;
    }
    if (rounds->link->live.rate_rows != rate) {
        rounds->held_us = 0;
    }
    return limit_log(rounds, err);
}

/* The state of the source is not one in which anything has to be done: somebody else is at it, or
 * nobody, and then this is the one to tidy up. Why it waits is said once it has lasted. */
static bool
settle(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    bool settled = false;
    const char *why = NULL;
    int64_t now = clock_monotonic_us();
    rounds->pause_ms = HELD_MS;
    rounds->between_us = rounds->between_us == 0 ? now : rounds->between_us;
    return cutover_settle(rounds->link, &memory, &settled, &why, err) &&
           (settled || now - rounds->between_us < SWITCH_US ||
            pulse_reason(&rounds->pulse, why, err));
}

static bool
move(struct rounds *rounds, struct error *err)
{
    switch (rounds->link->live.state) {
    case LIVE_SYNCING: return rounds_go_forward(rounds, err);
    case LIVE_SWITCHED: return rounds_go_back(rounds, err);
    case LIVE_FINISHED: rounds->over = true; return true;
    case LIVE_LOADING:
    case LIVE_PAUSED:
    case LIVE_FENCED:
    case LIVE_RETURNING:
    case LIVE_STATE_COUNT: break;
    }
    return settle(rounds, err);
}

static bool
is_enough(const struct rounds *rounds)
{
    const struct rounds_job *job = rounds->job;
    int64_t lag_us = clock_monotonic_us() - rounds->link->fresh_us;
    return rounds->rounded &&
           (job->settings->once || (job->until_lag_us >= 0 && lag_us <= job->until_lag_us &&
                                    !rounds->link->whole_waits));
}

/* NULL: there is one, or it is not its time. */
static const char *
why_no_way_back(const struct rounds *rounds)
{
    bool back = rounds->link != NULL && rounds->link->live.state == LIVE_SWITCHED;
    return back && rounds->no_way_back[0] != '\0' ? rounds->no_way_back : NULL;
}

static bool
work(struct rounds *rounds, struct error *err)
{
    struct sync_link *link = rounds->link;
    rounds->pause_ms = PAUSE_MS;
    /* Each time: SQLite would take the journal of a file that got this one's name for ours. */
    if (!sync_link_check_place(rounds->link, err) || !look_at_wish(rounds, err)) {
        return false;
    }
    if (link->live.wish == LIVE_STOP) {
        rounds->over = true;
        return live_set_wish(link->conn, link->live.id, LIVE_RUN, link->live.rate_rows, err);
    }
    if (link->live.wish == LIVE_HOLD) {
        rounds->pause_ms = HELD_MS;
        return pulse_reason(&rounds->pulse, "paused by outgrow sync --pause", err) &&
               pulse_beat(&rounds->pulse, err);
    }
    if (!move(rounds, err)) {
        return false;
    }
    bool doing = live_state_lasts(link->live.state);
    rounds->between_us = doing ? 0 : rounds->between_us;
    rounds->over |= is_enough(rounds);
    return (!doing || pulse_reason(&rounds->pulse, why_no_way_back(rounds), err)) &&
           pulse_beat(&rounds->pulse, err);
}

static bool
loop(struct rounds *rounds, struct error *err)
{
    while (!rounds->over && !stop_requested()) {
        if (work(rounds, err)) {
            rounds->failures = 0;
            rounds->passing = 0;
            rounds_wait(rounds->over ? 0 : rounds->pause_ms);
        } else if (!stop_requested() && err->kind != ERROR_STOPPED &&
                   !rounds_recover(rounds, err)) {
            return false;
        }
    }
    return true;
}

static bool
take_turn(struct rounds *rounds, struct error *err)
{
    bool taken = sync_turn_take(rounds->link->conn, &rounds->link->live, err);
    rounds->is_others_turn = !taken && err->kind == ERROR_USAGE;
    return taken;
}

static bool
start(struct rounds *rounds, struct error *err)
{
    const struct rounds_job *job = rounds->job;
    if (!live_source_open(&rounds->source, job->conninfo, job->path, BUSY_MS, err)) {
        return false;
    }
    rounds->link = &rounds->source.link;
    rounds->trimmed_us = clock_monotonic_us();
    pulse_start(&rounds->pulse, job->output, rounds->link,
                path_base(rounds->link->settings.source_path));
    struct live *live = &rounds->link->live;
    int64_t rate = job->settings->max_rate_rows;
    bool other_rate = rate != RATE_AS_IT_IS && rate != live->rate_rows;
    bool other_wish = live->wish == LIVE_STOP;
    if (!take_turn(rounds, err) || !rounds_watch_source(rounds, err) ||
        (job->settings->max_log_rows != LOG_ROWS_AS_IT_IS &&
         !live_set_max_log_rows(rounds->link->conn, live->id, job->settings->max_log_rows,
                                err))) {
        return false;
    }
    return !(other_rate || other_wish) ||
           live_set_wish(rounds->link->conn, live->id, other_wish ? LIVE_RUN : live->wish,
                         other_rate ? rate : live->rate_rows, err);
}

static void
let_go(struct rounds *rounds)
{
    sqlite3_finalize(rounds->data_version);
    live_source_close(&rounds->source);
}

/* At the start of a machine the application may hold the file's lock, or the disk may be full, and
 * the server, which was there a moment ago, may restart: none is a reason to be gone when it is over.
 * Nor is the process of before, of which the server may notice late that it is no more. */
static bool
start_patiently(struct rounds *rounds, const struct rounds_job *job, struct error *err)
{
    char said[sizeof err->message] = "";
    while (true) {
        *rounds = (struct rounds){
            .job = job, .seen_version = -1, .fence_version = -1, .log_cap = -1};
        if (start(rounds, err)) {
            return true;
        }
        bool waits_for_turn = rounds->is_others_turn && service_is_watched();
        if (waits_for_turn) {
            rounds->pulse.link = NULL; /* what is said of the source is the other one's */
        }
        if (!rounds_wait_to_start(job, waits_for_turn, said, err)) {
            return false;
        }
        let_go(rounds);
    }
}

bool
rounds_run(const struct rounds_job *job, enum rounds_end *end, struct error *err)
{
    struct rounds rounds;
    bool ok = start_patiently(&rounds, job, err) && loop(&rounds, err);
    pulse_stop(&rounds.pulse, why_no_way_back(&rounds), ok ? NULL : err);
    *end = rounds.end;
    let_go(&rounds);
    return ok;
}
