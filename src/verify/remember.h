/* remember.h — large tables that were found the same before an interruption.
 *
 * Remembered is: of this source state, all rows that transactions before snapshot_xmin
 * had written were the same, and how many there were. That still holds when no row of
 * the table is of a later transaction and their number has not changed: the server's own
 * row versions say so, exactly, for the cost of one count. Anything else, and the table
 * is compared again. */
#ifndef VERIFY_REMEMBER_H
#define VERIFY_REMEMBER_H

#include "verify/verify.h"

#include <pthread.h>

struct remember {
    const struct verify_job *job; /* NULL: nothing is remembered */
    pthread_mutex_t lock;         /* guards job->control */
    struct arena arena;
    struct verified_tables known;
    const char *snapshot_xmin;
};

/* `keeper`: whose snapshot the tables are compared in, or an older one. */
MUST_USE bool remember_begin(struct remember *remember, const struct verify_job *job,
                             PGconn *keeper, struct error *err);

/* *recalled: the verdict is that of before. */
MUST_USE bool remember_recall(struct remember *remember, PGconn *conn, int table,
                              struct table_verdict *verdict, bool *recalled, struct error *err);

/* Notes a table found the same, if comparing it again would take a while. */
MUST_USE bool remember_table(struct remember *remember, int table, double pages,
                             const struct table_verdict *verdict, struct error *err);

/* Everything was compared: the next time begins anew. */
MUST_USE bool remember_end(struct remember *remember, struct error *err);
void remember_free(struct remember *remember);

#endif
