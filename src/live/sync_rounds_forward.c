/* sync_rounds_forward.c — SQLite is primary: what changes there is brought, the log cut behind
 * it. */
#include "base/clock.h"
#include "live/sync_rounds_internal.h"
#include "page/result.h"
#include "sync/forward.h"

#include <inttypes.h>

enum {
    POLL_MS = 10,
    POLL_IDLE_MS = 25, /* when nothing has been written for a while: half the processor time */
    IDLE_US = 2 * 1000000,
    TRIM_ROWS = 50000,
    TRIM_US = 60 * 1000000,
};

bool
rounds_watch_source(struct rounds *rounds, struct error *err)
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

/* What was noted before it was full is cut first, or an end in between, time and again, would leave
 * it longer each time. */
static bool
reopen(struct rounds *rounds, struct error *err)
{
    bool more = false;
    rounds->seen_version = -1;
    if (rounds->job->settings->trim != TRIM_NEVER && !sync_cut_full(rounds->link, &more, err)) {
        return false;
    }
    if (more) {
        return true;
    }
    note(rounds->job->output, "%s: %s; all tables are read again", rounds->pulse.name,
         rounds->link->why);
    rounds->pulse.beat_us = 0; /* status is not to say any longer that it is full */
    return sync_reopen(rounds->link, err);
}

/* What a round brought has to have come in at the rate that is wished before the next one begins:
 * a wait of which a pause, a stop and another rate are seen. */
static void
hold(struct rounds *rounds, int64_t keys)
{
    int64_t rate = rounds->link->live.rate_rows;
    double wait_us = rate == 0 ? 0 : (double)keys * 1e6 / (double)rate;
    rounds->held_us = clock_monotonic_us() + (int64_t)wait_us;
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
        hold(rounds, figures->keys);
        return true;
    case ROUND_IDLE: rounds->rounded = true; return true;
    case ROUND_NOT_OURS:
        rounds->looked_us = 0;
        rounds->seen_version = -1;
        return true;
    case ROUND_SCHEMA_CHANGED: return fail_schema(rounds, err);
    case ROUND_RESTORED: return fail_restored(rounds, err);
    case ROUND_LOG_FULL: return reopen(rounds, err);
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
trim(struct rounds *rounds, struct error *err)
{
    int64_t now = clock_monotonic_us();
    const struct live *live = &rounds->link->live;
    bool crowded = live->max_log_rows > 0 &&
                   live->seq - rounds->roomy_seq > live->max_log_rows / 4;
    bool due = rounds->trimming || crowded || now - rounds->trimmed_us >= TRIM_US ||
               rounds->pulse.values.log_rows >= TRIM_ROWS;
    if (!due || !rounds->rounded || live->state != LIVE_SYNCING) {
        return true;
    }
    rounds->roomy_seq = live->seq;
    if (rounds->job->settings->trim == TRIM_NEVER) {
        return sync_make_room(rounds->link, live->max_log_rows - live->max_log_rows / 4, err);
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
bring(struct rounds *rounds, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct round_request request = {.allowed = LIVE_SYNCING};
    struct sync_link *link = rounds->link;
    enum round_outcome outcome = ROUND_IDLE;
    struct live_round figures = {0};
    int64_t version = 0;
    int64_t began_us = clock_monotonic_us();
    rounds->pause_ms = POLL_MS;
    if (began_us < rounds->held_us) {
        return true;
    }
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

bool
rounds_go_forward(struct rounds *rounds, struct error *err)
{
    return bring(rounds, err) && sync_mend(rounds->link, err) && trim(rounds, err);
}
