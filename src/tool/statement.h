/* statement.h — one statement of a model's, from the argument sql to the server's answer. */
#ifndef TOOL_STATEMENT_H
#define TOOL_STATEMENT_H

#include "agent/database.h"
#include "agent/support.h"

struct statement {
    struct tool_host *host; /* the first four are the caller's */
    const struct tool_call *call;
    struct tool_result *result;
    struct guard_options options;
    const char *sql;
    struct guard_verdict verdict;
    struct database_bounds bounds; /* the call's; may be changed before the statement runs */
    struct database_lease lease;
    struct database_answer answer;
};

/* Judges the text, borrows a connection, begins a transaction, asks the catalog. False: *result
 * says why not. */
bool statement_begin(struct statement *statement, enum database_role role);

/* Runs it with the argument params. False: *result says what the server has against it, and
 * what is proposed; the connection is returned then. */
bool statement_run(struct statement *statement);

void statement_end(struct statement *statement);
#define AUTO_STATEMENT __attribute__((cleanup(statement_end))) struct statement

#endif
