/* sides_internal.h — for asked.c and answer.c only. */
#ifndef ACCESS_SIDES_INTERNAL_H
#define ACCESS_SIDES_INTERNAL_H

#include "access/sides.h"

/* SQLITE_ROW or SQLITE_DONE; anything else: err, ERROR_STOPPED when somebody asked us to stop. */
MUST_USE bool asked_step(struct asked *asked, int *step, struct error *err);

/* Begins the target's; in binary, in a savepoint: a failure ends only this query. */
MUST_USE bool asked_begin_target(struct asked *asked, bool row_by_row, struct error *err);
/* *row NULL: that was the last one. Looks at the stop flag while the server works. */
MUST_USE bool asked_next_target(struct asked *asked, PGresult **row, struct error *err);

#endif
