/* heal_diagnose.c — the cause of an error, by its SQLSTATE. */
#include "serve/heal.h"

#include <string.h>

/* What can be said without looking into the database. */
static const struct {
    const char *sqlstate;
    const char *cause;
    const char *explanation;
} known[] = {
    {"25006", "read_only", "a statement that writes was sent to a tool that reads"},
    {"57014", "timeout",
     "the statement took longer than timeout_ms; narrow it, or see explain_query"},
    {"55P03", "lock", "another session holds the lock; call again later"},
    {"40001", "conflict", "another transaction was faster; call again"},
    {"40P01", "deadlock", "two transactions waited for each other; call again"},
    {"53300", "connections", "the server has no connection left; call again later"},
};

json_t *
heal_diagnose(struct tool_host *host, const struct tool_call *call, const char *sql,
              const struct database_failure *failure)
{
    (void)host;
    (void)call;
    (void)sql;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].sqlstate, failure->sqlstate) == 0) {
            return json_pack("{s:s, s:s}", "cause", known[i].cause, "explanation",
                             known[i].explanation);
        }
    }
    return NULL;
}
