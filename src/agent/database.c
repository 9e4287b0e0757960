/* database.c — connections of three roles: opened, lent, taken back. */
#include "agent/database_internal.h"
#include "base/clock.h"
#include "base/condition.h"
#include "postgres/target.h"

#include <errno.h>
#include <string.h>

static const char *const role_names[] = {
    [DATABASE_READ] = "reading", [DATABASE_WRITE] = "writing", [DATABASE_DDL] = "altering"};

/* pg_has_role: also what is inherited by way of other roles. */
static const char powers_sql[] =
    "SELECT coalesce(string_agg(power, ', '), '') FROM ("
    " SELECT unnest(ARRAY[CASE WHEN rolsuper THEN 'superuser' END,"
    " CASE WHEN rolreplication THEN 'replication' END,"
    " CASE WHEN rolbypassrls THEN 'bypasses row security' END]) AS power"
    " FROM pg_catalog.pg_roles WHERE rolname = current_user UNION ALL"
    " SELECT 'member of ' || rolname FROM pg_catalog.pg_roles WHERE rolname IN"
    " ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')"
    " AND pg_catalog.pg_has_role(current_user, oid, 'MEMBER')) found WHERE power IS NOT NULL";

static bool
check_powers(struct database *database, enum database_role role, PGconn *conn,
             struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, powers_sql, NULL, 0, &result, err)) {
        return error_wrap(err, "look what the %s role may do", role_names[role]);
    }
    const char *powers = PQgetvalue(result, 0, 0);
    if (powers[0] == '\0' || database->settings.allow_superuser) {
        return true;
    }
    error_set(err, ERROR_USAGE, "the %s role \"%s\" is too powerful to lend to a model: %s",
              role_names[role], PQuser(conn), powers);
    return error_hint(err,
                      "make roles with outgrow mcp --print-roles, or, where the database may"
                      " be lost, say --allow-superuser");
}

bool
database_connect(struct database *database, enum database_role role, PGconn **conn,
                 struct error *err)
{
    AUTO_CONNECTION *opened = NULL;
    if (!target_connect(database->pools[role].conninfo, &opened, err)) {
        return false;
    }
    if (!check_powers(database, role, opened, err) ||
        !target_execute(opened, "DISCARD ALL", err)) {
        return false;
    }
    *conn = opened;
    opened = NULL;
    return true;
}

static bool
open_pool(struct database *database, enum database_role role, const char *conninfo, int size,
          struct error *err)
{
    struct pool *pool = &database->pools[role];
    pool->conninfo = conninfo;
    pool->size = size < POOL_MAX ? size : POOL_MAX;
    if (!database_connect(database, role, &pool->idle[0], err)) {
        return error_wrap(err, "open the database for the %s role", role_names[role]);
    }
    pool->idle_count = 1;
    return true;
}

static bool
open_pools(struct database *database, struct error *err)
{
    const struct tool_settings *settings = &database->settings;
    const char *reads = settings->conninfo_read;
    const char *writes = settings->conninfo_write == NULL ? reads : settings->conninfo_write;
    const char *alters = settings->conninfo_ddl == NULL ? writes : settings->conninfo_ddl;
    return open_pool(database, DATABASE_READ, reads, settings->connections, err) &&
           (settings->read_only ||
            (open_pool(database, DATABASE_WRITE, writes, POOL_WRITERS, err) &&
             open_pool(database, DATABASE_DDL, alters, POOL_ALTERERS, err)));
}

bool
database_open(const struct tool_settings *settings, struct database **database,
              struct error *err)
{
    struct database *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        abort();
    }
    opened->settings = *settings;
    pthread_mutex_init(&opened->lock, NULL);
    condition_init(&opened->returned);
    if (!open_pools(opened, err)) {
        database_close(opened);
        return false;
    }
    *database = opened;
    return true;
}

void
database_close(struct database *database)
{
    if (database == NULL) {
        return;
    }
    for (int role = 0; role < DATABASE_ROLES; role++) {
        struct pool *pool = &database->pools[role];
        while (pool->idle_count > 0) {
            target_connection_close(&pool->idle[--pool->idle_count]);
        }
    }
    pthread_cond_destroy(&database->returned);
    pthread_mutex_destroy(&database->lock);
    free(database);
}

static void
wait_a_slice(struct database *database)
{
    struct timespec until = condition_deadline(WAIT_SLICE_MS);
    (void)pthread_cond_timedwait(&database->returned, &database->lock, &until);
}

/* Takes a place among those lent; *conn: an idle connection, or NULL when one is to be opened. */
static bool
take_place(struct database *database, struct pool *pool, struct cancellation *cancellation,
           PGconn **conn, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + database->settings.limits.timeout_ms;
    bool taken = false;
    bool given_up = false;
    pthread_mutex_lock(&database->lock);
    while (!taken && !given_up) {
        if (pool->lent < pool->size) {
            taken = true;
            pool->lent++;
            *conn = pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
        } else if (cancellation_fired(cancellation)) {
            given_up = true;
            error_set(err, ERROR_STOPPED, "the call was given up");
        } else if (clock_monotonic_ms() >= deadline) {
            given_up = true;
            error_set(err, ERROR_TARGET, "all %d connections of that role are busy",
                      pool->size);
            error_hint(err, "call again later");
        } else {
            wait_a_slice(database);
        }
    }
    pthread_mutex_unlock(&database->lock);
    return taken;
}

static void
give_place_back(struct database *database, enum database_role role, PGconn *conn)
{
    struct pool *pool = &database->pools[role];
    pthread_mutex_lock(&database->lock);
    pool->lent--;
    if (conn != NULL) {
        pool->idle[pool->idle_count++] = conn;
    }
    pthread_cond_signal(&database->returned);
    pthread_mutex_unlock(&database->lock);
}

/* Asks for what makes the session fresh; nobody waits for it before the next call does. DISCARD ALL
 * is refused within a transaction, hence a Sync after each. */
static bool
begin_refresh(PGconn *conn)
{
    static const char *const statements[] = {"ROLLBACK", "DISCARD ALL"};
    bool in_transaction = PQtransactionStatus(conn) != PQTRANS_IDLE;
    bool sent = PQenterPipelineMode(conn) == 1;
    for (size_t i = in_transaction ? 0 : 1; sent && i < 2; i++) {
        sent = PQsendQueryParams(conn, statements[i], 0, NULL, NULL, NULL, NULL, 0) == 1 &&
               PQpipelineSync(conn) == 1;
    }
    return sent && PQflush(conn) == 0;
}

/* Reads what came of it. */
static bool
end_refresh(PGconn *conn)
{
    bool fresh = true;
    int ends = 0;
    while (PQstatus(conn) == CONNECTION_OK && PQexitPipelineMode(conn) == 0 && ends < 4) {
        AUTO_RESULT *result = PQgetResult(conn);
        ExecStatusType status = PQresultStatus(result);
        ends = result == NULL ? ends + 1 : 0;
        fresh = fresh &&
                (result == NULL || status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_SYNC);
    }
    return fresh && PQpipelineStatus(conn) == PQ_PIPELINE_OFF &&
           PQtransactionStatus(conn) == PQTRANS_IDLE;
}

static void
ask_to_cancel(void *handle)
{
    char words[256];
    PQcancel(handle, words, sizeof words);
}

static void
free_cancel(void *handle)
{
    PQfreeCancel(handle);
}

bool
database_arm(struct database_lease *lease)
{
    return cancellation_arm(lease->cancellation,
                            &(struct cancellation_target){.handle = PQgetCancel(lease->conn),
                                                          .interrupt = ask_to_cancel,
                                                          .release = free_cancel});
}

bool
database_borrow(struct database *database, enum database_role role,
                struct cancellation *cancellation, struct database_lease *lease,
                struct error *err)
{
    struct pool *pool = &database->pools[role];
    if (pool->conninfo == NULL) {
        return error_set(err, ERROR_USAGE, "this server was started to read only");
    }
    PGconn *conn = NULL;
    if (!take_place(database, pool, cancellation, &conn, err)) {
        return false;
    }
    if (conn != NULL && !end_refresh(conn)) {
        target_connection_close(&conn); /* the server has gone away meanwhile */
    }
    if (conn == NULL && !database_connect(database, role, &conn, err)) {
        give_place_back(database, role, NULL);
        return false;
    }
    *lease = (struct database_lease){conn, database, role, cancellation, false};
    if (!database_arm(lease)) {
        database_return(lease);
        return error_set(err, ERROR_STOPPED, "the call was given up");
    }
    return true;
}

void
database_return(struct database_lease *lease)
{
    if (lease->database == NULL) {
        return;
    }
    cancellation_disarm(lease->cancellation);
    /* A cancel request that is still under way must not hit the next call. */
    bool usable = lease->conn != NULL && !lease->spoiled &&
                  !cancellation_fired(lease->cancellation) &&
                  PQstatus(lease->conn) == CONNECTION_OK && begin_refresh(lease->conn);
    if (!usable) {
        target_connection_close(&lease->conn);
    }
    give_place_back(lease->database, lease->role, lease->conn);
    *lease = (struct database_lease){0};
}

void
database_pause(struct database_lease *lease)
{
    cancellation_disarm(lease->cancellation);
}

void
database_resume(struct database_lease *lease)
{
    /* Given up meanwhile: the connection is closed when it is returned. */
    (void)database_arm(lease);
}
