/* stage.h — rows on their way into a table that holds rows already: first into a temporary
 * table, from there with INSERT ... ON CONFLICT. */
#ifndef COPY_STAGE_H
#define COPY_STAGE_H

#include "plan/plan.h"
#include "postgres/target.h"

/* Whether the table's rows take this way. */
bool stage_is_needed(const struct plan *plan, const struct plan_table *table);

/* The same for a row that is tried again, when the keys and triggers of others act: not where
 * a row would have to be deleted to be replaced. */
bool stage_suits_retry(const struct plan *plan, const struct plan_table *table);

/* The COPY into the temporary table: a bigint, the row's position, comes before the columns of
 * ddl_copy_in. */
void stage_copy_in(struct text *sql, const struct plan_table *table);

/* All inside the open transaction of `conn`, which ends the temporary table as well. */
MUST_USE bool stage_open(PGconn *conn, const struct plan_table *table, struct error *err);
MUST_USE bool stage_close(PGconn *conn, struct error *err);

struct stage_outcome {
    int64_t left_out; /* the target holds their keys; recorded in outgrow.left_out */
    int64_t updated;  /* took the place of a row of the same key */
};

/* Moves what is in the temporary table on, and empties it. */
MUST_USE bool stage_merge(PGconn *conn, int64_t run_id, const struct plan_table *table,
                          struct stage_outcome *outcome, struct error *err);

#endif
