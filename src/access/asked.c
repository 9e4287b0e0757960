/* asked.c — see sides.h: a query prepared and run on either side. */
#include "access/sides_internal.h"
#include "base/clock.h"
#include "base/stop.h"

#include <poll.h>
#include <string.h>

#define STATEMENT "outgrow_asked"
#define SAVEPOINT "outgrow_asked"

enum { POLL_MS = 100, SQLITE_STEPS_BETWEEN_LOOKS = 100000 };

static int
look_at_stop(void *unused)
{
    (void)unused;
    return stop_requested();
}

static bool
prepare_source(struct asked *asked, const struct sides *sides, struct arena *arena,
               const char **why)
{
    sqlite3 *handle = sides->source->handle;
    const char *tail = NULL;
    if (sqlite3_prepare_v2(handle, asked->query->source_sql, -1, &asked->source_statement,
                           &tail) != SQLITE_OK) {
        *why = arena_printf(arena, "SQLite: %s", sqlite3_errmsg(handle));
    } else if (asked->source_statement == NULL ||
               !sqlite3_stmt_readonly(asked->source_statement) ||
               sqlite3_column_count(asked->source_statement) == 0) {
        *why = "it is no SELECT";
    } else if (sqlite3_bind_parameter_count(asked->source_statement) > 0) {
        *why = "it has parameters: write values in their place";
    }
    sqlite3_progress_handler(handle, SQLITE_STEPS_BETWEEN_LOOKS, look_at_stop, NULL);
    return *why == NULL;
}

static const char *
server_words(struct arena *arena, const PGconn *conn, const PGresult *result)
{
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return arena_printf(arena, "PostgreSQL: %s", words != NULL ? words : PQerrorMessage(conn));
}

static bool
prepare_target(struct asked *asked, struct arena *arena, const char **why, struct error *err)
{
    if (!target_execute(asked->conn, "SAVEPOINT " SAVEPOINT, err)) {
        return false;
    }
    AUTO_RESULT *result = PQprepare(asked->conn, STATEMENT, asked->query->target_sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        *why = server_words(arena, asked->conn, result);
        return target_execute(asked->conn, "ROLLBACK TO " SAVEPOINT, err);
    }
    asked->target_statement = STATEMENT;
    return true;
}

/* The base type of a domain; enums, citext and the like arrive as their text. */
static bool
look_up_type(PGconn *conn, Oid type, int modifier, struct value_type *value, bool *known,
             struct error *err)
{
    char oid[16];
    char typmod[16];
    snprintf(oid, sizeof oid, "%u", type);
    snprintf(typmod, sizeof typmod, "%d", modifier);
    const char *parameters[] = {oid, typmod};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT format_type(b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod "
                      "ELSE $2::int END), b.typtype = 'e' OR b.typname IN ('citext', 'name', "
                      "'unknown') FROM pg_type t JOIN pg_type b ON b.oid = CASE WHEN t.typtype "
                      "= 'd' THEN t.typbasetype ELSE t.oid END WHERE t.oid = $1::oid",
                      parameters, 2, &result, err)) {
        return false;
    }
    *known = PQntuples(result) == 1;
    if (*known && target_is_true(result, 0, 1)) {
        *value = (struct value_type){.kind = TYPE_TEXT};
    } else if (*known) {
        *known = value_type_read(PQgetvalue(result, 0, 0), value);
    }
    return true;
}

static enum answer_kind
kind_of(enum type_kind kind)
{
    if (kind == TYPE_DOUBLE || kind == TYPE_REAL || kind == TYPE_NUMERIC) {
        return ANSWER_NUMBER;
    }
    return kind == TYPE_JSON || kind == TYPE_JSONB ? ANSWER_JSON : ANSWER_TYPED;
}

static bool
describe_columns(struct asked *asked, struct arena *arena, const char **why, struct error *err)
{
    AUTO_RESULT *described = PQdescribePrepared(asked->conn, asked->target_statement);
    if (PQresultStatus(described) != PGRES_COMMAND_OK) {
        return target_failed(asked->conn, described, err);
    }
    asked->column_count = (size_t)PQnfields(described);
    asked->columns = arena_alloc(arena, asked->column_count * sizeof *asked->columns);
    for (size_t i = 0; i < asked->column_count; i++) {
        struct answer_column *column = &asked->columns[i];
        bool known = false;
        column->name = arena_strdup(arena, PQfname(described, (int)i));
        if (!look_up_type(asked->conn, PQftype(described, (int)i), PQfmod(described, (int)i),
                          &column->type, &known, err)) {
            return false;
        }
        if (!known) {
            *why = arena_printf(arena, "column %s has a type that cannot be compared: cast it",
                                column->name);
            return true;
        }
        column->kind = kind_of(column->type.kind);
    }
    size_t source_columns = (size_t)sqlite3_column_count(asked->source_statement);
    if (source_columns != asked->column_count) {
        *why = arena_printf(arena, "SQLite gives %zu columns, PostgreSQL %zu", source_columns,
                            asked->column_count);
    }
    return true;
}

bool
asked_open(struct asked *asked, const struct sides *sides, const struct query *query,
           struct arena *arena, const char **why, struct error *err)
{
    *asked = (struct asked){.query = query, .conn = sides->conn};
    *why = NULL;
    return prepare_source(asked, sides, arena, why) && prepare_target(asked, arena, why, err) &&
           *why == NULL && describe_columns(asked, arena, why, err) && *why == NULL;
}

void
asked_close(struct asked *asked)
{
    struct error unused;
    sqlite3_finalize(asked->source_statement);
    if (asked->target_statement != NULL &&
        PQtransactionStatus(asked->conn) == PQTRANS_INTRANS) {
        /* Nothing depends on it: the session ends soon. */
        (void)!target_execute(asked->conn, "DEALLOCATE " STATEMENT, &unused);
    }
    *asked = (struct asked){.query = NULL};
}

bool
asked_step(struct asked *asked, int *step, struct error *err)
{
    *step = sqlite3_step(asked->source_statement);
    if (*step == SQLITE_ROW || *step == SQLITE_DONE) {
        return true;
    }
    sqlite3 *handle = sqlite3_db_handle(asked->source_statement);
    error_set(err, ERROR_SOURCE, "SQLite: %s", sqlite3_errmsg(handle));
    sqlite3_reset(asked->source_statement);
    return *step == SQLITE_INTERRUPT && stop_requested() ? stop_check(err) : false;
}

bool
asked_time_source(struct asked *asked, int64_t *us, struct error *err)
{
    int64_t began = clock_monotonic_us();
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW) {
        if (!asked_step(asked, &step, err)) {
            return false;
        }
        /* A text is only fetched when somebody asks for it. */
        for (int i = 0; step == SQLITE_ROW && i < (int)asked->column_count; i++) {
            sqlite3_column_bytes(asked->source_statement, i);
        }
    }
    *us = clock_monotonic_us() - began;
    sqlite3_reset(asked->source_statement);
    return true;
}

bool
asked_begin_target(struct asked *asked, bool row_by_row, struct error *err)
{
    if (!target_execute(asked->conn, "SAVEPOINT " SAVEPOINT, err)) {
        return false;
    }
    asked->began_us = clock_monotonic_us();
    if (PQsendQueryPrepared(asked->conn, asked->target_statement, 0, NULL, NULL, NULL, 1) !=
        1) {
        return target_failed(asked->conn, NULL, err);
    }
    if (row_by_row) {
        PQsetSingleRowMode(asked->conn);
    }
    return true;
}

static bool
wait_for_server(struct asked *asked, struct error *err)
{
    while (PQisBusy(asked->conn)) {
        struct pollfd socket = {.fd = PQsocket(asked->conn), .events = POLLIN};
        poll(&socket, 1, POLL_MS);
        if (!stop_check(err)) {
            target_cancel(asked->conn);
            return false;
        }
        if (PQconsumeInput(asked->conn) != 1) {
            return target_failed(asked->conn, NULL, err);
        }
    }
    return true;
}

/* Behind an error: the query is over, and the transaction is as it was before it. */
static bool
abandon(struct asked *asked, const PGresult *result, struct error *err)
{
    struct error unused;
    target_failed(asked->conn, result, err);
    for (PGresult *rest; (rest = PQgetResult(asked->conn)) != NULL;) {
        PQclear(rest);
    }
    (void)!target_execute(asked->conn, "ROLLBACK TO " SAVEPOINT, &unused);
    return error_wrap(err, "PostgreSQL");
}

bool
asked_next_target(struct asked *asked, PGresult **row, struct error *err)
{
    *row = NULL;
    if (!wait_for_server(asked, err)) {
        return false;
    }
    AUTO_RESULT *result = PQgetResult(asked->conn);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_SINGLE_TUPLE) {
        *row = result;
        result = NULL;
        return true;
    }
    if (status != PGRES_TUPLES_OK) {
        return abandon(asked, result, err);
    }
    for (PGresult *rest; (rest = PQgetResult(asked->conn)) != NULL;) {
        PQclear(rest);
    }
    return target_execute(asked->conn, "RELEASE " SAVEPOINT, err);
}

bool
asked_time_target(struct asked *asked, int64_t *us, struct error *err)
{
    if (!asked_begin_target(asked, false, err) || !wait_for_server(asked, err)) {
        return false;
    }
    AUTO_RESULT *result = PQgetResult(asked->conn);
    *us = clock_monotonic_us() - asked->began_us;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return abandon(asked, result, err);
    }
    PGresult *end = PQgetResult(asked->conn);
    PQclear(end);
    return target_execute(asked->conn, "RELEASE " SAVEPOINT, err);
}
