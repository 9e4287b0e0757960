/* repair.h — makes the target what the source is, where a verification found it
 * is not: single rows, sequences, keys, indexes and constraints. */
#ifndef REPAIR_REPAIR_H
#define REPAIR_REPAIR_H

#include "survey/survey.h"
#include "verify/verify.h"

#include <jansson.h>

struct repair_request {
    struct verify_job *job; /* of the verification; its run must be one */
    const struct survey *survey;
    struct arena *arena;
    json_t *warnings; /* what could not be repaired, and why */
};

/* Repairs what `verdict` names, compares the tables concerned again, and puts the new
 * findings in the place of the old. *repaired: a new reference:
 * {rows_removed, rows_stored, rows_set_aside, steps: [id]}. */
MUST_USE bool repair_target(const struct repair_request *request, struct verdict *verdict,
                            json_t **repaired, struct error *err);

#endif
