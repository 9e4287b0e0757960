/* references.h — foreign keys from one source's tables to another's, which can only be added
 * when both sides are there. */
#ifndef MIGRATE_REFERENCES_H
#define MIGRATE_REFERENCES_H

#include "postgres/target.h"
#include "survey/sources.h"

#include <jansson.h>

struct references_job {
    PGconn *conn; /* idle; holds the journal's lock */
    const struct plan_file *file;
    const struct sources *sources;
    bool into_existing; /* no foreign key is made; one that is there is validated again */
};

/* Adds what the file says, and is not there yet, once both sources are migrated. report: over
 * all sources; gets "references": [{step, state, message}], and its "exit_code" where one was
 * refused. Each is a step in the journal of the referring source's run. */
MUST_USE bool references_add(const struct references_job *job, json_t *report,
                             struct error *err);

/* Only looks whether they are there and hold, and tells the same way. One that is not there
 * makes the "exit_code" EXIT_DIFFERS, unless the tables are somebody else's. No lock needed. */
MUST_USE bool references_check(const struct references_job *job, json_t *report,
                               struct error *err);

#endif
