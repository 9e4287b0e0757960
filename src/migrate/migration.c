/* migration.c — see migration.h: begins a run or goes on with one, and leads it to its end. */
#include "migrate/migration.h"

#include "base/clock.h"
#include "capture/row_copy.h"
#include "migrate/run_choice.h"
#include "migrate/run_settings.h"
#include "operate/dump.h"
#include "page/result.h"
#include "planfile/plan_file.h"
#include "report/report_document.h"
#include "report/report_parts.h"
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
    source_row_copy_discard(migration->run.snapshot_path);
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
copy_source(struct migration *migration, struct error *err)
{
    AUTO_SOURCE source = {0};
    const char *path = migration->run.snapshot_path;
    bool copied = migration->live != NULL
                      ? live_begin_copy(migration->live, path, err)
                      : source_open(&source, migration->source_path, err) &&
                            source_backup(&source, path, migration->output->progress, err);
    if (!copied) {
        (void)source_backup_elsewhere(err, "--backup-directory");
        return migration_abandon(migration);
    }
    note(migration->output, "backup: %s", path);
    return migration_phase_over(migration, "backup");
}

/* The run is journalled first, so that a backup never lies around unknown. */
static bool
begin_run(struct migration *migration, const char *settings_json, struct error *err)
{
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
        !journal_run_add(migration->conn, migration->arena, run, err)) {
        return false;
    }
    if (migration->batch_id != 0 &&
        !journal_run_join(migration->conn, run->id, migration->batch_id, err)) {
        return false;
    }
    return copy_source(migration, err);
}

/* The process that made the copy was killed. */
static bool
go_on_with_copy(struct migration *migration, const struct run *run, struct error *err)
{
    migration->run = *run;
    note(migration->output, "going on with run %" PRId64 " of %s: with its copy of the source",
         run->id, run->started_at);
    return copy_source(migration, err);
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
    } else if (choice.kind == RUN_COPY) {
        if (!go_on_with_copy(migration, &choice.run, err)) {
            return false;
        }
    } else if (!migration_check_collations(migration, err) || !dump_target(migration, err) ||
               !begin_run(migration, settings_json, err)) {
        return false;
    }
    return record_live(migration, &migration->run, err) && restore_others(migration, err) &&
           migration_examine(migration, err) && migration_move(migration, err) &&
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
