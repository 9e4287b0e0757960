/* report_file.h — a report as a file of its own. */
#ifndef PAGE_REPORT_FILE_H
#define PAGE_REPORT_FILE_H

#include "base/error.h"

#include <stdbool.h>

#include <jansson.h>

enum report_form { REPORT_AS_HTML, REPORT_AS_JSON };

/* To be asked before long work: whether a report may be written there. An earlier report is
 * replaced; any other file never. ERROR_USAGE, ERROR_SYSTEM. */
MUST_USE bool report_file_allowed(const char *path, struct error *err);

/* Writes it beside and renames it, so that the file is always whole. */
MUST_USE bool report_file_write(const char *path, const json_t *report, enum report_form form,
                                struct error *err);

#endif
