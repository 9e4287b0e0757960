/* plan.c — a proposed plan as YAML. */
#include "base/path.h"
#include "command/commands.h"
#include "command/plan_use.h"
#include "command/report_parts.h"
#include "command/result.h"
#include "command/scratch.h"
#include "command/survey.h"
#include "plan/plan_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool
write_all(int file, const struct text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t written = write(file, text->bytes + done, text->length - done);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool
write_file(const struct settings *settings, const struct text *text, struct error *err)
{
    const char *path = settings->output_path;
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (settings->replace ? O_TRUNC : O_EXCL);
    int file = open(path, flags, 0666);
    if (file < 0 && errno == EEXIST) {
        error_set(err, ERROR_USAGE, "%s exists already", path);
        return error_hint(err, "--replace overwrites it");
    }
    if (file < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s", path);
    }
    bool ok = write_all(file, text) || error_set(err, ERROR_SYSTEM, "write %s", path);
    if (close(file) != 0 && ok) {
        ok = error_set(err, ERROR_SYSTEM, "write %s", path);
    }
    return ok;
}

static void
print_json(const struct settings *settings, const struct output *output,
           const struct survey *survey, const struct text *yaml)
{
    AUTO_JSON *report = json_object();
    json_object_set_new(report, "plan", report_words(text_string(yaml)));
    json_object_set_new(report, "output", report_words(settings->output_path));
    json_object_set_new(report, "not_carried", report_notes(&survey->plan, NOTE_NOT_CARRIED));
    json_object_set_new(report, "changed", report_notes(&survey->plan, NOTE_CHANGED));
    json_object_set_new(report, "renamed", report_notes(&survey->plan, NOTE_RENAMED));
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
            const struct survey *survey)
{
    const struct plan_file *file = settings->plan_file;
    size_t tables = 0;
    for (size_t i = 0; i < survey->plan.table_count; i++) {
        tables += survey->plan.tables[i].problem == NULL;
    }
    if (settings->json) {
        AUTO_JSON *report = json_object();
        json_object_set_new(report, "plan", report_words(file->path));
        json_object_set_new(report, "fits", json_true());
        json_object_set_new(report, "tables", json_integer((json_int_t)tables));
        json_object_set_new(report, "aside", asides_json(file));
        json_object_set_new(report, "not_carried",
                            report_notes(&survey->plan, NOTE_NOT_CARRIED));
        result_print_json(output, report);
        return;
    }
    fprintf(output->out, "%s is in order and fits %s: %zu table%s\n", file->path,
            settings->arguments[0], tables, tables == 1 ? "" : "s");
    for (size_t i = 0; i < file->aside_count; i++) {
        fprintf(output->out, "line %d: %s is not part of migrate: see %s\n",
                file->asides[i].key.place.line, file->asides[i].key.text,
                file->asides[i].command);
    }
}

static bool
check_plan(const struct settings *given, const struct output *output, enum exit_code *code,
           struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_SCRATCH_COPY copy = {0};
    AUTO_SURVEY survey = {0};
    struct settings settings = *given;
    settings.plan = given->check;
    if (!plan_use(&arena, &settings, err) ||
        !scratch_copy_make(&arena, &settings, output, settings.arguments[0], &copy, err) ||
        !survey_look(&survey, copy.path, &settings, output, &arena, err)) {
        return false;
    }
    print_check(&settings, output, &survey);
    *code = EXIT_DONE;
    return true;
}

bool
command_plan(const struct settings *settings, const struct output *output, enum exit_code *code,
             struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_SCRATCH_COPY copy = {0};
    AUTO_SURVEY survey = {0};
    AUTO_TEXT yaml = {0};
    if (settings->check != NULL) {
        return check_plan(settings, output, code, err);
    }
    const char *path = settings->arguments[0];
    if (!scratch_copy_make(&arena, settings, output, path, &copy, err) ||
        !survey_look(&survey, copy.path, settings, output, &arena, err)) {
        return false;
    }
    struct plan_options options = survey_plan_options(&survey, settings);
    plan_write_yaml(&yaml, &survey.plan, &survey.inspection, &options, path_stem(&arena, path),
                    path);
    if (settings->output_path != NULL) {
        if (!write_file(settings, &yaml, err)) {
            return false;
        }
        note(output, "plan written to %s", settings->output_path);
    } else if (!settings->json) {
        fwrite(text_string(&yaml), 1, yaml.length, output->out);
    }
    if (settings->json) {
        print_json(settings, output, &survey, &yaml);
    }
    *code = EXIT_DONE;
    return true;
}
