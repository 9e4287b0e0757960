/* last_batch.h — whether what the last round brought is in the target as it is in the source, read
 * back by verification's own readers while neither side can change.
 *
 * Everything else was compared before the pause (preflight.h); these rows could not be. */
#ifndef CUTOVER_LAST_BATCH_H
#define CUTOVER_LAST_BATCH_H

#include "cutover/cutover.h"

struct last_batch;

/* All that can be made before the pause. Lives as long as the cutover's arena. */
MUST_USE bool last_batch_prepare(struct cutover *cutover, struct last_batch **batch,
                                 struct error *err);

/* Compares the rows whose keys the source's log holds in (after, upto], those that are gone
 * included: source and the link's connection both in the transaction of the pause. Slice by
 * slice, so memory is bounded. ERROR_NOT_NOW: names the first cell that differs. */
MUST_USE bool last_batch_compare(struct last_batch *batch, struct source *source, int64_t after,
                                 int64_t upto, struct error *err);

void last_batch_free(struct last_batch *batch);

#endif
