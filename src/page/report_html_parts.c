/* report_html_parts.c — cells, tables and sections of the page; see report_html.h. */
#include "page/human.h"
#include "page/report_html.h"

#include <stdarg.h>

void
html_add_seconds(struct text *out, double seconds)
{
    if (seconds < 0.005) {
        text_add(out, "< 0.01 s");
    } else if (seconds < 59.995) {
        text_printf(out, "%.2f s", seconds);
    } else {
        human_seconds(out, seconds);
    }
}

void
html_cell(struct html *html, const char *class_name, const char *label, const char *words)
{
    html_open(html, "td", "class", class_name, "data-label", label, NULL);
    html_words(html, words);
    html_close(html);
}

void
html_cell_count(struct html *html, const char *label, uint64_t number)
{
    AUTO_TEXT words = {0};
    human_count(&words, number);
    html_cell(html, "n", label, text_string(&words));
}

void
html_cell_bytes(struct html *html, const char *label, uint64_t bytes)
{
    AUTO_TEXT words = {0};
    human_bytes(&words, bytes);
    html_cell(html, "n", label, text_string(&words));
}

void
html_cell_seconds(struct html *html, const char *label, double seconds)
{
    AUTO_TEXT words = {0};
    html_add_seconds(&words, seconds);
    html_cell(html, "n", label, text_string(&words));
}

void
html_table_open(struct html *html, const struct html_heading *heading)
{
    html_open(html, "table", "class", heading->kind, NULL);
    html_element(html, "caption", NULL, heading->caption);
    html_open(html, "thead", NULL);
    html_open(html, "tr", NULL);
    for (size_t i = 0; i < heading->count; i++) {
        const char *title = heading->titles[i];
        bool number = title[0] == '>';
        html_open(html, "th", "scope", "col", "class", number ? "n" : NULL, NULL);
        html_words(html, title + (number ? 1 : 0));
        html_close(html);
    }
    html_close(html);
    html_close(html);
    html_open(html, "tbody", NULL);
}

void
html_rest(struct html *html, size_t count, size_t shown)
{
    if (count <= shown) {
        return;
    }
    html_open(html, "p", "class", "rest", NULL);
    html_format(html, "and %zu more: ", count - shown);
    html_element(html, "code", NULL, "outgrow report --json");
    html_words(html, " lists all");
    html_close(html);
}

void
html_section(struct html *html, const char *id, const char *heading)
{
    AUTO_TEXT prefixed = {0};
    text_printf(&prefixed, "%s%s", html->id_prefix == NULL ? "" : html->id_prefix, id);
    html_open(html, "section", "id", text_string(&prefixed), NULL);
    html_element(html, "h2", NULL, heading);
}

void
html_details(struct html *html, const char *format, ...)
{
    AUTO_TEXT words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&words, format, arguments);
    va_end(arguments);
    html_open(html, "details", NULL);
    html_element(html, "summary", NULL, text_string(&words));
}
