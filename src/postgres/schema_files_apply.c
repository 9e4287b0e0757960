/* schema_files_apply.c — runs the files that are still to be run, under a lock. */
#include "base/clock.h"
#include "base/stop.h"
#include "postgres/schema_files_internal.h"

#include <string.h>

enum { LOCK_RETRY_MS = 100 };

/* Everything one call of schema_files_apply needs. */
struct application {
    PGconn *conn;
    struct arena *arena;
    const struct schema_files_request *request;
};

static void
tell(const struct application *application, const struct schema_file *file)
{
    if (application->request->report != NULL) {
        application->request->report(application->request->context, file);
    }
}

/* Asks again and again rather than waiting in the server: a statement that waits holds a
 * snapshot, and the other's CREATE INDEX CONCURRENTLY would wait for that. */
static bool
take_lock(const struct application *application, struct error *err)
{
    for (bool first = true;; first = false) {
        AUTO_RESULT *result = NULL;
        if (!target_query(application->conn,
                          "SELECT pg_catalog.pg_try_advisory_lock(1869968487, 4)", NULL, 0,
                          &result, err)) {
            return false;
        }
        if (target_is_true(result, 0, 0)) {
            return true;
        }
        if (first) {
            tell(application, NULL);
        }
        if (!stop_wait(LOCK_RETRY_MS, err)) {
            return false;
        }
    }
}

static bool
give_lock(PGconn *conn, struct error *err)
{
    return target_execute(conn, "SELECT pg_catalog.pg_advisory_unlock(1869968487, 4)", err);
}

/* finished: the whole file ran; else its first `done` statements. */
static bool
record(const struct application *application, const struct schema_file *file, size_t done,
       bool finished, int64_t began_ms, struct error *err)
{
    static const char sql[] =
        "INSERT INTO outgrow.schema_files AS f (series, number, name, sha256, statements_done,"
        " applied_at, run_ms) VALUES ($1, $2::bigint, $3, $4, $5::integer,"
        " CASE WHEN $6::boolean THEN pg_catalog.clock_timestamp() END, $7::bigint)"
        " ON CONFLICT (series, number) DO UPDATE SET name = excluded.name,"
        " sha256 = excluded.sha256, statements_done = excluded.statements_done,"
        " applied_at = excluded.applied_at, run_ms = excluded.run_ms"
        " WHERE f.applied_at IS NULL";
    const struct sql_script *script = &file->script;
    size_t length = finished    ? script->length
                    : done == 0 ? 0
                                : script->statements[done - 1].end;
    char number[NUMBER_TEXT_SIZE];
    char statements[NUMBER_TEXT_SIZE];
    char run_ms[NUMBER_TEXT_SIZE];
    const char *sha256 = NULL;
    if (!schema_files_digest(application->conn, application->arena, script, length, &sha256,
                             err)) {
        return false;
    }
    const char *const parameters[] = {application->request->list->series,
                                      number_text(file->number, number),
                                      file->name,
                                      sha256,
                                      number_text((int64_t)done, statements),
                                      finished ? "t" : "f",
                                      number_text(clock_monotonic_ms() - began_ms, run_ms)};
    return journal_run_statement(application->conn, sql, parameters, 7, err)
               ? true
               : error_wrap(err, "record that %s ran", file->name);
}

static bool
run_in_transaction(const struct application *application, const struct schema_file *file,
                   struct error *err)
{
    int64_t began_ms = clock_monotonic_ms();
    size_t count = file->script.statement_count;
    AUTO_TRANSACTION transaction = {0};
    if (!target_begin(&transaction, application->conn, err) ||
        !schema_file_run(application->conn, file, 0, count, err)) {
        return false;
    }
    if (PQtransactionStatus(application->conn) != PQTRANS_INTRANS) {
        return error_set(err, ERROR_TARGET, "%s: ended the transaction it ran in", file->name);
    }
    if (!target_reset_session(application->conn, err) ||
        !record(application, file, count, true, began_ms, err)) {
        return false;
    }
    /* Deferred constraints speak up only now. */
    return target_commit(&transaction, err) ? true : error_wrap(err, "%s: commit", file->name);
}

/* What SET did in the session that was interrupted has to be done again. */
static bool
repeat_settings(const struct application *application, const struct schema_file *file,
                size_t done, struct error *err)
{
    for (size_t i = 0; i < done; i++) {
        if (file->script.statements[i].setting &&
            !schema_file_run(application->conn, file, i, i + 1, err)) {
            return false;
        }
    }
    return true;
}

/* Each statement commits by itself, then its record: one that was just done when we are
 * killed is tried again. */
static bool
run_one_by_one(const struct application *application, const struct schema_file *file,
               size_t done, struct error *err)
{
    int64_t began_ms = clock_monotonic_ms();
    size_t count = file->script.statement_count;
    if (!repeat_settings(application, file, done, err)) {
        return false;
    }
    for (size_t i = done; i < count; i++) {
        if (!stop_check(err) || !schema_file_run(application->conn, file, i, i + 1, err) ||
            !record(application, file, i + 1, false, began_ms, err)) {
            return false;
        }
    }
    return record(application, file, count, true, began_ms, err);
}

static bool
run_file(const struct application *application, const struct schema_file_status *status,
         struct error *err)
{
    tell(application, status->file);
    if (!status->file->script.no_transaction) {
        return run_in_transaction(application, status->file, err);
    }
    struct error ignored;
    bool ok = run_one_by_one(application, status->file, status->statements_done, err);
    return target_reset_session(application->conn, ok ? err : &ignored) && ok;
}

static bool
run_pending(const struct application *application, struct schema_file_status **statuses,
            size_t *count, struct error *err)
{
    struct schema_file_status *before = NULL;
    size_t before_count = 0;
    if (!schema_files_compare(application->conn, application->arena, application->request->list,
                              &before, &before_count, err) ||
        !schema_files_check(before, before_count, application->request->allow_out_of_order,
                            err)) {
        return false;
    }
    for (size_t i = 0; i < before_count; i++) {
        if (schema_file_is_pending(&before[i]) &&
            (!stop_check(err) || !run_file(application, &before[i], err))) {
            return false;
        }
    }
    if (!schema_files_compare(application->conn, application->arena, application->request->list,
                              statuses, count, err)) {
        return false;
    }
    for (size_t i = 0; i < *count && i < before_count; i++) {
        (*statuses)[i].applied_now = schema_file_is_pending(&before[i]);
    }
    return true;
}

bool
schema_files_apply(PGconn *conn, struct arena *arena,
                   const struct schema_files_request *request,
                   struct schema_file_status **statuses, size_t *count, struct error *err)
{
    const struct application application = {.conn = conn, .arena = arena, .request = request};
    struct error ignored;
    if (!journal_ensure(conn, err) || !take_lock(&application, err)) {
        return false;
    }
    bool ok = run_pending(&application, statuses, count, err);
    return give_lock(conn, ok ? err : &ignored) && ok;
}
