/* migration.c — see migration.h: begins or goes on, checks, inspects, plans. */
#include "migrate/migration.h"

#include "base/clock.h"
#include "migrate/run_choice.h"
#include "migrate/run_inspect.h"
#include "migrate/run_settings.h"
#include "operate/dump.h"
#include "page/result.h"
#include "report/index_warnings.h"
#include "report/orphan_warnings.h"
#include "report/report_document.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"
#include "survey/snapshot.h"

#include <inttypes.h>
#include <unistd.h>

void
migration_close(struct migration *migration)
{
    survey_close(&migration->survey);
    json_close(&migration->warnings);
}

bool
migration_phase_over(struct migration *migration, const char *name)
{
    int64_t now = clock_monotonic_ms();
    migration->phases[migration->phase_count++] = (struct report_phase){
        .name = name, .seconds = (double)(now - migration->phase_started_ms) / 1000};
    migration->phase_started_ms = now;
    return true;
}

/* The phase that goes on has begun with it, or has run beside it all along. */
static void
note_check(struct migration *migration)
{
    const struct survey *survey = &migration->survey;
    migration->phases[migration->phase_count++] = (struct report_phase){
        .name = "check",
        .seconds = survey->check_seconds,
        .beside = survey->check_beside ? "inspect" : NULL,
    };
    if (!survey->check_beside) {
        migration->phase_started_ms += (int64_t)(survey->check_seconds * 1000);
    }
}

bool
migration_abandon(const struct migration *migration)
{
    AUTO_ARENA memory = {0};
    struct detached *items = NULL;
    size_t count = 0;
    struct error also;
    if (!detach_restore(migration->conn, &memory, migration->run.id, &items, &count, &also)) {
        note(migration->output, "foreign keys and triggers are still off: %s", also.message);
        return false;
    }
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

static bool
copy_source(const struct migration *migration, struct source *source, struct error *err)
{
    const char *path = migration->run.snapshot_path;
    return migration->live != NULL
               ? live_begin_copy(migration->live, path, err)
               : source_backup(source, path, migration->output->progress, err);
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
        .plan = migration->settings->plan_file == NULL ? NULL
                                                       : migration->settings->plan_file->text,
    };
    if (!snapshot_name(migration->arena, migration->settings, migration->source_path,
                       &run->snapshot_path, err) ||
        !source_open(&source, migration->source_path, err) ||
        !journal_run_add(migration->conn, migration->arena, run, err)) {
        return false;
    }
    if (migration->batch_id != 0 &&
        !journal_run_join(migration->conn, run->id, migration->batch_id, err)) {
        return false;
    }
    if (!copy_source(migration, &source, err)) {
        return migration_abandon(migration);
    }
    note(migration->output, "backup: %s", run->snapshot_path);
    return migration_phase_over(migration, "backup");
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

/* A plan file that does not fit, or a file whose schema cannot be read, is refused before
 * anything was done. */
static bool
abandon_new(const struct migration *migration, const struct error *err)
{
    bool for_good = err->kind == ERROR_USAGE || err->kind == ERROR_SOURCE;
    return for_good && migration->run.state < RUN_CREATED ? migration_abandon(migration)
                                                          : false;
}

static bool
open_survey(struct migration *migration, struct error *err)
{
    migration->survey.shown = migration->source_path;
    return survey_open(&migration->survey, migration->run.snapshot_path, migration->settings,
                       migration->arena, err) ||
           abandon_new(migration, err);
}

/* Files under `before` may make collations: then it is known behind them. */
static bool
makes_collations(const struct settings *settings)
{
    return settings->plan_file != NULL && settings->plan_file->before.count > 0;
}

static bool
check_collations(const struct migration *migration, struct error *err)
{
    return makes_collations(migration->settings) ||
           plan_check_collations(migration->conn, migration->arena, migration->settings, err);
}

static bool
run_before(struct migration *migration, struct error *err)
{
    const struct settings *settings = migration->settings;
    return migration->run.state >= RUN_CREATED ||
           (plan_run_before(migration->conn, migration->arena, settings, migration->output,
                            err) &&
            (!makes_collations(settings) ||
             plan_check_collations(migration->conn, migration->arena, settings, err))) ||
           (migration_abandon(migration), false);
}

static bool
examine_snapshot(struct migration *migration, struct error *err)
{
    struct survey *survey = &migration->survey;
    struct run_inspecting work = {
        .conn = migration->conn,
        .run_id = migration->run.id,
        .settings = migration->settings,
        .output = migration->output,
        .refuse_as = migration->settings->damaged_ok ? NULL : migration->source_path,
    };
    survey_prepare_inspection(survey, migration->arena);
    if (!run_check_load(work.conn, work.run_id, migration->arena, &survey->check, &work.checked,
                        err) ||
        !run_inspection_load(work.conn, work.run_id, survey, migration->arena, err)) {
        return false;
    }
    if (!run_inspection_finish(&work, survey, migration->arena, err)) {
        return survey->refused ? migration_abandon(migration) : false;
    }
    migration->checked = work.checked;
    if (!work.checked) {
        note_check(migration);
    }
    warn_findings(migration);
    return true;
}

/* Rows of others beside ours cannot be kept in step. */
static bool
refuse_conflicts(const struct migration *migration, struct error *err)
{
    if (migration->live == NULL || migration->settings->on_conflict == CONFLICT_UNSAID) {
        return true;
    }
    error_set(err, ERROR_USAGE,
              "--on-conflict: what is kept in step holds the source's rows and no others");
    return error_hint(err, "empty tables, or --replace, which empties them");
}

static void
note_hidden_columns(const struct migration *migration)
{
    const struct plan *plan = &migration->survey.plan;
    for (size_t t = 0; migration->live != NULL && t < plan->table_count; t++) {
        const struct plan_table *table = &plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            if (table->columns[c].rowid) {
                note(migration->output,
                     "note: %s.%s gets a column %s until outgrow finish: rows of table \"%s\" "
                     "have no key by which a change could be brought over",
                     table->schema, table->name, table->columns[c].name,
                     table->source->name.text);
            }
        }
    }
}

/* What stands against it is found here, before anything is written. */
static bool
fit_to_target(struct migration *migration, struct error *err)
{
    const struct settings *settings = migration->settings;
    const struct existing_request request = {
        .conn = migration->conn,
        .settings = settings,
        .output = migration->output,
        .may_hold_rows = settings->replace || migration->run.state >= RUN_CREATED,
    };
    if (!settings->into_existing) {
        return true;
    }
    if (refuse_conflicts(migration, err) &&
        existing_plan_fit(&request, &migration->survey, migration->arena, &migration->existing,
                          err)) {
        note_hidden_columns(migration);
        return true;
    }
    return (err->kind == ERROR_TARGET || err->kind == ERROR_USAGE) &&
                   migration->run.state < RUN_CREATED
               ? migration_abandon(migration)
               : false;
}

static bool
plan_moves(struct migration *migration, struct error *err)
{
    struct survey *survey = &migration->survey;
    int64_t run_id = migration->run.id;
    if (!survey_plan(survey, migration->settings, migration->arena, err)) {
        return abandon_new(migration, err);
    }
    if (!orphan_warnings(survey, migration->warnings, err) || !run_before(migration, err) ||
        !fit_to_target(migration, err)) {
        return false;
    }
    index_warnings(survey, migration->warnings);
    if (migration->run.state >= RUN_INSPECTED) {
        return true;
    }
    return run_plan_save(migration->conn, run_id, survey, err) &&
           journal_run_advance(migration->conn, run_id, RUN_INSPECTED, err) &&
           migration_phase_over(migration, "inspect");
}

bool
migration_complete_report(const struct migration *migration, json_t *report, struct error *err)
{
    return migration->settings->report_path == NULL ||
           report_document_complete(migration->conn, migration->settings, migration->arena,
                                    report, err);
}

/* "Nothing to do" would be a lie. */
static bool
refuse_lost(const struct migration *migration, const struct run *run, struct error *err)
{
    const char *names;
    if (!journal_run_lost(migration->conn, migration->arena, run->id, &names, err)) {
        return false;
    }
    if (names[0] == '\0') {
        return true;
    }
    error_set(err, ERROR_TARGET,
              "already migrated at %s (run %" PRId64 "), but no longer in the target: %s",
              run->finished_at, run->id, names);
    return error_hint(err, "--replace moves everything anew");
}

static bool
repeat_report(const struct migration *migration, const struct run *run, json_t **report,
              struct error *err)
{
    *report = run->report == NULL ? NULL : json_loads(run->report, 0, NULL);
    if (*report == NULL) {
        return error_set(err, ERROR_TARGET, "the report of run %" PRId64 " cannot be read",
                         run->id);
    }
    note(migration->output,
         "already migrated at %s (run %" PRId64 "), and the source has not changed since: "
         "nothing to do; --replace does it anew, outgrow verify compares again",
         run->finished_at, run->id);
    return migration_complete_report(migration, *report, err);
}

/* What another run has left off would stay off for good, if nobody went on with that. */
static bool
restore_others(const struct migration *migration, struct error *err)
{
    size_t count = 0;
    if (!existing_tables_restore_others(migration->conn, migration->run.id, &count, err)) {
        return false;
    }
    if (count > 0) {
        note(migration->output,
             "put back: %zu foreign keys and triggers that an unfinished run had taken off",
             count);
    }
    return true;
}

/* A live source is somebody else's work. */
static bool
refuse_live(const struct migration *migration, struct error *err)
{
    struct live live;
    bool found = false;
    if (!live_load(migration->conn, migration->arena, migration->source_path, &live, &found,
                   err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    error_set(err, ERROR_USAGE, "%s is kept in step with this target by outgrow sync (%s)",
              migration->source_path, live_state_name(live.state));
    return error_hint(err, "outgrow cutover switches over; outgrow sync --uninstall ends it");
}

/* From here on rounds can tell what has changed since the run's copy. */
static bool
record_live(const struct migration *migration, const struct run *run, struct error *err)
{
    return migration->live == NULL ||
           live_begin_record(migration->live, migration->conn, run, err);
}

bool
migration_run(struct migration *migration, json_t **report, struct error *err)
{
    const char *settings_json = run_settings_json(migration->arena, migration->settings);
    const struct run_request request = {
        .key = {migration->source_path, migration->settings->schema},
        .state = migration->source_state,
        .settings_json = settings_json,
        .replace = migration->settings->replace,
    };
    struct run_choice choice;
    if (migration->live == NULL && !refuse_live(migration, err)) {
        return false;
    }
    if (!run_choose(migration->conn, &request, migration->output, migration->arena, &choice,
                    err)) {
        return false;
    }
    if (choice.kind == RUN_REPEAT) {
        return refuse_lost(migration, &choice.run, err) &&
               record_live(migration, &choice.run, err) &&
               repeat_report(migration, &choice.run, report, err);
    }
    if (choice.kind == RUN_RESUME) {
        go_on_with_run(migration, &choice.run);
    } else if (!check_collations(migration, err) || !dump_target(migration, err) ||
               !begin_run(migration, settings_json, err)) {
        return false;
    }
    return record_live(migration, &migration->run, err) && restore_others(migration, err) &&
           open_survey(migration, err) && examine_snapshot(migration, err) &&
           plan_moves(migration, err) && migration_move(migration, err) &&
           migration_prove(migration, err) && migration_report(migration, report, err);
}

bool
migration_look(struct migration *migration, const char *path, struct error *err)
{
    AUTO_SOURCE source = {0};
    return settings_rate(migration->settings, &migration->rate, err) &&
           source_open(&source, path, err) &&
           source_real(migration->arena, path, &migration->source_path, err) &&
           source_state_read(migration->source_path, &migration->source_state, err);
}
