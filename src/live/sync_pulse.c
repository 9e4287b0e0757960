/* sync_pulse.c — see sync_pulse.h. */
#include "live/sync_pulse.h"

#include "base/clock.h"
#include "live/service_status.h"
#include "page/human.h"
#include "page/result.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BEAT_US = 1000000,
    STATUS_US = 5 * 1000000,
    LINE_US = 10 * 1000000,
    LOG_LINE_US = 60 * 1000000, /* for nobody who looks on: a file, the journal of a service */
};

void
pulse_start(struct sync_pulse *pulse, const struct output *output, struct sync_link *link,
            const char *name)
{
    *pulse = (struct sync_pulse){.output = output,
                                 .link = link,
                                 .name = name,
                                 .said_state = LIVE_STATE_COUNT,
                                 .values = {.running = true}};
}

void
pulse_round(struct sync_pulse *pulse, const struct live_round *figures, int64_t round_us)
{
    pulse->round_us[pulse->round_count++ % PULSE_ROUNDS] = round_us;
    pulse->keys += figures->keys;
    pulse->values.backlog_keys = 0;
}

/* Not when it is what was kept last, of which a long one has lost its end. */
static bool
is_news(const struct sync_pulse *pulse, const char *words)
{
    return strncmp(pulse->reason, words, sizeof pulse->reason - 1) != 0;
}

static void
keep_reason(struct sync_pulse *pulse, const char *words)
{
    snprintf(pulse->reason, sizeof pulse->reason, "%.*s", (int)sizeof pulse->reason - 1, words);
}

bool
pulse_reason(struct sync_pulse *pulse, const char *reason, struct error *err)
{
    const char *words = reason == NULL ? "" : reason;
    if (pulse->reason_known && !is_news(pulse, words)) {
        return true;
    }
    if (!live_set_reason(pulse->link->conn, pulse->link->live.id, reason, err)) {
        return false;
    }
    if (reason != NULL) {
        note(pulse->output, "%s: waits: %s", pulse->name, reason);
        service_status("%s: waits: %s", pulse->name, reason);
    } else if (pulse->reason[0] != '\0') {
        note(pulse->output, "%s: goes on", pulse->name); /* else the trouble is the last word */
        pulse->status_us = 0;
    }
    keep_reason(pulse, words);
    pulse->reason_known = true;
    return true;
}

static int
compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void
take_times(struct sync_pulse *pulse)
{
    int64_t sorted[PULSE_ROUNDS];
    size_t count = pulse->round_count < PULSE_ROUNDS ? pulse->round_count : PULSE_ROUNDS;
    if (count == 0) {
        return;
    }
    memcpy(sorted, pulse->round_us, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_times);
    pulse->values.round_p50_us = sorted[count / 2];
    pulse->values.round_p95_us = sorted[count * 95 / 100];
}

static int64_t
wal_bytes(const struct sync_link *link)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s-wal", link->settings.source_path);
    return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* The source's own figures; what cannot be read now stays as it was. */
static void
take_source(struct sync_pulse *pulse)
{
    struct sync_link *link = pulse->link;
    struct capture_state state;
    struct error ignored;
    if (capture_state_read(&link->reader, false, &state, &ignored) && state.installed) {
        bool any = state.last_seq > 0;
        pulse->values.log_rows = any ? state.last_seq - state.first_seq + 1 : 0;
        pulse->values.log_full = state.full;
        pulse->values.backlog_keys = link->live.state == LIVE_SYNCING
                                         ? state.last_seq - link->live.seq
                                         : pulse->values.backlog_keys;
    }
    pulse->values.wal_bytes = wal_bytes(link);
    pulse->values.lag_us = clock_monotonic_us() - link->fresh_us;
}

/* What a look at the service shows. */
static void
tell_service(struct sync_pulse *pulse, int64_t now)
{
    const struct live_pulse *values = &pulse->values;
    if (pulse->reason[0] != '\0' || now - pulse->status_us < STATUS_US) {
        return;
    }
    pulse->status_us = now;
    service_status("%s: %s, %lld keys to do, %.0f ms behind", pulse->name,
                   live_state_name(pulse->link->live.state), (long long)values->backlog_keys,
                   (double)values->lag_us / 1000);
}

static void
print_line(struct sync_pulse *pulse)
{
    const struct live_pulse *values = &pulse->values;
    AUTO_TEXT line = {0};
    text_printf(&line, "%s: %s, ", pulse->name, live_state_name(pulse->link->live.state));
    human_counted(&line, (uint64_t)pulse->keys, "key");
    text_add(&line, " brought over, backlog ");
    human_count(&line, (uint64_t)values->backlog_keys);
    text_printf(&line, ", lag %.0f ms, ", (double)values->lag_us / 1000);
    if (pulse->round_count > 0) {
        text_printf(&line, "rounds %.1f ms (95%% below %.1f ms), ",
                    (double)values->round_p50_us / 1000, (double)values->round_p95_us / 1000);
    }
    text_add(&line, "log ");
    human_counted(&line, (uint64_t)values->log_rows, "row");
    note(pulse->output, "%s", text_string(&line));
    pulse->keys = 0;
}

bool
pulse_beat(struct sync_pulse *pulse, struct error *err)
{
    const struct sync_link *link = pulse->link;
    int64_t now = clock_monotonic_us();
    bool news = pulse->said_state != link->live.state && live_state_lasts(link->live.state);
    if (!news && now - pulse->beat_us < BEAT_US) {
        return true;
    }
    pulse->beat_us = now;
    take_times(pulse);
    take_source(pulse);
    if (!live_set_pulse(link->conn, link->live.id, &pulse->values, err)) {
        return false;
    }
    pulse->status_us = news ? 0 : pulse->status_us;
    tell_service(pulse, now);
    if (news || (pulse->keys > 0 &&
                 now - pulse->line_us >= (pulse->output->redraws ? LINE_US : LOG_LINE_US))) {
        pulse->said_state = link->live.state;
        pulse->line_us = now;
        print_line(pulse);
    }
    return true;
}

/* As far as the target can be told. */
static void
tell_trouble(struct sync_pulse *pulse, const struct error *err)
{
    struct error ignored;
    PGconn *conn = pulse->link->conn;
    if (conn == NULL || PQstatus(conn) != CONNECTION_OK ||
        PQtransactionStatus(conn) != PQTRANS_IDLE) {
        return;
    }
    take_source(pulse);
    bool told = live_set_pulse(conn, pulse->link->live.id, &pulse->values, &ignored) &&
                live_set_reason(conn, pulse->link->live.id, err->message, &ignored);
    pulse->beat_us = told ? clock_monotonic_us() : pulse->beat_us;
}

void
pulse_trouble(struct sync_pulse *pulse, const struct error *err)
{
    if (is_news(pulse, err->message)) {
        note(pulse->output, "%s: %s; it is tried again", pulse->name, err->message);
        service_status("%s: %s; it is tried again", pulse->name, err->message);
        keep_reason(pulse, err->message);
    }
    pulse->reason_known = false;
    tell_trouble(pulse, err);
}

void
pulse_stop(struct sync_pulse *pulse, const char *reason, const struct error *err)
{
    const struct sync_link *link = pulse->link;
    struct error ignored;
    if (link == NULL || link->conn == NULL) {
        return;
    }
    take_times(pulse);
    take_source(pulse);
    pulse->values.running = false;
    bool mine = err == NULL || err->kind != ERROR_USAGE; /* else another process has the word */
    if (mine && live_set_pulse(link->conn, link->live.id, &pulse->values, &ignored) &&
        !live_set_reason(link->conn, link->live.id, err == NULL ? reason : err->message,
                         &ignored)) {
        note(pulse->output, "%s: %s", pulse->name, ignored.message);
    }
    if (err == NULL && (pulse->keys > 0 || pulse->said_state != link->live.state)) {
        print_line(pulse);
    }
    if (err != NULL) {
        service_status("ended: %s", err->message);
    } else {
        note(pulse->output,
             link->live.state == LIVE_FINISHED ? "%s: the move is over: nothing to keep in step"
                                               : "%s: ended; the same command goes on",
             pulse->name);
    }
}
