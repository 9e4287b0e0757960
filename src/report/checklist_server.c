/* checklist_server.c — checks of how the server is watched and encrypted. */
#include "report/checklist_internal.h"

#include <string.h>

void
check_statement_statistics(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        "SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n"
        " ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
        NULL);
    if (answer == NULL) {
        return;
    }
    if (PQntuples(answer) == 0) {
        set_open(checking, outcome, "pg_stat_statements is not installed in this database");
        outcome->advice = "put it into shared_preload_libraries, restart the server, and run";
        outcome->statement = "CREATE EXTENSION pg_stat_statements";
        return;
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT count(*) FROM ");
    target_quote_qualified(&sql, PQgetvalue(answer, 0, 0), "pg_stat_statements");
    AUTO_RESULT *seen = checklist_ask(checking, outcome, text_string(&sql), NULL);
    if (seen == NULL) {
        outcome->advice = "put pg_stat_statements into shared_preload_libraries and restart";
        return;
    }
    set_passed(checking, outcome, "pg_stat_statements has seen %s statements",
               PQgetvalue(seen, 0, 0));
}

void
check_slow_log(struct checking *checking, struct check_outcome *outcome)
{
    const char *limit = checklist_setting(checking, outcome, "log_min_duration_statement");
    if (limit == NULL) {
        return;
    }
    if (strcmp(limit, "-1") != 0) {
        set_passed(checking, outcome, "from %s on", limit);
        return;
    }
    set_open(checking, outcome, "log_min_duration_statement is off");
    outcome->advice = "as a superuser";
    AUTO_TEXT statement = {0};
    text_add(&statement, "ALTER DATABASE ");
    target_quote_name(&statement, PQdb(checking->job->conn));
    text_add(&statement, " SET log_min_duration_statement = '500ms'");
    outcome->statement = arena_strdup(checking->arena, text_string(&statement));
}

void
check_table_statistics(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        MOVED_CTE
        "SELECT count(*), count(*) FILTER (WHERE pg_catalog.pg_relation_size(c.oid) > 0 AND NOT"
        " EXISTS (SELECT 1 FROM pg_catalog.pg_stats s WHERE s.schemaname = n.nspname"
        " AND s.tablename = c.relname)) FROM moved JOIN pg_catalog.pg_class c USING (oid)"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        checking->tables);
    if (answer == NULL) {
        return;
    }
    if (target_number(answer, 0, 1) == 0) {
        set_passed(checking, outcome, "there for all %s tables", PQgetvalue(answer, 0, 0));
        return;
    }
    set_open(checking, outcome, "missing for %s of %s tables", PQgetvalue(answer, 0, 1),
             PQgetvalue(answer, 0, 0));
    outcome->statement = "ANALYZE";
}

void
check_autovacuum(struct checking *checking, struct check_outcome *outcome)
{
    const char *vacuum = checklist_setting(checking, outcome, "autovacuum");
    const char *counts = vacuum == NULL ? NULL
                                        : checklist_setting(checking, outcome, "track_counts");
    if (counts == NULL) {
        return;
    }
    if (strcmp(vacuum, "on") == 0 && strcmp(counts, "on") == 0) {
        set_passed(checking, outcome, "on");
        return;
    }
    set_open(checking, outcome, "off: tables would grow, and plans go stale");
    outcome->statement = "ALTER SYSTEM SET autovacuum = on";
}

/* Whether the server can be reached from other machines at all. */
static bool
listens_to_network(const char *addresses)
{
    static const char *const local[] = {"", "localhost", "127.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        if (strcmp(addresses, local[i]) == 0) {
            return false;
        }
    }
    return true;
}

static const char *
connection_protocol(PGconn *conn)
{
    const char *protocol = PQsslAttribute(conn, "protocol");
    return protocol == NULL ? "TLS" : protocol;
}

void
check_encryption_offered(struct checking *checking, struct check_outcome *outcome)
{
    PGconn *conn = checking->job->conn;
    const char *ssl = checklist_setting(checking, outcome, "ssl");
    const char *addresses = ssl == NULL
                                ? NULL
                                : checklist_setting(checking, outcome, "listen_addresses");
    if (addresses == NULL) {
        return;
    }
    if (PQsslInUse(conn)) {
        set_passed(checking, outcome, "this connection uses %s", connection_protocol(conn));
    } else if (!listens_to_network(addresses)) {
        set_passed(checking, outcome,
                   "not needed: the server can be reached from this machine only");
    } else if (strcmp(ssl, "on") == 0) {
        set_open(checking, outcome, "the server offers it, and this connection does without");
        outcome->advice = "in the connection string of every service";
        outcome->statement = "sslmode=verify-full";
    } else {
        set_open(checking, outcome, "the server listens on the network (%s) with ssl = off",
                 addresses);
        outcome->advice = "give it a certificate and a key (ssl_cert_file, ssl_key_file), then";
        outcome->statement = "ALTER SYSTEM SET ssl = on";
    }
}

void
check_encryption_required(struct checking *checking, struct check_outcome *outcome)
{
    const char *addresses = checklist_setting(checking, outcome, "listen_addresses");
    if (addresses == NULL) {
        return;
    }
    if (!listens_to_network(addresses)) {
        set_passed(checking, outcome, "nothing but this machine can connect");
        return;
    }
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        "SELECT count(*) FROM pg_catalog.pg_hba_file_rules WHERE type IN ('host', 'hostnossl')"
        " AND auth_method <> 'reject' AND address NOT IN ('127.0.0.1', '::1', 'samehost',"
        " 'localhost')",
        NULL);
    if (answer == NULL) {
        set_yours(checking, outcome, "only a superuser sees pg_hba.conf");
        outcome->advice = "let network rules in pg_hba.conf begin with hostssl, not host";
    } else if (target_number(answer, 0, 0) == 0) {
        set_passed(checking, outcome, "no rule in pg_hba.conf lets them in");
    } else {
        set_open(checking, outcome, "%s rules in pg_hba.conf let them in",
                 PQgetvalue(answer, 0, 0));
        outcome->advice = "make them hostssl";
    }
}
