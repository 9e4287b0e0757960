/* migrate.c — the main job: backup, check, inspect, plan, create, copy, finish,
 * verify, report. */
#include "base/clock.h"
#include "command/commands.h"
#include "command/migrate_dry_run.h"
#include "command/migration.h"
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

bool
command_migrate(const struct settings *settings, const struct output *output,
                enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
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
    if (!migration_look(&migration, settings->arguments[0], err)) {
        return false;
    }
    if (settings->dry_run) {
        return migrate_dry_run(settings, output, migration.source_path, code, err);
    }
    if (!open_target(settings, output, &arena, &target, &conn, err)) {
        return false;
    }
    migration.conn = conn;
    if (!migration_run(&migration, &report, err)) {
        return false;
    }
    run_report_show(report, settings, output, report_print, code);
    return true;
}
