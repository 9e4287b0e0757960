/* absent_rows.h — the rows of a source table that the run did not bring into the target. */
#ifndef COPY_ABSENT_ROWS_H
#define COPY_ABSENT_ROWS_H

#include "postgres/journal.h"

/* The zero value holds none. */
struct absent_rows {
    struct row_positions set_aside;
    struct row_positions left_out; /* the target has their keys */
    struct arena memory;
};

/* What was held before is forgotten. */
MUST_USE bool absent_rows_load(struct absent_rows *absent, PGconn *conn, int64_t run_id,
                               const char *source_table, struct error *err);
bool absent_rows_hold(const struct absent_rows *absent, int64_t position);
void absent_rows_free(struct absent_rows *absent);

#endif
