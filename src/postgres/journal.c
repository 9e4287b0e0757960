/* journal.c — the schema `outgrow`: its DDL, its version, and its lock. */
#include "postgres/journal.h"

#include "base/clock.h"
#include "base/stop.h"
#include "postgres/journal_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOURNAL_VERSION = 1, LOCK_PATIENCE_MS = 3000, LOCK_RETRY_MS = 100 };

/* Texts that are compared or shown as they were written are json, never jsonb:
 * jsonb would change them, and cannot hold every escape. */
static const char schema_sql[] =
    "CREATE SCHEMA outgrow;"
    "COMMENT ON SCHEMA outgrow IS 'What outgrow did in this database, so that it can go on"
    " after an interruption. Drop it once no migration is going on.';"
    "CREATE TABLE outgrow.meta (version integer NOT NULL, created_at timestamptz NOT NULL"
    " DEFAULT now(), id uuid NOT NULL DEFAULT gen_random_uuid());"
    "INSERT INTO outgrow.meta (version) VALUES (1);"
    "CREATE TABLE outgrow.runs ("
    " run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " source_path text NOT NULL, snapshot_path text NOT NULL,"
    " source_state json NOT NULL, settings json NOT NULL,"
    " state text NOT NULL CHECK (state IN"
    " ('started', 'inspected', 'created', 'copied', 'finished', 'verified')),"
    " exit_code integer, report json, batch_id bigint, plan text,"
    " started_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);"
    "CREATE TABLE outgrow.tables ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, position integer NOT NULL,"
    " target_schema text, target_table text, profile json, problem text, rows_source bigint,"
    " rows_before bigint, PRIMARY KEY (run_id, source_table));"
    "CREATE TABLE outgrow.chunks ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, chunk integer NOT NULL,"
    " rows_copied bigint NOT NULL, rows_set_aside bigint NOT NULL,"
    " rows_left_out bigint NOT NULL, rows_updated bigint NOT NULL,"
    " bytes_sent bigint NOT NULL, busy_us bigint NOT NULL,"
    " finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
    " PRIMARY KEY (run_id, source_table, chunk));"
    "CREATE TABLE outgrow.steps ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " step text NOT NULL, state text NOT NULL CHECK (state IN ('done', 'failed', 'not valid')),"
    " message text, busy_us bigint NOT NULL,"
    " finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
    " PRIMARY KEY (run_id, step));"
    "CREATE TABLE outgrow.set_aside ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, position bigint NOT NULL, key json, column_name text,"
    " reason text NOT NULL, altered boolean NOT NULL, nulled boolean NOT NULL,"
    " \"row\" json NOT NULL);"
    "CREATE INDEX ON outgrow.set_aside (run_id, source_table, position);"
    "COMMENT ON TABLE outgrow.set_aside IS 'Rows that could not be stored (altered: that were"
    " stored with a cleaned value), as they are in the source';"
    "CREATE TABLE outgrow.left_out ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, position bigint NOT NULL);"
    "CREATE INDEX ON outgrow.left_out (run_id, source_table, position);"
    "COMMENT ON TABLE outgrow.left_out IS 'Rows of the source that were left out because the"
    " target held a row of the same key already';"
    "CREATE TABLE outgrow.id_map ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, old_id text NOT NULL, new_id uuid NOT NULL);"
    "CREATE INDEX ON outgrow.id_map (new_id);"
    "CREATE INDEX ON outgrow.id_map USING hash (old_id);"
    "COMMENT ON TABLE outgrow.id_map IS 'Old ids that became UUIDs';"
    "CREATE TABLE outgrow.differences ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " number bigint NOT NULL, target_table text NOT NULL, key text, column_name text,"
    " kind text NOT NULL, source_value text, target_value text,"
    " PRIMARY KEY (run_id, number));"
    "COMMENT ON TABLE outgrow.differences IS 'What the last verification of a run found';";

/* Continued: a compiler need not take longer strings. */
static const char schema_more_sql[] =
    "CREATE TABLE outgrow.verified ("
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_table text NOT NULL, source_state text NOT NULL, snapshot_xmin xid8 NOT NULL,"
    " written_by xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),"
    " rows_source bigint NOT NULL, rows_target bigint NOT NULL, rows_set_aside bigint NOT NULL,"
    " PRIMARY KEY (run_id, source_table));"
    "COMMENT ON TABLE outgrow.verified IS 'Tables that a verification under way has found the"
    " same, and since when a row of the target must be unchanged for that to hold';"
    "CREATE TABLE outgrow.chain_state ("
    " schema_name text NOT NULL, table_name text NOT NULL, links bigint NOT NULL,"
    " first_broken text, expected text, found text,"
    " integrity_status text NOT NULL CHECK (integrity_status IN ('intact', 'broken')),"
    " source_links bigint NOT NULL, source_first_broken text, source_status text NOT NULL"
    " CHECK (source_status IN ('intact', 'broken')), exposed_as text,"
    " checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
    " PRIMARY KEY (schema_name, table_name));"
    "COMMENT ON TABLE outgrow.chain_state IS 'Audit hash chains as the last verification found"
    " them: first_broken is the order value of the first link that does not hold';"
    "CREATE TABLE outgrow.schema_files ("
    " series text NOT NULL, number bigint NOT NULL, name text NOT NULL,"
    " sha256 text NOT NULL, statements_done integer NOT NULL,"
    " applied_at timestamptz, run_ms bigint NOT NULL, PRIMARY KEY (series, number));"
    "COMMENT ON TABLE outgrow.schema_files IS 'SQL files that ran, once each (applied_at NULL:"
    " the first statements_done statements of a file that runs outside of a transaction, and"
    " sha256 of these)';"
    "CREATE TABLE outgrow.detached ("
    " id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id bigint NOT NULL,"
    " kind text NOT NULL CHECK (kind IN ('foreign key', 'trigger')),"
    " table_schema text NOT NULL, table_name text NOT NULL, name text NOT NULL,"
    " position integer NOT NULL, restore_sql text NOT NULL, validate_sql text,"
    " detached_at timestamptz NOT NULL DEFAULT now(), restored_at timestamptz,"
    " state text NOT NULL DEFAULT 'detached'"
    " CHECK (state IN ('detached', 'restored', 'not valid', 'gone')), message text);"
    "COMMENT ON TABLE outgrow.detached IS 'Foreign keys and triggers that are taken off while"
    " rows are loaded, and the SQL that puts each back as it was';";

static const char schema_live_sql[] =
    "CREATE TABLE outgrow.live ("
    " id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " run_id bigint NOT NULL REFERENCES outgrow.runs ON DELETE CASCADE,"
    " source_path text NOT NULL UNIQUE, install_id text NOT NULL,"
    " state text NOT NULL CHECK (state IN ('loading', 'syncing', 'paused', 'fenced',"
    " 'switched', 'returning', 'finished')),"
    " state_at timestamptz NOT NULL DEFAULT now(), epoch bigint NOT NULL DEFAULT 0,"
    " seq bigint NOT NULL, fingerprint text NOT NULL, nonce text NOT NULL,"
    " schema_version bigint NOT NULL, device bigint NOT NULL, inode bigint NOT NULL,"
    " wish text NOT NULL DEFAULT 'run' CHECK (wish IN ('run', 'hold', 'stop')),"
    " rate_rows bigint NOT NULL DEFAULT 0, max_log_rows bigint NOT NULL DEFAULT 0,"
    " way_back boolean NOT NULL DEFAULT false,"
    " no_way_back text, reason text, settings json NOT NULL,"
    " rounds bigint NOT NULL DEFAULT 0, keys_applied bigint NOT NULL DEFAULT 0,"
    " rows_applied bigint NOT NULL DEFAULT 0, rows_set_aside bigint NOT NULL DEFAULT 0,"
    " backlog_keys bigint NOT NULL DEFAULT 0, lag_us bigint NOT NULL DEFAULT 0,"
    " snapshot_us bigint NOT NULL DEFAULT 0, target_us bigint NOT NULL DEFAULT 0,"
    " log_rows bigint NOT NULL DEFAULT 0, log_full boolean NOT NULL DEFAULT false, wal_bytes "
    "bigint NOT NULL DEFAULT 0,"
    " round_p50_us bigint NOT NULL DEFAULT 0, round_p95_us bigint NOT NULL DEFAULT 0,"
    " running boolean NOT NULL DEFAULT false, round_at timestamptz, seen_at timestamptz,"
    " compared_at timestamptz, rehearsed_at timestamptz, orphans bigint,"
    " untold boolean NOT NULL DEFAULT false)"
    /* Written to by every round: room for the next version beside this one. */
    " WITH (fillfactor = 50);"
    "COMMENT ON TABLE outgrow.live IS 'Sources that are written to while they are moved: who"
    " may write, and up to where in the source''s log this database has its changes';";

/* back_log refers to nothing: a foreign key would have applications wait for a round's lock. */
static const char schema_back_sql[] =
    "CREATE TABLE outgrow.back_log (live_id bigint NOT NULL, t bigint NOT NULL,"
    " n bigint NOT NULL, k text[], PRIMARY KEY (live_id, t, n));"
    "COMMENT ON TABLE outgrow.back_log IS 'Keys of rows that have changed since the source was"
    " switched to this database (NULL: the table was truncated), until a round has brought them"
    " back to the source';"
    "CREATE TABLE outgrow.back_tables (live_id bigint NOT NULL, t bigint NOT NULL,"
    " relation oid NOT NULL, columns json NOT NULL, forms json NOT NULL,"
    " PRIMARY KEY (live_id, t));"
    "COMMENT ON TABLE outgrow.back_tables IS 'Tables with a way back as they were when it was"
    " made, and how the source writes their values';"
    "CREATE TABLE outgrow.back_room (live_id bigint PRIMARY KEY, taken bigint NOT NULL,"
    " upto bigint, whole_after bigint);"
    "COMMENT ON TABLE outgrow.back_room IS 'Up to which number a source''s entries of back_log"
    " were brought back, and up to which there may be any; once that was reached, all of its"
    " tables are read whole';"
    "CREATE TABLE outgrow.back_known (live_id bigint PRIMARY KEY, relations oid[] NOT NULL);"
    "CREATE TABLE outgrow.back_refused (live_id bigint NOT NULL, t bigint NOT NULL,"
    " k text[] NOT NULL, reason text NOT NULL,"
    " refused_at timestamptz NOT NULL DEFAULT clock_timestamp());"
    "COMMENT ON TABLE outgrow.back_refused IS 'Keys of rows that the source does not take, and"
    " why; they are tried again with every round back';";

static const char schema_healing_sql[] =
    "CREATE TABLE outgrow.healing ("
    " healing_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " at timestamptz NOT NULL DEFAULT clock_timestamp(),"
    " action text NOT NULL, object text NOT NULL, cause text,"
    " sql text NOT NULL, undo_sql json, before json, after json,"
    " state text NOT NULL CHECK (state IN ('applied', 'undone', 'failed')), message text,"
    " by_role text NOT NULL DEFAULT session_user);"
    "COMMENT ON TABLE outgrow.healing IS 'What outgrow mcp changed in the definitions of this"
    " database: why, how it was before and after, and what leads back';";

const char *
journal_schema_sql(struct arena *arena)
{
    return arena_printf(arena, "%s%s%s%s%s", schema_sql, schema_more_sql, schema_live_sql,
                        schema_back_sql, schema_healing_sql);
}

const char *
number_text(int64_t number, char text[NUMBER_TEXT_SIZE])
{
    snprintf(text, NUMBER_TEXT_SIZE, "%" PRId64, number);
    return text;
}

int64_t
result_number(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column)) {
        return -1;
    }
    return target_number(result, row, column);
}

bool
journal_run_statement(PGconn *conn, const char *sql, const char *const *parameters,
                      size_t parameter_count, struct error *err)
{
    AUTO_RESULT *result = NULL;
    return target_query(conn, sql, parameters, parameter_count, &result, err);
}

bool
journal_exists(PGconn *conn, bool *exists, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                      " ON n.oid = c.relnamespace WHERE n.nspname = 'outgrow'"
                      " AND c.relname = 'meta'",
                      NULL, 0, &result, err)) {
        return false;
    }
    *exists = PQntuples(result) > 0;
    return true;
}

static bool
check_version(PGconn *conn, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT max(version) FROM outgrow.meta", NULL, 0, &result, err)) {
        return error_wrap(err, "read the version of the schema outgrow");
    }
    int64_t version = result_number(result, 0, 0);
    if (version == JOURNAL_VERSION) {
        return true;
    }
    error_set(err, ERROR_TARGET,
              "the schema outgrow of the target has version %" PRId64
              ", and this program knows version %d",
              version, (int)JOURNAL_VERSION);
    return error_hint(err, version > JOURNAL_VERSION
                               ? "use the newer outgrow that made it"
                               : "end that migration with the outgrow that began it, or drop"
                                 " the schema outgrow");
}

static bool
refuse_to_wait(struct error *err)
{
    error_set(
        err, ERROR_TARGET,
        "another process is creating the schema outgrow in this database, and has not come "
        "to its end for ten seconds");
    return error_hint(err, "run the same command again; if that process hangs, end it: SELECT "
                           "pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 3");
}

static bool
explain_refusal(const PGconn *conn, struct error *err)
{
    if (strcmp(err->sqlstate, "42P06") == 0) {
        return error_hint(
            err, "a schema of that name is there that outgrow did not make; rename it");
    }
    if (target_lacks_right(err)) {
        AUTO_TEXT grant = {0};
        text_add(&grant, "GRANT CREATE ON DATABASE ");
        target_quote_name(&grant, PQdb(conn));
        text_add(&grant, " TO ");
        target_quote_name(&grant, PQuser(conn));
        return error_hint(err, "let the owner of the database run: %s", text_string(&grant));
    }
    return false;
}

static bool
create_schema(PGconn *conn, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    bool exists = false;
    char sql[256];
    snprintf(sql, sizeof sql,
             "SET LOCAL lock_timeout = '10s'; SELECT pg_catalog.pg_advisory_xact_lock(%d, 3); "
             "SET LOCAL lock_timeout = 0",
             (int)JOURNAL_LOCK_CLASS);
    /* The look inside a transaction that holds the lock: another process may have
     * been faster. READ COMMITTED, so the look sees what that one committed. */
    if (!target_begin(&transaction, conn, err) || !target_execute(conn, sql, err) ||
        !journal_exists(conn, &exists, err)) {
        return target_waited_in_vain(err) ? refuse_to_wait(err) : false;
    }
    if (!exists && (!target_execute(conn, schema_sql, err) ||
                    !target_execute(conn, schema_more_sql, err) ||
                    !target_execute(conn, schema_live_sql, err) ||
                    !target_execute(conn, schema_back_sql, err) ||
                    !target_execute(conn, schema_healing_sql, err))) {
        return explain_refusal(conn, err);
    }
    return target_commit(&transaction, err);
}

bool
journal_identity(PGconn *conn, struct arena *arena, const char **id, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT id FROM outgrow.meta", NULL, 0, &result, err)) {
        return error_wrap(err, "ask the target which one it is");
    }
    *id = PQntuples(result) == 0 ? "" : target_text(arena, result, 0, 0);
    return true;
}

bool
journal_ensure(PGconn *conn, struct error *err)
{
    bool exists = false;
    if (!journal_exists(conn, &exists, err)) {
        return false;
    }
    if (!exists && !create_schema(conn, err)) {
        return error_wrap(err, "create the schema outgrow in the target");
    }
    return check_version(conn, err);
}

static void
name_holder(const PGresult *holder, struct error *err)
{
    if (PQntuples(holder) == 0) {
        error_set(err, ERROR_TARGET, "another run was working in this database a moment ago");
        error_hint(err, "run the same command again");
        return;
    }
    const char *pid = PQgetvalue(holder, 0, 0);
    error_set(err, ERROR_TARGET,
              "another run is working in this database: backend %s (application \"%s\", from"
              " %s, since %s)",
              pid, PQgetvalue(holder, 0, 1), PQgetvalue(holder, 0, 2),
              PQgetvalue(holder, 0, 3));
    error_hint(err,
               "wait until it is over; if it hangs, end it: SELECT pg_terminate_backend(%s)",
               pid);
}

/* Fills `err` with who holds the lock. */
static bool
refuse_second_run(PGconn *conn, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT l.pid, coalesce(nullif(a.application_name, ''), 'unknown'),"
                      " coalesce(pg_catalog.host(a.client_addr), 'the server''s own machine'),"
                      " coalesce(pg_catalog.to_char(a.backend_start,"
                      " 'YYYY-MM-DD HH24:MI:SS \"UTC\"'), 'some time ago')"
                      " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a"
                      " ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted"
                      " AND l.classid = 1869968487 AND l.objid = 1 AND l.objsubid = 2"
                      " AND l.database = (SELECT oid FROM pg_catalog.pg_database"
                      " WHERE datname = pg_catalog.current_database())",
                      NULL, 0, &result, err)) {
        return false;
    }
    name_holder(result, err);
    snprintf(err->sqlstate, sizeof err->sqlstate, "55P03"); /* a lock like any other */
    return false;
}

static bool
try_lock(PGconn *conn, bool *locked, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT pg_catalog.pg_try_advisory_lock(1869968487, 1)", NULL, 0,
                      &result, err)) {
        return false;
    }
    *locked = target_is_true(result, 0, 0);
    return true;
}

bool
journal_lock(PGconn *conn, struct error *err)
{
    /* The server needs a moment to notice that a killed run is gone. */
    int64_t deadline = clock_monotonic_ms() + LOCK_PATIENCE_MS;
    bool locked = false;
    for (;;) {
        if (!try_lock(conn, &locked, err)) {
            return false;
        }
        if (locked) {
            break;
        }
        if (clock_monotonic_ms() >= deadline) {
            return refuse_second_run(conn, err);
        }
        if (!stop_wait(LOCK_RETRY_MS, err)) {
            return false;
        }
    }
    return target_execute(conn, "SELECT pg_catalog.pg_advisory_xact_lock(1869968487, 2)", err);
}
