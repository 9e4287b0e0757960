/* inspect.c — what is in a SQLite file, and what would trouble a move. */
#include "command/commands.h"
#include "outgrow_config.h"
#include "page/human.h"
#include "page/printable.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "report/index_warnings.h"
#include "report/many.h"
#include "report/report_parts.h"
#include "survey/scratch.h"
#include "survey/survey.h"

static json_t *
inspected_table(const struct survey *survey, const struct plan_table *table)
{
    const struct table_inspection *seen = &survey->inspection.tables[table->source_position];
    json_t *object = json_object();
    json_object_set_new(object, "source", report_words(table->source->name.text));
    json_object_set_new(object, "name", report_words(table->name));
    json_object_set_new(object, "rows", json_integer((json_int_t)seen->rows));
    json_object_set_new(object, "bytes", json_integer((json_int_t)seen->bytes));
    json_object_set_new(object, "problem", report_words(table->problem));
    json_object_set_new(object, "columns", report_columns(survey, table));
    return object;
}

static json_t *
inspect_report(const struct survey *survey, const char *source_path)
{
    int64_t bytes = survey->catalog.page_size * survey->catalog.page_count;
    json_t *report = json_object();
    json_t *tables = json_array();
    for (size_t i = 0; i < survey->plan.table_count; i++) {
        json_array_append_new(tables, inspected_table(survey, &survey->plan.tables[i]));
    }
    json_object_set_new(report, "outgrow", json_string(OUTGROW_VERSION));
    json_object_set_new(report, "source", report_source(survey, source_path, bytes));
    json_object_set_new(report, "damaged", json_boolean(survey->check.damaged));
    json_object_set_new(report, "check", report_findings(&survey->check));
    json_object_set_new(report, "tables", tables);
    json_object_set_new(report, "not_carried", report_notes(&survey->plan, NOTE_NOT_CARRIED));
    json_object_set_new(report, "changed", report_notes(&survey->plan, NOTE_CHANGED));
    json_object_set_new(report, "renamed", report_notes(&survey->plan, NOTE_RENAMED));
    return report;
}

static void
print_column(struct page *page, const json_t *column, size_t name_width, size_t type_width)
{
    AUTO_TEXT line = {0};
    const char *name = json_name(column, "source");
    const char *type = json_words(column, "type");
    size_t name_columns = printable_columns(name);
    printable_add(&line, name);
    text_printf(&line, "%*s  %-*s  ",
                (int)(name_columns < name_width ? name_width - name_columns : 0), "",
                (int)type_width, type);
    add_type_reason(&line, column);
    page_hanging(page, 4, 4 + name_width + type_width + 4, text_string(&line));
}

static void
print_table(struct page *page, const json_t *table)
{
    AUTO_TEXT size = {0};
    size_t name_width = 0;
    size_t type_width = 0;
    size_t i;
    json_t *column;
    human_counted(&size, json_count(table, "rows"), "row");
    text_add(&size, ", ");
    human_bytes(&size, json_count(table, "bytes"));
    page_heading(page, "%s  %s", json_name(table, "source"), text_string(&size));
    if (json_is_string(json_object_get(table, "problem"))) {
        page_line(page, STYLE_BAD, 4, "does not come over: %s", json_words(table, "problem"));
        return;
    }
    json_array_foreach(json_object_get(table, "columns"), i, column)
    {
        size_t name_columns = printable_columns(json_name(column, "source"));
        size_t type_columns = printable_columns(json_words(column, "type"));
        name_width = name_columns > name_width && name_columns <= 24 ? name_columns
                                                                     : name_width;
        type_width = type_columns > type_width && type_columns <= 16 ? type_columns
                                                                     : type_width;
    }
    json_array_foreach(json_object_get(table, "columns"), i, column)
    {
        print_column(page, column, name_width, type_width);
    }
}

static void
print_findings(struct page *page, const json_t *findings)
{
    size_t i;
    json_t *finding;
    if (json_array_size(findings) > 0) {
        page_heading(page, "soundness of the file");
    }
    json_array_foreach(findings, i, finding)
    {
        bool damage = json_is_true(json_object_get(finding, "damage"));
        const char *table = json_words(finding, "table");
        page_line(page, damage ? STYLE_BAD : STYLE_PLAIN, 2, "%s %s: %s",
                  damage ? "damaged:" : "not checked:", table[0] == '\0' ? "the file" : table,
                  json_words(finding, "message"));
    }
}

static void
print_warnings(struct page *page, const json_t *warnings)
{
    size_t i;
    json_t *warning;
    if (json_array_size(warnings) > 0) {
        page_heading(page, "may go wrong");
    }
    json_array_foreach(warnings, i, warning)
    {
        page_line(page, STYLE_PLAIN, 2, "%s", json_string_value(warning));
    }
}

static void
print_inspection(const struct settings *settings, const json_t *report,
                 const struct output *output)
{
    (void)settings;
    AUTO_PAGE page = page_for(output);
    AUTO_TEXT size = {0};
    const json_t *source = json_object_get(report, "source");
    size_t troubles = json_array_size(json_object_get(report, "not_carried"));
    size_t i;
    json_t *table;
    human_bytes(&size, json_count(source, "size"));
    text_add(&size, ", ");
    human_counted(&size, json_count(source, "tables"), "table");
    text_add(&size, ", ");
    human_counted(&size, json_count(source, "rows"), "row");
    page_heading(&page, "%s: %s, %s", json_words(source, "path"), text_string(&size),
                 json_words(source, "encoding"));
    json_array_foreach(json_object_get(report, "tables"), i, table)
    {
        troubles += json_is_string(json_object_get(table, "problem")) ? 1 : 0;
        print_table(&page, table);
    }
    list_notes(&page, "does not come over", json_object_get(report, "not_carried"), true);
    list_notes(&page, "comes over as something else", json_object_get(report, "changed"), true);
    list_notes(&page, "renamed", json_object_get(report, "renamed"), true);
    print_findings(&page, json_object_get(report, "check"));
    print_warnings(&page, json_object_get(report, "warnings"));
    page_gap(&page);
    if (json_is_true(json_object_get(report, "damaged"))) {
        page_line(&page, STYLE_BAD, 0,
                  "the file is damaged: migrate refuses it without --damaged-ok");
    } else if (troubles > 0) {
        page_line(&page, STYLE_PLAIN, 0,
                  "it can be moved; what would not come over is listed above");
    } else {
        page_line(&page, STYLE_GOOD, 0, "nothing stands in the way of a move");
    }
    page_print(&page, output);
}

static bool
inspect_one(void *context, const struct settings *settings, json_t **report, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_SCRATCH_COPY copy = {0};
    AUTO_SURVEY survey = {0};
    const char *path = settings->arguments[0];
    survey.shown = path;
    if (!scratch_copy_make(&arena, settings, context, path, &copy, err) ||
        !survey_look(&survey, copy.path, settings, context, &arena, err)) {
        return false;
    }
    json_t *warnings = json_array();
    index_warnings(&survey, warnings);
    *report = inspect_report(&survey, path);
    json_object_set_new(*report, "warnings", warnings);
    return true;
}

bool
command_inspect(const struct settings *settings, const struct output *output,
                enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct output said = *output;
    struct sources sources;
    const struct many_job job = {.settings = settings,
                                 .output = output,
                                 .sources = &sources,
                                 .run = inspect_one,
                                 .context = &said,
                                 .print = print_inspection};
    return sources_find(&arena, settings, false, &sources, err) && many_run(&job, code, err);
}
