/* database_session.c — a transaction, or a session, in which a statement means what was judged. */
#include "agent/database_internal.h"
#include "postgres/target.h"

#include <string.h>

enum { IDLE_GRACE_MS = 60000 };

/* All that decides how a statement is read and how values are written. In the transaction itself,
 * so that nothing of it depends on what was done before. */
static const struct {
    const char *name;
    const char *value;
} wanted[] = {
    {"client_encoding", "'UTF8'"},
    {"standard_conforming_strings", "on"},
    {"DateStyle", "'ISO, YMD'"},
    {"IntervalStyle", "'postgres'"},
    {"TimeZone", "'UTC'"},
    {"bytea_output", "'hex'"},
    {"extra_float_digits", "1"},
    {"row_security", "on"},
    {"client_min_messages", "'warning'"},
};

static void
add_settings(struct text *sql, const struct database_lease *lease, const char *scope,
             const struct database_bounds *bounds)
{
    const char *owner = lease->database->settings.owner_role;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        text_printf(sql, "SET %s %s = %s;", scope, wanted[i].name, wanted[i].value);
    }
    text_printf(sql, "SET %s statement_timeout = %d;SET %s lock_timeout = %d;", scope,
                bounds->timeout_ms, scope, bounds->lock_timeout_ms);
    text_printf(sql, "SET %s idle_in_transaction_session_timeout = %d;", scope,
                bounds->timeout_ms + IDLE_GRACE_MS);
    if (lease->role == DATABASE_DDL && owner != NULL) {
        text_printf(sql, "SET %s ROLE ", scope);
        target_quote_name(sql, owner);
        text_add(sql, ";");
    }
}

static bool
assert_parameter(const PGconn *conn, const char *name, const char *value, struct error *err)
{
    const char *found = PQparameterStatus(conn, name);
    if (found != NULL && strcmp(found, value) == 0) {
        return true;
    }
    return error_set(err, ERROR_INTERNAL, "the server has %s = %s where %s was set", name,
                     found == NULL ? "unknown" : found, value);
}

static bool
assert_settings(struct database_lease *lease, struct error *err)
{
    if (assert_parameter(lease->conn, "standard_conforming_strings", "on", err) &&
        assert_parameter(lease->conn, "client_encoding", "UTF8", err)) {
        return true;
    }
    lease->spoiled = true;
    return false;
}

/* A server that was restarted meanwhile is not the caller's concern. */
static bool
connect_again(struct database_lease *lease, struct error *err)
{
    cancellation_disarm(lease->cancellation);
    target_connection_close(&lease->conn);
    if (!database_connect(lease->database, lease->role, &lease->conn, err)) {
        return false;
    }
    return database_arm(lease) ? true : error_set(err, ERROR_STOPPED, "the call was given up");
}

static bool
run_prologue(struct database_lease *lease, const char *sql, struct error *err)
{
    if (target_execute(lease->conn, sql, err)) {
        return assert_settings(lease, err);
    }
    if (PQstatus(lease->conn) == CONNECTION_OK) {
        return false;
    }
    return connect_again(lease, err) && target_execute(lease->conn, sql, err) &&
           assert_settings(lease, err);
}

bool
database_begin(struct database_lease *lease, bool writes, const struct database_bounds *bounds,
               struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED, %s;",
                writes ? "READ WRITE" : "READ ONLY");
    add_settings(&sql, lease, "LOCAL", bounds);
    return run_prologue(lease, sql.bytes, err) || error_wrap(err, "begin");
}

bool
database_settle(struct database_lease *lease, const struct database_bounds *bounds,
                struct error *err)
{
    AUTO_TEXT sql = {0};
    add_settings(&sql, lease, "SESSION", bounds);
    return run_prologue(lease, sql.bytes, err);
}

bool
database_commit(struct database_lease *lease, struct error *err)
{
    struct target_transaction transaction = {lease->conn};
    return target_commit(&transaction, err);
}

bool
database_rollback(struct database_lease *lease, struct error *err)
{
    if (target_execute(lease->conn, "ROLLBACK", err)) {
        return true;
    }
    lease->spoiled = true;
    return false;
}
