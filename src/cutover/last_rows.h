/* last_rows.h — the rows that a stretch of the source's log speaks of, as both sides have them, for
 * verification. */
#ifndef CUTOVER_LAST_ROWS_H
#define CUTOVER_LAST_ROWS_H

#include "sync/link.h"
#include "verify/shape.h"
#include "verify/side.h"

/* Of one table. */
struct last_rows {
    const struct sync_link *link; /* its connection: idle, or in a transaction */
    const struct live_table *table;
    const struct shape *shape;
    struct row_maker *source_maker;
    struct row_maker *target_maker;
    struct source *source;
    int64_t after; /* of the log: behind this entry */
    int64_t upto;
    PGresult *found; /* the target's; NULL: none */
};

/* Has the server look at the table before it matters. */
MUST_USE bool last_rows_warm_up(struct last_rows *rows, struct error *err);

/* The target's rows of the keys in the log. Until last_rows_close. */
MUST_USE bool last_rows_fetch(struct last_rows *rows, struct error *err);
void last_rows_close(struct last_rows *rows);

/* Each row to the sink, which may end it: those that were fetched, and the source's of the same
 * keys. */
MUST_USE bool last_rows_give_target(const struct last_rows *rows, row_sink *sink, void *context,
                                    struct error *err);
MUST_USE bool last_rows_give_source(const struct last_rows *rows, row_sink *sink, void *context,
                                    struct error *err);

#endif
