/* migrate.c — the main job: backup, check, inspect, plan, create, copy, finish,
 * verify, report; for each of the sources. */
#include "base/clock.h"
#include "command/commands.h"
#include "migrate/migrate_dry_run.h"
#include "migrate/migrate_retry.h"
#include "migrate/migration.h"
#include "migrate/references.h"
#include "page/report.h"
#include "page/report_file.h"
#include "page/result.h"
#include "report/many.h"
#include "settings/plan_use.h"

#include <stdlib.h>

static bool
open_target(const char *argument, const struct output *output, struct arena *arena,
            struct target_choice *target, PGconn **conn, struct error *err)
{
    return target_choose(argument, TARGET_NEEDED, output, arena, target, err) &&
           target_connect(target->conninfo, conn, err) &&
           target_refuse_shared(*conn, target->conninfo, err) && journal_ensure(*conn, err) &&
           journal_lock(*conn, err);
}

static void
print_report(const struct settings *settings, const json_t *report, const struct output *output)
{
    report_print(report, output);
    if (settings->profile) {
        report_print_profile(report, output);
    }
}

static bool
write_page(const struct settings *settings, const struct output *output, const json_t *report,
           struct error *err)
{
    if (settings->report_path == NULL) {
        return true;
    }
    if (!report_file_write(settings->report_path, report, REPORT_AS_HTML, err)) {
        return error_hint(err, "the migration is over; outgrow report writes it elsewhere");
    }
    note(output, "report written to %s", settings->report_path);
    return true;
}

/* What all sources of one command share. */
struct migrating {
    const struct output *output;
    const struct target_choice *target;
    PGconn *conn;
    int64_t batch_id; /* 0: one source */
    int64_t started_ms;
    const struct settings *settings;
    const struct sources *sources;
};

static bool
migrate_one(void *context, const struct settings *settings, json_t **report, struct error *err)
{
    const struct migrating *migrating = context;
    AUTO_ARENA arena = {0};
    AUTO_MIGRATION migration = {
        .settings = settings,
        .output = migrating->output,
        .arena = &arena,
        .target = migrating->target,
        .conn = migrating->conn,
        .batch_id = migrating->batch_id,
        .warnings = json_array(),
        .phase_started_ms = clock_monotonic_ms(),
    };
    if (migrating->batch_id == 0) {
        migration.phase_started_ms = migrating->started_ms;
        migration_phase_over(&migration, "connect");
    }
    return migration_look(&migration, settings->arguments[0], err) &&
           (settings->retry_set_aside ? migrate_retry(&migration, report, err)
                                      : migration_run(&migration, report, err)) &&
           (migrating->batch_id != 0 || write_page(settings, migrating->output, *report, err));
}

/* Not yet there as a run: the next one's number, which no other batch has. */
static bool
choose_batch(PGconn *conn, int64_t *batch_id, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT coalesce(max(run_id), 0) + 1 FROM outgrow.runs", NULL, 0,
                      &result, err)) {
        return error_wrap(err, "begin a batch");
    }
    *batch_id = target_number(result, 0, 0);
    return true;
}

static bool
dry_run_one(void *context, const struct settings *settings, json_t **report, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_MIGRATION migration = {.settings = settings, .arena = &arena};
    return migration_look(&migration, settings->arguments[0], err) &&
           migrate_dry_run(settings, context, migration.source_path, report, err);
}

static bool
dry_run_all(const struct settings *settings, const struct output *output,
            const struct sources *sources, enum exit_code *code, struct error *err)
{
    struct output said = *output;
    const struct many_job job = {.settings = settings,
                                 .output = output,
                                 .sources = sources,
                                 .run = dry_run_one,
                                 .context = &said,
                                 .print = migrate_dry_run_print};
    return many_run(&job, code, err);
}

static bool
tie_sources(void *context, json_t *report, struct error *err)
{
    const struct migrating *migrating = context;
    const struct references_job job = {
        .conn = migrating->conn,
        .file = migrating->settings->plan_file,
        .sources = migrating->sources,
        .into_existing = migrating->settings->into_existing,
    };
    return references_add(&job, report, err);
}

static bool
write_page_of_all(void *context, const json_t *report, struct error *err)
{
    const struct migrating *migrating = context;
    return write_page(migrating->settings, migrating->output, report, err);
}

/* Before a long work, what would fail at its end. */
static bool
check_page(const struct settings *settings, struct error *err)
{
    if (settings->report_path == NULL) {
        return true;
    }
    return report_file_allowed(settings->report_path, err);
}

static bool
migrate_all(const struct settings *settings, const struct output *output, struct arena *arena,
            const struct sources *sources, enum exit_code *code, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target = {0};
    struct migrating migrating = {.output = output,
                                  .target = &target,
                                  .started_ms = clock_monotonic_ms(),
                                  .settings = settings,
                                  .sources = sources};
    if (!check_page(settings, err) ||
        !open_target(sources->target, output, arena, &target, &conn, err) ||
        (sources->count > 1 && !choose_batch(conn, &migrating.batch_id, err))) {
        return false;
    }
    migrating.conn = conn;
    const struct many_job job = {.settings = settings,
                                 .output = output,
                                 .sources = sources,
                                 .run = migrate_one,
                                 .context = &migrating,
                                 .print = print_report,
                                 .brief = true,
                                 .after = tie_sources,
                                 .finished = write_page_of_all};
    return many_run(&job, code, err);
}

bool
command_migrate(const struct settings *given, const struct output *output, enum exit_code *code,
                struct error *err)
{
    AUTO_ARENA arena = {0};
    struct settings settings = *given;
    struct sources sources;
    if (!plan_use_file(&arena, &settings, err) ||
        !sources_find(&arena, &settings, true, &sources, err)) {
        return false;
    }
    plan_note_asides(&settings, output);
    return settings.dry_run ? dry_run_all(&settings, output, &sources, code, err)
                            : migrate_all(&settings, output, &arena, &sources, code, err);
}
