/* report_text.c — the report's JSON as one screen of text; see report.h. */
#include "page/human.h"
#include "page/report.h"
#include "page/report_lists.h"

#include <string.h>

enum { TABLES_SHOWN = 24, LABEL_WIDTH = 8 };

enum exit_code
report_exit_code(const json_t *report)
{
    const json_t *code = json_object_get(report, "exit_code");
    return json_is_integer(code) ? (enum exit_code)json_integer_value(code) : EXIT_INTERNAL;
}

static void
add_table_row(struct page_table *rows, const json_t *table)
{
    AUTO_TEXT state = {0};
    add_table_state(&state, table);
    page_table_add(rows, json_words(table, "target"));
    page_table_add_count(rows, json_count(table, "rows_source"));
    page_table_add_count(rows, json_count(table, "rows_target"));
    page_table_add_count(rows, json_count(table, "rows_set_aside"));
    page_table_add(rows, text_string(&state));
}

static void
print_tables(struct page *page, const json_t *tables)
{
    static const char *const titles[] = {"table", ">in source", ">in target", ">set aside",
                                         "compared"};
    AUTO_ARENA memory = {0};
    size_t count = json_array_size(tables);
    const json_t **sorted = sort_tables(&memory, tables, compare_tables);
    struct page_table rows;
    page_table_begin(&rows, titles, 5);
    size_t shown = count <= TABLES_SHOWN ? count : TABLES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        add_table_row(&rows, sorted[i]);
    }
    page_gap(page);
    page_table_end(&rows, page);
    list_rest(page, count, shown);
}

static void
print_problems(struct page *page, const json_t *tables)
{
    size_t count = 0;
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        if (!json_is_string(json_object_get(table, "problem"))) {
            continue;
        }
        if (count == 0) {
            page_heading(page, "tables that did not come over");
        }
        if (count++ < PAGE_LIST_MAX) {
            page_line(page, STYLE_BAD, 2, "%s: %s", json_name(table, "source"),
                      json_words(table, "problem"));
        }
    }
    list_rest(page, count, PAGE_LIST_MAX);
}

static void
print_steps(struct page *page, const char *heading, const json_t *steps)
{
    size_t count = json_array_size(steps);
    if (count == 0) {
        return;
    }
    page_heading(page, "%s (%zu)", heading, count);
    for (size_t i = 0; i < count && i < PAGE_LIST_MAX; i++) {
        const json_t *step = json_array_get(steps, i);
        page_line(page, STYLE_PLAIN, 2, "%s: %s", json_words(step, "step"),
                  json_words(step, "reason"));
    }
    list_rest(page, count, PAGE_LIST_MAX);
}

static void
print_set_aside(struct page *page, const json_t *report)
{
    const json_t *sample = json_object_get(report, "set_aside_sample");
    const json_t *totals = json_object_get(report, "totals");
    size_t count = json_count(totals, "rows_set_aside") + json_count(totals, "values_altered");
    size_t shown = 0;
    if (count == 0) {
        return;
    }
    page_heading(page, "set aside (%zu)", count);
    for (; shown < json_array_size(sample) && shown < 5; shown++) {
        const json_t *entry = json_array_get(sample, shown);
        AUTO_TEXT place = {0};
        set_aside_add_place(&place, entry);
        page_line(page, STYLE_PLAIN, 2, "%s %s %s: %s%s", json_name(entry, "table"),
                  text_string(&place), json_words(entry, "column"), json_words(entry, "reason"),
                  json_is_true(json_object_get(entry, "altered")) ? " (cleaned value stored)"
                                                                  : "");
    }
    if (count > shown) {
        page_line(page, STYLE_DIM, 2, "... and %zu more", count - shown);
    }
    page_line(page, STYLE_DIM, 2, "details: outgrow status --set-aside");
}

/* "public.t id=1 v: value: source a, target b"; what does not apply is left out. */
static void
print_difference(struct page *page, const json_t *entry)
{
    static const char *const parts[] = {"table", "key", "column"};
    AUTO_TEXT line = {0};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *part = json_words(entry, parts[i]);
        text_printf(&line, "%s%s", line.length > 0 && part[0] != '\0' ? " " : "", part);
    }
    text_printf(&line, ": %s", json_words(entry, "kind"));
    const char *source = json_string_value(json_object_get(entry, "source"));
    const char *target = json_string_value(json_object_get(entry, "target"));
    if (source != NULL || target != NULL) {
        text_printf(&line, ": source %s, target %s", source == NULL ? "-" : source,
                    target == NULL ? "-" : target);
    }
    page_line(page, STYLE_BAD, 2, "%s", text_string(&line));
}

static void
print_differences(struct page *page, const json_t *differences)
{
    size_t count = json_array_size(differences);
    if (count == 0) {
        return;
    }
    page_heading(page, "differences (%zu)", count);
    for (size_t i = 0; i < count && i < PAGE_LIST_MAX; i++) {
        print_difference(page, json_array_get(differences, i));
    }
    list_rest(page, count, PAGE_LIST_MAX);
}

static void
print_phases(struct page *page, const json_t *phases)
{
    AUTO_TEXT line = {0};
    size_t i;
    json_t *phase;
    json_array_foreach(phases, i, phase)
    {
        const char *beside = json_words(phase, "beside");
        text_printf(&line, "%s%s ", i > 0 ? ", " : "", json_words(phase, "name"));
        human_seconds(&line, json_seconds(phase, "seconds"));
        text_printf(&line, "%s%s", beside[0] == '\0' ? "" : " beside ", beside);
    }
    AUTO_TEXT sum = {0};
    human_seconds(&sum, phases_seconds(phases));
    page_pair(page, "time", LABEL_WIDTH, "%s (%s)", text_string(&sum), text_string(&line));
}

/* How many rows and tables the last line speaks of. */
static void
add_extent(struct text *extent, const json_t *report)
{
    uint64_t rows = 0;
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(report, "tables"), i, table)
    {
        rows += json_count(table, "rows_target");
    }
    human_counted(extent, rows, "row");
    text_add(extent, " in ");
    human_counted(extent, json_count(json_object_get(report, "totals"), "tables"), "table");
}

/* "2 rows removed, 3 copied again, 1 step made up for". */
static void
print_repaired(struct page *page, const json_t *report)
{
    const json_t *repaired = json_object_get(report, "repaired");
    if (repaired == NULL) {
        return;
    }
    AUTO_TEXT line = {0};
    if (json_object_get(repaired, "keys_logged") != NULL) { /* of a live source */
        human_counted(&line, json_count(repaired, "keys_logged"), "row");
        text_add(&line, " brought again, ");
        human_counted(&line, json_count(repaired, "tables_whole"), "table");
        text_add(&line, " replaced");
    } else {
        human_counted(&line, json_count(repaired, "rows_removed"), "row");
        text_add(&line, " removed, ");
        human_count(&line, json_count(repaired, "rows_stored"));
        text_add(&line, " copied again");
    }
    if (json_count(repaired, "rows_set_aside") > 0) {
        text_add(&line, ", ");
        human_count(&line, json_count(repaired, "rows_set_aside"));
        text_add(&line, " set aside");
    }
    const json_t *steps = json_object_get(repaired, "steps");
    page_heading(page, "repaired");
    page_line(page, STYLE_PLAIN, 2, "%s", text_string(&line));
    for (size_t i = 0; i < json_array_size(steps) && i < PAGE_LIST_MAX; i++) {
        page_line(page, STYLE_PLAIN, 2, "%s", json_string_value(json_array_get(steps, i)));
    }
    list_rest(page, json_array_size(steps), PAGE_LIST_MAX);
}

static void
print_chains(struct page *page, const json_t *chains)
{
    if (json_array_size(chains) > 0) {
        page_heading(page, "hash chains");
    }
    for (size_t i = 0; i < json_array_size(chains); i++) {
        const json_t *chain = json_array_get(chains, i);
        const json_t *target = json_object_get(chain, "target");
        bool broken = json_object_get(target, "first_broken") != NULL;
        AUTO_TEXT links = {0};
        human_counted(&links, json_count(target, "links"), "link");
        page_line(page, broken ? STYLE_BAD : STYLE_GOOD, 2, "%s: %s, %s%s%s",
                  json_name(chain, "table"), text_string(&links), json_words(target, "status"),
                  broken ? " from " : "", json_words(target, "first_broken"));
    }
}

/* The last line when not everything was looked at. */
static bool
print_partial(struct page *page, const json_t *report, const char *words)
{
    enum exit_code code = report_exit_code(report);
    bool differs = code != EXIT_DONE && code != EXIT_SET_ASIDE && code != EXIT_SOURCE;
    if (!json_is_true(json_object_get(report, "partial")) || differs) {
        return false;
    }
    page_line(page, STYLE_GOOD, 0, "%s: %s; this proves nothing about the rest",
              json_words(report, "outcome"), words);
    return true;
}

static void
print_outcome(struct page *page, const json_t *report)
{
    AUTO_TEXT extent = {0};
    add_extent(&extent, report);
    const char *words = text_string(&extent);
    page_gap(page);
    if (print_partial(page, report, words)) {
        return;
    }
    switch (report_exit_code(report)) {
    case EXIT_DONE:
        page_line(page, STYLE_GOOD, 0, "proven: %s, every cell the same", words);
        break;
    case EXIT_SET_ASIDE:
        page_line(page, STYLE_GOOD, 0, "proven: %s, all the same but for what was set aside",
                  words);
        break;
    case EXIT_SOURCE:
        page_line(page, STYLE_BAD, 0,
                  "incomplete: %s are the same; the tables named above did not come over",
                  words);
        break;
    case EXIT_INTERNAL:
    case EXIT_USAGE:
    case EXIT_TARGET:
    case EXIT_SYSTEM:
    case EXIT_DIFFERS:
    case EXIT_NOT_NOW:
    case EXIT_INTERRUPTED:
        page_line(page, STYLE_BAD, 0, "NOT THE SAME: %s compared; what differs is listed above",
                  words);
        break;
    }
}

static void
print_heading(struct page *page, const json_t *report)
{
    const json_t *source = json_object_get(report, "source");
    const json_t *target = json_object_get(report, "target");
    AUTO_TEXT size = {0};
    human_bytes(&size, json_count(source, "size"));
    page_heading(page, "%s (%s) -> %s, schema %s", json_words(source, "path"),
                 text_string(&size), json_words(target, "description"),
                 json_words(target, "schema"));
}

/* What was found wrong, worst last, and what that comes to. */
static void
print_verdict(struct page *page, const json_t *report)
{
    print_steps(page, "steps that failed", json_object_get(report, "failed_steps"));
    list_warnings(page, json_object_get(report, "warnings"));
    print_set_aside(page, report);
    print_repaired(page, report);
    print_chains(page, json_object_get(report, "chains"));
    print_differences(page, json_object_get(report, "differences"));
    print_outcome(page, report);
}

void
report_print_comparison(const json_t *report, const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    const json_t *tables = json_object_get(report, "tables");
    print_heading(&page, report);
    print_tables(&page, tables);
    print_problems(&page, tables);
    print_verdict(&page, report);
    page_print(&page, output);
}

void
report_print(const json_t *report, const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    const json_t *source = json_object_get(report, "source");
    const json_t *target = json_object_get(report, "target");
    const json_t *tables = json_object_get(report, "tables");
    print_heading(&page, report);
    print_tables(&page, tables);
    print_problems(&page, tables);
    list_type_choices(&page, tables);
    list_notes(&page, "does not come over", json_object_get(report, "not_carried"), false);
    list_notes(&page, "comes over as something else", json_object_get(report, "changed"),
               false);
    list_notes(&page, "renamed", json_object_get(report, "renamed"), false);
    print_steps(&page, "constraints that the source's own rows break (added NOT VALID)",
                json_object_get(report, "not_valid"));
    print_verdict(&page, report);
    print_phases(&page, json_object_get(report, "phases"));
    page_pair(&page, "backup", LABEL_WIDTH, "%s", json_words(source, "snapshot"));
    page_pair(&page, "look", LABEL_WIDTH, "%s", json_words(target, "psql"));
    page_print(&page, output);
}
