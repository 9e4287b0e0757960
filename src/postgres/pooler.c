/* pooler.c — is there a pooler in between, and does it keep a session together? */
#include "postgres/target.h"

#include <stdlib.h>

static bool
ask_pid(PGconn *conn, int *pid, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT pg_catalog.pg_backend_pid()", NULL, 0, &result, err)) {
        return false;
    }
    *pid = (int)target_number(result, 0, 0);
    return true;
}

/* Whoever shares sessions gives one that is between two transactions to the next who asks. */
static bool
is_shared(PGconn *conn, const char *conninfo, int pid, bool *shared, struct error *err)
{
    AUTO_CONNECTION *other = NULL;
    AUTO_TRANSACTION transaction = {0};
    int others = 0;
    int again = 0;
    if (!target_connect(conninfo, &other, err) || !target_begin(&transaction, other, err) ||
        !ask_pid(other, &others, err) || !ask_pid(conn, &again, err)) {
        return error_wrap(err, "see whether the pooler keeps sessions together");
    }
    *shared = others == pid || again != pid;
    return true;
}

bool
target_find_pooler(PGconn *conn, const char *conninfo, enum target_pooler *pooler,
                   struct error *err)
{
    int pid = 0;
    bool shared = false;
    *pooler = POOLER_NONE;
    if (!ask_pid(conn, &pid, err)) {
        return false;
    }
    if (pid == PQbackendPID(conn)) {
        return true;
    }
    if (!is_shared(conn, conninfo, pid, &shared, err)) {
        return false;
    }
    *pooler = shared ? POOLER_SHARES : POOLER_KEEPS;
    return true;
}

bool
target_refuse_shared(PGconn *conn, const char *conninfo, struct error *err)
{
    enum target_pooler pooler;
    if (!target_find_pooler(conn, conninfo, &pooler, err)) {
        return false;
    }
    if (pooler != POOLER_SHARES) {
        return true;
    }
    error_set(err, ERROR_TARGET,
              "a pooler in front of the server gives one session to several clients "
              "(transaction mode), where neither locks nor settings last");
    return error_hint(err, "name the server itself (its usual port is 5432), or the pooler's "
                           "port for session mode");
}
