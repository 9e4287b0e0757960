/* sqlite.c — query and execute over a SQLite file. */
#include "agent/sqlite_session.h"
#include "agent/support.h"
#include "agent/value_json.h"
#include "base/clock.h"
#include "tool/functions.h"

#include <inttypes.h>
#include <string.h>

static bool
deny(struct tool_result *result, const char *rule, const char *why)
{
    bool by_sqlite = strcmp(rule, "sql") == 0;
    tool_refuse(result, "", "%s%s", by_sqlite ? "" : "refused: ", why);
    if (!by_sqlite) {
        json_object_set_new(result->structured, "denied", json_true());
        json_object_set_new(result->structured, "rule", json_string(rule));
    }
    return false;
}

bool
tool_sqlite_open(struct tool_host *host, const struct tool_call *call, bool writes,
                 struct sqlite_session *session, struct tool_result *result)
{
    struct database_bounds bounds = tool_bounds(host, call);
    struct error err;
    if (sqlite_session_open(session, host->settings.sqlite_path, writes, bounds.timeout_ms,
                            call->cancellation, &err)) {
        return true;
    }
    tool_fail(result, &err);
    return false;
}

/* The statement of the arguments, ready to run; NULL: *result says why not. */
static sqlite3_stmt *
prepare(struct sqlite_session *session, const struct tool_call *call,
        struct tool_result *result)
{
    const json_t *argument = json_object_get(call->arguments, "sql");
    const char *sql = json_string_value(argument);
    const char *rule;
    const char *why;
    if (sql == NULL || strlen(sql) != json_string_length(argument)) {
        deny(result, "encoding", "sql is missing, or holds a NUL");
        return NULL;
    }
    sqlite3_stmt *statement = sqlite_session_prepare(
        session, call->arena, sql, argument_flag(call, "allow_full_table", false), &rule, &why);
    if (statement == NULL) {
        deny(result, rule, why);
    } else if (!sqlite_session_bind(statement, call->arena,
                                    json_object_get(call->arguments, "params"), &why)) {
        deny(result, "sql", why);
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

static bool
tell_failure(const struct database_answer *answer, struct tool_result *result)
{
    tool_refuse(result, "", "%s", answer->failure.message);
    json_object_set_new(result->structured, "sqlstate", json_string(answer->failure.sqlstate));
    return true;
}

bool
tool_sqlite_query(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    int64_t started_us = clock_monotonic_us();
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_SESSION session = {.cancellation = NULL};
    AUTO_STATEMENT *statement = NULL;
    AUTO_ANSWER answer = {0};
    if (!tool_sqlite_open(host, call, false, &session, result)) {
        return true;
    }
    statement = prepare(&session, call, result);
    if (statement == NULL) {
        return true;
    }
    sqlite_session_run(&session, call->arena, statement, &bounds, &answer);
    return answer.failure.sqlstate[0] != '\0'
               ? tell_failure(&answer, result)
               : tool_answer(result, tool_rows_json(call, &answer, started_us));
}

static bool
end_execution(struct tool_host *host, const struct tool_call *call,
              struct sqlite_session *session, int64_t affected, bool *committed,
              struct tool_result *result)
{
    int most = argument_number(call, "max_affected", host->settings.limits.max_affected, 0,
                               host->settings.limits.max_affected);
    bool keep = affected <= most && !argument_flag(call, "dry_run", false);
    struct error failed;
    *committed = false;
    if (!sqlite_session_exec(session, keep ? "COMMIT" : "ROLLBACK", &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    *committed = keep;
    if (affected > most) {
        tool_refuse(result,
                    "narrow the WHERE, or raise max_affected as far as the server allows",
                    "rolled back: %" PRId64 " rows would have changed (cascades and triggers"
                    " included), and %d are the most",
                    affected, most);
    }
    return affected <= most;
}

static bool
run_execution(struct tool_host *host, const struct tool_call *call,
              struct sqlite_session *session, sqlite3_stmt *statement,
              struct tool_result *result)
{
    int64_t started_us = clock_monotonic_us();
    struct database_bounds bounds = tool_bounds(host, call);
    bounds.to_the_end = true;
    sqlite3 *handle = session->source.handle;
    AUTO_ANSWER answer = {0};
    bool committed;
    int64_t before = sqlite3_total_changes64(handle);
    sqlite_session_run(session, call->arena, statement, &bounds, &answer);
    int64_t own = sqlite3_changes64(handle);
    sqlite3_reset(statement);
    if (answer.failure.sqlstate[0] != '\0') {
        return tell_failure(&answer, result); /* closing rolls back */
    }
    int64_t all = sqlite3_total_changes64(handle) - before;
    if (!end_execution(host, call, session, all, &committed, result)) {
        return true;
    }
    json_t *structured = answer.columns == NULL ? json_object()
                                                : tool_rows_json(call, &answer, started_us);
    json_object_set_new(structured, "affected", json_integer(own));
    json_object_set_new(structured, "affected_in_all", json_integer(all));
    json_object_set_new(structured, "dry_run",
                        json_boolean(argument_flag(call, "dry_run", false)));
    json_object_set_new(structured, "committed", json_boolean(committed));
    return tool_answer(result, structured);
}

bool
tool_sqlite_execute(struct tool_host *host, const struct tool_call *call,
                    struct tool_result *result, struct error *err)
{
    (void)err;
    AUTO_SESSION session = {.cancellation = NULL};
    AUTO_STATEMENT *statement = NULL;
    struct error failed;
    if (!tool_sqlite_open(host, call, true, &session, result)) {
        return true;
    }
    /* Judged first: what is refused must not wait for a lock. */
    statement = prepare(&session, call, result);
    if (statement == NULL) {
        return true;
    }
    if (!sqlite_session_exec(&session, "BEGIN IMMEDIATE", &failed)) {
        return tool_fail(result, &failed);
    }
    return run_execution(host, call, &session, statement, result);
}
