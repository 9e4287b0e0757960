/* many.c — see many.h. */
#include "report/many.h"

#include "outgrow_config.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "report/report_build.h"
#include "report/report_parts.h"
#include "settings/option.h"
#include "settings/plan_use.h"

#include <string.h>

enum exit_code
many_worse(enum exit_code a, enum exit_code b)
{
    static const enum exit_code order[] = {
        EXIT_DONE,   EXIT_SET_ASIDE, EXIT_NOT_NOW, EXIT_DIFFERS,  EXIT_USAGE,
        EXIT_SOURCE, EXIT_TARGET,    EXIT_SYSTEM,  EXIT_INTERNAL, EXIT_INTERRUPTED};
    size_t rank_a = 0;
    size_t rank_b = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        rank_a = order[i] == a ? i : rank_a;
        rank_b = order[i] == b ? i : rank_b;
    }
    return rank_a >= rank_b ? a : b;
}

/* Whether nobody has said --schema. */
static bool
schema_is_default(const struct settings *settings)
{
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(option_table[i].name, "schema") == 0) {
            return settings->schema == option_table[i].fallback;
        }
    }
    return false;
}

const char *
many_schema_pattern(const struct settings *settings, const struct sources *sources)
{
    return sources->count > 1 && schema_is_default(settings) ? "{source}" : settings->schema;
}

const char *
many_schema(struct arena *arena, const struct settings *settings, const struct sources *sources,
            size_t index)
{
    static const char place[] = "{source}";
    const char *pattern = many_schema_pattern(settings, sources);
    const char *at = strstr(pattern, place);
    if (at == NULL) {
        return pattern;
    }
    return arena_printf(arena, "%.*s%s%s", (int)(at - pattern), pattern,
                        sources_schema(arena, settings, &sources->entries[index]),
                        at + sizeof place - 1);
}

struct settings
many_settings(struct arena *arena, const struct settings *settings,
              const struct sources *sources, size_t index, const char *operands[2])
{
    struct settings one = *settings;
    operands[0] = sources->entries[index].path;
    operands[1] = sources->target;
    one.arguments = operands;
    one.argument_count = operands[1] == NULL ? 1 : 2;
    one.schema = many_schema(arena, settings, sources, index);
    if (one.plan_file != NULL) {
        plan_use_source(arena, sources->entries[index].plan_source, &one);
    }
    return one;
}

static bool
run_one(const struct many_job *job, struct arena *arena, size_t index, json_t **report,
        struct error *err)
{
    const char *operands[2];
    struct settings settings = many_settings(arena, job->settings, job->sources, index,
                                             operands);
    return job->run(job->context, &settings, report, err);
}

static enum exit_code
code_of(const json_t *report)
{
    const json_t *code = json_object_get(report, "exit_code");
    return code == NULL ? EXIT_DONE : (enum exit_code)json_integer_value(code);
}

static void
show(const struct many_job *job, const json_t *report)
{
    if (job->settings->json) {
        result_print_json(job->output, report);
    } else {
        job->print(job->settings, report, job->output);
    }
}

static json_t *
error_report(const struct source_entry *entry, const struct error *err)
{
    json_t *report = json_object();
    json_t *source = json_object();
    json_object_set_new(source, "path", report_words(entry->path));
    json_object_set_new(report, "source", source);
    json_object_set_new(report, "error", report_words(err->message));
    json_object_set_new(report, "hint", report_words(err->hint));
    json_object_set_new(report, "outcome", json_string("failed"));
    json_object_set_new(report, "exit_code", json_integer(exit_code_of(err->kind)));
    return report;
}

static json_t *
list_left_out(const struct sources *sources)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sources->left_out_count; i++) {
        json_t *item = json_object();
        json_object_set_new(item, "path", report_words(sources->left_out[i].path));
        json_object_set_new(item, "reason", report_words(sources->left_out[i].reason));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *
list_aliases(const struct sources *sources)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sources->count; i++) {
        const struct source_entry *entry = &sources->entries[i];
        for (size_t a = 0; a < entry->alias_count; a++) {
            json_t *item = json_object();
            json_object_set_new(item, "path", report_words(entry->aliases[a]));
            json_object_set_new(item, "same_as", report_words(entry->path));
            json_array_append_new(list, item);
        }
    }
    return list;
}

static void
print_source_row(struct page_table *rows, const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    bool failed = json_object_get(report, "error") != NULL;
    page_table_add(rows, json_words(report, "name"));
    page_table_add(rows, json_words(json_object_get(report, "target"), "schema"));
    page_table_add_count(rows, json_count(totals, "tables"));
    page_table_add_count(rows, json_count(totals, "rows_copied"));
    page_table_add_count(rows, json_count(totals, "rows_set_aside"));
    page_table_add(rows, failed ? "failed" : json_words(report, "outcome"));
}

static void
print_summary(struct page *page, const json_t *report)
{
    static const char *const titles[] = {"source",  "schema",     ">tables",
                                         ">copied", ">set aside", "outcome"};
    struct page_table rows;
    size_t i;
    json_t *source;
    page_table_begin(&rows, titles, sizeof titles / sizeof titles[0]);
    json_array_foreach(json_object_get(report, "sources"), i, source)
    {
        print_source_row(&rows, source);
    }
    page_gap(page);
    page_table_end(&rows, page);
}

static void
print_files(struct page *page, const json_t *report)
{
    size_t i;
    json_t *item;
    json_t *left_out = json_object_get(report, "left_out");
    json_t *aliases = json_object_get(report, "aliases");
    if (json_array_size(left_out) + json_array_size(aliases) > 0) {
        page_heading(page, "files that are no sources (%zu)",
                     json_array_size(left_out) + json_array_size(aliases));
    }
    json_array_foreach(aliases, i, item)
    {
        page_line(page, STYLE_PLAIN, 2, "%s: the same file as %s", json_words(item, "path"),
                  json_words(item, "same_as"));
    }
    json_array_foreach(left_out, i, item)
    {
        page_line(page, STYLE_PLAIN, 2, "%s: %s", json_words(item, "path"),
                  json_words(item, "reason"));
    }
}

static void
print_errors(struct page *page, const json_t *report)
{
    size_t i;
    json_t *source;
    json_array_foreach(json_object_get(report, "sources"), i, source)
    {
        if (json_object_get(source, "error") != NULL) {
            page_line(page, STYLE_BAD, 0, "%s: %s", json_words(source, "name"),
                      json_words(source, "error"));
            if (json_words(source, "hint")[0] != '\0') {
                page_line(page, STYLE_PLAIN, 2, "%s", json_words(source, "hint"));
            }
        }
    }
}

/* Rows that refer from one source to another, as migrate adds them. */
static void
print_references(struct page *page, const json_t *report)
{
    const json_t *references = json_object_get(report, "references");
    size_t i;
    json_t *item;
    if (json_array_size(references) > 0) {
        page_heading(page, "foreign keys between sources (%zu)", json_array_size(references));
    }
    json_array_foreach(references, i, item)
    {
        const char *message = json_words(item, "message");
        page_line(page, message[0] == '\0' ? STYLE_PLAIN : STYLE_BAD, 2, "%s: %s%s%s",
                  json_words(item, "step"), json_words(item, "state"),
                  message[0] == '\0' ? "" : ": ", message);
    }
}

/* What nobody should miss, also where all is proven. */
static bool
has_remarks(const json_t *source)
{
    return json_array_size(json_object_get(source, "warnings")) > 0 ||
           json_array_size(json_object_get(source, "not_valid")) > 0;
}

static void
print_all(const struct many_job *job, const json_t *report)
{
    size_t i;
    json_t *source;
    json_array_foreach(json_object_get(report, "sources"), i, source)
    {
        bool failed = json_object_get(source, "error") != NULL;
        bool said = !job->brief || code_of(source) != EXIT_DONE || has_remarks(source);
        if (!failed && said) {
            job->print(job->settings, source, job->output);
            fputc('\n', job->output->out);
        }
    }
    AUTO_PAGE page = page_for(job->output);
    if (job->brief) {
        print_summary(&page, report);
    }
    print_references(&page, report);
    print_files(&page, report);
    page_gap(&page);
    print_errors(&page, report);
    page_line(&page, code_of(report) == EXIT_DONE ? STYLE_GOOD : STYLE_BAD, 0,
              "%zu sources: %s", json_array_size(json_object_get(report, "sources")),
              json_words(report, "outcome"));
    page_print(&page, job->output);
}

static const char *
outcome_of(enum exit_code code)
{
    return code == EXIT_DONE        ? "all done"
           : code == EXIT_SET_ASIDE ? "all done, with rows set aside"
           : code == EXIT_DIFFERS   ? "not all the same"
                                    : "not all of them worked out";
}

static json_t *
begin_report(const struct many_job *job)
{
    json_t *report = json_object();
    json_object_set_new(report, "outgrow", json_string(OUTGROW_VERSION));
    json_object_set_new(report, "sources", json_array());
    json_object_set_new(report, "left_out", list_left_out(job->sources));
    json_object_set_new(report, "aliases", list_aliases(job->sources));
    return report;
}

static bool
run_each(const struct many_job *job, json_t *report, enum exit_code *code, struct error *err)
{
    json_t *list = json_object_get(report, "sources");
    for (size_t i = 0; i < job->sources->count; i++) {
        AUTO_ARENA memory = {0};
        json_t *one = NULL;
        struct error failure;
        note(job->output, "source %zu of %zu: %s", i + 1, job->sources->count,
             job->sources->entries[i].path);
        if (!run_one(job, &memory, i, &one, &failure)) {
            if (failure.kind == ERROR_STOPPED) {
                *err = failure;
                return false;
            }
            json_decref(one);
            one = error_report(&job->sources->entries[i], &failure);
        }
        json_object_set_new(one, "name", report_words(job->sources->entries[i].name));
        *code = many_worse(*code, code_of(one));
        json_array_append_new(list, one);
    }
    return true;
}

static bool
run_single(const struct many_job *job, enum exit_code *code, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_JSON *report = NULL;
    for (size_t i = 0; i < job->sources->left_out_count; i++) {
        note(job->output, "left out: %s: %s", job->sources->left_out[i].path,
             job->sources->left_out[i].reason);
    }
    if (!run_one(job, &memory, 0, &report, err)) {
        return false;
    }
    *code = code_of(report);
    show(job, report);
    return true;
}

bool
many_run(const struct many_job *job, enum exit_code *code, struct error *err)
{
    *code = EXIT_DONE;
    if (job->sources->count == 1) {
        return run_single(job, code, err);
    }
    AUTO_JSON *report = begin_report(job);
    if (!run_each(job, report, code, err)) {
        return false;
    }
    if (job->after != NULL && !job->after(job->context, report, err)) {
        return false;
    }
    *code = many_worse(*code, code_of(report));
    json_object_set_new(report, "outcome", json_string(outcome_of(*code)));
    json_object_set_new(report, "exit_code", json_integer(*code));
    if (job->settings->json) {
        result_print_json(job->output, report);
    } else {
        print_all(job, report);
    }
    return job->finished == NULL || job->finished(job->context, report, err);
}
