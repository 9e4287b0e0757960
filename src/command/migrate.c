/* migrate.c — the main job: backup, check, inspect, plan, create, copy, finish,
 * verify, report. */
#include "base/clock.h"
#include "command/commands.h"
#include "command/migrate_dry_run.h"
#include "command/migration.h"
#include "command/plan_use.h"
#include "command/report_file.h"
#include "command/result.h"
#include "command/run_report.h"

static bool
open_target(const struct settings *settings, const struct output *output, struct arena *arena,
            struct target_choice *target, PGconn **conn, struct error *err)
{
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    return target_choose(argument, TARGET_NEEDED, output, arena, target, err) &&
           target_connect(target->conninfo, conn, err) && journal_ensure(*conn, err) &&
           journal_lock(*conn, err);
}

static bool
show_report(const json_t *report, const struct settings *settings, const struct output *output,
            enum exit_code *code, struct error *err)
{
    run_report_show(report, settings, output, report_print, code);
    if (settings->profile && !settings->json) {
        report_print_profile(report, output);
    }
    if (settings->report_path == NULL) {
        return true;
    }
    if (!report_file_write(settings->report_path, report, REPORT_AS_HTML, err)) {
        return error_hint(err, "the migration is over; outgrow report writes it elsewhere");
    }
    note(output, "report written to %s", settings->report_path);
    return true;
}

bool
command_migrate(const struct settings *given, const struct output *output, enum exit_code *code,
                struct error *err)
{
    AUTO_ARENA arena = {0};
    struct settings planned = *given;
    const struct settings *settings = &planned;
    AUTO_CONNECTION *conn = NULL;
    AUTO_JSON *report = NULL;
    struct target_choice target = {0};
    AUTO_MIGRATION migration = {
        .settings = settings,
        .output = output,
        .arena = &arena,
        .target = &target,
        .warnings = json_array(),
        .phase_started_ms = clock_monotonic_ms(),
    };
    if (!plan_use(&arena, &planned, err) ||
        !migration_look(&migration, settings->arguments[0], err)) {
        return false;
    }
    if (settings->dry_run) {
        return migrate_dry_run(settings, output, migration.source_path, code, err);
    }
    if ((settings->report_path != NULL && !report_file_allowed(settings->report_path, err)) ||
        !open_target(settings, output, &arena, &target, &conn, err)) {
        return false;
    }
    migration.conn = conn;
    migration_phase_over(&migration, "connect");
    return migration_run(&migration, &report, err) &&
           show_report(report, settings, output, code, err);
}
