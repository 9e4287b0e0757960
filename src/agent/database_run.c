/* database_run.c — one statement of a model's: sent, read row by row within bounds, described. */
#include "agent/database_internal.h"
#include "agent/value_json.h"
#include "base/clock.h"
#include "postgres/target.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 5000 };

void
database_answer_free(struct database_answer *answer)
{
    json_decref(answer->columns);
    json_decref(answer->rows);
    *answer = (struct database_answer){.columns = NULL};
}

/* Sends the parameters as text, of types the server finds out. */
static bool
send_statement(PGconn *conn, struct arena *arena, const char *sql, const json_t *parameters)
{
    size_t count = json_array_size(parameters);
    const char **values = arena_alloc(arena, (count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = value_json_parameter(arena, json_array_get(parameters, i));
    }
    return PQsendQueryParams(conn, sql, (int)count, NULL, values, NULL, NULL, 0) == 1 &&
           PQsetSingleRowMode(conn) == 1;
}

static void
give_up_connection(struct database_lease *lease)
{
    lease->spoiled = true;
    (void)shutdown(PQsocket(lease->conn), SHUT_RDWR);
}

PGresult *
database_next_result(struct database_lease *lease, int64_t deadline_ms)
{
    PGconn *conn = lease->conn;
    while (PQisBusy(conn)) {
        struct pollfd waited = {.fd = PQsocket(conn), .events = POLLIN};
        int ready = poll(&waited, 1, WAIT_SLICE_MS);
        if (ready != 0) {
            if (!PQconsumeInput(conn)) {
                break; /* PQgetResult makes a result of it */
            }
            continue;
        }
        int64_t now = clock_monotonic_ms();
        if (now > deadline_ms + PATIENCE_MS) {
            give_up_connection(lease);
        } else if (now > deadline_ms || cancellation_fired(lease->cancellation)) {
            /* Again: the first may have come before the statement did. */
            target_cancel(conn);
            deadline_ms = now < deadline_ms ? now : deadline_ms;
        }
    }
    return PQgetResult(conn);
}

static const char *
field(struct arena *arena, const PGresult *result, int code)
{
    return arena_strdup(arena, PQresultErrorField(result, code));
}

static void
describe_failure(struct arena *arena, const PGconn *conn, const PGresult *result,
                 struct database_failure *failure)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s",
             sqlstate == NULL ? "08006" : sqlstate);
    failure->message = field(arena, result, PG_DIAG_MESSAGE_PRIMARY);
    if (failure->message == NULL) {
        failure->message = arena_strdup(arena, PQerrorMessage(conn));
    }
    failure->detail = field(arena, result, PG_DIAG_MESSAGE_DETAIL);
    failure->hint = field(arena, result, PG_DIAG_MESSAGE_HINT);
    failure->schema = field(arena, result, PG_DIAG_SCHEMA_NAME);
    failure->table = field(arena, result, PG_DIAG_TABLE_NAME);
    failure->column = field(arena, result, PG_DIAG_COLUMN_NAME);
    failure->constraint = field(arena, result, PG_DIAG_CONSTRAINT_NAME);
    failure->position = position == NULL ? 0 : (int)strtol(position, NULL, 10);
}

static json_t *
columns_of(const PGresult *result)
{
    json_t *columns = json_array();
    for (int i = 0; i < PQnfields(result); i++) {
        json_array_append_new(columns, json_pack("{s:o, s:I}", "name",
                                                 value_json_text(PQfname(result, i)), "type",
                                                 (json_int_t)PQftype(result, i)));
    }
    return columns;
}

/* Adds one row; false when it no longer fits. */
static bool
add_row(const PGresult *result, const struct database_bounds *bounds,
        struct database_answer *answer)
{
    int columns = PQnfields(result);
    int64_t bytes = 0;
    for (int i = 0; i < columns; i++) {
        bytes += PQgetlength(result, 0, i);
    }
    bool oversized = bytes > VALUE_JSON_BYTES_MAX; /* clipped below */
    if (answer->row_count >= bounds->max_rows ||
        (!oversized && answer->bytes + bytes > bounds->max_bytes) ||
        answer->bytes > bounds->max_bytes) {
        answer->truncated = true;
        return false;
    }
    json_t *row = json_array();
    for (int i = 0; i < columns; i++) {
        struct value_json value = {
            .bytes = PQgetisnull(result, 0, i) ? NULL : PQgetvalue(result, 0, i),
            .length = (size_t)PQgetlength(result, 0, i),
            .length_max = (size_t)bounds->max_value_bytes,
            .type = PQftype(result, i)};
        json_array_append_new(row, value_json_make(&value));
        answer->values_clipped += value.clipped;
        answer->bytes += (int64_t)value.length;
    }
    json_array_append_new(answer->rows, row);
    answer->row_count++;
    return true;
}

/* True: go on reading. */
static bool
take_result(struct database_lease *lease, struct arena *arena, const PGresult *result,
            const struct database_bounds *bounds, struct database_answer *answer)
{
    ExecStatusType status = PQresultStatus(result);
    if ((status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) &&
        answer->columns == NULL && !answer->truncated) {
        answer->columns = columns_of(result);
        answer->rows = json_array();
    }
    if (status == PGRES_SINGLE_TUPLE) {
        if (!answer->truncated && !add_row(result, bounds, answer) && !bounds->to_the_end) {
            target_cancel(lease->conn); /* the rest is not wanted */
        }
        return true;
    }
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        answer->command = arena_strdup(arena, PQcmdStatus((PGresult *)(uintptr_t)result));
        answer->affected = strtoll(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
        return true;
    }
    if (status == PGRES_FATAL_ERROR) {
        describe_failure(arena, lease->conn, result, &answer->failure);
        return true;
    }
    /* COPY, or what a newer libpq may invent: the guard lets none of it through. */
    give_up_connection(lease);
    return false;
}

/* The cancel of rows that are not wanted is no failure, but its transaction is over. */
static void
settle_failure(struct database_lease *lease, const struct database_bounds *bounds,
               struct database_answer *answer)
{
    bool cancelled = strcmp(answer->failure.sqlstate, "57014") == 0;
    if (cancelled && answer->truncated && !bounds->to_the_end) {
        answer->failure = (struct database_failure){.message = NULL};
    }
    answer->cancelled = cancelled && cancellation_fired(lease->cancellation);
}

bool
database_run(struct database_lease *lease, struct arena *arena, const char *sql,
             const json_t *parameters, const struct database_bounds *bounds,
             struct database_answer *answer, struct error *err)
{
    *answer = (struct database_answer){.columns = NULL};
    int64_t deadline = clock_monotonic_ms() + bounds->timeout_ms + PATIENCE_MS;
    if (!send_statement(lease->conn, arena, sql, parameters)) {
        lease->spoiled = true;
        return target_failed(lease->conn, NULL, err);
    }
    for (;;) {
        AUTO_RESULT *result = database_next_result(lease, deadline);
        if (result == NULL || !take_result(lease, arena, result, bounds, answer)) {
            break;
        }
    }
    settle_failure(lease, bounds, answer);
    if (PQstatus(lease->conn) != CONNECTION_OK) {
        database_answer_free(answer);
        lease->spoiled = true;
        error_set(err, ERROR_TARGET, "the connection to the server was lost");
        return error_hint(err, "call again; whether a change was made has to be looked at");
    }
    if (answer->truncated && !bounds->to_the_end && !database_rollback(lease, err)) {
        return false;
    }
    return answer->columns == NULL || answer->failure.sqlstate[0] != '\0' ||
           database_name_types(lease, answer->columns, err);
}
