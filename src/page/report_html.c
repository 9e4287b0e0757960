/* report_html.c — the page's frame, its head, and what was proven; see report_html.h. */
#include "page/report_html.h"

#include "base/path.h"
#include "page/human.h"
#include "page/report.h"
#include "page/report_lists.h"

#include <string.h>

const char report_html_prologue[] =
    "<!DOCTYPE html>\n<html lang=\"en\" data-made-by=\"outgrow\">";

static void
write_head(struct html *html, const json_t *report)
{
    const char *path = json_words(json_object_get(report, "source"), "path");
    html_open(html, "head", NULL);
    html_void(html, "meta", "charset", "utf-8", NULL);
    html_void(html, "meta", "name", "viewport", "content",
              "width=device-width, initial-scale=1", NULL);
    html_void(html, "meta", "name", "color-scheme", "content", "light dark", NULL);
    html_element_format(html, "title", NULL, "%s: migration report", path_base(path));
    html_open(html, "style", NULL);
    for (size_t i = 0; report_html_style[i] != NULL; i++) {
        html_raw(html, report_html_style[i]);
    }
    html_close(html);
    html_close(html);
    html_raw(html, "\n");
}

struct verdict_words {
    const char *mood; /* a class: good, bad */
    const char *mark;
    const char *heading;
    const char *sentence; /* behind "101,409 rows in 10 tables" */
};

static struct verdict_words
verdict_of(const json_t *report)
{
    switch (report_exit_code(report)) {
    case EXIT_DONE:
        return (struct verdict_words){"good", "\xe2\x9c\x93", "Proven",
                                      "compared, and every cell is the same."};
    case EXIT_SET_ASIDE:
        return (struct verdict_words){
            "good", "\xe2\x9c\x93", "Proven, with exceptions that are listed",
            "compared, and every cell is the same but for what was set aside."};
    case EXIT_SOURCE:
        return (struct verdict_words){"bad", "!", "Incomplete",
                                      "are the same; some tables did not come over."};
    case EXIT_INTERNAL:
    case EXIT_USAGE:
    case EXIT_TARGET:
    case EXIT_SYSTEM:
    case EXIT_DIFFERS:
    case EXIT_NOT_NOW:
    case EXIT_INTERRUPTED: break;
    }
    return (struct verdict_words){"bad", "!", "Not the same",
                                  "compared; what differs is listed below."};
}

static void
write_verdict(struct html *html, const json_t *report)
{
    const struct verdict_words verdict = verdict_of(report);
    const json_t *totals = json_object_get(report, "totals");
    AUTO_TEXT extent = {0};
    human_counted(&extent, json_count(totals, "rows_target"), "row");
    text_add(&extent, " in ");
    human_counted(&extent, json_count(totals, "tables"), "table");
    html_open(html, "div", "class", "verdict", "data-mood", verdict.mood, NULL);
    html_open(html, "span", "class", "mark", "aria-hidden", "true", NULL);
    html_words(html, verdict.mark);
    html_close(html);
    html_open(html, "p", NULL);
    html_element(html, "strong", NULL, verdict.heading);
    html_format(html, " %s %s", text_string(&extent), verdict.sentence);
    html_close(html);
    html_close(html);
}

static void
figure(struct html *html, const char *name, const struct text *value, const char *remark)
{
    html_open(html, "div", NULL);
    html_element(html, "dt", NULL, name);
    html_open(html, "dd", NULL);
    html_element(html, "b", NULL, text_string(value));
    if (remark != NULL) {
        html_element_format(html, "span", NULL, " %s", remark);
    }
    html_close(html);
    html_close(html);
}

static void
write_figures(struct html *html, const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    AUTO_TEXT rows = {0};
    AUTO_TEXT cells = {0};
    AUTO_TEXT aside = {0};
    AUTO_TEXT bytes = {0};
    AUTO_TEXT size = {0};
    AUTO_TEXT time = {0};
    human_count(&rows, json_count(totals, "rows_copied"));
    human_count(&cells, json_count(totals, "cells"));
    human_count(&aside,
                json_count(totals, "rows_set_aside") + json_count(totals, "values_altered"));
    human_bytes(&bytes, json_count(json_object_get(report, "source"), "size"));
    human_bytes(&size, json_count(totals, "target_bytes"));
    text_printf(&size, " in PostgreSQL");
    human_seconds(&time, phases_seconds(json_object_get(report, "phases")));
    html_open(html, "dl", "class", "figures", NULL);
    figure(html, "Rows moved", &rows, NULL);
    figure(html, "Cells compared", &cells, NULL);
    figure(html, "Set aside", &aside, NULL);
    figure(html, "Source file", &bytes,
           json_count(totals, "target_bytes") > 0 ? text_string(&size) : NULL);
    figure(html, "Time", &time, NULL);
    html_close(html);
}

static void
fact(struct html *html, const char *name, const char *value, const char *remark)
{
    if (value[0] == '\0') {
        return;
    }
    html_element(html, "dt", NULL, name);
    html_open(html, "dd", NULL);
    html_element(html, "code", NULL, value);
    if (remark != NULL && remark[0] != '\0') {
        html_format(html, " %s", remark);
    }
    html_close(html);
}

/* "2026-01-31T23:59:59Z" as "2026-01-31 23:59 UTC". */
static void
add_moment(struct text *out, const char *iso)
{
    if (strlen(iso) == 20) {
        text_printf(out, "%.10s %.5s", iso, iso + 11);
    } else {
        text_add(out, iso);
    }
}

static void
write_when(struct html *html, const json_t *report)
{
    const char *started = json_words(report, "started");
    AUTO_TEXT when = {0};
    if (started[0] == '\0') {
        return;
    }
    add_moment(&when, started);
    text_add(&when, " to ");
    add_moment(&when, json_words(report, "finished"));
    text_add(&when, " UTC");
    if (json_is_true(json_object_get(report, "resumed"))) {
        text_add(&when, ", gone on with after an interruption");
    }
    html_element(html, "dt", NULL, "When");
    html_element(html, "dd", NULL, text_string(&when));
}

static void
write_facts(struct html *html, const json_t *report)
{
    const json_t *source = json_object_get(report, "source");
    const json_t *target = json_object_get(report, "target");
    AUTO_TEXT schema = {0};
    text_printf(&schema, "schema %s%s%s", json_words(target, "schema"),
                json_words(target, "server")[0] == '\0' ? "" : ", ",
                json_words(target, "server"));
    html_open(html, "dl", "class", "facts", NULL);
    fact(html, "From", json_words(source, "path"), NULL);
    fact(html, "To", json_words(target, "description"), text_string(&schema));
    write_when(html, report);
    fact(html, "Backup", json_words(source, "snapshot"), NULL);
    fact(html, "Look", json_words(target, "psql"), NULL);
    html_close(html);
}

static void
write_exceptions(struct html *html, uint64_t aside, uint64_t altered)
{
    AUTO_TEXT words = {0};
    if (aside > 0) {
        human_counted(&words, aside, "row");
        text_printf(&words, " could not be stored, and %s kept with the reason. ",
                    aside == 1 ? "is" : "are");
    }
    if (altered > 0) {
        human_counted(&words, altered, "value");
        text_printf(&words, " %s stored cleaned, and the original is kept.",
                    altered == 1 ? "was" : "were");
    }
    html_words(html, text_string(&words));
}

static void
write_proof(struct html *html, const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    AUTO_TEXT cells = {0};
    human_counted(&cells, json_count(totals, "cells"), "cell");
    html_section(html, "proof", "What was compared");
    html_open(html, "p", NULL);
    html_format(html,
                "After the copy, both databases were read again and compared cell by cell, by "
                "code that shares nothing with the copy: %s in ",
                text_string(&cells));
    AUTO_TEXT rows = {0};
    human_counted(&rows, json_count(totals, "rows_target"), "row");
    html_format(html, "%s. ", text_string(&rows));
    size_t differences = json_array_size(json_object_get(report, "differences"));
    uint64_t aside = json_count(totals, "rows_set_aside");
    uint64_t altered = json_count(totals, "values_altered");
    html_words(html, differences == 0 ? "No difference was found. " : "");
    if (differences > 0) {
        html_element_format(html, "strong", "bad", "%zu difference%s found. ", differences,
                            differences == 1 ? " was" : "s were");
    }
    if (aside == 0 && altered == 0) {
        html_words(html, "No row was set aside, and no value was changed.");
    } else {
        write_exceptions(html, aside, altered);
    }
    html_close(html);
    html_close(html);
}

static void
write_foot(struct html *html, const json_t *report)
{
    const char *made = json_words(report, "made");
    html_open(html, "footer", NULL);
    html_open(html, "p", NULL);
    html_format(html, "outgrow %s, run %lld", json_words(report, "outgrow"),
                (long long)json_integer_value(json_object_get(report, "run")));
    if (made[0] != '\0') {
        AUTO_TEXT moment = {0};
        add_moment(&moment, made);
        html_format(html, ", page made %s UTC", text_string(&moment));
    }
    html_words(html, ". The same as data: ");
    html_element(html, "code", NULL, "outgrow report --json");
    html_words(html, ". Compare again at any time: ");
    html_element(html, "code", NULL, "outgrow verify");
    html_words(html, ".");
    html_close(html);
    html_close(html);
}

void
report_html_migration(struct html *html, const json_t *report)
{
    const char *path = json_words(json_object_get(report, "source"), "path");
    html_open(html, "header", NULL);
    html_element(html, "p", "kicker", "Migration report");
    html_open(html, "h1", NULL);
    html_element(html, "bdi", NULL, path_base(path));
    html_words(html, " to PostgreSQL");
    html_close(html);
    write_verdict(html, report);
    write_figures(html, report);
    write_facts(html, report);
    html_close(html);
    html_open(html, "main", NULL);
    write_proof(html, report);
    report_html_attention(html, report);
    report_html_checklist(html, report);
    report_html_time(html, report);
    report_html_tables(html, report);
    report_html_types(html, report);
    report_html_notes(html, report);
    html_close(html);
}

void
report_html_page(struct html *html, const json_t *first, report_html_body *write_body,
                 const json_t *report)
{
    html_raw(html, report_html_prologue);
    html_raw(html, "\n");
    write_head(html, first);
    html_open(html, "body", NULL);
    write_body(html, report);
    write_foot(html, first);
    html_close(html);
    html_raw(html, "\n</html>\n");
}

void
report_html_write(struct html *html, const json_t *report)
{
    report_html_page(html, report, report_html_migration, report);
}
