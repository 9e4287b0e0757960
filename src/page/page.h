/* page.h — results as text for people: headings, wrapped lines, aligned tables. */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "base/arena.h"
#include "base/text.h"
#include "page/output.h"

enum page_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_BAD };

/* Collects the text; everything added is made safe for a terminal. */
struct page {
    struct text text;
    bool color;
    size_t columns;
};

/* How many entries of a list a page shows; the rest is in the JSON. */
enum { PAGE_LIST_MAX = 12 };

struct page page_for(const struct output *output);

/* Writes it to output->out and frees it. */
void page_print(struct page *page, const struct output *output);
void page_free(struct page *page);
#define AUTO_PAGE __attribute__((cleanup(page_free))) struct page

/* An empty line, unless the page is empty or ends with one. */
void page_gap(struct page *page);
void page_heading(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);

/* One paragraph, wrapped at the page's width; continuation lines are indented
 * by two more. */
void page_line(struct page *page, enum page_style style, size_t indent, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* A wrapped paragraph whose continuation lines start at column `hanging`. */
void page_hanging(struct page *page, size_t indent, size_t hanging, const char *words);

/* "  label   value": the label padded to `width`. */
void page_pair(struct page *page, const char *label, size_t width, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* A table with a heading row. Cells are borrowed until page_table_end. */
enum { PAGE_TABLE_COLUMNS_MAX = 8 };
struct page_table {
    struct arena memory;
    size_t column_count;
    bool right[PAGE_TABLE_COLUMNS_MAX]; /* numbers */
    const char **cells;                 /* row after row; the first row is the heading */
    size_t cell_count;
};

/* titles: a title that starts with '>' makes the column right-aligned. */
void page_table_begin(struct page_table *table, const char *const *titles, size_t count);
void page_table_add(struct page_table *table, const char *cell);
void page_table_add_count(struct page_table *table, uint64_t number);
/* Prints it, the first column cut so that a row fits the page, and frees it. */
void page_table_end(struct page_table *table, struct page *page);

#endif
