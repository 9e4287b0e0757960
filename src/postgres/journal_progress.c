/* journal_progress.c — outgrow.tables, chunks and steps: how far a run has come. */
#include "postgres/journal_internal.h"

#include <string.h>

/* One array per column: all tables in one round trip. */
enum { COLUMNS_MAX = 8 };

/* Runs `sql` with the run's id as $1 and the arrays as $2..., and frees them. */
static bool
run_with_arrays(PGconn *conn, const char *sql, int64_t run_id, struct text *columns,
                size_t count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *parameters[1 + COLUMNS_MAX] = {number_text(run_id, id)};
    for (size_t i = 0; i < count; i++) {
        parameters[1 + i] = target_array_end(&columns[i]);
    }
    bool ok = journal_run_statement(conn, sql, parameters, 1 + count, err);
    for (size_t i = 0; i < count; i++) {
        text_free(&columns[i]);
    }
    return ok;
}

enum { TABLE_COLUMNS = 6 };
static const char save_tables_sql[] =
    "INSERT INTO outgrow.tables (run_id, position, source_table, target_schema, target_table,"
    " profile, problem, rows_source) SELECT $1::bigint, t.position, t.source_table,"
    " t.target_schema, t.target_table, t.profile::json, t.problem, t.rows_source::bigint"
    " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
    " WITH ORDINALITY AS t (source_table, target_schema, target_table, profile, problem,"
    " rows_source, position)"
    " ON CONFLICT (run_id, source_table) DO UPDATE SET target_schema = EXCLUDED.target_schema,"
    " target_table = EXCLUDED.target_table,"
    " profile = coalesce(EXCLUDED.profile, tables.profile),"
    " problem = EXCLUDED.problem, rows_source = EXCLUDED.rows_source";

bool
journal_tables_save(PGconn *conn, int64_t run_id, const struct run_table *tables, size_t count,
                    struct error *err)
{
    if (count == 0) {
        return true;
    }
    struct text columns[TABLE_COLUMNS] = {{0}};
    char number[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < count; i++) {
        const struct run_table *table = &tables[i];
        target_array_add(&columns[0], table->source_table);
        target_array_add(&columns[1], table->target_schema);
        target_array_add(&columns[2], table->target_table);
        target_array_add(&columns[3], table->profile);
        target_array_add(&columns[4], table->problem);
        target_array_add(&columns[5], number_text(table->rows_source, number));
    }
    bool saved = run_with_arrays(conn, save_tables_sql, run_id, columns, TABLE_COLUMNS, err);
    return saved ? true : error_wrap(err, "record the tables of the run");
}

bool
journal_tables_load(PGconn *conn, struct arena *arena, int64_t run_id,
                    struct run_table **tables, size_t *count, struct error *err)
{
    static const char sql[] =
        "SELECT t.source_table, t.target_schema, t.target_table, t.profile, t.problem,"
        " coalesce(t.rows_source, 0), coalesce(c.copied, 0), coalesce(c.set_aside, 0),"
        " coalesce(c.left_out, 0), coalesce(c.updated, 0), t.rows_before,"
        " coalesce(c.bytes_sent, 0), coalesce(c.busy_us, 0)"
        " FROM outgrow.tables t LEFT JOIN (SELECT source_table, sum(rows_copied) AS copied,"
        " sum(rows_set_aside) AS set_aside, sum(rows_left_out) AS left_out,"
        " sum(rows_updated) AS updated, sum(bytes_sent) AS bytes_sent,"
        " sum(busy_us) AS busy_us FROM outgrow.chunks WHERE run_id = $1::bigint"
        " GROUP BY source_table) c USING (source_table)"
        " WHERE t.run_id = $1::bigint ORDER BY t.position, t.source_table";
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, 1, &result, err)) {
        return error_wrap(err, "read the tables of run %s", id);
    }
    *count = (size_t)PQntuples(result);
    *tables = arena_alloc(arena, *count * sizeof **tables);
    for (int i = 0; i < (int)*count; i++) {
        (*tables)[i] = (struct run_table){
            .source_table = target_text(arena, result, i, 0),
            .target_schema = target_text(arena, result, i, 1),
            .target_table = target_text(arena, result, i, 2),
            .profile = target_text(arena, result, i, 3),
            .problem = target_text(arena, result, i, 4),
            .rows_source = result_number(result, i, 5),
            .rows_copied = result_number(result, i, 6),
            .rows_set_aside = result_number(result, i, 7),
            .rows_left_out = result_number(result, i, 8),
            .rows_updated = result_number(result, i, 9),
            .rows_before = result_number(result, i, 10),
            .bytes_sent = result_number(result, i, 11),
            .copy_us = result_number(result, i, 12),
        };
    }
    return true;
}

bool
journal_table_count_before(PGconn *conn, int64_t run_id, const struct run_table *table,
                           struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), table->source_table};
    AUTO_TEXT sql = {0};
    text_add(&sql, "UPDATE outgrow.tables SET rows_before = (SELECT count(*) FROM ");
    target_quote_qualified(&sql, table->target_schema, table->target_table);
    text_add(&sql, ") WHERE run_id = $1::bigint AND source_table = $2");
    return journal_run_statement(conn, text_string(&sql), parameters, 2, err) ||
           error_wrap(err, "count the rows of %s.%s", table->target_schema,
                      table->target_table);
}

enum { CHUNK_COLUMNS = 8 };
static const char save_chunks_sql[] = JOURNAL_WORK_CTE
    "INSERT INTO outgrow.chunks (run_id, source_table, chunk, rows_copied, rows_set_aside,"
    " rows_left_out, rows_updated, bytes_sent, busy_us) SELECT $1::bigint, c.* FROM work,"
    " unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],"
    " $8::bigint[], $9::bigint[]) AS c";

bool
journal_chunks_done(PGconn *conn, int64_t run_id, const struct run_chunk *chunks, size_t count,
                    struct error *err)
{
    struct text columns[CHUNK_COLUMNS] = {{0}};
    char number[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < count; i++) {
        target_array_add(&columns[0], chunks[i].source_table);
        target_array_add(&columns[1], number_text(chunks[i].chunk, number));
        target_array_add(&columns[2], number_text(chunks[i].rows_copied, number));
        target_array_add(&columns[3], number_text(chunks[i].rows_set_aside, number));
        target_array_add(&columns[4], number_text(chunks[i].rows_left_out, number));
        target_array_add(&columns[5], number_text(chunks[i].rows_updated, number));
        target_array_add(&columns[6], number_text(chunks[i].bytes_sent, number));
        target_array_add(&columns[7], number_text(chunks[i].busy_us, number));
    }
    if (!run_with_arrays(conn, save_chunks_sql, run_id, columns, CHUNK_COLUMNS, err)) {
        return error_wrap(err, "record a chunk of table \"%s\"", chunks[0].source_table);
    }
    return true;
}

bool
journal_chunk_correct(PGconn *conn, int64_t run_id, const char *source_table,
                      int64_t rows_copied, int64_t rows_set_aside, struct error *err)
{
    static const char sql[] = JOURNAL_WORK_CTE
        "INSERT INTO outgrow.chunks (run_id, source_table, chunk, rows_copied, rows_set_aside,"
        " rows_left_out, rows_updated, bytes_sent, busy_us)"
        " SELECT $1::bigint, $2, (SELECT least(min(chunk), 0) - 1 FROM outgrow.chunks"
        " WHERE run_id = $1::bigint AND source_table = $2), $3::bigint, $4::bigint, 0, 0, 0, 0"
        " FROM work";
    char id[NUMBER_TEXT_SIZE];
    char copied[NUMBER_TEXT_SIZE];
    char set_aside[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), source_table,
                                      number_text(rows_copied, copied),
                                      number_text(rows_set_aside, set_aside)};
    return journal_run_statement(conn, sql, parameters, 4, err) ||
           error_wrap(err, "correct the counts of table \"%s\"", source_table);
}

bool
journal_chunks_load(PGconn *conn, struct arena *arena, int64_t run_id,
                    struct run_chunk **chunks, size_t *count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT source_table, chunk, rows_copied, rows_set_aside,"
                      " rows_left_out, rows_updated, bytes_sent, busy_us FROM outgrow.chunks"
                      " WHERE run_id = $1::bigint"
                      " ORDER BY source_table, chunk",
                      parameters, 1, &result, err)) {
        return error_wrap(err, "read the chunks of run %s", id);
    }
    *count = (size_t)PQntuples(result);
    *chunks = arena_alloc(arena, *count * sizeof **chunks);
    const char *table = NULL; /* most rows share their table's name with the row before */
    for (int i = 0; i < (int)*count; i++) {
        if (table == NULL || strcmp(table, PQgetvalue(result, i, 0)) != 0) {
            table = target_text(arena, result, i, 0);
        }
        (*chunks)[i] = (struct run_chunk){
            .source_table = table,
            .chunk = (int32_t)result_number(result, i, 1),
            .rows_copied = result_number(result, i, 2),
            .rows_set_aside = result_number(result, i, 3),
            .rows_left_out = result_number(result, i, 4),
            .rows_updated = result_number(result, i, 5),
            .bytes_sent = result_number(result, i, 6),
            .busy_us = result_number(result, i, 7),
        };
    }
    return true;
}

static const char *const step_state_names[] = {
    [STEP_DONE] = "done", [STEP_FAILED] = "failed", [STEP_NOT_VALID] = "not valid"};

enum { STEP_COLUMNS = 4 };
static const char save_steps_sql[] = JOURNAL_WORK_CTE
    "INSERT INTO outgrow.steps (run_id, step, state, message, busy_us)"
    " SELECT $1::bigint, s.* FROM work, unnest($2::text[], $3::text[], $4::text[],"
    " $5::bigint[]) AS s"
    " ON CONFLICT (run_id, step) DO UPDATE SET state = EXCLUDED.state,"
    " message = EXCLUDED.message, busy_us = EXCLUDED.busy_us,"
    " finished_at = clock_timestamp()";

bool
journal_steps_done(PGconn *conn, int64_t run_id, const struct run_step *steps, size_t count,
                   struct error *err)
{
    struct text columns[STEP_COLUMNS] = {{0}};
    char number[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < count; i++) {
        target_array_add(&columns[0], steps[i].step);
        target_array_add(&columns[1], step_state_names[steps[i].state]);
        target_array_add(&columns[2], steps[i].message);
        target_array_add(&columns[3], number_text(steps[i].busy_us, number));
    }
    if (!run_with_arrays(conn, save_steps_sql, run_id, columns, STEP_COLUMNS, err)) {
        return error_wrap(err, "record step %s", steps[0].step);
    }
    return true;
}

static enum step_state
step_state_of_name(const char *name)
{
    if (strcmp(name, step_state_names[STEP_DONE]) == 0) {
        return STEP_DONE;
    }
    return strcmp(name, step_state_names[STEP_FAILED]) == 0 ? STEP_FAILED : STEP_NOT_VALID;
}

bool
journal_steps_load(PGconn *conn, struct arena *arena, int64_t run_id, struct run_step **steps,
                   size_t *count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT step, state, message, busy_us FROM outgrow.steps"
                      " WHERE run_id = $1::bigint ORDER BY finished_at, step",
                      parameters, 1, &result, err)) {
        return error_wrap(err, "read the steps of run %s", id);
    }
    *count = (size_t)PQntuples(result);
    *steps = arena_alloc(arena, *count * sizeof **steps);
    for (int i = 0; i < (int)*count; i++) {
        (*steps)[i] = (struct run_step){
            .step = target_text(arena, result, i, 0),
            .state = step_state_of_name(PQgetvalue(result, i, 1)),
            .message = target_text(arena, result, i, 2),
            .busy_us = result_number(result, i, 3),
        };
    }
    return true;
}
