/* checklist_internal.h — what the files of the checklist share. */
#ifndef REPORT_CHECKLIST_INTERNAL_H
#define REPORT_CHECKLIST_INTERNAL_H

#include "postgres/target.h"
#include "report/checklist.h"

struct checking {
    struct checklist_job *job;
    struct arena *arena;
    const char *tables; /* JSON array of the tables' names, as SQL has them */
    struct error *err;  /* filled with ERROR_STOPPED by a check that was asked to stop */
};

struct check_outcome {
    const char *state; /* one of the CHECK_ words */
    const char *found;
    const char *advice;    /* NULL: none */
    const char *statement; /* SQL or a command that helps; NULL: none */
};

/* Fills in what was found; sets advice itself. */
typedef void check_function(struct checking *checking, struct check_outcome *outcome);

check_function check_applications, check_application_start, check_answer, check_health_points,
    check_chains, check_documents;
check_function check_statement_statistics, check_slow_log, check_table_statistics,
    check_autovacuum;
check_function check_source_backup, check_archive, check_target_backup;
check_function check_encryption_offered, check_encryption_required;
check_function check_owner, check_application_role, check_public_rights, check_row_security,
    check_password_form;

void set_passed(struct checking *checking, struct check_outcome *outcome, const char *format,
                ...) PRINTF_LIKE(3, 4);
void set_open(struct checking *checking, struct check_outcome *outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
void set_yours(struct checking *checking, struct check_outcome *outcome, const char *format,
               ...) PRINTF_LIKE(3, 4);

/* The rows of a query, or NULL: then the outcome is open, and says why. Of a statement that
 * uses $1, `first` is its value; NULL for none. To be cleared. */
PGresult *checklist_ask(struct checking *checking, struct check_outcome *outcome,
                        const char *sql, const char *first);

/* "WITH moved (oid) AS (...) " of the tables in checking->tables, which is $1. */
#define MOVED_CTE                                                                              \
    "WITH moved AS (SELECT pg_catalog.to_regclass(t)::oid AS oid FROM"                         \
    " pg_catalog.json_array_elements_text($1::json) AS t) "

/* A setting of the server, or NULL: then the outcome says why. Lives as long as the arena. */
const char *checklist_setting(struct checking *checking, struct check_outcome *outcome,
                              const char *name);

#endif
