/* checklist.h — what is to be in place after a migration, looked at. Each check is passed, open
 * (with what to do), or the reader's, where this program cannot look. Changes nothing. */
#ifndef REPORT_CHECKLIST_H
#define REPORT_CHECKLIST_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <libpq-fe.h>

struct checklist_job {
    PGconn *conn;                  /* idle; the target */
    const json_t *report;          /* of the run */
    const char *archive_directory; /* where archives of the source would be */
    char snapshot_sha256[65];      /* filled: of the run's backup; "": it cannot be read */
};

/* [{item, state, checks: [{name, state, found, advice, statement}]}]. An item is passed when
 * all its checks are; else open when one is; else yours. A check that the server refuses is
 * open, with the server's words. False only with ERROR_STOPPED. New reference. */
MUST_USE bool checklist_build(struct checklist_job *job, json_t **checklist, struct error *err);

#endif
