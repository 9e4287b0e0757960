/* status_report.h — the runs of a target as JSON, and that JSON as text. */
#ifndef REPORT_STATUS_REPORT_H
#define REPORT_STATUS_REPORT_H

#include "postgres/journal.h"
#include "settings/settings.h"

#include <jansson.h>

/* {target, runs: [{run, source, state, ...}]}, newest run first. New reference. */
MUST_USE bool status_report_build(PGconn *conn, const char *target, json_t **report,
                                  struct error *err);

void status_report_print(const json_t *report, const struct output *output);

#endif
