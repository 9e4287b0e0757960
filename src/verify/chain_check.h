/* chain_check.h — all hash chains of a plan, on both sides. */
#ifndef VERIFY_CHAIN_CHECK_H
#define VERIFY_CHAIN_CHECK_H

#include "verify/facts.h"
#include "verify/report.h"
#include "verify/verify.h"

/* Walks the chains of the chosen tables, reports links that do not hold, fills
 * verdict->chains and, where the schema outgrow is there, outgrow.chain_state. A table
 * that is missing in the target was reported as such and is left out. */
MUST_USE bool chain_check_all(const struct verify_job *job, const struct facts *facts,
                              struct report *report, struct verdict *verdict,
                              struct error *err);

#endif
