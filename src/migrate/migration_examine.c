/* migration_examine.c — see migration.h: checks and inspects the run's copy of the source, and
 * plans. */
#include "migrate/migration.h"
#include "migrate/run_inspect.h"
#include "page/result.h"
#include "report/index_warnings.h"
#include "report/orphan_warnings.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"

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

bool
migration_check_collations(const struct migration *migration, struct error *err)
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
migration_examine(struct migration *migration, struct error *err)
{
    return open_survey(migration, err) && examine_snapshot(migration, err) &&
           plan_moves(migration, err);
}
