/* database_read.c — the answer to one statement: read row by row within bounds, described. */
#include "agent/database_internal.h"
#include "agent/value_json.h"
#include "base/clock.h"
#include "postgres/target.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 5000, MESSAGE_BYTES_MAX = 64 << 20 };

void
database_answer_free(struct database_answer *answer)
{
    json_decref(answer->columns);
    json_decref(answer->rows);
    *answer = (struct database_answer){.columns = NULL};
}

const char **
database_parameters(struct arena *arena, const json_t *parameters, int *count)
{
    *count = (int)json_array_size(parameters);
    const char **values = arena_alloc(arena, ((size_t)*count + 1) * sizeof *values);
    for (int i = 0; i < *count; i++) {
        values[i] = value_json_parameter(arena, json_array_get(parameters, (size_t)i));
    }
    return values;
}

static void
give_up_connection(struct database_lease *lease)
{
    lease->spoiled = true;
    (void)shutdown(PQsocket(lease->conn), SHUT_RDWR);
}

/* What is larger than any row that is asked for: an error that quotes a whole value. *bytes: of
 * what has come so far, at least. */
static bool
is_flood(int socket, int64_t *bytes)
{
    int waiting = 0;
    if (ioctl(socket, FIONREAD, &waiting) == 0) {
        *bytes += waiting;
    }
    return *bytes > MESSAGE_BYTES_MAX;
}

PGresult *
database_next_result(struct database_lease *lease, int64_t deadline_ms)
{
    PGconn *conn = lease->conn;
    int64_t bytes = 0;
    while (PQisBusy(conn)) {
        struct pollfd waited = {.fd = PQsocket(conn), .events = POLLIN};
        int ready = poll(&waited, 1, WAIT_SLICE_MS);
        if (ready != 0) {
            if (!lease->flooded && is_flood(waited.fd, &bytes)) {
                lease->flooded = true;
                give_up_connection(lease);
            }
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

static bool
is_cancel(const struct database_failure *failure)
{
    return strcmp(failure->sqlstate, "57014") == 0;
}

void
database_describe_failure(const struct database_reading *reading, const PGresult *result)
{
    struct arena *arena = reading->arena;
    struct database_failure *failure = &reading->answer->failure;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s",
             sqlstate == NULL ? "08006" : sqlstate);
    failure->message = field(arena, result, PG_DIAG_MESSAGE_PRIMARY);
    if (failure->message == NULL) {
        failure->message = arena_strdup(arena, PQerrorMessage(reading->lease->conn));
    }
    failure->detail = field(arena, result, PG_DIAG_MESSAGE_DETAIL);
    failure->hint = field(arena, result, PG_DIAG_MESSAGE_HINT);
    failure->schema = field(arena, result, PG_DIAG_SCHEMA_NAME);
    failure->table = field(arena, result, PG_DIAG_TABLE_NAME);
    failure->column = field(arena, result, PG_DIAG_COLUMN_NAME);
    failure->constraint = field(arena, result, PG_DIAG_CONSTRAINT_NAME);
    failure->position = position == NULL ? 0 : (int)strtol(position, NULL, 10);
    reading->answer->cancelled = is_cancel(failure) &&
                                 cancellation_fired(reading->lease->cancellation);
}

static json_t *
columns_of(const PGresult *described)
{
    json_t *columns = json_array();
    for (int i = 0; i < PQnfields(described); i++) {
        json_array_append_new(columns, json_pack("{s:o, s:I}", "name",
                                                 value_json_text(PQfname(described, i)), "type",
                                                 (json_int_t)PQftype(described, i)));
    }
    return columns;
}

static json_t *
value_of(const struct database_reading *reading, const PGresult *result, int column)
{
    struct value_json value = {
        .bytes = PQgetisnull(result, 0, column) ? NULL : PQgetvalue(result, 0, column),
        .length = (size_t)PQgetlength(result, 0, column),
        .length_max = reading->value_bytes_max,
        .type = PQftype(reading->described == NULL ? result : reading->described, column)};
    json_t *json = value_json_make(&value);
    reading->answer->values_clipped += value.clipped;
    reading->answer->bytes += (int64_t)value.length;
    return json;
}

/* Adds one row; false when it no longer fits. */
static bool
add_row(const struct database_reading *reading, const PGresult *result)
{
    const struct database_bounds *bounds = reading->bounds;
    struct database_answer *answer = reading->answer;
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
        json_array_append_new(row, value_of(reading, result, i));
    }
    json_array_append_new(answer->rows, row);
    answer->row_count++;
    return true;
}

/* True: go on reading. */
static bool
take_result(const struct database_reading *reading, PGresult *result)
{
    struct database_answer *answer = reading->answer;
    ExecStatusType status = PQresultStatus(result);
    if ((status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) &&
        answer->columns == NULL && !answer->truncated) {
        answer->columns = columns_of(reading->described == NULL ? result : reading->described);
        answer->rows = json_array();
    }
    if (status == PGRES_SINGLE_TUPLE) {
        if (!answer->truncated && !add_row(reading, result) && !reading->bounds->to_the_end) {
            target_cancel(reading->lease->conn); /* the rest is not wanted */
        }
        return true;
    }
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        answer->command = arena_strdup(reading->arena, PQcmdStatus(result));
        answer->affected = strtoll(PQcmdTuples(result), NULL, 10);
        return true;
    }
    if (status == PGRES_FATAL_ERROR) {
        database_describe_failure(reading, result);
        return true;
    }
    /* COPY, or what a newer libpq may invent: the guard lets none of it through. */
    give_up_connection(reading->lease);
    return false;
}

/* The cancel of rows that are not wanted is no failure, but its transaction is over. */
static void
settle_failure(const struct database_reading *reading)
{
    struct database_answer *answer = reading->answer;
    if (is_cancel(&answer->failure) && answer->truncated && !reading->bounds->to_the_end) {
        answer->failure = (struct database_failure){.message = NULL};
    }
}

struct database_reading
database_reading_begin(struct database_lease *lease, struct arena *arena,
                       const struct database_bounds *bounds, struct database_answer *answer)
{
    *answer = (struct database_answer){.columns = NULL};
    return (struct database_reading){
        .lease = lease,
        .arena = arena,
        .bounds = bounds,
        .answer = answer,
        .deadline_ms = clock_monotonic_ms() + bounds->timeout_ms + PATIENCE_MS,
        .value_bytes_max = (size_t)bounds->max_value_bytes,
    };
}

bool
database_is_connected(const struct database_reading *reading, struct error *err)
{
    struct database_lease *lease = reading->lease;
    if (PQstatus(lease->conn) == CONNECTION_OK) {
        return true;
    }
    database_answer_free(reading->answer);
    lease->spoiled = true;
    if (lease->flooded) {
        error_set(err, ERROR_TARGET, "the server sent a message of more than %d MB",
                  MESSAGE_BYTES_MAX >> 20);
        return error_hint(err, "an error quoted a value: do not convert values that long");
    }
    error_set(err, ERROR_TARGET, "the connection to the server was lost");
    return error_hint(err, "call again; whether a change was made has to be looked at");
}

bool
database_read(const struct database_reading *reading, bool sent, struct error *err)
{
    struct database_lease *lease = reading->lease;
    struct database_answer *answer = reading->answer;
    if (!sent || PQsetSingleRowMode(lease->conn) != 1) {
        lease->spoiled = true;
        return target_failed(lease->conn, NULL, err);
    }
    for (;;) {
        AUTO_RESULT *result = database_next_result(lease, reading->deadline_ms);
        if (result == NULL || !take_result(reading, result)) {
            break;
        }
    }
    settle_failure(reading);
    if (!database_is_connected(reading, err) ||
        (answer->truncated && !reading->bounds->to_the_end && !database_rollback(lease, err))) {
        return false;
    }
    return answer->columns == NULL || answer->failure.sqlstate[0] != '\0' ||
           database_name_types(lease, answer->columns, err);
}
