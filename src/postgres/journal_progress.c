/* journal_progress.c — outgrow.tables, chunks and steps: how far a run has come. */
#include "postgres/journal_internal.h"

#include <string.h>

/* One array literal per column: all tables in one round trip. */
static void
add_element(struct text *array, const char *value)
{
    text_add_char(array, array->length == 0 ? '{' : ',');
    if (value == NULL) {
        text_add(array, "NULL");
        return;
    }
    text_add_char(array, '"');
    while (*value != '\0') {
        size_t plain = strcspn(value, "\"\\");
        text_add_bytes(array, value, plain);
        value += plain;
        if (*value != '\0') {
            text_add_char(array, '\\');
            text_add_char(array, *value++);
        }
    }
    text_add_char(array, '"');
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
    " target_table = EXCLUDED.target_table, profile = EXCLUDED.profile,"
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
        add_element(&columns[0], table->source_table);
        add_element(&columns[1], table->target_schema);
        add_element(&columns[2], table->target_table);
        add_element(&columns[3], table->profile);
        add_element(&columns[4], table->problem);
        add_element(&columns[5], number_text(table->rows_source, number));
    }
    const char *parameters[1 + TABLE_COLUMNS] = {number_text(run_id, number)};
    for (size_t i = 0; i < TABLE_COLUMNS; i++) {
        text_add_char(&columns[i], '}');
        parameters[1 + i] = text_string(&columns[i]);
    }
    bool saved = journal_run_statement(conn, save_tables_sql, parameters, 1 + TABLE_COLUMNS,
                                       err);
    for (size_t i = 0; i < TABLE_COLUMNS; i++) {
        text_free(&columns[i]);
    }
    return saved ? true : error_wrap(err, "record the tables of the run");
}

bool
journal_tables_load(PGconn *conn, struct arena *arena, int64_t run_id,
                    struct run_table **tables, size_t *count, struct error *err)
{
    static const char sql[] =
        "SELECT t.source_table, t.target_schema, t.target_table, t.profile, t.problem,"
        " coalesce(t.rows_source, 0), coalesce(c.copied, 0), coalesce(c.set_aside, 0)"
        " FROM outgrow.tables t LEFT JOIN (SELECT source_table, sum(rows_copied) AS copied,"
        " sum(rows_set_aside) AS set_aside FROM outgrow.chunks WHERE run_id = $1::bigint"
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
            .source_table = result_text(arena, result, i, 0),
            .target_schema = result_text(arena, result, i, 1),
            .target_table = result_text(arena, result, i, 2),
            .profile = result_text(arena, result, i, 3),
            .problem = result_text(arena, result, i, 4),
            .rows_source = result_number(result, i, 5),
            .rows_copied = result_number(result, i, 6),
            .rows_set_aside = result_number(result, i, 7),
        };
    }
    return true;
}

bool
journal_chunk_done(PGconn *conn, int64_t run_id, const struct run_chunk *chunk,
                   struct error *err)
{
    char numbers[4][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {
        number_text(run_id, numbers[0]),
        chunk->source_table,
        number_text(chunk->chunk, numbers[1]),
        number_text(chunk->rows_copied, numbers[2]),
        number_text(chunk->rows_set_aside, numbers[3]),
    };
    if (!journal_run_statement(conn,
                               JOURNAL_WORK_CTE
                               "INSERT INTO outgrow.chunks (run_id, source_table, chunk,"
                               " rows_copied, rows_set_aside) SELECT $1::bigint, $2::text,"
                               " $3::integer, $4::bigint, $5::bigint FROM work",
                               parameters, 5, err)) {
        return error_wrap(err, "record chunk %s of table \"%s\"", numbers[1],
                          chunk->source_table);
    }
    return true;
}

bool
journal_chunks_load(PGconn *conn, struct arena *arena, int64_t run_id,
                    struct run_chunk **chunks, size_t *count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT source_table, chunk, rows_copied, rows_set_aside"
                      " FROM outgrow.chunks WHERE run_id = $1::bigint"
                      " ORDER BY source_table, chunk",
                      parameters, 1, &result, err)) {
        return error_wrap(err, "read the chunks of run %s", id);
    }
    *count = (size_t)PQntuples(result);
    *chunks = arena_alloc(arena, *count * sizeof **chunks);
    const char *table = NULL; /* most rows share their table's name with the row before */
    for (int i = 0; i < (int)*count; i++) {
        if (table == NULL || strcmp(table, PQgetvalue(result, i, 0)) != 0) {
            table = result_text(arena, result, i, 0);
        }
        (*chunks)[i] = (struct run_chunk){
            .source_table = table,
            .chunk = (int32_t)result_number(result, i, 1),
            .rows_copied = result_number(result, i, 2),
            .rows_set_aside = result_number(result, i, 3),
        };
    }
    return true;
}

static const char *const step_state_names[] = {
    [STEP_DONE] = "done", [STEP_FAILED] = "failed", [STEP_NOT_VALID] = "not valid"};

bool
journal_step_done(PGconn *conn, int64_t run_id, const struct run_step *step, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), step->step,
                                      step_state_names[step->state], step->message};
    if (!journal_run_statement(
            conn,
            JOURNAL_WORK_CTE "INSERT INTO outgrow.steps (run_id, step, state, message)"
                             " SELECT $1::bigint, $2::text, $3::text, $4::text FROM work"
                             " ON CONFLICT (run_id, step) DO UPDATE SET state = EXCLUDED.state,"
                             " message = EXCLUDED.message, finished_at = clock_timestamp()",
            parameters, 4, err)) {
        return error_wrap(err, "record step %s", step->step);
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
                      "SELECT step, state, message FROM outgrow.steps"
                      " WHERE run_id = $1::bigint ORDER BY finished_at, step",
                      parameters, 1, &result, err)) {
        return error_wrap(err, "read the steps of run %s", id);
    }
    *count = (size_t)PQntuples(result);
    *steps = arena_alloc(arena, *count * sizeof **steps);
    for (int i = 0; i < (int)*count; i++) {
        (*steps)[i] = (struct run_step){
            .step = result_text(arena, result, i, 0),
            .state = step_state_of_name(PQgetvalue(result, i, 1)),
            .message = result_text(arena, result, i, 2),
        };
    }
    return true;
}
