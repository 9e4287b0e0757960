/* sync_control.c — see sync_control.h. */
#include "live/sync_control.h"

#include "base/path.h"
#include "copy/detach.h"
#include "cutover/cutover.h"
#include "migrate/live_begin.h"
#include "migrate/live_source.h"
#include "migrate/run_choice.h"
#include "migrate/run_settings.h"
#include "page/result.h"
#include "sqlite/writer.h"
#include "sync/back.h"

enum { BUSY_MS = 10000 };

bool
sync_control_is_asked(const struct settings *settings)
{
    return settings->pause || settings->resume || settings->stop || settings->uninstall;
}

bool
sync_control_is_one(const struct settings *settings, struct error *err)
{
    int asked = settings->pause + settings->resume + settings->stop + settings->uninstall;
    return asked == 1 || error_set(err, ERROR_USAGE,
                                   "--pause, --resume, --stop and --uninstall contradict each "
                                   "other: one at a time");
}

static void
say_line(void *context, const char *line)
{
    note(context, "%s", line);
}

static bool
remove_capture(const char *path, struct error *err)
{
    AUTO_SOURCE writer = {0};
    return source_open_writable(&writer, path, BUSY_MS, err) &&
           live_begin_refuse_fenced(&writer, err) && capture_remove(&writer, err);
}

/* Past the initial copy there is more to take care of. */
static bool
give_up(const struct output *output, const char *conninfo, const char *path, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LIVE_SOURCE source = {0};
    const struct cutover_settings none = {0};
    struct output said = *output;
    if (!live_source_open(&source, conninfo, path, BUSY_MS, err)) {
        return false;
    }
    struct cutover cutover = {.link = &source.link,
                              .final = &source.final,
                              .settings = &none,
                              .arena = &arena,
                              .say = say_line,
                              .say_context = &said};
    return cutover_give_up(&cutover, err);
}

/* Existing tables get back what is off, and no fence; next to nobody but us has seen their rows. */
static bool
forget_loading(PGconn *conn, const struct live *live, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct settings then = {0};
    struct detached *items = NULL;
    size_t count = 0;
    const char *words = arena_printf(&memory,
                                     "an unfinished copy of %s, whose move was given up; drop "
                                     "the trigger outgrow_fence to write to it",
                                     live->source_path);
    return run_settings_apply(&memory, live->settings, &then, err) &&
           detach_restore(conn, &memory, live->run_id, &items, &count, err) &&
           (then.into_existing ? target_fence_drop(conn, live->id, err)
                               : target_fence_reword(conn, live->id, words, err)) &&
           live_forget(conn, live->id, err);
}

/* A process that was killed while it copied the source has told nobody but the journal. */
static bool
forget_begun(PGconn *conn, const char *schema, const struct output *output, const char *path,
             struct error *err)
{
    const struct run_key key = {path, schema};
    return journal_lock(conn, err) && remove_capture(path, err) &&
           run_give_up(conn, &key, output, err);
}

static bool
uninstall(PGconn *conn, const char *conninfo, const struct output *output,
          const struct live *live, struct error *err)
{
    return live->state == LIVE_LOADING
               ? remove_capture(live->source_path, err) && forget_loading(conn, live, err)
               : give_up(output, conninfo, live->source_path, err);
}

static bool
wish(const struct settings *settings, const struct output *output, PGconn *conn,
     const struct live *live, struct error *err)
{
    enum live_wish wanted = settings->stop ? LIVE_STOP : settings->pause ? LIVE_HOLD : LIVE_RUN;
    int64_t rate = settings->max_rate_rows == RATE_AS_IT_IS ? live->rate_rows
                                                            : settings->max_rate_rows;
    int64_t log_rows = settings->max_log_rows;
    struct live_figures figures;
    if (!live_figures_load(conn, live->id, &figures, err) ||
        !live_set_wish(conn, live->id, wanted, rate, err) ||
        (log_rows != LOG_ROWS_AS_IT_IS &&
         !live_set_max_log_rows(conn, live->id, log_rows, err))) {
        return false;
    }
    note(output, "%s: %s", path_base(live->source_path),
         settings->stop    ? figures.kept ? "the process that syncs it will end"
                                          : "no process keeps it in step"
         : settings->pause ? "paused; its changes go on being noted"
                           : "goes on");
    return true;
}

bool
sync_control(const struct settings *settings, const struct output *output,
             const struct target_choice *target, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    struct live live;
    bool found = false;
    char *path = NULL;
    if (!source_real(&arena, settings->arguments[0], &path, err)) {
        return false;
    }
    if (target->absent) {
        return target_choice_is_absent(path, err);
    }
    if (!target_connect(target->conninfo, &conn, err) || !journal_ensure(conn, err) ||
        !live_load(conn, &arena, path, &live, &found, err)) {
        return false;
    }
    if (settings->uninstall) {
        bool done = found ? uninstall(conn, target->conninfo, output, &live, err)
                          : forget_begun(conn, settings->schema, output, path, err);
        if (done) {
            note(output, "%s is as it was: nothing of outgrow is left in it", path);
        }
        return done;
    }
    if (!found) {
        return sync_link_unknown(path, err);
    }
    return wish(settings, output, conn, &live, err);
}
