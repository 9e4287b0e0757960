/* compare.h — one table, both sides, in as many passes as its differences need. */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

#include "verify/match.h"
#include "verify/report.h"
#include "verify/row_sum.h"
#include "verify/stream.h"

/* Streams and memory, used for table after table by one thread. */
struct comparer {
    const struct verify_job *job;
    struct report *report;
    struct stream *streams;              /* borrowed */
    size_t stream_count;                 /* they share one snapshot of the target */
    uint8_t *wanted;                     /* TALLY_BUCKETS bytes */
    const struct row_sum_form *sum_form; /* NULL: the server cannot sum rows up, or is not to */
};

struct compare_request {
    int table;                  /* in the plan */
    double pages;               /* of the target's table; 0: it is not cut */
    uint64_t rows_kept;         /* rows of the target's own, which no row here accounts for */
    bool large;                 /* it is known to have more rows than a stream keeps */
    struct progress_item *item; /* NULL: none */
};

/* Compares the rows; reports at most VERIFY_DIFFERENCES_PER_TABLE_MAX of what
 * differs and fills `verdict`. On failure the connections' transactions are over
 * or aborted, and nothing of this table was reported. */
MUST_USE bool compare_table(struct comparer *comparer, const struct compare_request *request,
                            struct table_verdict *verdict, struct error *err);

/* Finds every row that differs and where it is, with the first stream: in the source, and by
 * `leaves` in the target (NULL: in the source alone). Reports nothing. The source's transaction is
 * the caller's; on failure the target's is aborted or over. */
MUST_USE bool compare_locate(struct comparer *comparer, int table,
                             const struct table_leaves *leaves, match_found *found,
                             void *context, struct error *err);

#endif
