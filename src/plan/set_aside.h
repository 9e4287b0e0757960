/* set_aside.h — rows that could not be stored, on their way to the journal. */
#ifndef PLAN_SET_ASIDE_H
#define PLAN_SET_ASIDE_H

#include "plan/plan.h"
#include "postgres/journal.h"
#include "sqlite/scan.h"

struct set_aside {
    struct arena memory; /* of the rows below; freed by each flush */
    struct set_aside_row *rows;
    size_t count;
    size_t bytes; /* of their JSON, about */
};

/* Describes the scan's current row: key and row in lossless JSON. Lives as long as `arena`;
 * `reason`, `column` and `altered` are the caller's to fill. */
struct set_aside_row set_aside_describe(struct arena *arena, const struct scan *scan);

/* Keeps a described row until the flush; its strings must live in set_aside->memory. */
void set_aside_add(struct set_aside *set_aside, const struct set_aside_row *row);

/* Time to flush: the rows held take about a megabyte. */
bool set_aside_is_full(const struct set_aside *set_aside);

/* Writes them to the journal inside the open transaction of `conn` (which must not be in
 * COPY) and forgets them. */
MUST_USE bool set_aside_flush(struct set_aside *set_aside, PGconn *conn, int64_t run_id,
                              struct error *err);

void set_aside_free(struct set_aside *set_aside);

/* What a run has set aside of one table. */
struct set_aside_of {
    PGconn *conn;
    int64_t run_id;
    struct source *source;
    const struct source_table *table;
};

/* Where a scan of the source finds the rows that are not in the target. Rows of a table WITHOUT
 * ROWID have no position that stays when others come and go: they are found by their keys.
 * Lives as long as `arena`. */
MUST_USE bool set_aside_positions(const struct set_aside_of *of, struct arena *arena,
                                  struct row_positions *positions, struct error *err);

/* Where it finds those that have NULL in the target for what they refer to in
 * table->columns[column] (orphans: null). One that has another value there by now is none of
 * them. Lives as long as `arena`. */
MUST_USE bool set_aside_nulled_positions(const struct set_aside_of *of, size_t column,
                                         struct arena *arena, struct row_positions *positions,
                                         struct error *err);

#endif
