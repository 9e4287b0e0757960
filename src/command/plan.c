/* plan.c — a proposed plan as YAML. */
#include "base/path.h"
#include "command/commands.h"
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

bool
command_plan(const struct settings *settings, const struct output *output, enum exit_code *code,
             struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_SCRATCH_COPY copy = {0};
    AUTO_SURVEY survey = {0};
    AUTO_TEXT yaml = {0};
    const char *path = settings->arguments[0];
    if (!scratch_copy_make(&arena, settings, output, path, &copy, err) ||
        !survey_look(&survey, copy.path, settings, output, &arena, err)) {
        return false;
    }
    struct plan_options options = survey_plan_options(settings);
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
