/* report_html_checklist.c — the checklist for after the migration; see report_html.h. */
#include "command/checklist.h"
#include "command/report_html.h"
#include "command/report_lists.h"

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

static void
write_check(struct html *html, const json_t *check)
{
    const char *state = json_words(check, "state");
    const char *advice = json_words(check, "advice");
    const char *statement = json_words(check, "statement");
    html_open(html, "li", "data-state", state, NULL);
    html_element(html, "b", state_class(state), json_words(check, "name"));
    html_format(html, ": %s", json_words(check, "found"));
    if (advice[0] != '\0' || statement[0] != '\0') {
        html_open(html, "span", "class", "do", NULL);
        html_words(html, advice);
        if (statement[0] != '\0') {
            html_words(html, advice[0] == '\0' ? "" : ": ");
            html_element(html, "code", NULL, statement);
        }
        html_close(html);
    }
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
    html_element(html, "span", state_class(state), state_words(state));
    html_close(html);
    html_open(html, "ul", NULL);
    json_array_foreach(json_object_get(item, "checks"), i, check)
    {
        write_check(html, check);
    }
    html_close(html);
    html_close(html);
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
    html_element(html, "p", NULL,
                 "A box is ticked only where this program has looked, just now, and found it "
                 "so. The rest says what is to be done.");
    html_open(html, "ul", NULL);
    json_array_foreach(list, i, item)
    {
        write_item(html, item);
    }
    html_close(html);
    html_close(html);
}
