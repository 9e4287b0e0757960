/* sync_copy.c — see sync_copy.h. */
#include "live/sync_copy.h"

#include "base/clock.h"
#include "base/path.h"
#include "live/sync_turn.h"
#include "migrate/live_source.h"
#include "migrate/migration.h"
#include "page/report.h"
#include "page/result.h"
#include "sync/back.h"
#include "sync/own.h"

#include <inttypes.h>

enum { BUSY_MS = 5000 };

static bool
find_live(PGconn *conn, const struct settings *settings, struct arena *arena, struct live *live,
          bool *found, struct error *err)
{
    char *real = NULL;
    return source_real(arena, settings->arguments[0], &real, err) &&
           live_load(conn, arena, real, live, found, err);
}

static bool
is_loaded(PGconn *conn, const struct settings *settings, struct arena *arena, bool *loaded,
          struct error *err)
{
    struct live live;
    bool found = false;
    if (!find_live(conn, settings, arena, &live, &found, err)) {
        return false;
    }
    *loaded = found && live.state != LIVE_LOADING;
    if (!*loaded || !settings->replace) {
        return true;
    }
    if (live.state != LIVE_SYNCING) {
        error_set(err, ERROR_USAGE, "--replace would lose what PostgreSQL has: %s is %s",
                  live.source_path, live_state_name(live.state));
        return error_hint(err, "outgrow return brings it back to SQLite first");
    }
    *loaded = false;
    return true;
}

/* Another process is at work on rounds of this source: it must end before they begin anew. */
static bool
check_turn(PGconn *conn, const struct settings *settings, struct arena *arena,
           struct error *err)
{
    struct live live;
    bool found = false;
    return find_live(conn, settings, arena, &live, &found, err) &&
           (!found || (sync_turn_take(conn, &live, err) && sync_turn_give(conn, &live, err)));
}

/* Without a row in outgrow.live nobody would ever read what the source notes. */
static bool
undo_unless_live(struct live_begin *begin, PGconn *conn)
{
    struct live live;
    bool found = true;
    struct error also;
    if (live_load(conn, begin->arena, begin->source_path, &live, &found, &also) && !found) {
        survey_close(&begin->original);
        live_begin_undo(begin);
    }
    return false;
}

static bool
judge(const struct migration *migration, const json_t *report, struct error *err)
{
    int code = report_exit_code(report);
    if (code == EXIT_DIFFERS) {
        report_print(report, migration->output);
        error_set(err, ERROR_MISMATCH, "the copy of %s is not the same as the source",
                  migration->source_path);
        return error_hint(err,
                          "the report above says where; outgrow sync --replace copies anew");
    }
    if (code == EXIT_SET_ASIDE) {
        report_print(report, migration->output);
    }
    return true;
}

static bool
migrate(const struct settings *settings, const struct output *output,
        const struct target_choice *target, PGconn *conn, struct arena *arena,
        struct error *err)
{
    AUTO_JSON *report = NULL;
    AUTO_LIVE_BEGIN begin = {.settings = settings, .output = output, .arena = arena};
    AUTO_MIGRATION migration = {
        .settings = settings,
        .output = output,
        .arena = arena,
        .target = target,
        .conn = conn,
        .live = &begin,
        .warnings = json_array(),
        .phase_started_ms = clock_monotonic_ms(),
    };
    if (!migration_look(&migration, settings->arguments[0], err)) {
        return false;
    }
    begin.source_path = migration.source_path;
    if (!live_begin_install(&begin, conn, err) || !migration_run(&migration, &report, err)) {
        return undo_unless_live(&begin, conn);
    }
    return judge(&migration, report, err);
}

static void
note_lines(const struct output *output, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        note(output, "note: %s", lines[i]);
    }
}

/* A table of our making is dropped and made anew as the source has it. */
static bool
refuse_own_columns(const char *conninfo, const char *path, struct error *err)
{
    AUTO_LIVE_SOURCE source = {0};
    const char *const *names = NULL;
    size_t count = 0;
    struct error unreadable;
    if (!live_source_open(&source, conninfo, path, BUSY_MS, &unreadable)) {
        return true; /* nobody can tell any more what there was */
    }
    if (source.settings.into_existing) {
        return true; /* kept: copy/own_columns.h */
    }
    if (!sync_own_columns(&source.link, &source.arena, &names, &count, err)) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    error_set(err, ERROR_USAGE,
              "copied anew, %s would be lost: only PostgreSQL has that column%s", names[0],
              count == 1 ? "" : " (it is not the only one)");
    return error_hint(err, "save what it holds, drop the column, and try again");
}

/* Both in one: there is no moment at which the target takes writes that rounds would undo. */
static bool
open_rounds(const char *conninfo, const char *path, const struct output *output,
            struct error *err)
{
    AUTO_LIVE_SOURCE source = {0};
    if (!live_source_open(&source, conninfo, path, BUSY_MS, err)) {
        return false;
    }
    struct sync_link *link = &source.link;
    AUTO_TRANSACTION transaction = {0};
    if (!target_begin(&transaction, link->conn, err) || !sync_link_lock(link, err)) {
        return false;
    }
    if (link->live.state != LIVE_LOADING) {
        return true;
    }
    AUTO_ARENA memory = {0};
    const char **lines = NULL;
    size_t count = 0;
    struct live live = link->live;
    live.state = LIVE_SYNCING;
    const char *words = arena_printf(&memory,
                                     "outgrow keeps this table in step with %s, which is still "
                                     "the primary: writes go there until outgrow cutover",
                                     live.source_path);
    if (!target_apply_as_ours(link->conn, err) ||
        !sync_own_restore(link, &memory, &lines, &count, err) ||
        !target_fence_raise(link, words, err) || !live_set_state(link->conn, &live, err) ||
        !target_commit(&transaction, err)) {
        return false;
    }
    note_lines(output, lines, count);
    return true;
}

/* Killed behind the last step of the copy: only the door to rounds is missing. */
static bool
is_copied(PGconn *conn, const struct settings *settings, struct arena *arena, bool *copied,
          struct error *err)
{
    struct live live;
    struct run run;
    bool found = false;
    *copied = false;
    if (settings->replace) {
        return true;
    }
    if (!find_live(conn, settings, arena, &live, &found, err) ||
        (found && !journal_run_load(conn, arena, live.run_id, &run, &found, err))) {
        return false;
    }
    *copied = found && run.state == RUN_VERIFIED && run.exit_code != EXIT_DIFFERS;
    return true;
}

bool
sync_copy(const struct settings *settings, const struct output *output,
          const struct target_choice *target, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    bool loaded = false;
    if (!target_connect(target->conninfo, &conn, err) ||
        !target_refuse_shared(conn, target->conninfo, err) || !journal_ensure(conn, err) ||
        !is_loaded(conn, settings, &arena, &loaded, err)) {
        return false;
    }
    if (loaded) {
        return true;
    }
    bool copied = false;
    if (!journal_lock(conn, err) || !check_turn(conn, settings, &arena, err) ||
        (settings->replace &&
         !refuse_own_columns(target->conninfo, settings->arguments[0], err)) ||
        !is_copied(conn, settings, &arena, &copied, err) ||
        !(copied || migrate(settings, output, target, conn, &arena, err)) ||
        !open_rounds(target->conninfo, settings->arguments[0], output, err)) {
        return false;
    }
    note(output, "%s: copied and compared; from here on it is kept in step",
         path_base(settings->arguments[0]));
    return true;
}
