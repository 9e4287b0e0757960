/* plan.c — a proposed plan as YAML. */
#include "command/commands.h"
#include "command/plan_look.h"
#include "command/plan_update.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"

#include <string.h>

static json_t *
all_notes(const struct looked *looked, enum note_kind kind)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < looked->sources.count; i++) {
        AUTO_JSON *own = report_notes(&looked->surveys[i].plan, kind);
        json_array_extend(notes, own);
    }
    return notes;
}

/* NULL: standard output, which is "-", too. */
static const char *
output_file(const struct settings *settings)
{
    const char *path = settings->output_path;
    return path == NULL || strcmp(path, "-") == 0 ? NULL : path;
}

static void
print_json(const struct settings *settings, const struct output *output,
           const struct looked *looked, const struct text *yaml)
{
    AUTO_JSON *report = json_object();
    json_object_set_new(report, "plan", report_words(text_string(yaml)));
    json_object_set_new(report, "output", report_words(output_file(settings)));
    json_object_set_new(report, "not_carried", all_notes(looked, NOTE_NOT_CARRIED));
    json_object_set_new(report, "changed", all_notes(looked, NOTE_CHANGED));
    json_object_set_new(report, "renamed", all_notes(looked, NOTE_RENAMED));
    result_print_json(output, report);
}

static json_t *
asides_json(const struct plan_file *file)
{
    json_t *asides = json_array();
    for (size_t i = 0; i < file->aside_count; i++) {
        json_t *aside = json_object();
        json_object_set_new(aside, "key", json_string(file->asides[i].key.text));
        json_object_set_new(aside, "line", json_integer(file->asides[i].key.place.line));
        json_object_set_new(aside, "command", json_string(file->asides[i].command));
        json_array_append_new(asides, aside);
    }
    return asides;
}

static void
print_check(const struct settings *settings, const struct output *output,
            const struct looked *looked)
{
    const struct plan_file *file = settings->plan_file;
    size_t tables = 0;
    for (size_t s = 0; s < looked->sources.count; s++) {
        const struct plan *plan = &looked->surveys[s].plan;
        for (size_t i = 0; i < plan->table_count; i++) {
            tables += plan->tables[i].problem == NULL;
        }
    }
    if (settings->json) {
        AUTO_JSON *report = json_object();
        json_object_set_new(report, "plan", report_words(file->path));
        json_object_set_new(report, "fits", json_true());
        json_object_set_new(report, "tables", json_integer((json_int_t)tables));
        json_object_set_new(report, "aside", asides_json(file));
        json_object_set_new(report, "not_carried", all_notes(looked, NOTE_NOT_CARRIED));
        result_print_json(output, report);
        return;
    }
    fprintf(output->out, "%s is in order and fits", file->path);
    for (size_t s = 0; s < looked->sources.count; s++) {
        fprintf(output->out, "%s %s", s == 0 ? "" : ",", looked->sources.entries[s].path);
    }
    fprintf(output->out, ": %zu table%s\n", tables, tables == 1 ? "" : "s");
    plan_note_asides(settings, output);
}

static bool
check_plan(const struct settings *given, const struct output *output, enum exit_code *code,
           struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LOOKED looked = {0};
    struct settings settings = *given;
    settings.plan = given->check;
    if (!plan_use_file(&arena, &settings, err) ||
        !looked_all(&settings, output, &arena, &looked, err)) {
        return false;
    }
    print_check(&settings, output, &looked);
    *code = EXIT_DONE;
    return true;
}

bool
command_plan(const struct settings *settings, const struct output *output, enum exit_code *code,
             struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LOOKED looked = {0};
    AUTO_TEXT yaml = {0};
    if (settings->check != NULL && settings->update != NULL) {
        return error_set(err, ERROR_USAGE, "--check and --update are two things to do");
    }
    if (settings->update != NULL) {
        return plan_update_file(settings, output, code, err);
    }
    if (settings->check != NULL) {
        return check_plan(settings, output, code, err);
    }
    if (!looked_all(settings, output, &arena, &looked, err)) {
        return false;
    }
    looked_write(&yaml, settings, &arena, &looked);
    if (output_file(settings) != NULL) {
        if (!plan_write_file(settings, &yaml, err)) {
            return false;
        }
        note(output, "plan written to %s", settings->output_path);
    } else if (!settings->json) {
        fwrite(text_string(&yaml), 1, yaml.length, output->out);
    }
    if (settings->json) {
        print_json(settings, output, &looked, &yaml);
    }
    *code = EXIT_DONE;
    return true;
}
