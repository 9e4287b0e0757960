/* run_report.h — a report with what the journal knows of its run. */
#ifndef REPORT_RUN_REPORT_H
#define REPORT_RUN_REPORT_H

#include "report/report_build.h"

/* Adds the run's tables, steps and set-aside rows to `facts` (whose run_id is
 * set) and builds the report. run_id 0: there is no run, nothing is asked.
 * The new reference is the caller's. */
MUST_USE bool run_report_build(PGconn *conn, struct report_facts *facts, json_t **report,
                               struct error *err);

#endif
