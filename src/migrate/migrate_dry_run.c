/* migrate_dry_run.c — see migrate_dry_run.h. */
#include "migrate/migrate_dry_run.h"

#include "copy/in_the_way.h"
#include "page/printable.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "plan/ddl.h"
#include "report/report_parts.h"
#include "settings/plan_use.h"
#include "settings/target_choice.h"
#include "survey/existing_plan.h"
#include "survey/scratch.h"
#include "survey/survey.h"

#include <stdarg.h>
#include <string.h>

static bool
read_existing(PGconn *conn, const struct plan *plan, json_t *existing, struct error *err)
{
    AUTO_ARENA arena = {0};
    const struct in_the_way *found;
    size_t count;
    if (!in_the_way_find(conn, plan, &arena, &found, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(existing, json_pack("{ss,ss,ss,sb}", "schema", found[i].schema,
                                                  "name", found[i].name, "kind", found[i].kind,
                                                  "replaceable", found[i].replaceable));
    }
    return true;
}

static bool
look_at_target(const struct settings *settings, const struct output *output,
               const struct plan *plan, json_t *report, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target;
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    json_t *existing = json_array();
    json_object_set_new(report, "in_the_way", existing);
    if (!target_choose(argument, TARGET_IF_EXISTS, output, &arena, &target, err)) {
        return false;
    }
    if (target.absent) {
        json_object_set_new(report, "target",
                            json_string("the private PostgreSQL (to be made)"));
        return true;
    }
    if (!target_connect(target.conninfo, &conn, err)) {
        return false;
    }
    json_object_set_new(report, "target", report_words(target_describe(&arena, conn)));
    bool as_it_is = settings->plan_file == NULL || settings->plan_file->before.count == 0;
    return (!as_it_is || plan_check_collations(conn, &arena, settings, err)) &&
           read_existing(conn, plan, existing, err);
}

/* "public.users: id bigint, name text" */
static json_t *
existing_columns(const struct plan_table *table)
{
    json_t *columns = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO_TEXT type = {0};
        text_printf(&type, "%s ", table->columns[i].name);
        value_type_print_short(&table->columns[i].type, &type);
        json_object_set_new(columns, table->columns[i].source->name.text,
                            report_words(text_string(&type)));
    }
    return columns;
}

static json_t *
planned_tables(const struct survey *survey)
{
    json_t *tables = json_array();
    for (size_t i = 0; i < survey->plan.table_count; i++) {
        const struct plan_table *table = &survey->plan.tables[i];
        json_t *object = json_object();
        json_object_set_new(object, "source", report_words(table->source->name.text));
        json_object_set_new(object, "name", report_words(table->name));
        json_object_set_new(object, "problem", report_words(table->problem));
        if (survey->plan.existing && table->problem == NULL) {
            json_object_set_new(object, "schema", report_words(table->schema));
            json_object_set_new(object, "columns", existing_columns(table));
        }
        json_object_set_new(
            object, "rows",
            json_integer((json_int_t)survey->inspection.tables[table->source_position].rows));
        json_array_append_new(tables, object);
    }
    return tables;
}

/* Only what follows the rows: existing tables are not made. */
static void
add_statements(struct text *script, const struct plan *plan)
{
    if (!plan->existing) {
        ddl_script(script, plan);
        return;
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        text_printf(script, "%s;\n", plan->steps[i].sql);
    }
}

static json_t *
dry_report(const struct survey *survey, const char *source_path)
{
    AUTO_TEXT script = {0};
    add_statements(&script, &survey->plan);
    int64_t bytes = survey->catalog.page_size * survey->catalog.page_count;
    json_t *report = json_object();
    json_object_set_new(report, "dry_run", json_true());
    json_object_set_new(report, "source", report_source(survey, source_path, bytes));
    json_object_set_new(report, "schema", report_words(survey->plan.schema));
    json_object_set_new(report, "tables", planned_tables(survey));
    json_object_set_new(report, "statements", report_words(text_string(&script)));
    json_object_set_new(report, "not_carried", report_notes(&survey->plan, NOTE_NOT_CARRIED));
    json_object_set_new(report, "changed", report_notes(&survey->plan, NOTE_CHANGED));
    json_object_set_new(report, "renamed", report_notes(&survey->plan, NOTE_RENAMED));
    return report;
}

/* Everything that is not a statement is an SQL comment of one line, so that the
 * output can be kept as a script. */
static void add_comment(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);

static void
add_comment(struct page *page, const char *format, ...)
{
    AUTO_TEXT words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&words, format, arguments);
    va_end(arguments);
    text_add(&page->text, "-- ");
    printable_add(&page->text, text_string(&words));
    text_add_char(&page->text, '\n');
}

static void
list_problems(struct page *page, const json_t *tables)
{
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        if (json_is_string(json_object_get(table, "problem"))) {
            add_comment(page, "does not come over: table %s: %s", json_name(table, "source"),
                        json_words(table, "problem"));
        }
    }
}

static void
list_in_the_way(struct page *page, const json_t *in_the_way)
{
    size_t i;
    json_t *held;
    json_array_foreach(in_the_way, i, held)
    {
        add_comment(page, "in the way: %s %s.%s (%s)", json_words(held, "kind"),
                    json_words(held, "schema"), json_words(held, "name"),
                    json_is_true(json_object_get(held, "replaceable"))
                        ? "--replace drops it"
                        : "rename or drop it yourself, or use --schema NAME");
    }
}

static void
list_existing(struct page *page, const json_t *tables)
{
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        json_t *columns = json_object_get(table, "columns");
        const char *source;
        json_t *target;
        if (columns != NULL) {
            add_comment(page, "table %s goes into %s.%s", json_name(table, "source"),
                        json_words(table, "schema"), json_words(table, "name"));
        }
        json_object_foreach(columns, source, target)
        {
            add_comment(page, "    %s into %s", source[0] == '\0' ? "\"\"" : source,
                        json_string_value(target));
        }
    }
}

static void
list_as_comments(struct page *page, const char *heading, const json_t *notes)
{
    size_t i;
    json_t *entry;
    json_array_foreach(notes, i, entry)
    {
        add_comment(page, "%s: %s %s: %s", heading, json_words(entry, "kind"),
                    json_name(entry, "name"), json_words(entry, "reason"));
    }
}

void
migrate_dry_run_print(const struct settings *settings, const json_t *report,
                      const struct output *output)
{
    (void)settings;
    AUTO_PAGE page = page_for(output);
    add_comment(&page, "dry run: nothing was changed");
    list_in_the_way(&page, json_object_get(report, "in_the_way"));
    list_existing(&page, json_object_get(report, "tables"));
    list_problems(&page, json_object_get(report, "tables"));
    list_as_comments(&page, "does not come over", json_object_get(report, "not_carried"));
    list_as_comments(&page, "changed", json_object_get(report, "changed"));
    list_as_comments(&page, "renamed", json_object_get(report, "renamed"));
    page_gap(&page);
    text_add(&page.text, json_words(report, "statements"));
    page_print(&page, output);
}

/* Needs the target: its tables are the plan. */
static bool
dry_run_existing(const struct settings *settings, const struct output *output,
                 struct survey *survey, const char *source_path, json_t **report,
                 struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target;
    struct existing_plan existing;
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    if (!target_choose(argument, TARGET_IF_EXISTS, output, &arena, &target, err)) {
        return false;
    }
    if (target.absent) {
        error_set(err, ERROR_TARGET, "there is no private PostgreSQL yet, and so no tables");
        return error_hint(err, "name a TARGET");
    }
    if (!target_connect(target.conninfo, &conn, err)) {
        return false;
    }
    const struct existing_request request = {.conn = conn,
                                             .settings = settings,
                                             .output = output,
                                             .may_hold_rows = settings->replace};
    if (!existing_plan_fit(&request, survey, &arena, &existing, err)) {
        return false;
    }
    *report = dry_report(survey, source_path);
    json_object_set_new(*report, "target", report_words(target_describe(&arena, conn)));
    return true;
}

bool
migrate_dry_run(const struct settings *settings, const struct output *output,
                const char *source_path, json_t **report, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_SCRATCH_COPY copy = {0};
    AUTO_SURVEY survey = {0};
    survey.shown = source_path;
    if (!scratch_copy_make(&arena, settings, output, source_path, &copy, err) ||
        !survey_look(&survey, copy.path, settings, output, &arena, err) ||
        (!settings->damaged_ok && !survey_refuse_damage(&survey, source_path, err))) {
        return false;
    }
    if (settings->into_existing) {
        return dry_run_existing(settings, output, &survey, source_path, report, err);
    }
    *report = dry_report(&survey, source_path);
    return look_at_target(settings, output, &survey.plan, *report, err);
}
