/* sql_failed.h — the answer of a tool whose statement the server refused. */
#ifndef HEAL_SQL_FAILED_H
#define HEAL_SQL_FAILED_H

#include "agent/support.h"

/* The server's words, and what is proposed against them where healing is on. */
bool tool_sql_failed(struct tool_host *host, const struct tool_call *call,
                     struct tool_result *result, const char *sql,
                     const struct database_answer *answer);

#endif
