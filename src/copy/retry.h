/* retry.h — rows that a run has set aside, tried again under a plan or a table that was mended. */
#ifndef COPY_RETRY_H
#define COPY_RETRY_H

#include "copy/copy.h"

struct retry_outcome {
    uint64_t went_in;
    uint64_t left_out; /* on_conflict: skip, and the target has their keys */
    uint64_t stayed;   /* set aside still, with the reason of this time */
};

/* job->plan: fitted to the tables as they are now (existing/existing.h). Each row is read from its
 * JSON, encoded as any other, and inserted; the row, its entry and the run's sums change in one
 * transaction. Foreign keys and checks hold; the tables' own triggers do not act, where we own
 * them. encoding: of the source's catalog. May be called again at any point. */
MUST_USE bool copy_retry_set_aside(const struct copy_job *job, const char *encoding,
                                   struct retry_outcome *outcome, struct error *err);

#endif
