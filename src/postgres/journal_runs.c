/* journal_runs.c — outgrow.runs: one row per run. */
#include "postgres/journal_internal.h"

#include <string.h>

static const char *const state_names[] = {
    [RUN_STARTED] = "started", [RUN_INSPECTED] = "inspected", [RUN_CREATED] = "created",
    [RUN_COPIED] = "copied",   [RUN_FINISHED] = "finished",   [RUN_VERIFIED] = "verified",
};
enum { STATE_COUNT = sizeof state_names / sizeof state_names[0] };

#define STAMP(column)                                                                          \
    "pg_catalog.to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

static const char select_runs[] =
    "SELECT run_id, source_path, snapshot_path, source_state, settings, state, exit_code, "
    "report, " STAMP("started_at") ", " STAMP("finished_at") ", coalesce(batch_id, 0), plan"
                                                             " FROM outgrow.runs";

const char *
run_state_name(enum run_state state)
{
    return state_names[state];
}

/* The table's CHECK allows no other words. */
static enum run_state
state_of_name(const char *name)
{
    int state = 0;
    while (state < STATE_COUNT - 1 && strcmp(state_names[state], name) != 0) {
        state++;
    }
    return (enum run_state)state;
}

static void
run_from_row(struct arena *arena, const PGresult *result, int row, struct run *run)
{
    *run = (struct run){
        .id = result_number(result, row, 0),
        .source_path = target_text(arena, result, row, 1),
        .snapshot_path = target_text(arena, result, row, 2),
        .source_state = target_text(arena, result, row, 3),
        .settings = target_text(arena, result, row, 4),
        .state = state_of_name(PQgetvalue(result, row, 5)),
        .exit_code = (int)result_number(result, row, 6),
        .report = target_text(arena, result, row, 7),
        .started_at = target_text(arena, result, row, 8),
        .finished_at = target_text(arena, result, row, 9),
        .batch_id = result_number(result, row, 10),
        .plan = target_text(arena, result, row, 11),
    };
}

static bool
query_runs(PGconn *conn, const char *where, const char *parameter, PGresult **result,
           struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s%s", select_runs, where);
    return target_query(conn, text_string(&sql), &parameter, 1, result, err);
}

static bool
take_run(struct arena *arena, const PGresult *result, struct run *run, bool *found)
{
    *found = PQntuples(result) > 0;
    if (*found) {
        run_from_row(arena, result, 0, run);
    }
    return true;
}

bool
journal_run_latest(PGconn *conn, struct arena *arena, const char *source_path, struct run *run,
                   bool *found, struct error *err)
{
    AUTO_RESULT *result = NULL;
    return query_runs(
               conn, " WHERE $1::text IS NULL OR source_path = $1 ORDER BY run_id DESC LIMIT 1",
               source_path, &result, err)
               ? take_run(arena, result, run, found)
               : error_wrap(err, "look up the latest run");
}

bool
journal_run_load(PGconn *conn, struct arena *arena, int64_t run_id, struct run *run,
                 bool *found, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char id[NUMBER_TEXT_SIZE];
    return query_runs(conn, " WHERE run_id = $1::bigint", number_text(run_id, id), &result, err)
               ? take_run(arena, result, run, found)
               : error_wrap(err, "look up run %s", id);
}

bool
journal_runs(PGconn *conn, struct arena *arena, struct run **runs, size_t *count,
             struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, select_runs);
    text_add(&sql, " ORDER BY run_id DESC");
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "list the runs");
    }
    *count = (size_t)PQntuples(result);
    *runs = arena_alloc(arena, *count * sizeof **runs);
    for (size_t i = 0; i < *count; i++) {
        run_from_row(arena, result, (int)i, &(*runs)[i]);
    }
    return true;
}

bool
journal_run_add(PGconn *conn, struct arena *arena, struct run *run, struct error *err)
{
    static const char sql[] =
        "INSERT INTO outgrow.runs (source_path, snapshot_path, source_state, settings, state,"
        " plan) VALUES ($1, $2, $3, $4, $5, $6) RETURNING run_id, " STAMP("started_at");
    const char *const parameters[] = {run->source_path,           run->snapshot_path,
                                      run->source_state,          run->settings,
                                      run_state_name(run->state), run->plan};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, 6, &result, err)) {
        return error_wrap(err, "record the run");
    }
    run->id = result_number(result, 0, 0);
    run->started_at = target_text(arena, result, 0, 1);
    return true;
}

/* A statement about one run that must be there: $1 is its number, the values follow. */
static bool
update_run(PGconn *conn, const char *sql, int64_t run_id, const char *const values[2],
           size_t value_count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), values[0], values[1]};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, 1 + value_count, &result, err)) {
        return error_wrap(err, "record the state of run %s", id);
    }
    if (strcmp(PQcmdTuples(result), "1") != 0) {
        return error_set(err, ERROR_TARGET, "run %s is no longer in the target's journal", id);
    }
    return true;
}

bool
journal_run_settle(PGconn *conn, int64_t run_id, const char *settings, const char *plan,
                   struct error *err)
{
    const char *const values[2] = {settings, plan};
    return update_run(conn,
                      "UPDATE outgrow.runs SET settings = $2::json, plan = $3"
                      " WHERE run_id = $1::bigint",
                      run_id, values, 2, err);
}

bool
journal_run_join(PGconn *conn, int64_t run_id, int64_t batch_id, struct error *err)
{
    char batch[NUMBER_TEXT_SIZE];
    const char *const values[2] = {number_text(batch_id, batch)};
    return update_run(conn,
                      "UPDATE outgrow.runs SET batch_id = $2::bigint WHERE run_id = $1::bigint",
                      run_id, values, 1, err);
}

bool
journal_run_advance(PGconn *conn, int64_t run_id, enum run_state state, struct error *err)
{
    const char *const values[2] = {run_state_name(state)};
    return update_run(conn,
                      JOURNAL_WORK_CTE "UPDATE outgrow.runs SET state = $2 FROM work"
                                       " WHERE run_id = $1::bigint",
                      run_id, values, 1, err);
}

bool
journal_run_end(PGconn *conn, int64_t run_id, int exit_code, const char *report,
                struct error *err)
{
    char code[NUMBER_TEXT_SIZE];
    const char *const values[2] = {number_text(exit_code, code), report};
    return update_run(conn,
                      JOURNAL_WORK_CTE "UPDATE outgrow.runs SET state = 'verified',"
                                       " exit_code = $2::integer, report = $3::json,"
                                       " finished_at = clock_timestamp() FROM work"
                                       " WHERE run_id = $1::bigint",
                      run_id, values, 2, err);
}

bool
journal_run_lost(PGconn *conn, struct arena *arena, int64_t run_id, const char **names,
                 struct error *err)
{
    enum { NAMES_SHOWN = 5 };
    static const char sql[] =
        "SELECT target_schema, target_table FROM outgrow.tables WHERE run_id = $1::bigint"
        " AND problem IS NULL AND target_table IS NOT NULL" /* not those left alone */
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = target_schema AND c.relname = target_table)"
        " ORDER BY position, source_table";
    AUTO_RESULT *result = NULL;
    AUTO_TEXT lost = {0};
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    if (!target_query(conn, sql, parameters, 1, &result, err)) {
        return error_wrap(err, "look for the tables of run %s", id);
    }
    for (int i = 0; i < PQntuples(result) && i < NAMES_SHOWN; i++) {
        text_printf(&lost, "%s%s.%s", i > 0 ? ", " : "", PQgetvalue(result, i, 0),
                    PQgetvalue(result, i, 1));
    }
    if (PQntuples(result) > NAMES_SHOWN) {
        text_printf(&lost, " and %d more", PQntuples(result) - NAMES_SHOWN);
    }
    *names = arena_strdup(arena, text_string(&lost));
    return true;
}

bool
journal_run_forget(PGconn *conn, int64_t run_id, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    if (!journal_run_statement(conn, "DELETE FROM outgrow.runs WHERE run_id = $1::bigint",
                               parameters, 1, err)) {
        return error_wrap(err, "forget run %s", id);
    }
    return true;
}
