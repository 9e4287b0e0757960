/* verify_internal.h — one verification under way, as verify.c and its workers share it. */
#ifndef VERIFY_VERIFY_INTERNAL_H
#define VERIFY_VERIFY_INTERNAL_H

#include "verify/compare.h"
#include "verify/pass.h"
#include "verify/remember.h"
#include "verify/schema.h"
#include "verify/small.h"
#include "verify/watch.h"

enum {
    STREAMS_MAX = PASS_LANES_MAX, /* each has two threads and its share of memory */
    LARGE_PAGES = 1024,           /* of a table that all streams read together */
};

/* A table to compare, where the target's own figures rank it. */
struct ranked {
    int table;
    double pages; /* 0: unknown, or its rows have no place of their own */
};

/* Shared by the workers. */
struct verification {
    const struct verify_job *job;
    struct arena *arena;
    struct report report;
    struct facts facts;
    struct watch watch;
    struct verdict *verdict;
    struct remember remember;
    struct progress_item *items; /* one per plan table */
    PGconn *keeper;              /* keeps the snapshot */
    const char *snapshot;        /* NULL: every stream has its own */
    struct row_sum_form sum_form;
    bool sums; /* the server can sum rows up as we do */
    struct stream streams[STREAMS_MAX];
    size_t stream_count;
    uint64_t *rows_kept;  /* per plan table: of existing tables */
    struct ranked *order; /* tables to compare, largest first */
    size_t order_count;
    _Atomic size_t next; /* in `order` */
    struct small_tables small_tables;
    int *small; /* tables to compare, many at once */
    size_t small_count;
    _Atomic size_t next_small;
    atomic_bool failed;
};

/* Tables worth cutting, one after the other, with all streams; they come first in the order. */
MUST_USE bool verify_compare_large(struct verification *verification, struct error *err);

/* All that is left, a table (or a batch of small ones) at a time through stream number `index`.
 * A workers_function; context: the verification. */
MUST_USE bool verify_compare_worker(void *context, size_t index, struct error *err);

#endif
