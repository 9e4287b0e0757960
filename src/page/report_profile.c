/* report_profile.c — where the time went, and the checklist, as text; see report.h. */
#include "page/human.h"
#include "page/page.h"
#include "page/report.h"
#include "page/report_lists.h"

#include <string.h>

enum { TABLES_SHOWN = 24 };

static void
add_seconds(struct page_table *rows, double seconds)
{
    char words[32];
    snprintf(words, sizeof words, "%.3f", seconds);
    page_table_add(rows, words);
}

static void
add_share(struct page_table *rows, const json_t *entry, double sum)
{
    AUTO_TEXT share = {0};
    const char *beside = json_words(entry, "beside");
    if (beside[0] != '\0') {
        text_printf(&share, "beside %s", beside);
    } else {
        text_printf(&share, "%.0f%%", sum > 0 ? json_seconds(entry, "seconds") / sum * 100 : 0);
    }
    page_table_add(rows, text_string(&share));
}

/* Names with their seconds and shares of the whole. */
static void
print_shares(struct page *page, const char *const titles[3], const json_t *list)
{
    struct page_table rows;
    double sum = phases_seconds(list);
    size_t i;
    json_t *entry;
    if (json_array_size(list) == 0) {
        return;
    }
    page_table_begin(&rows, titles, 3);
    json_array_foreach(list, i, entry)
    {
        page_table_add(&rows, json_words(entry, "name"));
        add_seconds(&rows, json_seconds(entry, "seconds"));
        add_share(&rows, entry, sum);
    }
    page_gap(page);
    page_table_end(&rows, page);
}

static void
add_table(struct page_table *rows, const json_t *table)
{
    AUTO_TEXT bytes = {0};
    AUTO_TEXT rate = {0};
    double copy = json_seconds(table, "copy_seconds");
    human_short(&bytes, (double)json_count(table, "bytes"));
    human_short(&rate, copy > 0 ? (double)json_count(table, "rows_copied") / copy : 0);
    page_table_add(rows, json_words(table, "target"));
    page_table_add_count(rows, json_count(table, "rows_copied"));
    page_table_add(rows, arena_strdup(&rows->memory, text_string(&bytes)));
    add_seconds(rows, copy);
    page_table_add(rows, text_string(&rate));
    add_seconds(rows, json_seconds(table, "finish_seconds"));
    add_seconds(rows, json_seconds(table, "verify_seconds"));
}

static void
print_table_times(struct page *page, const json_t *tables)
{
    static const char *const titles[] = {"table",   ">rows",       ">bytes",    ">copy s",
                                         ">rows/s", ">keys etc s", ">compare s"};
    AUTO_ARENA memory = {0};
    size_t count = json_array_size(tables);
    const json_t **sorted = sort_tables(&memory, tables, compare_tables_by_time);
    struct page_table rows;
    if (count == 0) {
        return;
    }
    page_table_begin(&rows, titles, 7);
    for (size_t i = 0; i < count && i < TABLES_SHOWN; i++) {
        add_table(&rows, sorted[i]);
    }
    page_gap(page);
    page_table_end(&rows, page);
    list_rest(page, count, TABLES_SHOWN);
}

static void
add_profile(struct page *page, const json_t *report)
{
    static const char *const phases[3] = {"phase", ">seconds", ">share"};
    static const char *const work[3] = {"behind the rows", ">seconds", ">share"};
    print_shares(page, phases, json_object_get(report, "phases"));
    print_shares(page, work, json_object_get(report, "finish_work"));
    print_table_times(page, json_object_get(report, "tables"));
    page_line(page, STYLE_DIM, 2,
              "phases by the clock; the rest summed over connections that worked side by side");
}

void
report_print_profile(const json_t *report, const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    page_heading(&page, "where the time went");
    add_profile(&page, report);
    page_print(&page, output);
}

static void
add_check(struct page *page, const json_t *check)
{
    const char *advice = json_words(check, "advice");
    const char *statement = json_words(check, "statement");
    page_line(page, STYLE_PLAIN, 6, "%s: %s", json_words(check, "name"),
              json_words(check, "found"));
    if (advice[0] != '\0' || statement[0] != '\0') {
        page_line(page, STYLE_DIM, 8, "-> %s%s%s", advice,
                  advice[0] != '\0' && statement[0] != '\0' ? ": " : "", statement);
    }
}

static void
add_checklist(struct page *page, const json_t *list)
{
    size_t i;
    size_t c;
    json_t *item;
    json_t *check;
    page_heading(page, "checklist");
    json_array_foreach(list, i, item)
    {
        const char *state = json_words(item, "state");
        bool passed = strcmp(state, CHECK_PASSED_WORD) == 0;
        page_line(page, passed ? STYLE_GOOD : STYLE_PLAIN, 2, "[%c] %s%s", passed ? 'x' : ' ',
                  json_words(item, "item"),
                  strcmp(state, CHECK_YOURS_WORD) == 0 ? " (to be done by you)" : "");
        json_array_foreach(json_object_get(item, "checks"), c, check)
        {
            add_check(page, check);
        }
    }
}

void
report_print_whole(const json_t *report, const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    report_print(report, output);
    page_heading(&page, "where the time went");
    add_profile(&page, report);
    add_checklist(&page, json_object_get(report, "checklist"));
    page_print(&page, output);
}
