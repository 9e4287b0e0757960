/* verify.h — is the target the same as the source? Every cell, both sides read
 * by code that shares nothing with the copy: own readers of PostgreSQL's binary
 * formats, own canonical forms (docs/same.md states what counts as the same).
 *
 * Order-free digests of key-hash buckets, both sides streamed at once; then only
 * the rows of differing buckets; then their cells. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/progress.h"
#include "plan/plan.h"
#include "postgres/journal.h"

enum { VERIFY_DIFFERENCES_PER_TABLE_MAX = 100 };

struct verify_job {
    const char
        *source_path; /* the SQLite file: snapshot or live source (one read snapshot a table) */
    const char *conninfo;
    PGconn *control; /* idle */
    int64_t run_id;  /* whose set-aside rows count; 0: none */
    const struct catalog *catalog;
    const struct plan *plan;
    enum bad_text bad_text;
    size_t workers; /* tables compared at the same time */
    struct progress *progress;
};

struct table_verdict {
    int64_t busy_us; /* that the comparison took; several tables are compared at once */
    uint64_t rows_source;
    uint64_t rows_target;
    uint64_t rows_set_aside; /* source = target + set aside must hold */
    uint64_t rows_different; /* rows with at least one differing cell, all counted */
    uint64_t rows_missing;   /* in the source only */
    uint64_t rows_extra;     /* in the target only */
    bool done;               /* compared; false also for a plan table with a problem, which
                                neither is compared nor makes `same` false */
};

struct verdict {
    struct table_verdict *tables;   /* one per plan table */
    struct difference *differences; /* at most VERIFY_DIFFERENCES_PER_TABLE_MAX a table, and all
                                        missing keys, indexes, constraints, sequences that are behind */
    size_t difference_count;
    bool same;
};

/* Kinds of difference: "value", "missing row", "extra row", "count"; "not compared" (a
 * table that could not be read: why); "missing table", "column" (missing, or of another
 * type), "constraint", "key", "index", "sequence"; "not carried" (a step that the run
 * recorded as not done: why; STEP_NOT_VALID leaves `same` as it is).
 *
 * True when it could be compared, whatever the result. Records the differences in
 * outgrow.differences. Memory: constant, plus 8 bytes a set-aside row.
 * All target tables are read in one REPEATABLE READ snapshot per connection. */
MUST_USE bool verify_tables(const struct verify_job *job, struct arena *arena,
                            struct verdict *verdict, struct error *err);

#endif
