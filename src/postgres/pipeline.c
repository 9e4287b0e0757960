/* pipeline.c — see pipeline.h. */
#include "postgres/pipeline.h"

#include "postgres/target_internal.h"

#include <stdlib.h>
#include <string.h>

enum { BINARY = 1 };

const char *
target_parameter_read(const char *field, struct target_parameter *parameter)
{
    uint32_t size;
    memcpy(&size, field, sizeof size);
    size = __builtin_bswap32(size);
    field += sizeof size;
    if (size == UINT32_MAX) {
        *parameter = (struct target_parameter){0};
        return field;
    }
    *parameter = (struct target_parameter){field, size};
    return field + size;
}

bool
target_pipeline_begin(struct target_pipeline *pipeline, PGconn *conn, struct error *err)
{
    if (!PQenterPipelineMode(conn)) {
        return target_failed(conn, NULL, err);
    }
    /* The server may answer so much meanwhile that it takes nothing until somebody reads. */
    (void)PQsetnonblocking(conn, 1);
    pipeline->conn = conn;
    return true;
}

static bool
send_binary(PGconn *conn, const char *sql, const struct target_parameter *parameters,
            size_t count, struct error *err)
{
    const char **values = calloc(3 * (count + 1), sizeof *values);
    if (values == NULL) {
        return error_set(err, ERROR_SYSTEM, "send a statement");
    }
    int *sizes = (int *)(values + count + 1);
    int *formats = (int *)(values + 2 * (count + 1));
    for (size_t i = 0; i < count; i++) {
        values[i] = parameters[i].bytes;
        sizes[i] = (int)parameters[i].size;
        formats[i] = BINARY;
    }
    int sent = PQsendQueryParams(conn, sql, (int)count, NULL, values, sizes, formats, BINARY);
    free(values);
    return sent ? true : target_failed(conn, NULL, err);
}

bool
target_pipeline_add(struct target_pipeline *pipeline, const char *sql,
                    const struct target_parameter *parameters, size_t count, struct error *err)
{
    return send_binary(pipeline->conn, sql, parameters, count, err) &&
           (pipeline->never_waits ? target_pipeline_push(pipeline, err)
                                  : target_flush(pipeline->conn, err));
}

bool
target_pipeline_push(struct target_pipeline *pipeline, struct error *err)
{
    return PQflush(pipeline->conn) >= 0 || target_failed(pipeline->conn, NULL, err);
}

bool
target_query_binary(PGconn *conn, const char *sql, const struct target_parameter *parameters,
                    size_t count, PGresult **result, struct error *err)
{
    PGresult *next;
    *result = NULL;
    if (!send_binary(conn, sql, parameters, count, err)) {
        return false;
    }
    while ((next = target_next_result(conn)) != NULL) {
        PQclear(*result);
        *result = next;
    }
    if (PQresultStatus(*result) == PGRES_TUPLES_OK) {
        return true;
    }
    target_failed(conn, *result, err);
    PQclear(*result);
    *result = NULL;
    return false;
}

/* The results of all statements up to the end of the pipeline. */
static bool
collect(PGconn *conn, uint64_t *affected, struct error *err)
{
    bool ok = true;
    for (;;) {
        AUTO_RESULT *result = target_next_result(conn);
        ExecStatusType state = PQresultStatus(result);
        if (result == NULL && PQstatus(conn) == CONNECTION_OK) {
            continue; /* the end of one statement's results */
        }
        if (state == PGRES_PIPELINE_SYNC) {
            return ok;
        }
        if (state == PGRES_COMMAND_OK || state == PGRES_TUPLES_OK) {
            *affected += strtoull(PQcmdTuples(result), NULL, 10);
        } else if (ok) {
            ok = target_failed(conn, result, err);
        }
        if (PQstatus(conn) == CONNECTION_BAD) {
            return false;
        }
    }
}

/* Leaves the pipeline when all its results were read. */
static bool
leave(PGconn *conn, struct error *err)
{
    (void)PQsetnonblocking(conn, 0);
    return PQexitPipelineMode(conn) ? true : target_failed(conn, NULL, err);
}

bool
target_pipeline_end(struct target_pipeline *pipeline, uint64_t *affected, struct error *err)
{
    PGconn *conn = pipeline->conn;
    uint64_t ignored = 0;
    pipeline->conn = NULL;
    if (!PQpipelineSync(conn)) {
        return target_failed(conn, NULL, err);
    }
    if (!target_flush(conn, err)) {
        target_give_up(conn); /* asked to stop while the server takes nothing */
        return false;
    }
    struct error also;
    bool ok = collect(conn, affected != NULL ? affected : &ignored, err);
    return leave(conn, ok ? err : &also) && ok;
}

void
target_pipeline_close(struct target_pipeline *pipeline)
{
    struct error ignored;
    if (pipeline->conn != NULL && !target_pipeline_end(pipeline, NULL, &ignored)) {
        pipeline->conn = NULL;
    }
}
