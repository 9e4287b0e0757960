/* status.c — where every migration into a target stands. */
#include "command/commands.h"
#include "command/status_watch.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "report/set_aside_list.h"
#include "report/status_choice.h"
#include "report/status_report.h"
#include "settings/target_choice.h"
#include "sqlite/source.h"

/* Prints set-aside entries one by one, so that millions need no memory. */
struct set_aside_printer {
    const struct output *output;
    bool json;
    uint64_t count;
};

static void
print_entry_text(const struct set_aside_printer *printer, const json_t *entry)
{
    AUTO_PAGE page = page_for(printer->output);
    const char *column = json_words(entry, "column");
    AUTO_TEXT place = {0};
    set_aside_add_place_and_key(&place, entry);
    page_line(&page, STYLE_PLAIN, 0, "run %lld %s %s%s%s: %s%s",
              (long long)json_integer_value(json_object_get(entry, "run")),
              json_name(entry, "table"), text_string(&place),
              column[0] == '\0' ? "" : " column ", column, json_words(entry, "reason"),
              json_is_true(json_object_get(entry, "altered")) ? " (cleaned value stored)" : "");
    page_print(&page, printer->output);
}

static bool
print_entry(void *context, const json_t *entry, struct error *err)
{
    struct set_aside_printer *printer = context;
    FILE *out = printer->output->out;
    (void)err;
    if (printer->json) {
        fputs(printer->count == 0 ? "\n  " : ",\n  ", out);
        json_dumpf(entry, out, 0);
    } else {
        print_entry_text(printer, entry);
    }
    printer->count++;
    return true;
}

static bool
print_set_aside(PGconn *conn, const struct settings *settings, const struct output *output,
                struct error *err)
{
    const struct status_choice choice = status_choice_read(settings);
    AUTO_ARENA memory = {0};
    struct run *runs = NULL;
    size_t count = 0;
    struct set_aside_printer printer = {.output = output, .json = settings->json};
    if (conn != NULL && !journal_runs(conn, &memory, &runs, &count, err)) {
        return false;
    }
    fputs(settings->json ? "{\"set_aside\": [" : "", output->out);
    for (size_t i = 0; i < count; i++) {
        const struct set_aside_query query = {.run_id = runs[i].id, .with_row = settings->json};
        if (status_choice_holds(&choice, runs[i].source_path) &&
            !set_aside_each(conn, &query, print_entry, &printer, err)) {
            return false;
        }
    }
    if (settings->json) {
        fputs(printer.count > 0 ? "\n]}\n" : "]}\n", output->out);
    } else if (printer.count == 0) {
        fputs("nothing was set aside\n", output->out);
    }
    return true;
}

static bool
print_status(PGconn *conn, const char *target, const struct settings *settings,
             const struct output *output, struct error *err)
{
    const struct status_choice choice = status_choice_read(settings);
    AUTO_JSON *report = NULL;
    if (conn == NULL) {
        report = json_object();
        json_object_set_new(report, "target", report_words(target));
        json_object_set_new(report, "runs", json_array());
    } else if (!status_report_build(conn, target, &report, err)) {
        return false;
    }
    status_choice_filter(&choice, report);
    if (settings->json) {
        result_print_json(output, report);
    } else {
        status_report_print(report, output);
    }
    return true;
}

static bool
is_known(const char *name, const struct run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (status_choice_means(name, runs[i].source_path)) {
            return true;
        }
    }
    return false;
}

/* Of what nothing was ever moved may not be a database at all: then that is the answer, as every
 * other command gives it. */
static bool
judge_unknown(PGconn *conn, const struct status_choice *choice, enum exit_code *code,
              struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run *runs = NULL;
    size_t count = 0;
    if (choice->count > 0 && conn != NULL && !journal_runs(conn, &memory, &runs, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < choice->count; i++) {
        if (is_known(choice->sources[i], runs, count)) {
            continue;
        }
        if (!source_look(choice->sources[i], err)) {
            return false;
        }
        *code = EXIT_USAGE;
    }
    return true;
}

bool
command_status(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target;
    bool journal = false;
    const char *description = "the private PostgreSQL";
    if (!target_choose(status_choice_read(settings).target, TARGET_IF_EXISTS, output, &arena,
                       &target, err)) {
        return false;
    }
    if (!target.absent) {
        if (!target_connect(target.conninfo, &conn, err) ||
            !journal_exists(conn, &journal, err) || (journal && !journal_ensure(conn, err))) {
            return false;
        }
        description = target_describe(&arena, conn);
    }
    *code = EXIT_DONE;
    PGconn *known = journal ? conn : NULL;
    const struct status_choice choice = status_choice_read(settings);
    if (!judge_unknown(known, &choice, code, err)) {
        return false;
    }
    if (settings->watch && known != NULL && *code == EXIT_DONE) {
        return status_watch(
            &(struct status_watch){&choice, output, target.conninfo, settings->json, &conn},
            err);
    }
    return settings->set_aside ? print_set_aside(known, settings, output, err)
                               : print_status(known, description, settings, output, err);
}
