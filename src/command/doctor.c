/* doctor.c — the command `outgrow doctor`: what would keep a migration from going well. */
#include "operate/doctor.h"

#include "base/path.h"
#include "command/commands.h"
#include "page/page.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "settings/target_choice.h"
#include "survey/survey.h"

#include <string.h>
#include <unistd.h>

enum { STATE_COUNT = DOCTOR_SKIPPED + 1, LABEL_WIDTH = 7 };

static json_t *
finding_json(const struct doctor_finding *finding)
{
    json_t *object = json_object();
    json_object_set_new(object, "part", report_words(finding->part));
    json_object_set_new(object, "name", report_words(finding->name));
    json_object_set_new(object, "state", json_string(doctor_state_name(finding->state)));
    json_object_set_new(object, "value", report_words(finding->value));
    json_object_set_new(object, "advice", report_words(finding->advice));
    json_object_set_new(object, "statement", report_words(finding->statement));
    return object;
}

static void
print_json(const struct doctor_report *report, const size_t *counts, enum exit_code code,
           const struct output *output)
{
    AUTO_JSON *object = json_object();
    json_t *checks = json_array();
    for (size_t i = 0; i < report->count; i++) {
        json_array_append_new(checks, finding_json(&report->findings[i]));
    }
    for (size_t state = 0; state < STATE_COUNT; state++) {
        json_object_set_new(object, doctor_state_name((enum doctor_state)state),
                            json_integer((json_int_t)counts[state]));
    }
    json_object_set_new(object, "exit_code", json_integer(code));
    json_object_set_new(object, "checks", checks);
    result_print_json(output, object);
}

static void
add_finding(struct page *page, const struct doctor_finding *finding)
{
    page_pair(page, doctor_state_name(finding->state), LABEL_WIDTH, "%s: %s", finding->name,
              finding->value);
    if (finding->advice != NULL) {
        page_pair(page, "", LABEL_WIDTH, "-> %s", finding->advice);
    }
}

/* All that one finding has made impossible to look at, as one line; returns how
 * many of the findings from `first` on those are. */
static size_t
add_skipped(struct page *page, const struct doctor_report *report, size_t first)
{
    AUTO_TEXT names = {0};
    size_t count = 0;
    for (size_t i = first; i < report->count; i++, count++) {
        const struct doctor_finding *finding = &report->findings[i];
        if (finding->state != DOCTOR_SKIPPED ||
            strcmp(finding->part, report->findings[first].part) != 0 ||
            strcmp(finding->value, report->findings[first].value) != 0) {
            break;
        }
        text_printf(&names, "%s%s", count == 0 ? "" : ", ", finding->name);
    }
    page_pair(page, doctor_state_name(DOCTOR_SKIPPED), LABEL_WIDTH, "%s: %s",
              text_string(&names), report->findings[first].value);
    return count;
}

static void
print_text(const struct doctor_report *report, const size_t *counts,
           const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    const char *part = "";
    for (size_t i = 0; i < report->count;) {
        const struct doctor_finding *finding = &report->findings[i];
        if (strcmp(part, finding->part) != 0) {
            part = finding->part;
            page_heading(&page, "%s", part);
        }
        if (finding->state == DOCTOR_SKIPPED) {
            i += add_skipped(&page, report, i);
        } else {
            add_finding(&page, finding);
            i++;
        }
    }
    page_gap(&page);
    bool bad = counts[DOCTOR_FAIL] > 0;
    page_line(&page, bad ? STYLE_BAD : STYLE_GOOD, 0,
              "%zu ok, %zu to look at, %zu failed, %zu skipped", counts[DOCTOR_OK],
              counts[DOCTOR_WARN], counts[DOCTOR_FAIL], counts[DOCTOR_SKIPPED]);
    page_print(&page, output);
}

/* The first failure decides the exit code. */
static enum exit_code
count_states(const struct doctor_report *report, size_t *counts)
{
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        counts[finding->state]++;
        if (finding->state == DOCTOR_FAIL && code == EXIT_DONE) {
            code = exit_code_of(finding->kind);
        }
    }
    return code;
}

bool
command_doctor(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct target_choice target = {0};
    struct doctor_report report;
    struct error target_error;
    size_t counts[STATE_COUNT] = {0};
    const char *target_words = NULL;
    struct doctor_job job = {
        .backup_directory = settings->backup_directory,
        .schema = settings->schema,
        .workers = settings_workers(settings),
        .replace = settings->replace,
        .progress = output->progress,
    };
    target_take_operands(settings, &job.source_path, &target_words);
    if (job.backup_directory == NULL) {
        job.backup_directory = arena_printf(&arena, "%s/backups", path_data_home(&arena));
    }
    if (!target_choose(target_words, TARGET_IF_EXISTS, output, &arena, &target,
                       &target_error)) {
        job.target_error = &target_error;
    } else if (!target.absent) {
        job.conninfo = target.conninfo;
    }
    job.private_target = target.private_server;
    if (!doctor_examine(&job, &arena, &report, err)) {
        return false;
    }
    *code = count_states(&report, counts);
    if (settings->json) {
        print_json(&report, counts, *code, output);
    } else {
        print_text(&report, counts, output);
    }
    return true;
}
