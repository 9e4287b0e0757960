/* compare.h — one table, both sides, in as many passes as its differences need. */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

#include "verify/report.h"
#include "verify/side.h"
#include "verify/tally.h"
#include "verify/verify.h"

/* One worker's connections and memory, used for table after table. */
struct comparer {
    const struct verify_job *job;
    struct report *report;
    struct source source;
    PGconn *conn; /* in a REPEATABLE READ transaction */
    struct row_maker source_maker;
    struct row_maker target_maker;
    struct tally source_tally;
    struct tally target_tally;
    uint8_t *wanted; /* TALLY_BUCKETS bytes */
};

/* Compares the rows; reports at most VERIFY_DIFFERENCES_PER_TABLE_MAX of what
 * differs and fills `verdict`. On failure the connection's transaction is over
 * or aborted, and nothing of this table was reported. */
MUST_USE bool compare_table(struct comparer *comparer, int table, struct progress_item *item,
                            struct table_verdict *verdict, struct error *err);

#endif
