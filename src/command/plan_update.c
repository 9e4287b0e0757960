/* plan_update.c — see plan_update.h. */
#include "command/plan_update.h"

#include "command/plan_look.h"
#include "page/printable.h"
#include "page/result.h"
#include "planfile/plan_update.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"

#include <string.h>

enum { SHOWN_BYTES_MAX = 200 };

static const char *const kind_words[] = {
    [PLAN_ADDED] = "added", [PLAN_CHANGED] = "changed", [PLAN_GONE] = "gone"};

/* A plan of a single source names the file that was given, whatever it is called there. */
static void
name_sources(const struct plan_file *file, struct looked *looked)
{
    for (size_t i = 0; i < looked->sources.count; i++) {
        struct source_entry *entry = &looked->sources.entries[i];
        entry->name = file->sources[entry->plan_source].name.text;
    }
}

/* What the copies declare. */
static bool
read_catalogs(struct arena *arena, const struct plan_file *file, const struct looked *looked,
              const struct catalog ***catalogs, struct error *err)
{
    const struct catalog **read = arena_alloc(arena, file->source_count * sizeof *read);
    for (size_t i = 0; i < looked->sources.count; i++) {
        AUTO_SOURCE source = {0};
        struct catalog *catalog = arena_alloc(arena, sizeof *catalog);
        if (!source_open(&source, looked->copies[i].path, err) ||
            !catalog_read(&source, arena, catalog, err)) {
            return error_wrap(err, "%s", looked->sources.entries[i].path);
        }
        read[looked->sources.entries[i].plan_source] = catalog;
    }
    *catalogs = read;
    return true;
}

/* What outgrow would propose today to somebody who has made these edits. */
static bool
propose(const struct settings *given, const struct output *output, struct plan_update *update,
        struct looked *looked, struct text *fresh, struct error *err)
{
    struct settings settings = *given;
    struct arena *arena = update->arena;
    const struct catalog **catalogs = NULL;
    if (!plan_use_text(arena, given->update, update->old.text, &settings, err) ||
        !looked_find(&settings, output, arena, looked, err)) {
        return false;
    }
    name_sources(&update->old.file, looked);
    if (!read_catalogs(arena, &update->old.file, looked, &catalogs, err)) {
        return false;
    }
    plan_update_look(update, catalogs);
    if (!plan_use_text(arena, given->update, update->edits, &settings, err) ||
        !looked_survey(&settings, output, arena, looked, err)) {
        return false;
    }
    looked_write(fresh, &settings, arena, looked);
    return true;
}

static void
print_changes(const struct plan_update *update, const struct output *output)
{
    for (size_t i = 0; i < update->change_count; i++) {
        const struct plan_change *change = &update->changes[i];
        AUTO_TEXT line = {0};
        printable_add_cut(&line, change->name, SHOWN_BYTES_MAX);
        text_add(&line, ": ");
        printable_add_cut(&line, change->words, SHOWN_BYTES_MAX);
        if (change->reason[0] != '\0') {
            text_add(&line, " (");
            printable_add_cut(&line, change->reason, SHOWN_BYTES_MAX);
            text_add_char(&line, ')');
        }
        note(output, "%s: %s", kind_words[change->kind], text_string(&line));
    }
}

static void
print_json(const struct settings *settings, const struct output *output,
           const struct plan_update *update, const struct text *yaml, bool written)
{
    AUTO_JSON *report = json_object();
    json_object_set_new(report, "plan", report_words(text_string(yaml)));
    json_object_set_new(
        report, "output",
        report_words(settings->output_path == NULL ? settings->update : settings->output_path));
    json_object_set_new(report, "written", json_boolean(written));
    for (int kind = PLAN_ADDED; kind <= PLAN_GONE; kind++) {
        json_t *changes = json_array();
        for (size_t i = 0; i < update->change_count; i++) {
            const struct plan_change *change = &update->changes[i];
            if ((int)change->kind == kind) {
                json_t *one = json_object();
                json_object_set_new(one, "name", report_words(change->name));
                json_object_set_new(one, "plan", report_words(change->words));
                json_object_set_new(one, "reason", report_words(change->reason));
                json_array_append_new(changes, one);
            }
        }
        json_object_set_new(report, kind_words[kind], changes);
    }
    result_print_json(output, report);
}

/* Into its own place only when it is not the same. */
static bool
write_out(const struct settings *settings, const struct plan_update *update,
          const struct text *yaml, bool *written, struct error *err)
{
    bool same = yaml->length == update->given_size &&
                memcmp(text_string(yaml), update->given, yaml->length) == 0;
    bool in_place = settings->output_path == NULL ||
                    strcmp(settings->output_path, settings->update) == 0;
    *written = !settings->dry_run && !(same && in_place);
    if (!*written) {
        return true;
    }
    return in_place ? plan_exchange_file(update->arena, settings->update, yaml, err)
                    : plan_write_file(settings, yaml, err);
}

bool
plan_update_file(const struct settings *settings, const struct output *output,
                 enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_LOOKED looked = {0};
    AUTO_TEXT given = {0};
    AUTO_TEXT fresh = {0};
    AUTO_TEXT yaml = {0};
    struct plan_update update;
    bool written;
    if (!plan_file_load(settings->update, &given, err) ||
        !plan_update_open(&arena, settings->update, text_string(&given), given.length, &update,
                          err) ||
        !propose(settings, output, &update, &looked, &fresh, err) ||
        !plan_update_merge(&update, &fresh, &yaml, err) ||
        !write_out(settings, &update, &yaml, &written, err)) {
        return false;
    }
    if (settings->json) {
        print_json(settings, output, &update, &yaml, written);
    } else {
        print_changes(&update, output);
        note(output,
             written             ? "%s is up to date, and was written"
             : settings->dry_run ? "%s was not written: --dry-run"
                                 : "%s is up to date: nothing to change",
             settings->output_path == NULL ? settings->update : settings->output_path);
    }
    *code = EXIT_DONE;
    return true;
}
