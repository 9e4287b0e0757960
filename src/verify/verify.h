/* verify.h — is the target the same as the source? Every cell, both sides read
 * by code that shares nothing with the copy: own readers of PostgreSQL's binary
 * formats, own canonical forms (canonical/; docs/same.md states what counts as the same).
 *
 * Order-free digests of key-hash buckets, both sides streamed at once; then only
 * the rows of differing buckets; then their cells. Tables of numbers: first the sum of
 * their rows, as the server itself makes it (row_sum.h). */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/progress.h"
#include "base/rate.h"
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
    size_t workers; /* tables compared, or streams that read one table, at the same time */
    struct progress *progress;
    struct rate *rate;  /* shared by all streams; NULL: as fast as it goes */
    const bool *chosen; /* one per plan table: compare this; NULL: all */
    double sample;      /* part of the keys to compare, 0 to 1; 0: everything */
    /* JSON that stands for what is in source_path: tables found the same are remembered
     * with it, so that an interrupted verification need not compare them again; NULL: no. */
    const char *source_state;
    bool restart; /* forget what was remembered */
    bool
        at_switch; /* sequences are set, and foreign keys that were dropped for rows which break them
                       made anew, when the target becomes primary: not compared */
    bool unrecorded;      /* the journal is read, and not written */
    const char *snapshot; /* of the target, as somebody keeps it open; NULL: what it is now */
};

struct table_verdict {
    int64_t busy_us; /* that the comparison took, by the clock; small tables run side by side */
    uint64_t rows_source;
    uint64_t rows_target;
    uint64_t rows_set_aside; /* source = target - kept + set aside + left out must hold */
    uint64_t rows_left_out;  /* of the source, as an existing table held their keys */
    uint64_t rows_kept;      /* of the target: were in an existing table before */
    uint64_t rows_different; /* rows with at least one differing cell, all counted */
    uint64_t rows_missing;   /* in the source only */
    uint64_t rows_extra;     /* in the target only, but for those kept */
    bool sampled;            /* a sample of the keys was compared */
    bool remembered;         /* compared before an interruption, and not written to since */
    bool done;               /* compared; false also for a plan table with a problem, which
                                neither is compared nor makes `same` false */
};

/* A hash chain as one side has it. */
struct chain_finding {
    uint64_t links;
    bool broken;          /* the rest is of the first link that does not hold */
    const char *order;    /* its order value */
    const char *column;   /* the hash's, or that of the previous hash */
    const char *expected; /* what the column should hold */
    const char *found;
};

struct chain_verdict {
    int table; /* in the plan */
    struct chain_finding source;
    struct chain_finding target;
};

struct verdict {
    struct table_verdict *tables;   /* one per plan table */
    struct difference *differences; /* at most VERIFY_DIFFERENCES_PER_TABLE_MAX a table, and all
                                        missing keys, indexes, constraints, sequences that are behind */
    size_t difference_count;
    struct chain_verdict *chains; /* of the tables whose plan names one */
    size_t chain_count;
    bool same;
    bool partial; /* not all tables, or not all rows: `same` speaks of those compared */
};

/* Kinds of difference: "value", "missing row", "extra row", "count"; "not compared" (a
 * table that could not be read: why); "missing table", "column" (missing, or of another
 * type), "constraint", "key", "index", "sequence"; "not carried" (a step that the run
 * recorded as not done: why; STEP_NOT_VALID leaves `same` as it is); "chain" (a link that
 * does not hold; broken in the source in the same way, it leaves `same` as it is).
 *
 * True when it could be compared, whatever the result. Records the differences in
 * outgrow.differences, unless `unrecorded`. Memory: constant, plus 8 bytes a set-aside row.
 * All target tables are read in one snapshot, where the server lets connections share
 * one; else in one per connection. A large table is read by several streams. */
MUST_USE bool verify_tables(const struct verify_job *job, struct arena *arena,
                            struct verdict *verdict, struct error *err);

#endif
