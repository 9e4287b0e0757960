/* schema_files_run.c — sends a file's statements, and says where in the file one failed. */
#include "postgres/schema_files_internal.h"
#include "postgres/target_internal.h"

#include <stdlib.h>
#include <string.h>

/* Cannot run inside a transaction block; invalid transaction termination. */
static bool
wants_no_transaction(const char *sqlstate)
{
    return strcmp(sqlstate, "25001") == 0 || strcmp(sqlstate, "2D000") == 0;
}

/* Inside of a function or DO block the position is that block's, and the context names it. */
static void
add_context(const PGresult *result, struct error *err)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    if (context != NULL && strncmp(context, "PL/", 3) == 0) {
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, " (%.*s)",
                 (int)strcspn(context, "\n"), context);
    }
}

/* `failed`: the statement that was at work; `start`: where in the file the query began. */
static bool
describe_failure(PGconn *conn, const PGresult *result, const struct schema_file *file,
                 size_t start, size_t failed, struct error *err)
{
    const struct sql_script *script = &file->script;
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    size_t offset = failed < script->statement_count ? script->statements[failed].start : start;
    if (position != NULL) {
        offset = sql_script_offset(script, start, strtol(position, NULL, 10));
    }
    size_t line;
    size_t column;
    sql_script_locate(script, offset, &line, &column);
    target_failed(conn, result, err);
    if (err->kind == ERROR_STOPPED) {
        return false;
    }
    add_context(result, err);
    if (wants_no_transaction(err->sqlstate)) {
        error_hint(err, "make \"-- outgrow: no-transaction\" the file's first line");
    }
    return error_wrap(err, "%s:%zu:%zu", file->name, line, column);
}

/* Rows are thrown away; a COPY that waits for data is ended. */
static bool
result_is_good(PGconn *conn, const PGresult *result)
{
    ExecStatusType state = PQresultStatus(result);
    if (state == PGRES_COPY_IN || state == PGRES_COPY_OUT || state == PGRES_COPY_BOTH) {
        target_abandon_copy(conn, state);
        return false;
    }
    return state == PGRES_COMMAND_OK || state == PGRES_TUPLES_OK || state == PGRES_EMPTY_QUERY;
}

/* The server answers each statement of the query with one result, in order. */
static bool
take_results(PGconn *conn, const struct schema_file *file, size_t first, size_t start,
             struct error *err)
{
    size_t at = first;
    for (;; at++) {
        AUTO_RESULT *result = target_next_result(conn);
        if (result == NULL) {
            return PQstatus(conn) == CONNECTION_OK ||
                   describe_failure(conn, NULL, file, start, at, err);
        }
        if (!result_is_good(conn, result)) {
            describe_failure(conn, result, file, start, at, err);
            target_drain(conn);
            return false;
        }
    }
}

bool
schema_file_run(PGconn *conn, const struct schema_file *file, size_t first, size_t last,
                struct error *err)
{
    const struct sql_script *script = &file->script;
    if (first >= last) {
        return true;
    }
    AUTO_TEXT sql = {0};
    size_t start = script->statements[first].start;
    text_add_bytes(&sql, script->text + start, script->statements[last - 1].end - start);
    if (!PQsendQuery(conn, text_string(&sql))) {
        return describe_failure(conn, NULL, file, start, first, err);
    }
    return take_results(conn, file, first, start, err);
}
