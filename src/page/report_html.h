/* report_html.h — a migration's report as one HTML page that needs nothing else: no network,
 * no script, no font, no image. Rendered from the same object as the text. */
#ifndef PAGE_REPORT_HTML_H
#define PAGE_REPORT_HTML_H

#include "page/html.h"

#include <jansson.h>

/* Well-formed as XML too. However many tables there are, the page stays within a few
 * megabytes: the rest is counted, and said where to find. */
void report_html_write(struct html *html, const json_t *report);

/* The same for the report over several sources (report/many.h): what became of each,
 * what ties them, and each one's own sections. */
void report_html_write_many(struct html *html, const json_t *report);

/* The first bytes of every such page; how a page is told from other files. */
extern const char report_html_prologue[];

/* One migration within <body>: header and sections. */
typedef void report_html_body(struct html *html, const json_t *report);
report_html_body report_html_migration;

/* The page around a body: frame, head and foot, which speak of the migration `first`. */
void report_html_page(struct html *html, const json_t *first, report_html_body *write_body,
                      const json_t *report);

/* The sections, in their order on the page. */
void report_html_checklist(struct html *html, const json_t *report);
void report_html_attention(struct html *html, const json_t *report);
void report_html_time(struct html *html, const json_t *report);
void report_html_tables(struct html *html, const json_t *report);
void report_html_types(struct html *html, const json_t *report);
void report_html_notes(struct html *html, const json_t *report);

/* Shared by the sections. */
enum { HTML_ROWS_OPEN = 25, HTML_ROWS_MAX = 2000, HTML_LIST_MAX = 200 };

/* "0.08 s", "< 0.01 s", "2 min 05 s". */
void html_add_seconds(struct text *out, double seconds);

/* A cell of a table; `label` is its column, shown where a table becomes a list of cards. */
void html_cell(struct html *html, const char *class_name, const char *label, const char *words);
void html_cell_count(struct html *html, const char *label, uint64_t number);
void html_cell_bytes(struct html *html, const char *label, uint64_t bytes);
void html_cell_seconds(struct html *html, const char *label, double seconds);

/* <table> with a head; a title that starts with '>' heads a column of numbers. `kind` is its
 * class: "numbers" (one name, then figures) or a table of words. Ends with two html_close:
 * tbody and table. */
struct html_heading {
    const char *kind;
    const char *caption;
    const char *const *titles;
    size_t count;
};
void html_table_open(struct html *html, const struct html_heading *heading);

/* "and 12 more: outgrow report --json lists all", when there are more than were shown. */
void html_rest(struct html *html, size_t count, size_t shown);

/* <section id><h2>, to be closed by the caller. */
void html_section(struct html *html, const char *id, const char *heading);

/* <details><summary>, to be closed by the caller. */
void html_details(struct html *html, const char *format, ...) PRINTF_LIKE(2, 3);

/* The style sheet, in parts; ended by NULL. */
extern const char *const report_html_style[];

#endif
