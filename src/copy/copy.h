/* copy.h — the bulk: tables, rows, and everything that follows the rows.
 *
 * Every step is journalled in the transaction that does it, and skipped when the
 * journal says it was done, so each function may be called again after a crash. */
#ifndef COPY_COPY_H
#define COPY_COPY_H

#include "base/progress.h"
#include "base/rate.h"
#include "copy/detach.h"
#include "plan/plan.h"
#include "postgres/journal.h"

struct copy_job {
    const char *snapshot_path; /* the backup */
    const char *conninfo;
    PGconn *control; /* the run's own connection; holds the lock; idle */
    int64_t run_id;
    enum run_state reached; /* what the journal says is over: that much is skipped */
    const struct plan *plan;
    const struct inspection *inspection;
    enum bad_text bad_text;
    bool utf16;
    size_t workers; /* connections that write at the same time */
    bool replace;   /* drop tables of the same names first */
    struct progress *progress;
    struct rate *rate;       /* shared by all workers; NULL: as fast as it goes */
    enum detach_means means; /* plan->existing: how the tables' keys and triggers are off */
    const char *session;     /* SQL, first on each connection; NULL: none. `control` had it */
};

/* Creates schema and tables and advances the run to RUN_CREATED. Tables of the
 * same names: ERROR_TARGET that names them (nothing is touched) unless
 * job->replace, which drops them (never CASCADE). Fifty tables are one transaction:
 * several are made at the same time, and of thousands at once the server's lock table
 * would overflow. */
MUST_USE bool copy_create_tables(const struct copy_job *job, struct error *err);

/* Copies all rows; advances to RUN_COPIED. */
MUST_USE bool copy_rows(const struct copy_job *job, struct error *err);

/* Runs the plan's steps; advances to RUN_FINISHED. A step that the data or the
 * server refuses is journalled as failed, and the others go on. */
MUST_USE bool copy_finish(const struct copy_job *job, struct error *err);

/* One step, which is no plan's; journalled with the run. conn: idle. */
MUST_USE bool copy_run_step(PGconn *conn, int64_t run_id, const struct plan_step *step,
                            struct error *err);

#endif
