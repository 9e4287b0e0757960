/* report_command.c — the command `outgrow report`: the report of a migration that is over, as
 * text, JSON or a page for a browser, with a checklist that is looked at anew. */
#include "base/clock.h"
#include "base/path.h"
#include "command/commands.h"
#include "migrate/run_choice.h"
#include "page/report.h"
#include "page/report_file.h"
#include "page/result.h"
#include "report/report_document.h"
#include "report/report_parts.h"
#include "settings/target_choice.h"
#include "sqlite/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct reporting {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;
    const char *source; /* absolute; NULL: the latest run of any */
    struct target_choice target;
    PGconn *conn;
    struct run run;
    json_t *report;
};

static void
reporting_close(struct reporting *reporting)
{
    target_connection_close(&reporting->conn);
    json_close(&reporting->report);
}
#define AUTO_REPORTING __attribute__((cleanup(reporting_close))) struct reporting

/* The source may be gone by now: its path is then taken as it was written. */
static const char *
absolute_path(struct arena *arena, const char *path)
{
    char *real = NULL;
    struct error ignored;
    if (path_real(arena, path, &real, &ignored)) {
        return real;
    }
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    const char *absolute = here == NULL ? path : arena_printf(arena, "%s/%s", here, path);
    free(here);
    return absolute;
}

static bool
open_target(struct reporting *reporting, const char *target, struct error *err)
{
    if (!target_choose(target, TARGET_IF_EXISTS, reporting->output, reporting->arena,
                       &reporting->target, err)) {
        return false;
    }
    if (reporting->target.absent) {
        error_set(err, ERROR_TARGET, "there is no private PostgreSQL yet to report on");
        return error_hint(err, "outgrow migrate makes it; or name a TARGET");
    }
    return target_connect(reporting->target.conninfo, &reporting->conn, err);
}

static bool
find_run(struct reporting *reporting, struct error *err)
{
    PGconn *conn = reporting->conn;
    struct arena *arena = reporting->arena;
    struct run *run = &reporting->run;
    const struct run_key key = {reporting->source, reporting->settings->schema};
    bool journal = false;
    bool found = false;
    if (!journal_exists(conn, &journal, err) || (journal && !journal_ensure(conn, err)) ||
        (journal && key.source_path != NULL &&
         !run_find(conn, &key, arena, run, &found, err)) ||
        (journal && !found &&
         !journal_run_latest(conn, arena, key.source_path, run, &found, err))) {
        return false;
    }
    if (!found) {
        if (key.source_path != NULL && !source_look(key.source_path, err)) {
            return false;
        }
        error_set(err, ERROR_USAGE, "%s knows no migration%s%s", target_describe(arena, conn),
                  key.source_path == NULL ? "" : " of ",
                  key.source_path == NULL ? "" : key.source_path);
        return error_hint(err, "outgrow status lists those that it knows");
    }
    return true;
}

static bool
load_report(struct reporting *reporting, struct error *err)
{
    const struct run *run = &reporting->run;
    if (run->report == NULL) {
        error_set(err, ERROR_NOT_NOW, "the migration of %s is not over (run %" PRId64 ", %s)",
                  run->source_path, run->id, run_state_name(run->state));
        return error_hint(err, "repeat the migrate command to go on with it");
    }
    reporting->report = json_loads(run->report, 0, NULL);
    return reporting->report != NULL ||
           error_set(err, ERROR_TARGET, "the report of run %" PRId64 " cannot be read",
                     run->id);
}

/* A later `outgrow verify` has found something else than the migration did. */
static bool
note_later_differences(struct reporting *reporting, struct error *err)
{
    AUTO_RESULT *result = NULL;
    const char *id = arena_printf(reporting->arena, "%" PRId64, reporting->run.id);
    const char *const parameters[] = {id};
    if (!target_query(reporting->conn,
                      "SELECT count(*) FROM outgrow.differences WHERE run_id = $1::bigint"
                      " AND kind <> 'not carried'",
                      parameters, 1, &result, err)) {
        return false;
    }
    size_t then = json_array_size(json_object_get(reporting->report, "differences"));
    if ((size_t)target_number(result, 0, 0) != then) {
        report_warn(json_object_get(reporting->report, "warnings"),
                    "a later outgrow verify recorded %s differences, and the migration %zu: "
                    "see outgrow.differences",
                    PQgetvalue(result, 0, 0), then);
    }
    return true;
}

static bool
hand_over(struct reporting *reporting, struct error *err)
{
    const struct settings *settings = reporting->settings;
    if (settings->output_path != NULL) {
        enum report_form form = settings->json ? REPORT_AS_JSON : REPORT_AS_HTML;
        if (!report_file_write(settings->output_path, reporting->report, form, err)) {
            return false;
        }
        note(reporting->output, "report written to %s", settings->output_path);
    } else if (settings->json) {
        result_print_json(reporting->output, reporting->report);
    } else {
        report_print_whole(reporting->report, reporting->output);
    }
    return true;
}

bool
command_report(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_REPORTING reporting = {.settings = settings, .output = output, .arena = &arena};
    const char *source = NULL;
    const char *target = NULL;
    target_take_operands(settings, &source, &target);
    reporting.source = source == NULL ? NULL : absolute_path(&arena, source);
    *code = EXIT_DONE;
    return (settings->output_path == NULL || report_file_allowed(settings->output_path, err)) &&
           open_target(&reporting, target, err) && find_run(&reporting, err) &&
           load_report(&reporting, err) && note_later_differences(&reporting, err) &&
           report_document_complete(reporting.conn, settings, &arena, reporting.report, err) &&
           hand_over(&reporting, err);
}
