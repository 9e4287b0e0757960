/* last_whole.h — inside the pause of a switch: tables that are replaced as a whole (made of a
 * query, those that no trigger can watch) are read from both sides and compared by a digest of
 * their rows. */
#ifndef CUTOVER_LAST_WHOLE_H
#define CUTOVER_LAST_WHOLE_H

#include "cutover/cutover.h"

/* source and the link's connection both in the transaction of the pause. *rows: of the source, that
 * were compared. ERROR_NOT_NOW: names the first table that differs. */
MUST_USE bool last_whole_compare(struct cutover *cutover, struct source *source, uint64_t *rows,
                                 struct error *err);

#endif
