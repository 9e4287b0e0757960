/* repair_step.c — a key, index or constraint that is missing or not valid; see repair_internal.h. */
#include "repair/repair_internal.h"

#include <inttypes.h>
#include <string.h>

/* undefined_object, undefined_table */
static bool
is_not_there(const struct error *err)
{
    return strcmp(err->sqlstate, "42704") == 0 || strcmp(err->sqlstate, "42P01") == 0;
}

/* One attempt: `sql`, then `more`. */
static bool
attempt(PGconn *conn, int64_t run_id, const char *id, const char *sql, const char *more,
        struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct run_step done = {.step = id, .state = STEP_DONE};
    return target_begin(&transaction, conn, err) && target_execute(conn, sql, err) &&
           (more == NULL || target_execute(conn, more, err)) &&
           journal_step_done(conn, run_id, &done, err) && target_commit(&transaction, err);
}

/* The constraint is there and its rows do not allow it: the server's words are kept. */
static bool
note_not_valid(PGconn *conn, int64_t run_id, const char *id, const char *message,
               struct error *err)
{
    const struct run_step outcome = {.step = id, .state = STEP_NOT_VALID, .message = message};
    return journal_step_done(conn, run_id, &outcome, err);
}

static bool
make_anew(PGconn *conn, int64_t run_id, const struct plan_step *step, struct error *refused)
{
    if (attempt(conn, run_id, step->id, step->sql, step->validate_sql, refused)) {
        return true;
    }
    /* At least for the rows to come. */
    struct error err;
    bool rows_refuse = step->validate_sql != NULL && refused->kind == ERROR_TARGET &&
                       strncmp(refused->sqlstate, "23", 2) == 0;
    if (rows_refuse && attempt(conn, run_id, step->id, step->sql, NULL, &err) &&
        !note_not_valid(conn, run_id, step->id, refused->message, &err)) {
        *refused = err;
    }
    return false;
}

bool
repair_step(PGconn *conn, int64_t run_id, const struct plan_step *step, struct arena *arena,
            const char **reason, struct error *err)
{
    struct error refused = {0};
    bool done = step->validate_sql != NULL &&
                attempt(conn, run_id, step->id, step->validate_sql, NULL, &refused);
    if (!done && (step->validate_sql == NULL || is_not_there(&refused))) {
        done = make_anew(conn, run_id, step, &refused);
    }
    if (!done && (refused.kind != ERROR_TARGET || PQstatus(conn) != CONNECTION_OK)) {
        *err = refused;
        return false;
    }
    *reason = done ? NULL : arena_strdup(arena, refused.message);
    return true;
}

/* Never backwards: others may have drawn from it. */
bool
repair_sequence(PGconn *conn, const struct plan_table *table, const struct plan_column *column,
                struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT name = {0};
    AUTO_TEXT sql = {0};
    target_quote_qualified(&name, table->schema, table->name);
    const char *const parameters[] = {text_string(&name), column->name};
    text_add(&sql, "WITH s AS MATERIALIZED (SELECT pg_catalog.pg_get_serial_sequence($1, $2)"
                   "::regclass AS oid) SELECT pg_catalog.setval(s.oid, GREATEST((SELECT max(");
    target_quote_name(&sql, column->name);
    text_printf(&sql,
                ") FROM %s), %" PRId64 ", 1, pg_catalog.pg_sequence_last_value(s.oid)), true)"
                " FROM s",
                text_string(&name), column->identity_last);
    if (!target_query(conn, text_string(&sql), parameters, 2, &result, err)) {
        return false;
    }
    return !PQgetisnull(result, 0, 0) ||
           error_set(err, ERROR_TARGET, "the column has no sequence");
}

bool
repair_not_null(PGconn *conn, const struct plan_table *table, const struct plan_column *column,
                struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "ALTER TABLE ");
    target_quote_qualified(&sql, table->schema, table->name);
    text_add(&sql, " ALTER COLUMN ");
    target_quote_name(&sql, column->name);
    text_add(&sql, " SET NOT NULL");
    return target_execute(conn, text_string(&sql), err);
}
