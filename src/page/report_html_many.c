/* report_html_many.c — the page over several sources; see report_html.h. */
#include "page/report_html.h"
#include "page/report_lists.h"

/* Lines of {name, words} behind a heading; nothing where there are none. */
static void
write_list(struct html *html, const char *heading, const json_t *list, const char *name,
           const char *words)
{
    size_t i;
    json_t *item;
    if (json_array_size(list) == 0) {
        return;
    }
    html_element(html, "h2", NULL, heading);
    html_open(html, "ul", NULL);
    json_array_foreach(list, i, item)
    {
        html_open(html, "li", NULL);
        html_element(html, "bdi", NULL, json_words(item, name));
        html_format(html, ": %s", json_words(item, words));
        html_close(html);
    }
    html_close(html);
}

static void
write_source_row(struct html *html, const json_t *source)
{
    const json_t *totals = json_object_get(source, "totals");
    const char *error = json_words(source, "error");
    html_open(html, "tr", NULL);
    html_cell(html, NULL, "source", json_words(source, "name"));
    html_cell(html, NULL, "schema", json_words(json_object_get(source, "target"), "schema"));
    html_cell_count(html, "copied", json_count(totals, "rows_copied"));
    html_cell_count(html, "set aside", json_count(totals, "rows_set_aside"));
    html_cell(html, NULL, "outcome", error[0] == '\0' ? json_words(source, "outcome") : error);
    html_close(html);
}

static void
write_all(struct html *html, const json_t *report)
{
    static const char *const titles[] = {"source", "schema", ">copied", ">set aside",
                                         "outcome"};
    const struct html_heading heading = {"words", "Sources", titles,
                                         sizeof titles / sizeof *titles};
    const json_t *sources = json_object_get(report, "sources");
    size_t i;
    json_t *source;
    html_open(html, "header", NULL);
    html_element(html, "p", "kicker", "Migration report");
    html_element_format(html, "h1", NULL, "%zu sources to PostgreSQL: %s",
                        json_array_size(sources), json_words(report, "outcome"));
    html_close(html);
    html_open(html, "section", NULL);
    html_table_open(html, &heading);
    json_array_foreach(sources, i, source)
    {
        write_source_row(html, source);
    }
    html_close(html);
    html_close(html);
    write_list(html, "Foreign keys between sources", json_object_get(report, "references"),
               "step", "state");
    write_list(html, "The same file as another", json_object_get(report, "aliases"), "path",
               "same_as");
    write_list(html, "Files that are no sources", json_object_get(report, "left_out"), "path",
               "reason");
    html_close(html);
    json_array_foreach(sources, i, source)
    {
        if (json_object_get(source, "error") == NULL) {
            AUTO_TEXT prefix = {0};
            text_printf(&prefix, "source-%zu-", i + 1);
            html->id_prefix = text_string(&prefix);
            html_open(html, "article", NULL);
            report_html_migration(html, source);
            html_close(html);
            html->id_prefix = NULL;
        }
    }
}

void
report_html_write_many(struct html *html, const json_t *report)
{
    const json_t *sources = json_object_get(report, "sources");
    const json_t *first = json_array_get(sources, 0);
    size_t i;
    json_t *source;
    json_array_foreach(sources, i, source)
    {
        if (json_object_get(source, "error") == NULL) {
            first = source;
            break;
        }
    }
    report_html_page(html, first, write_all, report);
}
