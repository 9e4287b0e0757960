/* database.h — PostgreSQL as the tools use it: three roles, a few connections each, and one
 * statement of a model's in one transaction with everything bounded. */
#ifndef AGENT_DATABASE_H
#define AGENT_DATABASE_H

#include "agent/host.h"
#include "base/cancellation.h"
#include "guard/guard.h"

#include <libpq-fe.h>

enum database_role { DATABASE_READ, DATABASE_WRITE, DATABASE_DDL };
enum { DATABASE_ROLES = 3, DATABASE_ROW_CHARACTERS = 2000000 };

struct database;

/* Connects once with each role that is needed, so that what is wrong shows at once. */
MUST_USE bool database_open(const struct tool_settings *settings, struct database **database,
                            struct error *err);
/* No call may be running. NULL is fine. */
void database_close(struct database *database);

/* A connection for one call. A fresh session as the role begins with, settings of ours aside. */
struct database_lease {
    PGconn *conn; /* borrowed; NULL: none */
    struct database *database;
    enum database_role role;
    struct cancellation *cancellation;
    bool spoiled; /* not to be used again */
    bool flooded; /* given up, as one message was larger than anything asked for */
};
/* Waits until one is free (ERROR_STOPPED when the call is given up meanwhile; ERROR_TARGET
 * after the settings' timeout), makes it anew when the server has gone away, and arms the
 * cancellation. */
MUST_USE bool database_borrow(struct database *database, enum database_role role,
                              struct cancellation *cancellation, struct database_lease *lease,
                              struct error *err);
/* Has the server roll back and forget the session (DISCARD ALL), without waiting for it;
 * disarms. */
void database_return(struct database_lease *lease);
#define AUTO_LEASE __attribute__((cleanup(database_return))) struct database_lease

/* A call that borrows another connection while it keeps this one: only one can be interrupted at a
 * time. After resume it is this one again. */
void database_pause(struct database_lease *lease);
void database_resume(struct database_lease *lease);

struct database_bounds {
    int timeout_ms;
    int lock_timeout_ms;
    int max_rows;
    int max_bytes;
    int max_value_bytes; /* 0: VALUE_JSON_BYTES_MAX */
    bool to_the_end;     /* a change: rows beyond the bounds are dropped, it is not cancelled */
};

/* Begins a transaction in which all that a statement's meaning depends on is set, and asserts it:
 * UTF8, standard_conforming_strings, timeouts; READ ONLY unless `writes`. Retried once on a new
 * connection when the old one turns out to be broken. The third role becomes the owner. */
MUST_USE bool database_begin(struct database_lease *lease, bool writes,
                             const struct database_bounds *bounds, struct error *err);
/* Settings for statements that run outside a transaction, until the lease is returned. */
MUST_USE bool database_settle(struct database_lease *lease,
                              const struct database_bounds *bounds, struct error *err);
MUST_USE bool database_commit(struct database_lease *lease, struct error *err);
MUST_USE bool database_rollback(struct database_lease *lease, struct error *err);

/* What the server said against a statement. */
struct database_failure {
    char sqlstate[6]; /* "": none */
    const char *message;
    const char *detail; /* these: NULL when absent */
    const char *hint;
    const char *schema;
    const char *table;
    const char *column;
    const char *constraint;
    int position; /* in characters, from 1; 0: none */
};

struct database_answer {
    struct database_failure failure;
    bool cancelled;  /* the call was given up */
    json_t *columns; /* [{name, type}]; owned by the answer, as is `rows` */
    json_t *rows;    /* [[...]] */
    int64_t row_count;
    int64_t bytes;
    bool truncated; /* there are more rows, or bytes, than the bounds let through */
    int64_t values_clipped;
    const char *command; /* "INSERT 0 1" */
    int64_t affected;    /* as the server counts: the statement's own rows */
};
void database_answer_free(struct database_answer *answer);
#define AUTO_ANSWER __attribute__((cleanup(database_answer_free))) struct database_answer

/* All borrowed. */
struct database_statement {
    const char *sql;
    const struct guard_verdict *verdict; /* what let it through; NULL: it is ours */
    const json_t *parameters;            /* an array; NULL: none */
};

/* Runs one statement, row by row. A reading one is cancelled, and its transaction rolled back, once
 * the bounds are reached. Of one with a verdict, values that may be long are cut off by the server,
 * so that the memory taken here does not grow with them: a row of much more than
 * DATABASE_ROW_CHARACTERS never comes. True when the server has answered, be it with a failure.
 * Strings live as long as `arena`. False: the connection is lost, or its settings are not what was
 * asserted. */
MUST_USE bool database_run(struct database_lease *lease, struct arena *arena,
                           const struct database_statement *statement,
                           const struct database_bounds *bounds, struct database_answer *answer,
                           struct error *err);

/* One query of our own whose first column of the first row is JSON text; *value is a new reference,
 * JSON null when there is no row. */
MUST_USE bool database_ask_json(struct database_lease *lease, const char *sql,
                                const char *const *parameters, size_t parameter_count,
                                json_t **value, struct error *err);

/* Rows inserted, updated and deleted so far by this transaction and its cascades and triggers,
 * beside what earlier ones left uncounted; compare two. */
MUST_USE bool database_rows_changed(struct database_lease *lease, int64_t *rows,
                                    struct error *err);

#endif
