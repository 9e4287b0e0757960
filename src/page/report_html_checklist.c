/* report_html_checklist.c — the checklist for after the migration; see report_html.h. */
#include "page/report.h"
#include "page/report_html.h"
#include "page/report_lists.h"

#include <string.h>

/* Only what was checked is ticked. */
static const char *
state_words(const char *state)
{
    if (strcmp(state, CHECK_PASSED_WORD) == 0) {
        return "checked";
    }
    return strcmp(state, CHECK_YOURS_WORD) == 0 ? "to be done by you" : "open";
}

static const char *
state_class(const char *state)
{
    if (strcmp(state, CHECK_PASSED_WORD) == 0) {
        return "good";
    }
    return strcmp(state, CHECK_YOURS_WORD) == 0 ? "quiet" : "some";
}

/* A tick, a ring or a mark; colour is not all that tells them apart. */
static void
write_mark(struct html *html, const char *state)
{
    bool passed = strcmp(state, CHECK_PASSED_WORD) == 0;
    bool yours = strcmp(state, CHECK_YOURS_WORD) == 0;
    html_open(html, "span", "class", state_class(state), "role", "img", "aria-label",
              state_words(state), NULL);
    html_words(html, passed ? "\xe2\x9c\x93" : yours ? "\xe2\x97\x8b" : "!");
    html_close(html);
}

static void
write_check(struct html *html, const json_t *check)
{
    const char *advice = json_words(check, "advice");
    const char *statement = json_words(check, "statement");
    html_open(html, "li", NULL);
    write_mark(html, json_words(check, "state"));
    html_open(html, "div", NULL);
    html_element(html, "b", NULL, json_words(check, "name"));
    html_format(html, ": %s", json_words(check, "found"));
    if (advice[0] != '\0') {
        html_element(html, "p", NULL, advice);
    }
    if (statement[0] != '\0') {
        html_open(html, "p", NULL);
        html_element(html, "code", NULL, statement);
        html_close(html);
    }
    html_close(html);
    html_close(html);
}

static void
write_item(struct html *html, const json_t *item)
{
    const char *state = json_words(item, "state");
    size_t i;
    json_t *check;
    html_open(html, "li", "class", "item", "data-state", state, NULL);
    html_open(html, "span", "class", "box", "aria-hidden", "true", NULL);
    html_words(html, strcmp(state, CHECK_PASSED_WORD) == 0 ? "\xe2\x9c\x93" : "");
    html_close(html);
    html_open(html, "h3", NULL);
    html_words(html, json_words(item, "item"));
    html_element_format(html, "span", state_class(state), " %s", state_words(state));
    html_close(html);
    html_open(html, "ul", NULL);
    json_array_foreach(json_object_get(item, "checks"), i, check)
    {
        write_check(html, check);
    }
    html_close(html);
    html_close(html);
}

static size_t
count_passed(const json_t *list)
{
    size_t passed = 0;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        passed += strcmp(json_words(item, "state"), CHECK_PASSED_WORD) == 0;
    }
    return passed;
}

void
report_html_checklist(struct html *html, const json_t *report)
{
    const json_t *list = json_object_get(report, "checklist");
    size_t i;
    json_t *item;
    if (json_array_size(list) == 0) {
        return;
    }
    html_section(html, "checklist", "Checklist for after the migration");
    html_element_format(html, "p", NULL,
                        "%zu of %zu ticked. A box is ticked only where this program has looked "
                        "and found all of it so; the rest says what is to be done.",
                        count_passed(list), json_array_size(list));
    html_open(html, "ul", NULL);
    json_array_foreach(list, i, item)
    {
        write_item(html, item);
    }
    html_close(html);
    html_close(html);
}
