/* report_document.h — what a report gets beyond what the run itself knows: the checklist, and
 * when it was looked at. */
#ifndef REPORT_REPORT_DOCUMENT_H
#define REPORT_REPORT_DOCUMENT_H

#include "report/report_build.h"

/* Adds "checklist", "made" and the digest of the run's backup to `report`. Reads the backup
 * whole. conn: idle. False only with ERROR_STOPPED. */
MUST_USE bool report_document_complete(PGconn *conn, const struct settings *settings,
                                       struct arena *arena, json_t *report, struct error *err);

#endif
