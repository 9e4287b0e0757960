/* report_file.c — see report_file.h. */
#include "page/report_file.h"

#include "page/report_html.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How a report as JSON begins: the first key of report_build. */
static const char json_prologue[] = "{\n  \"outgrow\":";

static bool
begins_with(const char *bytes, size_t size, const char *prologue)
{
    size_t length = strlen(prologue);
    return size >= length && memcmp(bytes, prologue, length) == 0;
}

bool
report_file_allowed(const char *path, struct error *err)
{
    char start[128];
    struct stat seen;
    if (stat(path, &seen) != 0) {
        return errno == ENOENT || error_set(err, ERROR_SYSTEM, "look at %s", path);
    }
    FILE *file = S_ISREG(seen.st_mode) ? fopen(path, "re") : NULL;
    size_t size = file == NULL ? 0 : fread(start, 1, sizeof start, file);
    if (file != NULL) {
        fclose(file);
    }
    if (file != NULL && (seen.st_size == 0 || begins_with(start, size, report_html_prologue) ||
                         begins_with(start, size, json_prologue))) {
        return true;
    }
    error_set(err, ERROR_USAGE, "%s is there already, and is no report", path);
    return error_hint(err, "name another file: only an earlier report is replaced");
}

static void
render(struct text *out, const json_t *report, enum report_form form)
{
    if (form == REPORT_AS_HTML) {
        struct html html = {0};
        if (json_object_get(report, "sources") != NULL) {
            report_html_write_many(&html, report);
        } else {
            report_html_write(&html, report);
        }
        *out = html.text;
        return;
    }
    char *json = json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    text_add(out, json);
    text_add_char(out, '\n');
    free(json);
}

bool
report_file_write(const char *path, const json_t *report, enum report_form form,
                  struct error *err)
{
    AUTO_TEXT content = {0};
    AUTO_TEXT beside = {0};
    if (!report_file_allowed(path, err)) {
        return false;
    }
    render(&content, report, form);
    text_printf(&beside, "%s.%ld.partial", path, (long)getpid());
    const char *partial = text_string(&beside);
    FILE *file = fopen(partial, "wxe");
    if (file == NULL) {
        return error_set(err, ERROR_SYSTEM, "create %s", partial);
    }
    bool written = fwrite(text_string(&content), 1, content.length, file) == content.length;
    written &= fclose(file) == 0;
    if (!written || rename(partial, path) != 0) {
        error_set(err, ERROR_SYSTEM, "write %s", path);
        unlink(partial);
        return false;
    }
    return true;
}
