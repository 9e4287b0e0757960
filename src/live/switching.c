/* switching.c — see switching.h. */
#include "live/switching.h"

#include "base/path.h"
#include "live/span.h"
#include "migrate/live_source.h"
#include "outgrow_config.h"
#include "page/result.h"
#include "settings/target_choice.h"

#include <inttypes.h>
#include <limits.h>

static void
say_line(void *context, const char *line)
{
    note(context, "%s", line);
}

/* Where archives go: a directory that is there. */
static bool
archive_directory(const struct settings *settings, struct arena *arena, const char **directory,
                  struct error *err)
{
    char *real = NULL;
    const char *wanted = settings->archive_directory != NULL
                             ? settings->archive_directory
                             : arena_printf(arena, "%s/archives", path_data_home(arena));
    if (settings->without_archive) {
        *directory = NULL;
        return true;
    }
    if (!path_make_directories(wanted, 0700, err) || !path_real(arena, wanted, &real, err)) {
        return false;
    }
    *directory = real;
    return true;
}

/* --set; else, with --app-url, DATABASE_URL is that. */
static bool
env_from(const struct settings *settings, struct arena *arena, struct env_settings *env,
         struct error *err)
{
    if (settings->env_file == NULL) {
        return settings->set.count == 0 ||
               error_set(err, ERROR_USAGE, "--set is of --env-file, and there is none");
    }
    for (size_t i = 0; i < settings->set.count; i++) {
        if (!env_settings_parse(arena, settings->set.items[i], env, err)) {
            return false;
        }
    }
    if (settings->set.count > 0) {
        return true;
    }
    if (settings->app_url == NULL) {
        error_set(err, ERROR_USAGE, "--env-file needs --set");
        return error_hint(err,
                          "it says what shall stand there: --set 'DATABASE_URL=$NEW_URL', a "
                          "variable of your environment; of a cutover, --app-url says it too");
    }
    *ARENA_APPEND(arena, env->items, env->count) = (struct env_setting){"DATABASE_URL",
                                                                        settings->app_url};
    return true;
}

static bool
settings_from(const struct switching_job *job, struct arena *arena,
              struct cutover_settings *made, struct error *err)
{
    const struct settings *settings = job->settings;
    int64_t catch_up_us = 0;
    *made = (struct cutover_settings){
        .attempts = settings->attempts,
        .dry_run = settings->dry_run,
        .without_way_back = settings->without_way_back,
        .app_url = settings->app_url,
        .env_file = settings->env_file,
        .hooks = {.commands = {[HOOK_BEFORE_PAUSE] = settings->before_pause,
                               [HOOK_ON_FENCED] = settings->on_fenced,
                               [HOOK_ON_SWITCHED] = settings->on_switched,
                               [HOOK_ON_ABORT] = settings->on_abort,
                               [HOOK_ON_RETURNED] = settings->on_returned,
                               [HOOK_ON_FINISHED] = settings->on_finished}},
        .program = OUTGROW_VERSION,
        .progress = job->output->progress,
    };
    if (!span_parse("--budget", settings->budget, &made->budget_us, err) ||
        !span_parse("--max-lag", settings->max_lag, &made->max_lag_us, err) ||
        !span_parse("--catch-up", settings->catch_up, &catch_up_us, err) ||
        !span_parse("--verified-within", settings->verified_within, &made->verified_within_us,
                    err) ||
        !span_parse("--rehearsed-within", settings->rehearsed_within,
                    &made->rehearsed_within_us, err) ||
        !env_from(settings, arena, &made->env, err) ||
        !archive_directory(settings, arena, &made->archive_directory, err)) {
        return false;
    }
    made->catch_up_ms = catch_up_us / 1000;
    return true;
}

static double
ms(int64_t us)
{
    return (double)us / 1000;
}

static json_t *
report_json(const struct switching_job *job, const struct cutover *cutover)
{
    const struct cutover_figures *f = &cutover->figures;
    const struct live *live = &cutover->link->live;
    return json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, "
                     "s:f, s:f, s:s?, "
                     "s:s?}",
                     "command", job->command, "source", live->source_path, "state",
                     live_state_name(live->state), "epoch", (json_int_t)live->epoch, "dry_run",
                     job->settings->dry_run, "done_before", f->done_before, "attempts",
                     (json_int_t)f->attempts, "rounds", (json_int_t)f->rounds, "keys",
                     (json_int_t)f->keys, "compared", (json_int_t)f->compared, "compare_ms",
                     ms(f->compare_us), "waited_ms", ms(f->waited_us), "pause_ms",
                     ms(f->pause_us), "drain_ms", ms(f->drain_us), "fence_ms", ms(f->fence_us),
                     "closed_ms", ms(f->closed_us), "env_backup", f->env_backup, "archive",
                     f->archive);
}

static bool
print_json(const struct switching_job *job, const struct cutover *cutover, struct error *err)
{
    AUTO_JSON *json = report_json(job, cutover);
    if (json == NULL) {
        return error_set(err, ERROR_INTERNAL, "the figures make no JSON");
    }
    json_dumpf(json, job->output->out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', job->output->out);
    return true;
}

static void
print_words(const struct switching_job *job, const struct cutover *cutover)
{
    const struct cutover_figures *f = &cutover->figures;
    FILE *out = job->output->out;
    if (f->done_before) {
        fprintf(out, "nothing was left to do: %s\n", job->done);
        return;
    }
    fprintf(out, "%s\n", job->settings->dry_run ? job->done_dry : job->done);
    if (f->attempts > 0) {
        fprintf(out, "the application waited %.1f ms (%" PRId64 " key%s in %.1f ms",
                ms(f->pause_us), f->keys, f->keys == 1 ? "" : "s", ms(f->drain_us));
        if (f->compare_us > 0) {
            fprintf(out, ", compared in %.1f ms", ms(f->compare_us));
        }
        fprintf(out, ", fence %.1f ms), attempt %" PRId64 "\n", ms(f->fence_us), f->attempts);
    }
}

static bool
report(const struct switching_job *job, const struct cutover *cutover, struct error *err)
{
    if (job->settings->json) {
        return print_json(job, cutover, err);
    }
    print_words(job, cutover);
    return true;
}

static bool
open_source(const struct switching_job *job, struct arena *arena, struct target_choice *target,
            struct live_source *source, struct error *err)
{
    const char *path = NULL;
    const char *operand = NULL;
    int64_t timeout_us = 0;
    target_take_operands(job->settings, &path, &operand);
    if (path == NULL) {
        return error_set(err, ERROR_USAGE, "a SOURCE is needed, a SQLite file");
    }
    if (!span_parse("--timeout", job->settings->timeout, &timeout_us, err) ||
        !target_choose(operand, TARGET_IF_EXISTS, job->output, arena, target, err)) {
        return false;
    }
    if (target->absent) {
        return target_choice_is_absent(path, err);
    }
    int64_t timeout_ms = timeout_us / 1000;
    return live_source_open(source, target->conninfo, path,
                            timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms, err);
}

bool
switching_run(const struct switching_job *job, enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LIVE_SOURCE source = {0};
    struct target_choice target = {0};
    struct cutover_settings settings;
    if (job->settings->abort && job->settings->dry_run) {
        return error_set(err, ERROR_USAGE,
                         "--abort and --dry-run: what goes back is not tried");
    }
    if (!settings_from(job, &arena, &settings, err) ||
        !open_source(job, &arena, &target, &source, err)) {
        return false;
    }
    struct output said = *job->output;
    struct cutover cutover = {.link = &source.link,
                              .final = &source.final,
                              .settings = &settings,
                              .arena = &arena,
                              .say = say_line,
                              .say_context = &said};
    *code = EXIT_DONE;
    return job->step(&cutover, err) && report(job, &cutover, err);
}
