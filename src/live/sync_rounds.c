/* sync_rounds.c — see sync_rounds.h. */
#include "live/sync_rounds.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"
#include "cutover/cutover.h"
#include "live/sync_pulse.h"
#include "live/sync_turn.h"
#include "migrate/live_source.h"
#include "page/result.h"
#include "sync/back.h"
#include "sync/forward.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum {
    BUSY_MS = 5000,
    POLL_MS = 10,
    POLL_IDLE_MS = 25, /* when nothing has been written for a while: half the processor time */
    IDLE_US = 2 * 1000000,
    POLL_BACK_MS = 20,
    LOOK_US = 250000, /* how often the target is asked what is wished */
    RETRY_MIN_MS = 100,
    RETRY_MAX_MS = 5000,
    FAILURES_MAX = 8, /* of an error that is no broken connection */
    TRIM_ROWS = 50000,
    TRIM_US = 60 * 1000000,
    WATCH_US = 5 * 1000000, /* how often the way back is looked at */
};

struct rounds {
    const struct rounds_job *job;
    struct live_source source;
    struct sync_link *link;
    sqlite3_stmt *data_version;
    int64_t seen_version; /* -1: none */
    int64_t changed_us;   /* when it was another one */
    bool rounded;         /* a round went through since the start */
    bool over;
    enum rounds_end end;
    int64_t looked_us;
    int64_t
        fence_version; /* schema version of the source when its fence was whole; -1: not known */
    int64_t fence_us;  /* when that was looked at */
    int64_t trimmed_us;
    bool trimming;
    int64_t watched_us;
    char no_way_back[256]; /* what has changed in the target; "": nothing */
    int failures;
    int pause_ms; /* until the next look */
    struct rate rate;
    struct sync_pulse pulse;
};

static bool
open_data_version(struct rounds *rounds, struct error *err)
{
    struct source *reader = &rounds->link->reader;
    return sqlite3_prepare_v3(reader->handle, "PRAGMA data_version", -1,
                              SQLITE_PREPARE_PERSISTENT, &rounds->data_version,
                              NULL) == SQLITE_OK ||
           source_failed(reader, err, "watch the source");
}

/* Changes with every commit of another connection. */
static bool
read_data_version(struct rounds *rounds, int64_t *version, struct error *err)
{
    int step = sqlite3_step(rounds->data_version);
    *version = sqlite3_column_int64(rounds->data_version, 0);
    sqlite3_reset(rounds->data_version);
    return step == SQLITE_ROW || source_failed(&rounds->link->reader, err, "watch the source");
}

static void
use_rate(struct rounds *rounds)
{
    struct rate_limit limit = {.unit = RATE_ROWS, .per_second = rounds->link->live.rate_rows};
    if (limit.per_second == 0) {
        limit.unit = RATE_UNLIMITED;
    }
    if (rounds->rate.limit.per_second != limit.per_second) {
        rate_start(&rounds->rate, limit, NULL);
    }
}

static bool
look_at_wish(struct rounds *rounds, struct error *err)
{
    int64_t now = clock_monotonic_us();
    if (now - rounds->looked_us < LOOK_US) {
        return true;
    }
    rounds->looked_us = now;
    if (!sync_link_reload(rounds->link, err)) {
        return false;
    }
    use_rate(rounds);
    return true;
}

/* The state of the source is not one in which anything has to be done: somebody else is at it, or
 * nobody, and then this is the one to tidy up. */
static bool
settle(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    bool settled = false;
    const char *why = NULL;
    rounds->pause_ms = 100;
    return cutover_settle(rounds->link, &memory, &settled, &why, err) &&
           (settled || pulse_reason(&rounds->pulse, why, err));
}

static bool
fail_schema(struct rounds *rounds, struct error *err)
{
    struct sync_link *link = rounds->link;
    if (link->triggers_missing) {
        note(rounds->job->output,
             "%s: somebody has dropped the triggers that note changes; they "
             "are made anew, and all tables read again",
             rounds->pulse.name);
        rounds->seen_version = -1;
        return sync_reinstall(link, rounds->source.survey.captured, err);
    }
    if (rounds->job->settings->on_schema_change == SCHEMA_FOLLOW) {
        note(rounds->job->output, "%s: %s; it is copied anew", rounds->pulse.name, link->why);
        rounds->over = true;
        rounds->end = ROUNDS_RELOAD;
        return true;
    }
    error_set(err, ERROR_SOURCE, "%s: %s; nothing is brought over any more", rounds->pulse.name,
              link->why);
    return error_hint(err, "undo that change, or copy the source anew: outgrow sync --replace "
                           "(--on-schema-change follow does it by itself)");
}

static bool
fail_restored(struct rounds *rounds, struct error *err)
{
    error_set(err, ERROR_SOURCE, "%s is not as it was left: %s", rounds->pulse.name,
              rounds->link->why);
    return error_hint(err, "if that is the file to go on with, copy it anew: outgrow sync "
                           "--replace");
}

static bool
take_outcome(struct rounds *rounds, enum round_outcome outcome,
             const struct live_round *figures, int64_t round_us, struct error *err)
{
    switch (outcome) {
    case ROUND_APPLIED:
        pulse_round(&rounds->pulse, figures, round_us);
        rounds->rounded = true;
        if (figures->set_aside > 0) {
            note(rounds->job->output,
                 "%s: PostgreSQL does not take %" PRId64
                 " of the rows that changed; they are set "
                 "aside: outgrow status --set-aside",
                 rounds->pulse.name, figures->set_aside);
        }
        return rate_take(&rounds->rate, 0, (uint64_t)figures->keys, err);
    case ROUND_IDLE: rounds->rounded = true; return true;
    case ROUND_NOT_OURS:
        rounds->looked_us = 0;
        rounds->seen_version = -1;
        return true;
    case ROUND_SCHEMA_CHANGED: return fail_schema(rounds, err);
    case ROUND_RESTORED: return fail_restored(rounds, err);
    }
    return true;
}

static bool
whole_is_due(const struct sync_link *link)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = 0; link->whole_waits && i < link->table_count; i++) {
        if (link->tables[i].read_whole && now >= link->tables[i].whole_due_us) {
            return true;
        }
    }
    return false;
}

static bool
go_forward(struct rounds *rounds, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct round_request request = {.allowed = LIVE_SYNCING};
    struct sync_link *link = rounds->link;
    enum round_outcome outcome = ROUND_IDLE;
    struct live_round figures = {0};
    int64_t version = 0;
    int64_t began_us = clock_monotonic_us();
    rounds->pause_ms = POLL_MS;
    if (!read_data_version(rounds, &version, err)) {
        return false;
    }
    if (version == rounds->seen_version && !whole_is_due(link)) {
        link->fresh_us = began_us; /* nothing was written since the last round */
        rounds->pause_ms = began_us - rounds->changed_us > IDLE_US ? POLL_IDLE_MS : POLL_MS;
        return true;
    }
    if (!sync_round_forward(link, &request, &transaction, &outcome, &figures, err)) {
        return false;
    }
    rounds->seen_version = version;
    rounds->changed_us = began_us;
    return take_outcome(rounds, outcome, &figures, clock_monotonic_us() - began_us, err);
}

/* Somebody who takes SQLite's fence down would have both sides written to. */
static bool
watch_fence(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    bool mended = false;
    int64_t now = clock_monotonic_us();
    if (now - rounds->fence_us < LOOK_US) {
        return true;
    }
    rounds->fence_us = now;
    if (!cutover_watch_fence(rounds->link, &memory, &rounds->fence_version, &mended, err)) {
        return false;
    }
    if (mended) {
        note(rounds->job->output,
             "%s: its fence had a gap while PostgreSQL is primary; it is whole again, but "
             "compare both sides: outgrow verify",
             rounds->pulse.name);
    }
    return true;
}

/* A new column, a trigger that is gone: said while it can still be undone, not at the return. */
static bool
watch_way_back(struct rounds *rounds, struct error *err)
{
    AUTO_ARENA memory = {0};
    int64_t now = clock_monotonic_us();
    const char *why = NULL;
    if (!rounds->link->live.way_back || now - rounds->watched_us < WATCH_US) {
        return true;
    }
    rounds->watched_us = now;
    if (!back_check(rounds->link, &memory, &why, err)) {
        return false;
    }
    snprintf(rounds->no_way_back, sizeof rounds->no_way_back, "%s%s",
             why == NULL ? "" : "for what has changed in the target to be undone: ",
             why == NULL ? "" : why);
    return true;
}

static bool
go_back(struct rounds *rounds, struct error *err)
{
    const struct back_request request = {.allowed = LIVE_SWITCHED};
    struct live_round figures = {0};
    bool applied = false;
    int64_t began_us = clock_monotonic_us();
    rounds->pause_ms = POLL_BACK_MS;
    rounds->seen_version = -1; /* whoever switches back begins with a look */
    if (!watch_way_back(rounds, err) || !watch_fence(rounds, err) ||
        !sync_round_back(rounds->link, &request, &applied, &figures, err)) {
        return false;
    }
    rounds->rounded = true;
    rounds->link->fresh_us = began_us;
    if (applied) {
        pulse_round(&rounds->pulse, &figures, clock_monotonic_us() - began_us);
    }
    return true;
}

static bool
trim(struct rounds *rounds, struct error *err)
{
    int64_t now = clock_monotonic_us();
    bool due = rounds->trimming || now - rounds->trimmed_us >= TRIM_US ||
               rounds->pulse.values.log_rows >= TRIM_ROWS;
    if (!due || rounds->job->settings->trim == TRIM_NEVER || !rounds->rounded ||
        rounds->link->live.state != LIVE_SYNCING) {
        return true;
    }
    if (!sync_trim(rounds->link, &rounds->trimming, err)) {
        return false;
    }
    if (!rounds->trimming) {
        rounds->trimmed_us = now;
        rounds->pulse.values.log_rows = 0; /* until it is counted again */
    }
    return true;
}

static bool
move(struct rounds *rounds, struct error *err)
{
    switch (rounds->link->live.state) {
    case LIVE_SYNCING:
        return go_forward(rounds, err) && sync_mend(rounds->link, err) && trim(rounds, err);
    case LIVE_SWITCHED: return go_back(rounds, err);
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

static bool
work(struct rounds *rounds, struct error *err)
{
    struct sync_link *link = rounds->link;
    rounds->pause_ms = POLL_MS;
    /* Each time: SQLite would take the journal of a file that got this one's name for ours. */
    if (!sync_link_check_place(link, err) || !look_at_wish(rounds, err)) {
        return false;
    }
    if (link->live.wish == LIVE_STOP) {
        rounds->over = true;
        return live_set_wish(link->conn, link->live.id, LIVE_RUN, link->live.rate_rows, err);
    }
    if (link->live.wish == LIVE_HOLD) {
        rounds->pause_ms = 100;
        return pulse_reason(&rounds->pulse, "paused by outgrow sync --pause", err) &&
               pulse_beat(&rounds->pulse, link, err);
    }
    if (!move(rounds, err)) {
        return false;
    }
    bool back = link->live.state == LIVE_SWITCHED && rounds->no_way_back[0] != '\0';
    bool doing = link->live.state == LIVE_SYNCING || link->live.state == LIVE_SWITCHED;
    rounds->over |= is_enough(rounds);
    return (!doing || pulse_reason(&rounds->pulse, back ? rounds->no_way_back : NULL, err)) &&
           pulse_beat(&rounds->pulse, link, err);
}

/* Waits are over when it is asked to stop. */
static void
wait_ms(int ms)
{
    enum { SLICE_MS = 50 };
    while (ms > 0 && !stop_requested()) {
        int slice = ms < SLICE_MS ? ms : SLICE_MS;
        (void)poll(NULL, 0, slice);
        ms -= slice;
    }
}

static bool
is_connection_error(const struct rounds *rounds, const struct error *err)
{
    return err->kind == ERROR_TARGET &&
           (PQstatus(rounds->link->conn) == CONNECTION_BAD ||
            strncmp(err->sqlstate, "08", 2) == 0 || strncmp(err->sqlstate, "57P", 3) == 0 ||
            strncmp(err->sqlstate, "53", 2) == 0);
}

static bool
is_busy(const struct source *source)
{
    int code = sqlite3_errcode(source->handle) & 0xff;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

/* Somebody else was faster, or held a lock. */
static bool
is_passing(const struct rounds *rounds, const struct error *err)
{
    static const char *const states[] = {"40001", "40P01", "55P03", "57014"};
    bool found = false;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        found |= err->kind == ERROR_TARGET && strcmp(err->sqlstate, states[i]) == 0;
    }
    const struct source *reader = &rounds->link->reader;
    bool fine = sqlite3_errcode(reader->handle) == SQLITE_OK; /* then it was the writer */
    return found || (err->kind == ERROR_SOURCE &&
                     (is_busy(reader) || (fine && is_busy(&rounds->link->writer))));
}

static bool
reconnect(struct rounds *rounds, struct error *err)
{
    return sync_link_reconnect(rounds->link, err) &&
           sync_turn_take(rounds->link->conn, &rounds->link->live, err) &&
           sync_link_reload(rounds->link, err);
}

/* Says what is wrong, waits, and opens the connection again if that is it. False: it is to be given
 * up. */
static bool
recover(struct rounds *rounds, struct error *err)
{
    struct error again = *err;
    bool broken = is_connection_error(rounds, err);
    bool passing = broken || is_passing(rounds, err);
    bool hopeless = err->kind == ERROR_USAGE || err->kind == ERROR_SOURCE ||
                    err->kind == ERROR_INTERNAL;
    if (!passing && (hopeless || ++rounds->failures >= FAILURES_MAX)) {
        return false;
    }
    int wait = RETRY_MIN_MS;
    do {
        pulse_trouble(&rounds->pulse, &again);
        wait_ms(wait);
        wait = wait * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : wait * 2;
        broken = broken && !stop_requested() && !reconnect(rounds, &again);
    } while (broken && !stop_requested());
    rounds->seen_version = -1;
    return true;
}

static bool
loop(struct rounds *rounds, struct error *err)
{
    while (!rounds->over && !stop_requested()) {
        if (work(rounds, err)) {
            rounds->failures = 0;
            wait_ms(rounds->over ? 0 : rounds->pause_ms);
        } else if (!stop_requested() && err->kind != ERROR_STOPPED && !recover(rounds, err)) {
            return false;
        }
    }
    return true;
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
    bool other_rate = job->settings->max_rate_rows != live->rate_rows;
    bool other_wish = live->wish == LIVE_STOP;
    if (!sync_turn_take(rounds->link->conn, &rounds->link->live, err) ||
        !open_data_version(rounds, err)) {
        return false;
    }
    return !(other_rate || other_wish) ||
           live_set_wish(rounds->link->conn, live->id, other_wish ? LIVE_RUN : live->wish,
                         job->settings->max_rate_rows, err);
}

bool
rounds_run(const struct rounds_job *job, enum rounds_end *end, struct error *err)
{
    struct rounds rounds = {.job = job, .seen_version = -1, .fence_version = -1};
    bool ok = start(&rounds, err) && loop(&rounds, err);
    if (rounds.link != NULL) {
        pulse_stop(&rounds.pulse, rounds.link, ok ? NULL : err);
    }
    *end = rounds.end;
    sqlite3_finalize(rounds.data_version);
    live_source_close(&rounds.source);
    return ok;
}
