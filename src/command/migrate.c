/* migrate.c — the main job: backup, check, inspect, plan, create, copy, finish,
 * verify, report. Every step but the report can be left at any moment and is
 * gone on with by the same command. */
#include "base/clock.h"
#include "base/path.h"
#include "command/commands.h"
#include "command/migrate_dry_run.h"
#include "command/report_parts.h"
#include "command/result.h"
#include "command/run_choice.h"
#include "command/run_inspect.h"
#include "command/run_report.h"
#include "command/run_settings.h"
#include "command/snapshot.h"
#include "command/target_choice.h"
#include "copy/copy.h"
#include "operate/dump.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <unistd.h>

enum { PHASES_MAX = 8 };

/* One migration on its way; everything lives as long as the command. */
struct migration {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;
    char *source_path; /* real */
    struct source_state source_state;
    struct target_choice target;
    PGconn *conn; /* holds the journal's lock */
    struct run run;
    bool resumed;
    bool checked; /* by an earlier life of the run */
    struct survey survey;
    struct verdict verdict;
    json_t *warnings;
    struct report_phase phases[PHASES_MAX];
    size_t phase_count;
    int64_t phase_started_ms;
};

static void
migration_close(struct migration *migration)
{
    survey_close(&migration->survey);
    target_connection_close(&migration->conn);
    json_close(&migration->warnings);
}
#define AUTO_MIGRATION __attribute__((cleanup(migration_close))) struct migration

/* Notes how long the phase that ends now has taken. */
static bool
phase_over(struct migration *migration, const char *name)
{
    int64_t now = clock_monotonic_ms();
    migration->phases[migration->phase_count++] = (struct report_phase){
        .name = name, .seconds = (double)(now - migration->phase_started_ms) / 1000};
    migration->phase_started_ms = now;
    return true;
}

static bool
open_target(struct migration *migration, struct error *err)
{
    const struct settings *settings = migration->settings;
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    return target_choose(argument, TARGET_NEEDED, migration->output, migration->arena,
                         &migration->target, err) &&
           target_connect(migration->target.conninfo, &migration->conn, err) &&
           journal_ensure(migration->conn, err) && journal_lock(migration->conn, err);
}

/* As if the run had never been: it has done nothing yet. Returns false, because
 * what led here is the error. */
static bool
abandon_run(const struct migration *migration)
{
    struct error also;
    if (unlink(migration->run.snapshot_path) == 0) {
        note(migration->output, "nothing was begun, so the backup is removed again");
    }
    if (!journal_run_forget(migration->conn, migration->run.id, &also)) {
        note(migration->output, "the run stays in the journal: %s", also.message);
    }
    return false;
}

/* Only before a run begins: a resumed one has been at work in the target already. */
static bool
dump_target(const struct migration *migration, struct error *err)
{
    const char *path = migration->settings->dump_target;
    if (path == NULL) {
        return true;
    }
    if (!target_dump(migration->conn, path, err)) {
        return error_wrap(err, "dump the target");
    }
    note(migration->output, "dump of the target: %s", path);
    return true;
}

/* The run is journalled first, so that a backup never lies around unknown. */
static bool
begin_run(struct migration *migration, const char *settings_json, struct error *err)
{
    AUTO_SOURCE source = {0};
    struct run *run = &migration->run;
    *run = (struct run){
        .source_path = migration->source_path,
        .source_state = run_state_json(migration->arena, &migration->source_state),
        .settings = settings_json,
    };
    if (!snapshot_name(migration->arena, migration->settings, migration->source_path,
                       &run->snapshot_path, err) ||
        !source_open(&source, migration->source_path, err) ||
        !journal_run_add(migration->conn, migration->arena, run, err)) {
        return false;
    }
    if (!source_backup(&source, run->snapshot_path, migration->output->progress, err)) {
        return abandon_run(migration);
    }
    note(migration->output, "backup: %s", run->snapshot_path);
    return phase_over(migration, "backup");
}

static void
go_on_with_run(struct migration *migration, const struct run *run)
{
    migration->run = *run;
    migration->resumed = true;
    note(migration->output, "going on with run %" PRId64 " of %s (%s), from its backup %s",
         run->id, run->started_at, run_state_name(run->state), run->snapshot_path);
    if (!run_state_is(run->source_state, &migration->source_state)) {
        report_warn(migration->warnings,
                    "the source has changed since the backup of %s that this run is made from",
                    run->started_at);
    }
}

static void
warn_findings(struct migration *migration)
{
    const struct check_report *check = &migration->survey.check;
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct check_finding *finding = &check->findings[i];
        report_warn(migration->warnings, "%s %s: %s",
                    finding->damage ? "damaged:" : "not checked:",
                    finding->table == NULL ? "the file" : finding->table, finding->message);
    }
}

static bool
check_snapshot(struct migration *migration, struct error *err)
{
    struct survey *survey = &migration->survey;
    if (!run_check_load(migration->conn, migration->run.id, migration->arena, &survey->check,
                        &migration->checked, err)) {
        return false;
    }
    if (!migration->checked) {
        if (!survey_check(survey, migration->settings, migration->output, migration->arena,
                          err)) {
            return false;
        }
        if (!migration->settings->damaged_ok &&
            !survey_refuse_damage(survey, migration->source_path, err)) {
            return abandon_run(migration);
        }
        phase_over(migration, "check");
    }
    warn_findings(migration);
    return true;
}

static bool
inspect_and_plan(struct migration *migration, struct error *err)
{
    struct survey *survey = &migration->survey;
    const struct settings *settings = migration->settings;
    int64_t run_id = migration->run.id;
    const struct run_inspecting work = {migration->conn, run_id, settings, migration->output};
    survey_prepare_inspection(survey, migration->arena);
    if (!run_inspection_load(migration->conn, run_id, survey, migration->arena, err) ||
        !run_inspection_finish(&work, survey, migration->arena, err)) {
        return false;
    }
    survey_plan(survey, settings, migration->arena);
    if (migration->run.state >= RUN_INSPECTED) {
        return true;
    }
    return run_plan_save(migration->conn, run_id, survey, err) &&
           journal_run_advance(migration->conn, run_id, RUN_INSPECTED, err) &&
           phase_over(migration, "inspect");
}

/* Refused because of what is in the way, say: when no table was made, nothing is
 * left to go on with, and the backup would only lie around. */
static bool
give_up_unless_begun(const struct migration *migration)
{
    AUTO_ARENA memory = {0};
    struct run_step *steps = NULL;
    size_t count = 0;
    struct error also;
    if (!journal_steps_load(migration->conn, &memory, migration->run.id, &steps, &count,
                            &also) ||
        count > 0) {
        return false;
    }
    return abandon_run(migration);
}

/* The check is journalled with the tables, not before: until there are tables the
 * journal has no step of the run, which is how copy/ knows that those in the way
 * are not its own. */
static bool
create_tables(struct migration *migration, const struct copy_job *job, struct error *err)
{
    if (job->reached >= RUN_CREATED) {
        return true;
    }
    if (!copy_create_tables(job, err)) {
        return err->kind == ERROR_TARGET ? give_up_unless_begun(migration) : false;
    }
    return (migration->checked ||
            run_check_save(migration->conn, job->run_id, &migration->survey.check, err)) &&
           phase_over(migration, "create");
}

static bool
move_rows(struct migration *migration, struct error *err)
{
    const struct settings *settings = migration->settings;
    const struct copy_job job = {
        .snapshot_path = migration->run.snapshot_path,
        .conninfo = migration->target.conninfo,
        .control = migration->conn,
        .run_id = migration->run.id,
        .reached = migration->run.state,
        .plan = &migration->survey.plan,
        .inspection = &migration->survey.inspection,
        .bad_text = settings->bad_text,
        .utf16 = migration->survey.source.utf16,
        .workers = settings_workers(settings),
        .replace = settings->replace,
        .progress = migration->output->progress,
    };
    return create_tables(migration, &job, err) &&
           (job.reached >= RUN_COPIED ||
            (copy_rows(&job, err) && phase_over(migration, "copy"))) &&
           (job.reached >= RUN_FINISHED ||
            (copy_finish(&job, err) && phase_over(migration, "finish")));
}

static bool
prove(struct migration *migration, struct error *err)
{
    const struct verify_job job = {
        .source_path = migration->run.snapshot_path,
        .conninfo = migration->target.conninfo,
        .control = migration->conn,
        .run_id = migration->run.id,
        .catalog = &migration->survey.catalog,
        .plan = &migration->survey.plan,
        .bad_text = migration->settings->bad_text,
        .workers = settings_workers(migration->settings),
        .progress = migration->output->progress,
    };
    return verify_tables(&job, migration->arena, &migration->verdict, err) &&
           phase_over(migration, "verify");
}

static bool
report_and_end(struct migration *migration, enum exit_code *code, struct error *err)
{
    PGconn *conn = migration->conn;
    int64_t run_id = migration->run.id;
    AUTO_JSON *report = NULL;
    struct report_facts facts = {
        .survey = &migration->survey,
        .source_path = migration->source_path,
        .source_bytes = migration->source_state.size_bytes,
        .snapshot_path = migration->run.snapshot_path,
        .run_id = run_id,
        .resumed = migration->resumed,
        .target = target_describe(migration->arena, conn),
        .psql_command = target_psql_command(migration->arena, &migration->target, conn),
        .phases = migration->phases,
        .phase_count = migration->phase_count,
        .verdict = &migration->verdict,
        .warnings = migration->warnings,
    };
    if (!run_report_build(conn, &facts, &report, err)) {
        return false;
    }
    char *text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(6));
    bool ok = journal_run_end(conn, run_id, report_exit_code(report), text, err);
    free(text);
    if (ok) {
        run_report_show(report, migration->settings, migration->output, report_print, code);
    }
    return ok;
}

static bool
repeat_report(const struct migration *migration, const struct run *run, enum exit_code *code,
              struct error *err)
{
    AUTO_JSON *report = run->report == NULL ? NULL : json_loads(run->report, 0, NULL);
    if (report == NULL) {
        return error_set(err, ERROR_TARGET, "the report of run %" PRId64 " cannot be read",
                         run->id);
    }
    note(migration->output,
         "already migrated at %s (run %" PRId64 "), and the source has not changed since: "
         "nothing to do; --replace does it anew, outgrow verify compares again",
         run->finished_at, run->id);
    run_report_show(report, migration->settings, migration->output, report_print, code);
    return true;
}

static bool
carry_out(struct migration *migration, enum exit_code *code, struct error *err)
{
    const char *settings_json = run_settings_json(migration->arena, migration->settings);
    const struct run_request request = {
        .key = {migration->source_path, migration->settings->schema},
        .state = migration->source_state,
        .settings_json = settings_json,
        .replace = migration->settings->replace,
    };
    struct run_choice choice;
    if (!run_choose(migration->conn, &request, migration->output, migration->arena, &choice,
                    err)) {
        return false;
    }
    if (choice.kind == RUN_REPEAT) {
        return repeat_report(migration, &choice.run, code, err);
    }
    if (choice.kind == RUN_RESUME) {
        go_on_with_run(migration, &choice.run);
    } else if (!dump_target(migration, err) || !begin_run(migration, settings_json, err)) {
        return false;
    }
    return survey_open(&migration->survey, migration->run.snapshot_path, migration->arena,
                       err) &&
           check_snapshot(migration, err) && inspect_and_plan(migration, err) &&
           move_rows(migration, err) && prove(migration, err) &&
           report_and_end(migration, code, err);
}

/* Opens it once for the clear message when it is no SQLite file. */
static bool
look_at_source(struct migration *migration, struct error *err)
{
    AUTO_SOURCE source = {0};
    const char *path = migration->settings->arguments[0];
    return source_open(&source, path, err) &&
           path_real(migration->arena, path, &migration->source_path, err) &&
           source_state_read(migration->source_path, &migration->source_state, err);
}

bool
command_migrate(const struct settings *settings, const struct output *output,
                enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_MIGRATION migration = {
        .settings = settings,
        .output = output,
        .arena = &arena,
        .warnings = json_array(),
        .phase_started_ms = clock_monotonic_ms(),
    };
    if (!look_at_source(&migration, err)) {
        return false;
    }
    if (settings->dry_run) {
        return migrate_dry_run(settings, output, migration.source_path, code, err);
    }
    return open_target(&migration, err) && carry_out(&migration, code, err);
}
