/* live_status.c — see live_status.h. */
#include "report/live_status.h"

#include "base/path.h"
#include "page/human.h"
#include "page/printable.h"
#include "page/report_lists.h"
#include "report/live_log.h"
#include "report/report_parts.h"

#include <inttypes.h>
#include <string.h>

enum {
    SILENT_US = 5000000, /* a process that syncs says something each second, if it can */
    AWAITED_US =
        30000000, /* behind a start of the server: it tries to come back once a second */
    LABEL_WIDTH = 11,
};

static json_t *
number_ms(int64_t us)
{
    return us < 0 ? json_null() : json_real((double)us / 1000);
}

/* Nothing takes no time at all. */
static json_t *
time_ms(int64_t us)
{
    return number_ms(us == 0 ? -1 : us);
}

/* What it last said of itself is how it stands. */
static bool
is_heard(const struct live_figures *figures)
{
    return figures->kept && figures->since_seen_us >= 0 && figures->since_seen_us < SILENT_US;
}

/* The server cut its session off, and it did not end by itself. */
static bool
is_awaited(const struct live_figures *figures)
{
    return !figures->kept && figures->pulse.running && figures->since_start_us >= 0 &&
           figures->since_start_us < AWAITED_US;
}

/* While SQLite is primary it can be mended from there. */
static bool
differs(const struct live *live, const struct live_figures *figures)
{
    return live->state == LIVE_SYNCING && figures->differences > 0;
}

/* What a person would want to know first; NULL: all is as it should be. Lives as long as
 * `arena`. */
static const char *
why(const struct live *live, const struct live_figures *figures, const struct live_log *log,
    struct arena *arena)
{
    if (log->room.full) {
        return live_log_warning(log, live->state, arena);
    }
    if (live->wish == LIVE_HOLD) {
        return "paused by outgrow sync --pause";
    }
    if (live->untold) {
        return live->state == LIVE_SWITCHED
                   ? "the application has not been told: outgrow cutover does it"
               : live->state == LIVE_SYNCING
                   ? "the application has not been told: outgrow return does it"
                   : "the hook is still due: outgrow finish runs it";
    }
    if (live->reason != NULL) {
        return live->reason;
    }
    if (live->state == LIVE_LOADING) {
        return "the initial copy is not over";
    }
    if (figures->kept && live->state == LIVE_SYNCING && live->rate_rows > 0) {
        return "held back by --max-rate-rows";
    }
    if (!figures->kept && live->state != LIVE_FINISHED) {
        return is_awaited(figures)
                   ? "the server has just started; no process is back yet to keep it in step"
                   : "no process keeps it in step";
    }
    if (figures->since_seen_us >= SILENT_US && live->state != LIVE_FINISHED) {
        return arena_printf(arena,
                            "its process has said nothing for %" PRId64
                            " s: it is at a large round, or held up",
                            figures->since_seen_us / 1000000);
    }
    return differs(live, figures)
               ? arena_printf(arena, "the last comparison found %" PRId64 " %s",
                              figures->differences,
                              figures->differences == 1 ? "difference" : "differences")
               : NULL;
}

static const char *
next_step(const struct live *live, const struct live_figures *figures)
{
    if (live->state == LIVE_FINISHED) {
        return "nothing: the move is over";
    }
    if (live->wish == LIVE_HOLD) {
        return "outgrow sync --resume";
    }
    if (!figures->kept) {
        return is_awaited(figures)
                   ? "wait some seconds; if none comes back, outgrow sync goes on"
                   : "outgrow sync goes on with it";
    }
    if (live->state == LIVE_LOADING) {
        return "wait: a process is at it";
    }
    if (live->untold) {
        return "the command that was interrupted, once more";
    }
    if (live->state == LIVE_SYNCING && live->reason != NULL) {
        return "mend what the state says; it is tried again, and goes on by itself";
    }
    if (differs(live, figures)) {
        return "outgrow verify --repair SOURCE TARGET brings what differs over again";
    }
    switch (live->state) {
    case LIVE_SYNCING: return "outgrow cutover, when the application is ready";
    case LIVE_SWITCHED: return "outgrow finish, when all is well; outgrow return goes back";
    case LIVE_LOADING:
    case LIVE_PAUSED:
    case LIVE_FENCED:
    case LIVE_RETURNING:
    case LIVE_FINISHED:
    case LIVE_STATE_COUNT: break;
    }
    return "wait, or repeat the command that was interrupted";
}

/* The time since the target was last known to have everything: grows while nobody looks. */
static int64_t
lag_us(const struct live_figures *figures)
{
    return is_heard(figures) || figures->since_seen_us < 0
               ? figures->pulse.lag_us
               : figures->pulse.lag_us + figures->since_seen_us;
}

static void
set_words(json_t *object, const char *key, const char *words)
{
    json_object_set_new(object, key, words == NULL ? json_null() : report_words(words));
}

static void
set_number(json_t *object, const char *key, int64_t number)
{
    json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void
describe_log(json_t *object, const struct live *live, const struct live_log *log,
             struct arena *arena)
{
    set_number(object, "log_rows", log->rows);
    set_number(object, "log_waiting", log->room.waiting);
    set_number(object, "max_log_rows", log->room.max_rows);
    set_number(object, "log_percent", log_room_percent(&log->room));
    json_object_set_new(object, "resync_needed", json_boolean(log->room.full));
    set_words(object, "log_warning",
              log->room.full ? NULL : live_log_warning(log, live->state, arena));
}

static json_t *
describe(const struct live *live, const struct live_figures *figures,
         const struct live_log *log)
{
    AUTO_ARENA memory = {0};
    json_t *object = json_object();
    const struct live_pulse *pulse = &figures->pulse;
    bool forward = live->state != LIVE_SWITCHED && live->state != LIVE_RETURNING;
    int64_t backlog = forward ? log->room.waiting : pulse->backlog_keys;
    set_words(object, "source", live->source_path);
    set_words(object, "state", live_state_name(live->state));
    json_object_set_new(object, "running", json_boolean(figures->kept));
    set_words(object, "why", why(live, figures, log, &memory));
    set_words(object, "next", next_step(live, figures));
    set_words(object, "wish", live_wish_name(live->wish));
    set_number(object, "epoch", live->epoch);
    set_number(object, "run", live->run_id);
    set_number(object, "seq", live->seq);
    set_number(object, "keys_logged", live->seq + backlog);
    set_number(object, "keys_applied", figures->keys_applied);
    set_number(object, "rows_applied", figures->rows_applied);
    set_number(object, "rows_set_aside", figures->rows_set_aside);
    set_number(object, "differences", figures->differences);
    set_number(object, "rounds", figures->rounds);
    set_number(object, "backlog_keys", backlog);
    json_object_set_new(object, "lag_ms", number_ms(lag_us(figures)));
    json_object_set_new(object, "round_p50_ms", time_ms(pulse->round_p50_us));
    json_object_set_new(object, "round_p95_ms", time_ms(pulse->round_p95_us));
    json_object_set_new(object, "snapshot_ms", number_ms(figures->snapshot_us));
    json_object_set_new(object, "since_round_ms", number_ms(figures->since_round_us));
    json_object_set_new(object, "since_seen_ms", number_ms(figures->since_seen_us));
    describe_log(object, live, log, &memory);
    set_number(object, "wal_bytes", pulse->wal_bytes);
    set_number(object, "rate_rows", live->rate_rows);
    json_object_set_new(object, "way_back", json_boolean(live->way_back));
    set_words(object, "no_way_back", live->no_way_back);
    return object;
}

bool
live_status_build(PGconn *conn, json_t **lives, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct live *all = NULL;
    size_t count = 0;
    if (!live_load_all(conn, &memory, &all, &count, err)) {
        return false;
    }
    *lives = json_array();
    for (size_t i = 0; i < count; i++) {
        struct live_figures figures;
        struct live_log log;
        if (!live_figures_load(conn, all[i].id, &figures, err) ||
            !live_log_look(conn, &all[i], &figures, is_heard(&figures), &log, err)) {
            return false; /* the array goes with the report */
        }
        json_array_append_new(*lives, describe(&all[i], &figures, &log));
    }
    return true;
}

static double
ms_of(const json_t *live, const char *key)
{
    return json_number_value(json_object_get(live, key));
}

static void
add_lag(struct text *words, const json_t *live)
{
    double ms = ms_of(live, "lag_ms");
    if (ms < 1000) {
        text_printf(words, "%.0f ms", ms);
    } else {
        human_seconds(words, ms / 1000);
    }
}

static bool
is_finished(const json_t *live)
{
    return strcmp(json_words(live, "state"), "finished") == 0;
}

static void
print_rate(struct page *page, const json_t *live)
{
    AUTO_TEXT words = {0};
    uint64_t rate = json_count(live, "rate_rows");
    human_counted(&words, rate, "row");
    if (rate > 0 && !is_finished(live)) {
        page_pair(page, "rate", LABEL_WIDTH,
                  "at most %s a second; --max-rate-rows 0 --resume lifts it",
                  text_string(&words));
    }
}

/* Of the side that is written to. */
static void
print_log(struct page *page, const json_t *live)
{
    AUTO_TEXT words = {0};
    const char *warning = json_words(live, "log_warning");
    uint64_t max_rows = json_count(live, "max_log_rows");
    double waiting = json_number_value(json_object_get(live, "log_waiting"));
    if (waiting < 0 || is_finished(live)) {
        return;
    }
    human_counted(&words, (uint64_t)waiting, "change");
    text_add(&words, waiting == 1 ? " waits" : " wait");
    if (max_rows > 0) {
        text_add(&words, " of at most ");
        human_count(&words, max_rows);
        text_printf(&words, " (%d%%)", (int)json_count(live, "log_percent"));
    }
    page_pair(page, "log", LABEL_WIDTH, "%s%s%s", text_string(&words),
              warning[0] == '\0' ? "" : ": ", warning);
}

/* Of which the time they take is known. */
static bool
had_rounds(const json_t *live)
{
    return json_is_number(json_object_get(live, "round_p50_ms"));
}

static void
print_figures(struct page *page, const json_t *live)
{
    AUTO_TEXT words = {0};
    human_counted(&words, json_count(live, "keys_applied"), "key");
    text_add(&words, ", ");
    human_counted(&words, json_count(live, "rows_set_aside"), "row");
    text_add(&words, " set aside, ");
    human_counted(&words, json_count(live, "rounds"), "round");
    page_pair(page, "applied", LABEL_WIDTH, "%s", text_string(&words));
    text_reset(&words);
    human_counted(&words, json_count(live, "backlog_keys"), "key");
    text_add(&words, " to do, ");
    add_lag(&words, live);
    if (!is_finished(live)) {
        page_pair(page, "behind", LABEL_WIDTH, "%s", text_string(&words));
    }
    if (had_rounds(live)) {
        page_pair(page, "rounds", LABEL_WIDTH,
                  "%.1f ms, 95%% below %.1f ms; the source was read for %.1f ms",
                  ms_of(live, "round_p50_ms"), ms_of(live, "round_p95_ms"),
                  ms_of(live, "snapshot_ms"));
    }
    print_rate(page, live);
    print_log(page, live);
    if (is_finished(live)) {
        return;
    }
    text_reset(&words);
    human_counted(&words, json_count(live, "log_rows"), "row");
    text_add(&words, " in its log, -wal ");
    human_bytes(&words, json_count(live, "wal_bytes"));
    page_pair(page, "source", LABEL_WIDTH, "%s", text_string(&words));
}

static const char *
state_words(const json_t *live)
{
    return is_finished(live) || json_is_true(json_object_get(live, "running"))
               ? json_words(live, "state")
               : "nobody at work";
}

void
live_status_print(struct page *page, const json_t *lives)
{
    size_t i;
    json_t *live;
    json_array_foreach(lives, i, live)
    {
        const char *reason = json_words(live, "why");
        const char *no_way_back = json_words(live, "no_way_back");
        bool way_back = json_is_true(json_object_get(live, "way_back"));
        page_heading(page, "live: %s", json_words(live, "source"));
        page_pair(page, "state", LABEL_WIDTH, "%s%s%s", json_words(live, "state"),
                  reason[0] == '\0' ? "" : ": ", reason);
        print_figures(page, live);
        page_pair(page, "way back", LABEL_WIDTH, "%s%s",
                  no_way_back[0] != '\0' ? "none: "
                  : way_back             ? reason[0] == '\0' ? "ready" : "in place"
                                         : "not yet",
                  no_way_back);
        page_pair(page, "next", LABEL_WIDTH, "%s", json_words(live, "next"));
    }
}

static void
print_line(const struct output *output, const json_t *live)
{
    AUTO_TEXT line = {0};
    const char *reason = json_words(live, "why");
    printable_add(&line, path_base(json_words(live, "source")));
    text_printf(&line, ": %s, ", state_words(live));
    human_counted(&line, json_count(live, "keys_applied"), "key");
    text_add(&line, " applied");
    if (!is_finished(live)) {
        text_add(&line, ", backlog ");
        human_count(&line, json_count(live, "backlog_keys"));
        text_add(&line, ", lag ");
        add_lag(&line, live);
    }
    if (had_rounds(live)) {
        text_printf(&line, ", rounds %.1f ms (95%% below %.1f ms)", ms_of(live, "round_p50_ms"),
                    ms_of(live, "round_p95_ms"));
    }
    text_add(&line, reason[0] == '\0' ? "" : ": ");
    printable_add(&line, reason);
    const char *warning = json_words(live, "log_warning");
    text_printf(&line, "%s%s", warning[0] == '\0' ? "" : "; ", warning);
    fprintf(output->out, "%s\n", text_string(&line));
}

void
live_status_print_lines(const struct output *output, const json_t *lives)
{
    size_t i;
    json_t *live;
    json_array_foreach(lives, i, live)
    {
        print_line(output, live);
    }
}
