/* execute.c — statements on one connection, interruptible. */
#include "base/stop.h"
#include "postgres/target_internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* A statement that answers within a slice is never interrupted, so that what
 * has to be tidied up after a stop (ROLLBACK, ...) still works. */
enum { WAIT_SLICE_MS = 200, CANCEL_PATIENCE_SLICES = 25 };

void
target_cancel(PGconn *conn)
{
    PGcancel *cancel = PQgetCancel(conn);
    if (cancel == NULL) {
        return;
    }
    char reason[256];
    (void)PQcancel(cancel, reason, sizeof reason);
    PQfreeCancel(cancel);
}

/* One slice: true when there is something to read, or an error to find out. */
static bool
poll_slice(const PGconn *conn)
{
    struct pollfd waited = {.fd = PQsocket(conn), .events = POLLIN};
    if (waited.fd < 0) {
        return true;
    }
    int ready = poll(&waited, 1, WAIT_SLICE_MS);
    return ready > 0 || (ready < 0 && errno != EINTR);
}

bool
target_wait_readable(PGconn *conn)
{
    while (!poll_slice(conn)) {
        if (stop_requested()) {
            return false;
        }
    }
    return true;
}

void
target_give_up(const PGconn *conn)
{
    (void)shutdown(PQsocket(conn), SHUT_RDWR);
}

/* After a slice in which nothing happened: cancels once when asked to stop, then
 * waits a little longer, then gives up. */
static void
lose_patience(PGconn *conn, int *slices_since_cancel)
{
    if (*slices_since_cancel >= 0) {
        if (++*slices_since_cancel == CANCEL_PATIENCE_SLICES) {
            target_give_up(conn);
        }
    } else if (stop_requested()) {
        target_cancel(conn);
        *slices_since_cancel = 0;
    }
}

PGresult *
target_next_result(PGconn *conn)
{
    int slices_since_cancel = -1;
    while (PQisBusy(conn)) {
        if (!poll_slice(conn)) {
            lose_patience(conn, &slices_since_cancel);
        } else if (!PQconsumeInput(conn)) {
            break; /* PQgetResult makes a result of it */
        }
    }
    return PQgetResult(conn);
}

/* Reads and drops COPY data until its end. The query has been cancelled. */
static void
discard_copy_data(PGconn *conn)
{
    char *message = NULL;
    int slices_since_cancel = 0;
    int size;
    while ((size = PQgetCopyData(conn, &message, 1)) >= 0) {
        PQfreemem(message);
        message = NULL;
        if (size > 0) {
            continue;
        }
        if (!poll_slice(conn)) {
            lose_patience(conn, &slices_since_cancel);
        } else if (!PQconsumeInput(conn)) {
            return;
        }
    }
}

/* One slice: true when more can be sent, or there is an error to find out. */
static bool
poll_writable(const PGconn *conn)
{
    struct pollfd waited = {.fd = PQsocket(conn), .events = POLLIN | POLLOUT};
    int ready = poll(&waited, 1, WAIT_SLICE_MS);
    return ready > 0 || (ready < 0 && errno != EINTR);
}

/* Sends what is held back, however long it takes, unless asked to stop. */
static void
flush_with_patience(PGconn *conn)
{
    int slices_since_cancel = -1;
    while (PQflush(conn) == 1) {
        if (!poll_writable(conn)) {
            lose_patience(conn, &slices_since_cancel);
        } else if (!PQconsumeInput(conn)) {
            return;
        }
    }
}

static void
end_copy(PGconn *conn, ExecStatusType state)
{
    if (state == PGRES_COPY_IN || state == PGRES_COPY_BOTH) {
        flush_with_patience(conn);
        (void)PQsetnonblocking(conn, 0);
        (void)PQputCopyEnd(conn, "given up");
    }
    if (state == PGRES_COPY_OUT) {
        target_cancel(conn);
        discard_copy_data(conn);
    }
}

void
target_abandon_copy(PGconn *conn, ExecStatusType state)
{
    if (PQstatus(conn) == CONNECTION_OK) {
        end_copy(conn, state);
        target_drain(conn);
    }
}

bool
target_flush(PGconn *conn, struct error *err)
{
    int left;
    while ((left = PQflush(conn)) == 1) {
        if (!poll_writable(conn)) {
            if (!stop_check(err)) {
                return false;
            }
        } else if (!PQconsumeInput(conn)) {
            return target_failed(conn, NULL, err);
        }
    }
    return left == 0 ? true : target_failed(conn, NULL, err);
}

void
target_drain(PGconn *conn)
{
    PGresult *result;
    while ((result = target_next_result(conn)) != NULL) {
        ExecStatusType state = PQresultStatus(result);
        PQclear(result);
        end_copy(conn, state);
        if (PQstatus(conn) == CONNECTION_BAD) {
            return;
        }
    }
}

/* Keeps the first result that failed, else the last one, and leaves the
 * connection idle. NULL: nothing came. */
static PGresult *
collect_results(PGconn *conn)
{
    PGresult *kept = NULL;
    PGresult *result;
    while ((result = target_next_result(conn)) != NULL) {
        end_copy(conn, PQresultStatus(result));
        if (kept != NULL && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
            PQclear(result);
        } else {
            PQclear(kept);
            kept = result;
        }
        if (PQstatus(conn) == CONNECTION_BAD) {
            break;
        }
    }
    return kept;
}

static bool
result_is_good(const PGresult *result)
{
    ExecStatusType state = PQresultStatus(result);
    return state == PGRES_COMMAND_OK || state == PGRES_TUPLES_OK || state == PGRES_EMPTY_QUERY;
}

static bool
is_pipelined(const PGconn *conn)
{
    return PQpipelineStatus(conn) != PQ_PIPELINE_OFF;
}

bool
target_execute(PGconn *conn, const char *sql, struct error *err)
{
    if (is_pipelined(conn)) {
        PGresult *none = NULL;
        return target_query(conn, sql, NULL, 0, &none, err);
    }
    if (!PQsendQuery(conn, sql)) {
        return target_failed(conn, NULL, err);
    }
    AUTO_RESULT *result = collect_results(conn);
    return result_is_good(result) ? true : target_failed(conn, result, err);
}

bool
target_query(PGconn *conn, const char *sql, const char *const *parameters,
             size_t parameter_count, PGresult **result, struct error *err)
{
    if (!PQsendQueryParams(conn, sql, (int)parameter_count, NULL, parameters, NULL, NULL, 0)) {
        return target_failed(conn, NULL, err);
    }
    if (is_pipelined(conn)) {
        *result = NULL;
        return target_flush(conn, err);
    }
    PGresult *answer = collect_results(conn);
    if (!result_is_good(answer)) {
        target_failed(conn, answer, err);
        PQclear(answer);
        return false;
    }
    *result = answer;
    return true;
}

/* The first result that is not of a mere command in front of the COPY. */
static PGresult *
next_but_commands(PGconn *conn)
{
    PGresult *result;
    while (PQresultStatus(result = target_next_result(conn)) == PGRES_COMMAND_OK) {
        PQclear(result);
    }
    return result;
}

bool
target_start_copy(PGconn *conn, const char *sql, ExecStatusType state, struct error *err)
{
    if (!PQsendQuery(conn, sql)) {
        return target_failed(conn, NULL, err);
    }
    AUTO_RESULT *result = next_but_commands(conn);
    if (PQresultStatus(result) == state && PQbinaryTuples(result)) {
        return true;
    }
    if (result == NULL || PQresultStatus(result) == PGRES_FATAL_ERROR) {
        target_failed(conn, result, err);
    } else {
        error_set(err, ERROR_INTERNAL, "not a binary COPY of that direction: %.200s", sql);
        end_copy(conn, PQresultStatus(result));
    }
    target_drain(conn);
    return false;
}
