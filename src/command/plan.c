/* plan.c — a proposed plan as YAML. */
#include "command/commands.h"
#include "command/many.h"
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

/* All sources looked at, one after the other; they are needed together. */
struct looked {
    struct sources sources;
    struct scratch_copy *copies;
    struct survey *surveys;
};

static void
looked_close(struct looked *looked)
{
    for (size_t i = 0; looked->copies != NULL && i < looked->sources.count; i++) {
        survey_close(&looked->surveys[i]);
        scratch_copy_remove(&looked->copies[i]);
    }
}
#define AUTO_LOOKED __attribute__((cleanup(looked_close))) struct looked

static bool
look_at_all(const struct settings *settings, const struct output *output, struct arena *arena,
            struct looked *looked, struct error *err)
{
    struct sources *sources = &looked->sources;
    if (!sources_find(arena, settings, false, sources, err)) {
        return false;
    }
    looked->surveys = arena_alloc(arena, sources->count * sizeof *looked->surveys);
    looked->copies = arena_alloc(arena, sources->count * sizeof *looked->copies);
    for (size_t i = 0; i < sources->count; i++) {
        struct settings own = *settings;
        own.schema = many_schema(arena, settings, sources, i);
        if (own.plan_file != NULL) {
            plan_use_source(arena, sources->entries[i].plan_source, &own);
        }
        if (!scratch_copy_make(arena, &own, output, sources->entries[i].path,
                               &looked->copies[i], err) ||
            !survey_look(&looked->surveys[i], looked->copies[i].path, &own, output, arena,
                         err)) {
            return false;
        }
    }
    for (size_t i = 0; i < sources->left_out_count; i++) {
        note(output, "left out: %s: %s", sources->left_out[i].path,
             sources->left_out[i].reason);
    }
    return true;
}

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

static void
print_json(const struct settings *settings, const struct output *output,
           const struct looked *looked, const struct text *yaml)
{
    AUTO_JSON *report = json_object();
    json_object_set_new(report, "plan", report_words(text_string(yaml)));
    json_object_set_new(report, "output", report_words(settings->output_path));
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
    AUTO_LOOKED looked = {0};
    struct settings settings = *given;
    settings.plan = given->check;
    if (!plan_use_file(&arena, &settings, err) ||
        !look_at_all(&settings, output, &arena, &looked, err)) {
        return false;
    }
    print_check(&settings, output, &looked);
    *code = EXIT_DONE;
    return true;
}

static void
write_plan(struct text *yaml, const struct settings *settings, struct arena *arena,
           const struct looked *looked)
{
    size_t count = looked->sources.count;
    struct plan_options options = survey_plan_options(&looked->surveys[0], settings);
    struct plan_yaml_source *sources = arena_alloc(arena, count * sizeof *sources);
    for (size_t i = 0; i < count; i++) {
        sources[i] = (struct plan_yaml_source){
            .plan = &looked->surveys[i].plan,
            .inspection = &looked->surveys[i].inspection,
            .name = looked->sources.entries[i].name,
            .path = looked->sources.entries[i].path,
        };
    }
    const char *schema = count == 1 ? looked->surveys[0].plan.schema
                                    : many_schema_pattern(settings, &looked->sources);
    plan_write_yaml_all(yaml, sources, count, &options, schema);
}

bool
command_plan(const struct settings *settings, const struct output *output, enum exit_code *code,
             struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LOOKED looked = {0};
    AUTO_TEXT yaml = {0};
    if (settings->check != NULL) {
        return check_plan(settings, output, code, err);
    }
    if (!look_at_all(settings, output, &arena, &looked, err)) {
        return false;
    }
    write_plan(&yaml, settings, &arena, &looked);
    if (settings->output_path != NULL) {
        if (!write_file(settings, &yaml, err)) {
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
