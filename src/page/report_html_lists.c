/* report_html_lists.c — what needs a look, the types chosen, and what does not come over as
 * it was; see report_html.h. */
#include "page/report_html.h"
#include "page/report_lists.h"

#include <string.h>

/* How many of a list are shown. */
static size_t
shown_of(size_t count)
{
    return count < HTML_LIST_MAX ? count : HTML_LIST_MAX;
}

static void
list_heading(struct html *html, const char *heading, uint64_t count)
{
    html_open(html, "h3", NULL);
    html_words(html, heading);
    html_element_format(html, "span", "count", " %llu", (unsigned long long)count);
    html_close(html);
}

static void
name_and_words(struct html *html, const char *name, const char *words)
{
    html_open(html, "li", NULL);
    html_element(html, "code", NULL, name);
    html_format(html, " %s", words);
    html_close(html);
}

static size_t
problem_tables(struct html *html, const json_t *tables)
{
    size_t count = 0;
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        count += json_is_string(json_object_get(table, "problem"));
    }
    if (count == 0) {
        return 0;
    }
    list_heading(html, "Tables that did not come over", count);
    html_open(html, "ul", NULL);
    size_t shown = 0;
    json_array_foreach(tables, i, table)
    {
        if (json_is_string(json_object_get(table, "problem")) && shown < HTML_LIST_MAX) {
            name_and_words(html, json_name(table, "source"), json_words(table, "problem"));
            shown++;
        }
    }
    html_close(html);
    html_rest(html, count, shown);
    return count;
}

static size_t
steps(struct html *html, const char *heading, const json_t *list)
{
    size_t count = json_array_size(list);
    if (count == 0) {
        return 0;
    }
    list_heading(html, heading, count);
    html_open(html, "ul", NULL);
    for (size_t i = 0; i < shown_of(count); i++) {
        const json_t *step = json_array_get(list, i);
        name_and_words(html, json_words(step, "step"), json_words(step, "reason"));
    }
    html_close(html);
    html_rest(html, count, shown_of(count));
    return count;
}

/* A value of a difference. That there is none says NULL where values differ, and nothing where
 * a whole row is missing. */
static void
value_cell(struct html *html, const json_t *entry, const char *label, const char *key)
{
    const char *value = json_string_value(json_object_get(entry, key));
    html_open(html, "td", "data-label", label, NULL);
    if (value != NULL) {
        html_element(html, "code", NULL, value);
    } else if (strcmp(json_words(entry, "kind"), "value") == 0) {
        html_element(html, "span", "quiet", "NULL");
    }
    html_close(html);
}

static size_t
differences(struct html *html, const json_t *list)
{
    static const char *const titles[] = {"Table", "Row",           "Column",
                                         "Kind",  "In the source", "In PostgreSQL"};
    size_t count = json_array_size(list);
    if (count == 0) {
        return 0;
    }
    list_heading(html, "Differences", count);
    html_table_open(html,
                    &(struct html_heading){"differences",
                                           "Differences between source and target", titles, 6});
    for (size_t i = 0; i < shown_of(count); i++) {
        const json_t *entry = json_array_get(list, i);
        html_open(html, "tr", NULL);
        html_cell(html, "name", "Table", json_name(entry, "table"));
        html_cell(html, NULL, "Row", json_words(entry, "key"));
        html_cell(html, NULL, "Column", json_words(entry, "column"));
        html_cell(html, NULL, "Kind", json_words(entry, "kind"));
        value_cell(html, entry, "In the source", "source");
        value_cell(html, entry, "In PostgreSQL", "target");
        html_close(html);
    }
    html_close(html);
    html_close(html);
    html_rest(html, count, shown_of(count));
    return count;
}

static void
set_aside_rows(struct html *html, const json_t *sample)
{
    static const char *const titles[] = {"Table", ">Row", "Column", "Why"};
    html_table_open(html,
                    &(struct html_heading){"aside", "Rows and values set aside", titles, 4});
    for (size_t i = 0; i < shown_of(json_array_size(sample)); i++) {
        const json_t *entry = json_array_get(sample, i);
        bool altered = json_is_true(json_object_get(entry, "altered"));
        AUTO_TEXT why = {0};
        AUTO_TEXT place = {0};
        set_aside_add_place(&place, entry);
        text_printf(&why, "%s%s", json_words(entry, "reason"),
                    altered ? " (a cleaned value is stored)" : "");
        html_open(html, "tr", NULL);
        html_cell(html, "name", "Table", json_name(entry, "table"));
        html_open(html, "td", "class", "n", "data-label", "Row", NULL);
        html_format(html, "%s", text_string(&place) + strlen("row "));
        html_close(html);
        html_cell(html, NULL, "Column", json_words(entry, "column"));
        html_cell(html, "why", "Why", text_string(&why));
        html_close(html);
    }
    html_close(html);
    html_close(html);
}

static size_t
set_aside(struct html *html, const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    const json_t *sample = json_object_get(report, "set_aside_sample");
    uint64_t count = json_count(totals, "rows_set_aside") +
                     json_count(totals, "values_altered");
    if (count == 0) {
        return 0;
    }
    list_heading(html, "Set aside", count);
    set_aside_rows(html, sample);
    html_open(html, "p", "class", "rest", NULL);
    if (count > json_array_size(sample)) {
        html_format(html, "and %llu more. ",
                    (unsigned long long)(count - json_array_size(sample)));
    }
    html_words(html, "All of them, with the original bytes: ");
    html_element(html, "code", NULL, "outgrow status --set-aside --json");
    html_close(html);
    return (size_t)count;
}

static size_t
warnings(struct html *html, const json_t *list)
{
    size_t count = json_array_size(list);
    if (count == 0) {
        return 0;
    }
    list_heading(html, "Warnings", count);
    html_open(html, "ul", NULL);
    for (size_t i = 0; i < shown_of(count); i++) {
        html_element(html, "li", NULL, json_string_value(json_array_get(list, i)));
    }
    html_close(html);
    html_rest(html, count, shown_of(count));
    return count;
}

void
report_html_attention(struct html *html, const json_t *report)
{
    size_t found = 0;
    html_section(html, "look", "What needs a look");
    found += problem_tables(html, json_object_get(report, "tables"));
    found += differences(html, json_object_get(report, "differences"));
    found += steps(html, "Indexes and constraints that could not be made",
                   json_object_get(report, "failed_steps"));
    found += steps(html, "Constraints that rows of the source break (added NOT VALID)",
                   json_object_get(report, "not_valid"));
    found += set_aside(html, report);
    found += warnings(html, json_object_get(report, "warnings"));
    if (found == 0) {
        html_element(html, "p", NULL,
                     "Nothing: no table was left behind, nothing differs, every index and "
                     "constraint is in place, and no row was set aside.");
    }
    html_close(html);
}

static void
type_row(struct html *html, const json_t *table, const json_t *column)
{
    AUTO_TEXT decided = {0};
    const char *from = json_words(column, "from");
    html_open(html, "tr", NULL);
    html_open(html, "td", "class", "name", "data-label", "Column", NULL);
    html_format(html, "%s.%s", json_name(table, "source"), json_name(column, "source"));
    html_close(html);
    html_cell(html, NULL, "Declared", from[0] == '\0' ? "no type" : from);
    html_open(html, "td", "data-label", "In PostgreSQL", NULL);
    html_element(html, "code", NULL, json_words(column, "type"));
    html_close(html);
    html_cell(html, "why", "Why", json_words(column, "reason"));
    if (json_object_get(column, "sample") != NULL) {
        text_printf(&decided, "row %lld: %s",
                    (long long)json_integer_value(json_object_get(column, "position")),
                    json_words(column, "sample"));
    }
    html_cell(html, "sample", "Decided by", text_string(&decided));
    html_close(html);
}

/* decided: only columns of which one value decided the type. Returns how many there are. */
static size_t
type_rows(struct html *html, const json_t *tables, bool decided)
{
    size_t count = 0;
    size_t t;
    size_t c;
    json_t *table;
    json_t *column;
    json_array_foreach(tables, t, table)
    {
        json_array_foreach(json_object_get(table, "columns"), c, column)
        {
            if (decided && json_object_get(column, "sample") == NULL) {
                continue;
            }
            if (count < (decided ? HTML_LIST_MAX : HTML_ROWS_MAX) && html != NULL) {
                type_row(html, table, column);
            }
            count++;
        }
    }
    return count;
}

static void
type_table(struct html *html, const json_t *tables, bool decided)
{
    static const char *const titles[] = {"Column", "Declared", "In PostgreSQL", "Why",
                                         "Decided by"};
    html_table_open(html, &(struct html_heading){"types",
                                                 decided ? "Types that a value decided"
                                                         : "Types of all columns",
                                                 titles, 5});
    size_t count = type_rows(html, tables, decided);
    html_close(html);
    html_close(html);
    size_t max = decided ? HTML_LIST_MAX : HTML_ROWS_MAX;
    html_rest(html, count, count < max ? count : max);
}

void
report_html_types(struct html *html, const json_t *report)
{
    const json_t *tables = json_object_get(report, "tables");
    size_t all = type_rows(NULL, tables, false);
    size_t decided = type_rows(NULL, tables, true);
    html_section(html, "types", "Types, and why");
    html_element(html, "p", NULL,
                 "Every value was looked at before a type was chosen. The declared type is "
                 "kept where every value fits; one value that does not fit widens the column.");
    if (decided > 0) {
        list_heading(html, "Decided by one value", decided);
        type_table(html, tables, true);
    }
    html_details(html, "All %zu column%s", all, all == 1 ? "" : "s");
    type_table(html, tables, false);
    html_close(html);
    html_close(html);
}

static void
notes(struct html *html, const char *heading, const json_t *list)
{
    size_t count = json_array_size(list);
    size_t shadow_tables = 0;
    size_t shown = 0;
    size_t i;
    json_t *note;
    if (count == 0) {
        return;
    }
    list_heading(html, heading, count);
    html_open(html, "ul", NULL);
    json_array_foreach(list, i, note)
    {
        const char *kind = json_words(note, "kind");
        if (strcmp(kind, "shadow table") == 0) {
            shadow_tables++;
        } else if (shown < HTML_LIST_MAX) {
            html_open(html, "li", NULL);
            html_format(html, "%s ", kind);
            html_element(html, "code", NULL, json_name(note, "name"));
            html_format(html, " %s", json_words(note, "reason"));
            html_close(html);
            shown++;
        }
    }
    if (shadow_tables > 0) {
        html_element_format(html, "li", NULL,
                            "%zu shadow table%s: storage of the virtual tables", shadow_tables,
                            shadow_tables == 1 ? "" : "s");
    }
    html_close(html);
    html_rest(html, count - shadow_tables, shown);
}

void
report_html_notes(struct html *html, const json_t *report)
{
    const json_t *not_carried = json_object_get(report, "not_carried");
    const json_t *changed = json_object_get(report, "changed");
    const json_t *renamed = json_object_get(report, "renamed");
    html_section(html, "notes", "What is not as it was");
    notes(html, "Does not come over", not_carried);
    notes(html, "Comes over as something else", changed);
    notes(html, "Renamed", renamed);
    if (json_array_size(not_carried) + json_array_size(changed) + json_array_size(renamed) ==
        0) {
        html_element(html, "p", NULL, "Nothing: everything has come over under its own name.");
    }
    html_close(html);
}
