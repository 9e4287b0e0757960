/* html.c — see html.h. */
#include "page/html.h"

#include "page/printable.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

void
html_free(struct html *html)
{
    text_free(&html->text);
    *html = (struct html){0};
}

void
html_raw(struct html *html, const char *markup)
{
    text_add(&html->text, markup);
}

/* U+FFFE and U+FFFF are characters that no XML may hold. Returns the length of the one at
 * `c`, or 0. */
static size_t
noncharacter_length(const char *c)
{
    return memcmp(c, "\xef\xbf\xbe", 3) == 0 || memcmp(c, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

void
html_words(struct html *html, const char *words)
{
    AUTO_TEXT safe = {0};
    struct text *out = &html->text;
    printable_add(&safe, words);
    for (const char *c = text_string(&safe); *c != '\0'; c++) {
        switch (*c) {
        case '&': text_add(out, "&amp;"); break;
        case '<': text_add(out, "&lt;"); break;
        case '>': text_add(out, "&gt;"); break;
        case '"': text_add(out, "&quot;"); break;
        case '\xef':
            if (strlen(c) >= 3 && noncharacter_length(c) > 0) {
                text_printf(out, "\\u{fff%c}", c[2] == '\xbe' ? 'e' : 'f');
                c += 2;
                break;
            }
            text_add_char(out, *c);
            break;
        default: text_add_char(out, *c);
        }
    }
}

static void format_words(struct html *html, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

static void
format_words(struct html *html, const char *format, va_list arguments)
{
    AUTO_TEXT words = {0};
    text_vprintf(&words, format, arguments);
    html_words(html, text_string(&words));
}

void
html_format(struct html *html, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_words(html, format, arguments);
    va_end(arguments);
}

static void
begin_tag(struct html *html, const char *element, va_list attributes)
{
    text_printf(&html->text, "<%s", element);
    const char *name;
    while ((name = va_arg(attributes, const char *)) != NULL) {
        const char *value = va_arg(attributes, const char *);
        if (value != NULL) {
            text_printf(&html->text, " %s=\"", name);
            html_words(html, value);
            text_add_char(&html->text, '"');
        }
    }
}

void
html_open(struct html *html, const char *element, ...)
{
    va_list attributes;
    assert(html->depth < HTML_DEPTH_MAX);
    va_start(attributes, element);
    begin_tag(html, element, attributes);
    va_end(attributes);
    text_add_char(&html->text, '>');
    html->open[html->depth++] = element;
}

void
html_void(struct html *html, const char *element, ...)
{
    va_list attributes;
    va_start(attributes, element);
    begin_tag(html, element, attributes);
    va_end(attributes);
    text_add(&html->text, "/>");
}

/* Behind these a line ends, so that the source can be read; others stand within a line. */
static bool
ends_line(const char *element)
{
    static const char *const blocks[] = {"p",   "tr", "li",     "h1",    "h2",      "h3",
                                         "dd",  "ul", "dl",     "table", "section", "details",
                                         "svg", "g",  "header", "thead", "div",     "title"};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (strcmp(blocks[i], element) == 0) {
            return true;
        }
    }
    return false;
}

void
html_close(struct html *html)
{
    assert(html->depth > 0);
    const char *element = html->open[--html->depth];
    text_printf(&html->text, "</%s>%s", element, ends_line(element) ? "\n" : "");
}

void
html_element(struct html *html, const char *element, const char *class_name, const char *words)
{
    html_open(html, element, "class", class_name, NULL);
    html_words(html, words);
    html_close(html);
}

void
html_element_format(struct html *html, const char *element, const char *class_name,
                    const char *format, ...)
{
    va_list arguments;
    html_open(html, element, "class", class_name, NULL);
    va_start(arguments, format);
    format_words(html, format, arguments);
    va_end(arguments);
    html_close(html);
}
