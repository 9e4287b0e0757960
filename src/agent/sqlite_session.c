/* sqlite_session.c — see sqlite_session.h. */
#include "agent/sqlite_session.h"

#include "agent/value_json.h"
#include "base/clock.h"
#include "guard/guard.h"
#include "guard/sqlite_guard.h"

#include <string.h>

enum { VALUE_BYTES_MAX = 256 << 20 };

static int
authorize(void *context, int action, const char *first, const char *second,
          const char *database, const char *trigger)
{
    struct sqlite_session *session = context;
    (void)database;
    /* What a trigger of the file does is the application's, not the model's, but for the
     * functions it calls. */
    const char *refused = trigger != NULL && action != SQLITE_FUNCTION && session->rules.writes
                              ? NULL
                              : sqlite_guard_refuses(action, first, second,
                                                     session->rules.writes);
    if (refused == NULL) {
        return SQLITE_OK;
    }
    if (session->refused == NULL) {
        const char *subject = action == SQLITE_FUNCTION ? second : first;
        session->refused = refused;
        snprintf(session->subject, sizeof session->subject, "%.100s",
                 subject == NULL ? "" : subject);
    }
    return SQLITE_DENY;
}

static int
watch(void *context)
{
    struct sqlite_session *session = context;
    session->timed_out = session->timed_out || clock_monotonic_ms() > session->deadline_ms;
    return session->timed_out || cancellation_fired(session->cancellation);
}

static void
interrupt_statement(void *handle)
{
    sqlite3_interrupt(handle);
}

bool
sqlite_session_open(struct sqlite_session *session, const char *path, bool writes,
                    int timeout_ms, struct cancellation *cancellation, struct error *err)
{
    *session = (struct sqlite_session){
        .deadline_ms = clock_monotonic_ms() + timeout_ms,
        .cancellation = cancellation,
        .rules = {.writes = writes,
                  .authorize = authorize,
                  .watch = watch,
                  .context = session,
                  .sql_bytes_max = GUARD_SQL_MAX,
                  .value_bytes_max = VALUE_BYTES_MAX},
    };
    if (!source_open_for_agent(&session->source, path, &session->rules, err)) {
        session->cancellation = NULL;
        return false;
    }
    if (!cancellation_arm(cancellation,
                          &(struct cancellation_target){.handle = session->source.handle,
                                                        .interrupt = interrupt_statement})) {
        sqlite_session_close(session);
        return error_set(err, ERROR_STOPPED, "the call was given up");
    }
    return true;
}

void
sqlite_session_close(struct sqlite_session *session)
{
    if (session->cancellation != NULL) {
        cancellation_disarm(session->cancellation);
        source_close(&session->source);
        session->cancellation = NULL;
    }
}

/* Whether nothing but space, comments and semicolons is left. */
static bool
is_over(sqlite3 *handle, const char *tail)
{
    while (*tail != '\0') {
        sqlite3_stmt *more = NULL;
        const char *rest = NULL;
        int code = sqlite3_prepare_v2(handle, tail, -1, &more, &rest);
        sqlite3_finalize(more);
        if (code != SQLITE_OK || more != NULL || rest == tail) {
            return false;
        }
        tail = rest;
    }
    return true;
}

static const char *
explain_refusal(const struct sqlite_session *session, struct arena *arena, const char **rule)
{
    *rule = session->refused == NULL ? "sql" : "authorizer";
    return session->refused == NULL
               ? arena_strdup(arena, sqlite3_errmsg(session->source.handle))
               : arena_printf(arena, "%s is not let through%s%s", session->refused,
                              session->subject[0] == '\0' ? "" : ": ", session->subject);
}

static const char *
judge_kind(const struct sqlite_session *session, sqlite3_stmt *statement, const char *sql,
           bool full_table, const char **rule)
{
    bool reads = sqlite3_stmt_readonly(statement) != 0;
    *rule = "statement-kind";
    if (session->rules.writes && (reads || sqlite3_stmt_isexplain(statement) != 0)) {
        return "this tool takes INSERT, UPDATE or DELETE; reads go to query";
    }
    if (!session->rules.writes && !reads) {
        return "this tool reads; INSERT, UPDATE and DELETE go to execute";
    }
    *rule = "where";
    return session->rules.writes && !full_table && sqlite_guard_lacks_where(sql)
               ? "UPDATE or DELETE without a WHERE means every row: name the rows, or say"
                 " allow_full_table"
               : NULL;
}

sqlite3_stmt *
sqlite_session_prepare(struct sqlite_session *session, struct arena *arena, const char *sql,
                       bool full_table, const char **rule, const char **why)
{
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    if (sqlite3_prepare_v3(session->source.handle, sql, -1, 0, &statement, &tail) !=
        SQLITE_OK) {
        *why = explain_refusal(session, arena, rule);
        return NULL;
    }
    *rule = "one-statement";
    *why = statement == NULL                            ? "there is no statement"
           : is_over(session->source.handle, tail) == 0 ? "there is more than one statement"
                                                        : NULL;
    if (*why == NULL) {
        *why = judge_kind(session, statement, sql, full_table, rule);
    }
    if (*why == NULL) {
        return statement;
    }
    sqlite3_finalize(statement);
    return NULL;
}

static int
bind_one(sqlite3_stmt *statement, int number, struct arena *arena, const json_t *value)
{
    if (json_is_null(value)) {
        return sqlite3_bind_null(statement, number);
    }
    if (json_is_boolean(value)) {
        return sqlite3_bind_int(statement, number, json_is_true(value));
    }
    if (json_is_integer(value)) {
        return sqlite3_bind_int64(statement, number, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return sqlite3_bind_double(statement, number, json_real_value(value));
    }
    return sqlite3_bind_text(statement, number, value_json_parameter(arena, value), -1,
                             SQLITE_TRANSIENT);
}

bool
sqlite_session_bind(sqlite3_stmt *statement, struct arena *arena, const json_t *parameters,
                    const char **why)
{
    size_t given = json_array_size(parameters);
    int wanted = sqlite3_bind_parameter_count(statement);
    if ((size_t)wanted != given) {
        *why = arena_printf(arena, "the statement has %d parameters, and %zu are given", wanted,
                            given);
        return false;
    }
    for (int i = 0; i < wanted; i++) {
        if (bind_one(statement, i + 1, arena, json_array_get(parameters, (size_t)i)) !=
            SQLITE_OK) {
            *why = "a parameter cannot be taken";
            return false;
        }
    }
    return true;
}

bool
sqlite_session_exec(struct sqlite_session *session, const char *sql, struct error *err)
{
    source_agent_rules(&session->source, &session->rules, false);
    bool good = sqlite3_exec(session->source.handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
                source_failed(&session->source, err, "%s", sql);
    source_agent_rules(&session->source, &session->rules, true);
    return good;
}

static bool
read_json(struct sqlite_session *session, sqlite3_stmt *statement, json_t **value,
          struct error *err)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return source_failed(&session->source, err, "look at the file");
    }
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0)
                                          : NULL;
    json_error_t wrong;
    *value = text == NULL ? json_null() : json_loads(text, JSON_DECODE_ANY, &wrong);
    return *value != NULL ||
           error_set(err, ERROR_SOURCE, "what the file holds cannot be told as JSON: %s",
                     wrong.text);
}

bool
sqlite_session_json(struct sqlite_session *session, const char *sql, const char *parameter,
                    json_t **value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    source_agent_rules(&session->source, &session->rules, false);
    bool good = (sqlite3_prepare_v2(session->source.handle, sql, -1, &statement, NULL) ==
                     SQLITE_OK ||
                 source_failed(&session->source, err, "look at the file")) &&
                (parameter == NULL ||
                 sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC) == SQLITE_OK) &&
                read_json(session, statement, value, err);
    source_agent_rules(&session->source, &session->rules, true);
    return good;
}
