/* html.h — writes well-formed HTML that is XML as well: elements are closed in the order they
 * were opened, and all words are escaped. Nothing else adds markup to the text. */
#ifndef PAGE_HTML_H
#define PAGE_HTML_H

#include "base/text.h"

#include <stdint.h>

enum { HTML_DEPTH_MAX = 32 };

struct html {
    struct text text;
    const char *open[HTML_DEPTH_MAX]; /* names of the open elements; static storage */
    size_t depth;
    const char *id_prefix; /* of every id, where a page has several reports; NULL: none */
};
void html_free(struct html *html);
#define AUTO_HTML __attribute__((cleanup(html_free))) struct html

/* Opens an element with attributes: name, value, ..., NULL. Values are escaped; one that is
 * NULL leaves its attribute out. Names are the caller's own and are not. */
void html_open(struct html *html, const char *element, ...) __attribute__((sentinel));
void html_close(struct html *html);

/* An element without content: <rect x="0"/>. */
void html_void(struct html *html, const char *element, ...) __attribute__((sentinel));

/* Other people's words are safe here: markup is escaped, and control characters, bytes that
 * are not UTF-8 and what turns the reading direction are shown as \xHH or \u{H}. */
void html_words(struct html *html, const char *words);
void html_format(struct html *html, const char *format, ...) PRINTF_LIKE(2, 3);

/* An element that holds only words. class_name: NULL for none. */
void html_element(struct html *html, const char *element, const char *class_name,
                  const char *words);
void html_element_format(struct html *html, const char *element, const char *class_name,
                         const char *format, ...) PRINTF_LIKE(4, 5);

/* Markup, or a style sheet, of our own making. */
void html_raw(struct html *html, const char *markup);

#endif
