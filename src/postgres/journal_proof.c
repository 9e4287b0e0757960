/* journal_proof.c — outgrow.verified and outgrow.chain_state: what verification has seen. */
#include "postgres/journal_internal.h"

#include <string.h>

/* written_by differs from the row's own transaction where a dump was restored: its
 * snapshot_xmin then counts another cluster's transactions. */
static const char load_sql[] =
    "SELECT source_table, rows_source, rows_target, rows_set_aside, snapshot_xmin::text"
    " FROM outgrow.verified WHERE run_id = $1::bigint AND source_state = $2"
    " AND xmin = written_by::xid"
    " AND pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint"
    " - snapshot_xmin::text::bigint BETWEEN 0 AND 2000000000 ORDER BY source_table";

bool
journal_verified_load(PGconn *conn, struct arena *arena, int64_t run_id,
                      const char *source_state, struct verified_tables *tables,
                      struct error *err)
{
    AUTO_RESULT *result = NULL;
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), source_state};
    if (!target_query(conn, load_sql, parameters, 2, &result, err)) {
        return error_wrap(err, "read which tables were compared already");
    }
    tables->count = (size_t)PQntuples(result);
    tables->items = arena_alloc(arena, (tables->count + 1) * sizeof *tables->items);
    for (int i = 0; i < PQntuples(result); i++) {
        tables->items[i] = (struct verified_table){
            .source_table = target_text(arena, result, i, 0),
            .rows_source = result_number(result, i, 1),
            .rows_target = result_number(result, i, 2),
            .rows_set_aside = result_number(result, i, 3),
            .snapshot_xmin = target_text(arena, result, i, 4),
        };
    }
    return true;
}

bool
journal_verified_add(PGconn *conn, int64_t run_id, const char *source_state,
                     const struct verified_table *table, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    char numbers[4][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, numbers[0]),
                                      table->source_table,
                                      source_state,
                                      table->snapshot_xmin,
                                      number_text(table->rows_source, numbers[1]),
                                      number_text(table->rows_target, numbers[2]),
                                      number_text(table->rows_set_aside, numbers[3])};
    bool good = target_begin(&transaction, conn, err) &&
                target_execute(conn, "SET LOCAL synchronous_commit = off", err) &&
                journal_run_statement(
                    conn,
                    "INSERT INTO outgrow.verified (run_id, source_table, source_state,"
                    " snapshot_xmin, rows_source, rows_target, rows_set_aside)"
                    " VALUES ($1::bigint, $2, $3, $4::xid8, $5::bigint, $6::bigint, $7::bigint)"
                    " ON CONFLICT (run_id, source_table) DO UPDATE SET"
                    " source_state = excluded.source_state,"
                    " snapshot_xmin = excluded.snapshot_xmin, written_by = excluded.written_by,"
                    " rows_source = excluded.rows_source, rows_target = excluded.rows_target,"
                    " rows_set_aside = excluded.rows_set_aside",
                    parameters, 7, err) &&
                target_commit(&transaction, err);
    return good ? true : error_wrap(err, "record that a table was compared");
}

bool
journal_verified_forget(PGconn *conn, int64_t run_id, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    return journal_run_statement(conn, "DELETE FROM outgrow.verified WHERE run_id = $1::bigint",
                                 parameters, 1, err);
}

static bool
save_state(PGconn *conn, const struct chain_state *state, struct error *err)
{
    char links[NUMBER_TEXT_SIZE];
    char source_links[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {state->schema_name,
                                      state->table_name,
                                      number_text(state->links, links),
                                      state->first_broken,
                                      state->expected,
                                      state->found,
                                      state->first_broken == NULL ? "intact" : "broken",
                                      number_text(state->source_links, source_links),
                                      state->source_first_broken,
                                      state->source_first_broken == NULL ? "intact" : "broken",
                                      state->exposed_as};
    return journal_run_statement(
        conn,
        "INSERT INTO outgrow.chain_state (schema_name, table_name, links, first_broken,"
        " expected, found, integrity_status, source_links, source_first_broken, source_status,"
        " exposed_as) VALUES ($1, $2, $3::bigint, $4, $5, $6, $7, $8::bigint, $9, $10, $11)"
        " ON CONFLICT (schema_name, table_name) DO UPDATE SET links = excluded.links,"
        " first_broken = excluded.first_broken, expected = excluded.expected,"
        " found = excluded.found, integrity_status = excluded.integrity_status,"
        " source_links = excluded.source_links,"
        " source_first_broken = excluded.source_first_broken,"
        " source_status = excluded.source_status, exposed_as = excluded.exposed_as,"
        " checked_at = excluded.checked_at",
        parameters, sizeof parameters / sizeof *parameters, err);
}

static bool
is_there(PGconn *conn, const char *sql, const char *const *parameters, size_t count,
         bool *there, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, count, &result, err)) {
        return false;
    }
    *there = PQntuples(result) > 0;
    return true;
}

/* Owner's rights: whoever may read the view need not see the schema outgrow. */
static void
add_view(struct text *sql, const char *schema, const char *name, const char *exposed_as)
{
    text_add(sql, "CREATE OR REPLACE VIEW ");
    target_quote_qualified(sql, schema, name);
    text_add(sql, " AS SELECT schema_name, table_name, links, first_broken, integrity_status,"
                  " checked_at FROM outgrow.chain_state WHERE exposed_as = ");
    target_quote_literal(sql, exposed_as);
}

static bool
expose(PGconn *conn, const char *exposed_as, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT sql = {0};
    const char *dot = strchr(exposed_as, '.');
    const char *schema = dot == NULL
                             ? "public"
                             : arena_strndup(&arena, exposed_as, (size_t)(dot - exposed_as));
    const char *name = dot == NULL ? exposed_as : dot + 1;
    bool there = false;
    if (!is_there(conn, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", &schema, 1,
                  &there, err)) {
        return false;
    }
    if (!there) {
        text_add(&sql, "CREATE SCHEMA ");
        target_quote_name(&sql, schema);
        text_add(&sql, ";");
    }
    add_view(&sql, schema, name, exposed_as);
    return target_execute(conn, text_string(&sql), err) ||
           error_wrap(err, "expose the state of the hash chain as %s", exposed_as);
}

bool
journal_chain_save(PGconn *conn, const struct chain_state *state, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, conn, err) && save_state(conn, state, err) &&
           (state->exposed_as == NULL || expose(conn, state->exposed_as, err)) &&
           target_commit(&transaction, err);
}
