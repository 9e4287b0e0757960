/* small.h — many small tables for one wait.
 *
 * A COPY out of the server costs a wait, however few rows come; here one string of many COPYs
 * brings table after table. Only whether a table is the same is found out; what is not, or needs
 * more than its rows to judge, is left to compare.h. */
#ifndef VERIFY_SMALL_H
#define VERIFY_SMALL_H

#include "verify/compare.h"

enum { SMALL_BATCH_MAX = 50, SMALL_PAGES_MAX = 32 };

/* The source tables of which rows have not arrived as they were, asked for once. */
struct small_tables {
    const char **unlike; /* sorted; lives as long as the arena */
    size_t unlike_count;
};

MUST_USE bool small_tables_load(const struct verify_job *job, PGconn *conn, struct arena *arena,
                                struct small_tables *small, struct error *err);

/* Whether the rows of this table of the plan alone decide. */
bool small_tables_hold(const struct small_tables *small, const struct verify_job *job,
                       int table);

/* The tables that are compared for one wait, and what is found. */
struct small_batch {
    const int *tables; /* of the plan; borrowed */
    size_t count;
    struct table_verdict *verdicts; /* of all tables of the plan; borrowed */
    bool same[SMALL_BATCH_MAX];     /* tables[i] is, and verdicts[tables[i]] is filled */
};

/* Compares them through one stream. On failure the target's transaction may be aborted, and the
 * tables that are not the same yet are to be compared the other way. */
MUST_USE bool small_compare(struct stream *stream, const struct verify_job *job,
                            struct small_batch *batch, struct error *err);

#endif
