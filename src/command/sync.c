/* sync.c — keeps sources that stay in use and their target in step, for as long as it takes. */
#include "base/stop.h"
#include "base/workers.h"
#include "capture/capture.h"
#include "command/commands.h"
#include "live/service_status.h"
#include "live/span.h"
#include "live/sync_control.h"
#include "live/sync_copy.h"
#include "live/sync_rounds.h"
#include "page/result.h"
#include "postgres/target.h"
#include "report/many.h"
#include "settings/plan_use.h"
#include "sqlite/source.h"

#include <errno.h>

/* One source: a thread of its own once it is copied. */
struct synced {
    const char *operands[2];
    struct settings settings;
    bool failed;
    struct error err;
};

struct syncing {
    const struct output *output;
    struct target_choice target;
    int64_t until_lag_us;
    struct synced *sources;
    size_t count;
    struct arena arena;
};

static struct rounds_job
job_of(const struct syncing *syncing, const struct synced *source)
{
    return (struct rounds_job){
        .settings = &source->settings,
        .output = syncing->output,
        .conninfo = syncing->target.conninfo,
        .path = source->operands[0],
        .until_lag_us = syncing->until_lag_us,
    };
}

/* A service has nothing better to do, and changes of a move that has begun wait for us. Somebody who
 * begins one is told at once of a name that is wrong. */
static bool
is_to_wait(const char *path)
{
    AUTO_SOURCE source = {0};
    struct capture_state state;
    struct error unreadable;
    return service_is_watched() ||
           (source_open(&source, path, &unreadable) &&
            capture_state_read(&source, false, &state, &unreadable) && state.installed);
}

/* Whoever has the lock of runs may be gone, and the server has not noticed yet: a person is told at
 * once, a service would not be started again. */
static bool
will_pass(const struct error *err)
{
    return target_was_away(err) || err->os_errno == ENOSPC || err->os_errno == EDQUOT ||
           (service_is_watched() && target_waited_in_vain(err));
}

/* A server that is not there yet, or goes away in the middle, and a disk without room are waited for
 * as in rounds: the copy goes on where it was. */
static bool
copy_patiently(const struct syncing *syncing, const struct synced *source,
               const struct output *output, struct error *err)
{
    const struct rounds_job job = job_of(syncing, source);
    AUTO_ARENA memory = {0};
    char said[sizeof err->message] = "";
    char *real = NULL;
    if (!source_real(&memory, job.path, &real, err)) {
        return false; /* no server mends that */
    }
    while (!sync_copy(&source->settings, output, &syncing->target, err)) {
        if (!will_pass(err) || !is_to_wait(job.path) ||
            !rounds_wait_to_start(&job, true, said, err)) {
            return false;
        }
    }
    return true;
}

static bool
keep_in_step(const struct syncing *syncing, struct synced *source, struct error *err)
{
    const struct rounds_job job = job_of(syncing, source);
    enum rounds_end end = ROUNDS_OVER;
    while (rounds_run(&job, &end, err)) {
        if (end == ROUNDS_OVER || stop_requested()) {
            return true;
        }
        struct synced again = *source;
        struct progress unseen;
        struct output output = *syncing->output;
        progress_init(&unseen);
        output.progress = &unseen;
        again.settings.replace = true;
        if (!copy_patiently(syncing, &again, &output, err)) {
            return false;
        }
    }
    return false;
}

/* What happens to one source is nothing to the others. */
static bool
worker_sync(void *context, size_t index, struct error *err)
{
    struct syncing *syncing = context;
    struct synced *source = &syncing->sources[index];
    (void)err;
    if (!source->failed && !keep_in_step(syncing, source, &source->err)) {
        source->failed = true;
        if (syncing->count > 1) {
            note(syncing->output, "error: %s", source->err.message);
        }
    }
    return true;
}

static bool
first_failure(const struct syncing *syncing, struct error *err)
{
    for (size_t i = 0; i < syncing->count; i++) {
        if (syncing->sources[i].failed) {
            *err = syncing->sources[i].err;
            return false;
        }
    }
    return true;
}

/* One after the other: each uses all processors there are. */
static bool
copy_all(struct syncing *syncing, struct error *err)
{
    for (size_t i = 0; i < syncing->count; i++) {
        struct synced *source = &syncing->sources[i];
        if (copy_patiently(syncing, source, syncing->output, &source->err)) {
            continue;
        }
        if (syncing->count == 1 || source->err.kind == ERROR_STOPPED) {
            *err = source->err;
            return false;
        }
        source->failed = true;
        note(syncing->output, "error: %s", source->err.message);
    }
    return true;
}

static bool
control_all(struct syncing *syncing, struct error *err)
{
    for (size_t i = 0; i < syncing->count; i++) {
        if (!sync_control(&syncing->sources[i].settings, syncing->output, &syncing->target,
                          err)) {
            return false;
        }
    }
    return true;
}

static void
take_sources(struct syncing *syncing, const struct settings *settings,
             const struct sources *sources)
{
    syncing->count = sources->count;
    syncing->sources = arena_alloc(&syncing->arena, sources->count * sizeof *syncing->sources);
    for (size_t i = 0; i < sources->count; i++) {
        struct synced *source = &syncing->sources[i];
        source->settings = many_settings(&syncing->arena, settings, sources, i,
                                         source->operands);
        source->settings.live = true;
    }
}

static bool
sync_all(struct syncing *syncing, const struct settings *settings, const char *target,
         struct error *err)
{
    bool control = sync_control_is_asked(settings);
    enum target_need need = control && !settings->uninstall ? TARGET_IF_EXISTS : TARGET_NEEDED;
    if ((control && !sync_control_is_one(settings, err)) ||
        !target_choose(target, need, syncing->output, &syncing->arena, &syncing->target, err)) {
        return false;
    }
    if (control) {
        return control_all(syncing, err);
    }
    return copy_all(syncing, err) && workers_run(syncing->count, worker_sync, syncing, err) &&
           first_failure(syncing, err);
}

bool
command_sync(const struct settings *given, const struct output *output, enum exit_code *code,
             struct error *err)
{
    struct settings settings = *given;
    struct sources sources;
    struct syncing syncing = {.output = output, .until_lag_us = -1};
    *code = EXIT_DONE;
    bool ok = plan_use_file(&syncing.arena, &settings, err) &&
              sources_find(&syncing.arena, &settings, true, &sources, err) &&
              (settings.until_lag == NULL ||
               span_parse("--until-lag", settings.until_lag, &syncing.until_lag_us, err));
    if (ok && sources.count > WORKERS_MAX) {
        ok = error_set(err, ERROR_USAGE, "%zu sources; one process keeps %d in step at most",
                       sources.count, (int)WORKERS_MAX);
    }
    if (ok) {
        plan_note_asides(&settings, output);
        take_sources(&syncing, &settings, &sources);
        ok = sync_all(&syncing, &settings, sources.target, err);
    }
    arena_free(&syncing.arena);
    return ok;
}
