/* migration_move.c — see migration.h: from tables to the report. */
#include "migrate/migration.h"
#include "migrate/run_inspect.h"
#include "outgrow_config.h"
#include "page/report.h"
#include "page/result.h"
#include "report/run_report.h"
#include "sync/back.h"

#include <stdlib.h>

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
    return migration_abandon(migration);
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
           migration_phase_over(migration, "create");
}

/* Existing tables are not made: their keys and triggers come off instead. */
static bool
take_tables(struct migration *migration, struct copy_job *job, struct error *err)
{
    if (!migration->settings->into_existing) {
        return create_tables(migration, job, err);
    }
    if (!existing_tables_take(job, &migration->existing.tables, &migration->means, err)) {
        return err->kind == ERROR_TARGET && job->reached < RUN_CREATED
                   ? give_up_unless_begun(migration)
                   : false;
    }
    job->means = migration->means;
    bool new_check = !migration->checked && job->reached < RUN_CREATED;
    return existing_plan_load_rows(migration->conn, job->run_id, &migration->survey.plan,
                                   err) &&
           (!new_check ||
            run_check_save(migration->conn, job->run_id, &migration->survey.check, err)) &&
           migration_phase_over(migration, "detach");
}

static bool
give_tables_back(struct migration *migration, const struct copy_job *job, struct error *err)
{
    return !migration->settings->into_existing || job->reached >= RUN_FINISHED ||
           (existing_tables_give_back(job, &migration->existing.tables, migration->means,
                                      err) &&
            migration_phase_over(migration, "restore"));
}

/* What is off stays off until somebody goes on: say so. */
static bool
warn_of_detached(const struct migration *migration)
{
    AUTO_ARENA memory = {0};
    struct detached *items = NULL;
    size_t count = 0;
    struct error also;
    if (migration->settings->into_existing &&
        detach_pending(migration->conn, &memory, migration->run.id, &items, &count, &also) &&
        count > 0) {
        note(migration->output,
             "%zu foreign keys and triggers are off; the same command goes on and puts them "
             "back (outgrow status names them)",
             count);
    }
    return false;
}

/* Others are kept from tables that are to be the same as the source. */
static bool
begin_as_ours(const struct migration *migration, struct copy_job *job, struct error *err)
{
    if (migration->live == NULL) {
        return true;
    }
    job->session = target_session_is_ours;
    return target_execute(job->control, job->session, err);
}

struct copy_job
migration_copy_job(const struct migration *migration)
{
    return (struct copy_job){
        .snapshot_path = migration->run.snapshot_path,
        .conninfo = migration->target->conninfo,
        .control = migration->conn,
        .run_id = migration->run.id,
        .reached = migration->run.state,
        .plan = &migration->survey.plan,
        .inspection = &migration->survey.inspection,
        .bad_text = migration->settings->bad_text,
        .utf16 = migration->survey.source.utf16,
        .progress = migration->output->progress,
    };
}

bool
migration_move(struct migration *migration, struct error *err)
{
    const struct settings *settings = migration->settings;
    struct copy_job job = migration_copy_job(migration);
    job.workers = settings_workers(settings);
    job.replace = settings->replace;
    job.rate = &migration->rate;
    bool moved = begin_as_ours(migration, &job, err) && take_tables(migration, &job, err) &&
                 (migration->live == NULL ||
                  live_begin_fence(migration->live, job.conninfo, err)) &&
                 (job.reached >= RUN_COPIED ||
                  (copy_rows(&job, err) && migration_phase_over(migration, "copy"))) &&
                 give_tables_back(migration, &job, err) &&
                 (job.reached >= RUN_FINISHED ||
                  (copy_finish(&job, err) && migration_phase_over(migration, "finish")));
    return moved || warn_of_detached(migration);
}

/* The backup never changes: what was proven of it before an interruption still holds. */
static const char *
state_to_remember(const struct migration *migration)
{
    return arena_printf(migration->arena, "%s %s %s", OUTGROW_VERSION,
                        migration->run.snapshot_path, migration->run.settings);
}

bool
migration_prove(struct migration *migration, struct error *err)
{
    const struct verify_job job = {
        .source_path = migration->run.snapshot_path,
        .conninfo = migration->target->conninfo,
        .control = migration->conn,
        .run_id = migration->run.id,
        .catalog = &migration->survey.catalog,
        .plan = &migration->survey.plan,
        .bad_text = migration->settings->bad_text,
        .workers = settings_workers(migration->settings),
        .progress = migration->output->progress,
        .rate = &migration->rate,
        .source_state = state_to_remember(migration),
    };
    return verify_tables(&job, migration->arena, &migration->verdict, err) &&
           migration_phase_over(migration, "verify");
}

bool
migration_report(struct migration *migration, json_t **report, struct error *err)
{
    PGconn *conn = migration->conn;
    int64_t run_id = migration->run.id;
    struct report_facts facts = {
        .survey = &migration->survey,
        .source_path = migration->source_path,
        .source_bytes = migration->source_state.size_bytes,
        .snapshot_path = migration->run.snapshot_path,
        .run_id = run_id,
        .resumed = migration->resumed,
        .target = target_describe(migration->arena, conn),
        .psql_command = target_psql_command(migration->arena, migration->target, conn),
        .phases = migration->phases,
        .phase_count = migration->phase_count,
        .verdict = &migration->verdict,
        .warnings = migration->warnings,
        .started_at = migration->run.started_at,
        .settings = migration->run.settings,
    };
    if (!run_report_build(conn, &facts, report, err) ||
        !migration_complete_report(migration, *report, err)) {
        return false;
    }
    char *text = json_dumps(*report, JSON_COMPACT | JSON_REAL_PRECISION(6));
    bool ok = journal_run_end(conn, run_id, report_exit_code(*report), text, err);
    free(text);
    return ok;
}
