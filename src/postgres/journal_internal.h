/* journal_internal.h — what the journal's files share. */
#ifndef POSTGRES_JOURNAL_INTERNAL_H
#define POSTGRES_JOURNAL_INTERNAL_H

#include "postgres/journal.h"

/* Keys of the advisory locks: one run at a time, and work that is being committed. */
enum { JOURNAL_LOCK_CLASS = 0x6f757467 /* "outg" */, LOCK_RUN = 1, LOCK_WORK = 2 };

/* A CTE that every statement which records finished work selects from. It holds
 * LOCK_WORK, shared, until the commit; the next run takes it exclusively before it
 * reads the journal. So the last COMMIT of a killed run is never overlooked. */
#define JOURNAL_WORK_CTE                                                                       \
    "WITH work AS MATERIALIZED (SELECT pg_catalog.pg_advisory_xact_lock_shared(1869968487, "   \
    "2)) "

enum { NUMBER_TEXT_SIZE = 24 };
const char *number_text(int64_t number, char text[NUMBER_TEXT_SIZE]);

/* A statement with text parameters whose rows nobody needs. */
MUST_USE bool journal_run_statement(PGconn *conn, const char *sql,
                                    const char *const *parameters, size_t parameter_count,
                                    struct error *err);

/* As target_number; SQL NULL is -1. */
int64_t result_number(const PGresult *result, int row, int column);

#endif
