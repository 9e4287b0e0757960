/* report_html_tables.c — what each table has cost, as a table; see report_html.h. */
#include "page/human.h"
#include "page/report_html.h"
#include "page/report_lists.h"

static const char *const titles[] = {
    "Table",          ">Rows",    ">Bytes sent", ">Copy", ">Rows/s",
    ">Keys, indexes", ">Compare", ">Set aside",  "State",
};
enum { TITLE_COUNT = sizeof titles / sizeof titles[0] };

/* Rows a second of one connection; meaningless where the clock could not tell. */
static void
rate_cell(struct html *html, const json_t *table)
{
    AUTO_TEXT words = {0};
    double seconds = json_seconds(table, "copy_seconds");
    if (seconds >= 0.005) {
        human_short(&words, (double)json_count(table, "rows_copied") / seconds);
    }
    html_cell(html, "n", "Rows/s", text_string(&words));
}

/* None is not worth a place where there is little. */
static void
aside_cell(struct html *html, uint64_t count)
{
    AUTO_TEXT words = {0};
    human_count(&words, count);
    html_cell(html, count > 0 ? "n some" : "n none", "Set aside", text_string(&words));
}

static void
table_row(struct html *html, const json_t *table)
{
    AUTO_TEXT state = {0};
    add_table_state(&state, table);
    html_open(html, "tr", NULL);
    html_cell(html, "name", "Table", json_words(table, "target"));
    html_cell_count(html, "Rows", json_count(table, "rows_target"));
    html_cell_bytes(html, "Bytes sent", json_count(table, "bytes"));
    html_cell_seconds(html, "Copy", json_seconds(table, "copy_seconds"));
    rate_cell(html, table);
    html_cell_seconds(html, "Keys, indexes", json_seconds(table, "finish_seconds"));
    html_cell_seconds(html, "Compare", json_seconds(table, "verify_seconds"));
    aside_cell(html, json_count(table, "rows_set_aside"));
    html_cell(html, table_rank(table) == 0 ? "state bad" : "state good", "State",
              text_string(&state));
    html_close(html);
}

static void
rows(struct html *html, const char *caption, const json_t **tables, size_t count)
{
    html_open(html, "div", "class", "wide", NULL);
    html_table_open(html,
                    &(struct html_heading){"numbers tables", caption, titles, TITLE_COUNT});
    for (size_t i = 0; i < count; i++) {
        table_row(html, tables[i]);
    }
    html_close(html);
    html_close(html);
    html_close(html);
}

void
report_html_tables(struct html *html, const json_t *report)
{
    AUTO_ARENA memory = {0};
    const json_t *tables = json_object_get(report, "tables");
    size_t count = json_array_size(tables);
    const json_t **sorted = sort_tables(&memory, tables, compare_tables);
    size_t open = count <= HTML_ROWS_OPEN ? count : HTML_ROWS_OPEN;
    size_t shown = count < HTML_ROWS_MAX ? count : HTML_ROWS_MAX;
    html_section(html, "tables", "Tables");
    html_element(html, "p", NULL,
                 "Those with something to say first, then the largest. Times are those of the "
                 "connections that worked on the table, added up.");
    rows(html, "Tables", sorted, open);
    if (count > open) {
        html_details(html, "%zu more tables", count - open);
        rows(html, "More tables", sorted + open, shown - open);
        html_rest(html, count, shown);
        html_close(html);
    }
    html_close(html);
}
