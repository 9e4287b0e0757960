/* migrate_retry.c — see migrate_retry.h. */
#include "migrate/migrate_retry.h"

#include "copy/retry.h"
#include "migrate/run_choice.h"
#include "migrate/run_inspect.h"
#include "migrate/run_settings.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* A retry on its way: the migration, with the settings of its run. */
struct retrying {
    struct migration *migration;
    struct settings settings;
    struct plan planned; /* before it was fitted to the tables */
};

static bool
find_finished_run(struct migration *migration, struct error *err)
{
    const struct run_key key = {migration->source_path, migration->settings->schema};
    bool found = false;
    if (!run_find(migration->conn, &key, migration->arena, &migration->run, &found, err)) {
        return false;
    }
    if (!found) {
        error_set(err, ERROR_USAGE, "the target knows no migration of %s into schema %s",
                  key.source_path, key.schema);
        return error_hint(err, "outgrow status lists those it knows");
    }
    if (migration->run.state != RUN_VERIFIED) {
        error_set(err, ERROR_NOT_NOW, "the migration of %s is not over (run %" PRId64 ", %s)",
                  key.source_path, migration->run.id, run_state_name(migration->run.state));
        return error_hint(err, "repeat it without --retry-set-aside to go on with it first");
    }
    return true;
}

/* Those of the run; a plan file that is named here goes before the one it had. */
static bool
settle(struct retrying *retrying, struct error *err)
{
    struct migration *migration = retrying->migration;
    struct arena *arena = migration->arena;
    const struct plan_file *mended = migration->settings->plan_file;
    size_t source = migration->settings->plan_source;
    retrying->settings = *migration->settings;
    if (!run_settings_apply(arena, migration->run.settings, &retrying->settings, err)) {
        return false;
    }
    if (mended == NULL) {
        return migration->run.plan == NULL ||
               plan_use_kept(arena, migration->run.plan, &retrying->settings, err);
    }
    retrying->settings.plan_file = mended;
    plan_use_source(arena, source, &retrying->settings);
    return true;
}

/* The backup is what the run was made from; without it, the source will do: the rows are in
 * the journal, and the same columns must be there. */
static bool
plan_again(struct retrying *retrying, struct error *err)
{
    struct migration *migration = retrying->migration;
    struct survey *survey = &migration->survey;
    const char *path = migration->run.snapshot_path;
    if (access(path, R_OK) != 0) {
        report_warn(migration->warnings,
                    "the backup %s is gone: the source itself was compared", path);
        migration->run.snapshot_path = migration->source_path;
    }
    if (!survey_open(survey, migration->run.snapshot_path, &retrying->settings,
                     migration->arena, err)) {
        return false;
    }
    survey_prepare_inspection(survey, migration->arena);
    return run_inspection_load(migration->conn, migration->run.id, survey, migration->arena,
                               err) &&
           survey_inspect(survey, &retrying->settings, migration->output,
                          (struct survey_saving){0}, migration->arena, err) &&
           survey_plan(survey, &retrying->settings, migration->arena, err);
}

/* The tables as they are now are the law: they may have been mended. */
static bool
fit_to_target(struct retrying *retrying, struct error *err)
{
    struct migration *migration = retrying->migration;
    struct plan *plan = &migration->survey.plan;
    struct settings settings = retrying->settings;
    retrying->planned = *plan;
    retrying->planned.tables = arena_alloc(migration->arena,
                                           (plan->table_count + 1) * sizeof *plan->tables);
    memcpy(retrying->planned.tables, plan->tables, plan->table_count * sizeof *plan->tables);
    settings.with_bookkeeping = settings.with_bookkeeping || !settings.into_existing;
    const struct existing_request request = {
        .conn = migration->conn,
        .settings = &settings,
        .output = migration->output,
        .may_hold_rows = true,
    };
    return existing_plan_fit(&request, &migration->survey, migration->arena,
                             &migration->existing, err);
}

static bool
set_sequences(const struct migration *migration, struct error *err)
{
    const struct plan *plan = &migration->survey.plan;
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].phase == PHASE_SEQUENCES &&
            !copy_run_step(migration->conn, migration->run.id, &plan->steps[i], err)) {
            return false;
        }
    }
    return true;
}

static bool
try_rows(struct retrying *retrying, struct error *err)
{
    struct migration *migration = retrying->migration;
    struct retry_outcome outcome;
    struct copy_job job = migration_copy_job(migration);
    job.bad_text = retrying->settings.bad_text;
    job.workers = 1;
    if (!copy_retry_set_aside(&job, migration->survey.catalog.encoding, &outcome, err)) {
        return false;
    }
    note(migration->output, "%" PRIu64 " rows went in, %" PRIu64 " are set aside still",
         outcome.went_in, outcome.stayed);
    if (outcome.left_out > 0) {
        note(migration->output, "%" PRIu64 " were left out: the target has their keys",
             outcome.left_out);
    }
    return set_sequences(migration, err) && migration_phase_over(migration, "retry");
}

static const struct plan_table *
find_planned(const struct plan *plan, const struct plan_table *fitted)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        if (plan->tables[i].source == fitted->source) {
            return &plan->tables[i];
        }
    }
    return NULL;
}

static bool
has_column_as_planned(const struct plan_table *planned, const struct plan_column *fitted)
{
    for (size_t i = 0; i < planned->column_count; i++) {
        const struct plan_column *column = &planned->columns[i];
        if (strcmp(column->name, fitted->name) == 0) {
            return value_type_equal(&column->type, &fitted->type);
        }
    }
    return false;
}

/* Whether a person has changed the tables since. */
static bool
tables_were_mended(const struct retrying *retrying)
{
    const struct plan *fitted = &retrying->migration->survey.plan;
    for (size_t t = 0; t < fitted->table_count; t++) {
        const struct plan_table *table = &fitted->tables[t];
        const struct plan_table *planned = find_planned(&retrying->planned, table);
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            if (planned == NULL || !has_column_as_planned(planned, &table->columns[c])) {
                return true;
            }
        }
    }
    return false;
}

/* What verify and the next retry are to follow. */
static bool
remember_mending(struct retrying *retrying, struct error *err)
{
    struct migration *migration = retrying->migration;
    struct settings *settings = &retrying->settings;
    if (!settings->into_existing && tables_were_mended(retrying)) {
        settings->into_existing = true;
        settings->with_bookkeeping = true;
    }
    const char *plan = settings->plan_file == NULL ? migration->run.plan
                                                   : settings->plan_file->text;
    return journal_run_settle(migration->conn, migration->run.id,
                              run_settings_json(migration->arena, settings), plan, err);
}

bool
migrate_retry(struct migration *migration, json_t **report, struct error *err)
{
    struct retrying retrying = {.migration = migration};
    if (!find_finished_run(migration, err) || !settle(&retrying, err) ||
        !plan_again(&retrying, err) || !fit_to_target(&retrying, err) ||
        !try_rows(&retrying, err) || !remember_mending(&retrying, err) ||
        !existing_plan_load_rows(migration->conn, migration->run.id, &migration->survey.plan,
                                 err)) {
        return false;
    }
    const struct settings *given = migration->settings;
    migration->settings = &retrying.settings;
    bool ok = migration_prove(migration, err) && migration_report(migration, report, err);
    migration->settings = given;
    return ok;
}
