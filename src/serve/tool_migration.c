/* tool_migration.c — migration_status and verify_table: what the journal and both sides say. */
#include "base/text.h"
#include "postgres/journal.h"
#include "serve/tool_functions.h"
#include "serve/tool_support.h"
#include "serve/value_json.h"
#include "sqlite/source.h"

#include <inttypes.h>
#include <string.h>

static const char status_sql[] =
    "SELECT json_build_object('migrated', count(*) > 0, 'runs', "
    "coalesce(json_agg(json_build_object("
    "'run_id', run_id, 'source', source_path, 'state', state, 'exit_code', exit_code, "
    "'started_at',"
    " started_at, 'finished_at', finished_at, 'tables', tables, 'rows_source', rows_source,"
    " 'rows_copied', rows_copied, 'rows_set_aside', rows_set_aside, 'differences', differences,"
    " 'failed_steps', failed_steps) ORDER BY run_id DESC), '[]')) FROM (SELECT r.*, (SELECT "
    "count(*)"
    " FROM outgrow.tables t WHERE t.run_id = r.run_id AND t.problem IS NULL) AS tables, (SELECT"
    " sum(rows_source) FROM outgrow.tables t WHERE t.run_id = r.run_id) AS rows_source, (SELECT"
    " sum(rows_copied) FROM outgrow.chunks c WHERE c.run_id = r.run_id) AS rows_copied, (SELECT"
    " count(*) FROM outgrow.set_aside s WHERE s.run_id = r.run_id AND NOT altered) AS"
    " rows_set_aside, (SELECT count(*) FROM outgrow.differences d WHERE d.run_id = r.run_id) AS"
    " differences, (SELECT count(*) FROM outgrow.steps s WHERE s.run_id = r.run_id AND s.state "
    "<>"
    " 'done') AS failed_steps FROM outgrow.runs r ORDER BY run_id DESC LIMIT 20) r";

static const char live_sql[] =
    "SELECT coalesce(json_agg(json_build_object('source', source_path, 'state', state, "
    "'state_at',"
    " state_at, 'running', running, 'rows_applied', rows_applied, 'backlog_keys', backlog_keys,"
    " 'lag_us', lag_us, 'seen_at', seen_at, 'reason', reason)), '[]') FROM outgrow.live";

static bool
ask_journal(struct database_lease *lease, json_t **status, struct error *err)
{
    bool exists;
    json_t *live = NULL;
    if (!journal_exists(lease->conn, &exists, err)) {
        return false;
    }
    if (!exists) {
        *status = json_pack("{s:b, s:[]}", "migrated", 0, "runs");
        return true;
    }
    if (!database_ask_json(lease, status_sql, NULL, 0, status, err) ||
        !database_ask_json(lease, live_sql, NULL, 0, &live, err)) {
        return error_wrap(err, "read the journal");
    }
    json_object_set_new(*status, "live", live);
    return true;
}

bool
tool_migration_status(struct tool_host *host, const struct tool_call *call,
                      struct tool_result *result, struct error *err)
{
    (void)err;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    json_t *status = NULL;
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result)) {
        return true;
    }
    if (!ask_journal(&lease, &status, &failed)) {
        json_decref(status);
        return tool_fail(result, &failed);
    }
    return tool_answer(result, status);
}

/* $1 schema, $2 table: what the latest run of that table has recorded. */
static const char recorded_sql[] =
    "SELECT json_build_object('run_id', r.run_id, 'source', r.source_path, 'source_table',"
    " t.source_table, 'state', r.state, 'rows_source', t.rows_source, 'rows_before', "
    "t.rows_before,"
    " 'rows_set_aside', (SELECT count(*) FROM outgrow.set_aside s WHERE s.run_id = r.run_id AND"
    " s.source_table = t.source_table AND NOT altered), 'rows_left_out', (SELECT"
    " coalesce(sum(rows_left_out), 0) FROM outgrow.chunks c WHERE c.run_id = r.run_id AND"
    " c.source_table = t.source_table), 'problem', t.problem, 'differences', (SELECT"
    " coalesce(json_agg(json_build_object('key', key, 'column', column_name, 'kind', kind,"
    " 'source', source_value, 'target', target_value)), '[]') FROM (SELECT * FROM"
    " outgrow.differences d WHERE d.run_id = r.run_id AND d.target_table IN ($2, $1 || '.' || "
    "$2)"
    " LIMIT 20) d)) FROM outgrow.tables t JOIN outgrow.runs r USING (run_id) WHERE "
    "t.target_schema"
    " = $1 AND t.target_table = $2 ORDER BY r.run_id DESC LIMIT 1";

static bool
count_target(struct database_lease *lease, struct arena *arena, const struct table_name *table,
             json_t **count, struct error *err)
{
    const char *sql = arena_printf(arena, "SELECT count(*) FROM %s",
                                   table_quoted(arena, table));
    return database_ask_json(lease, sql, NULL, 0, count, err) ||
           error_wrap(err, "count the rows of %s", table->table);
}

/* The file may have gone elsewhere, or not be on this machine: then *count is JSON null. */
static void
count_source(const json_t *recorded, json_t **count)
{
    const char *path = json_string_value(json_object_get(recorded, "source"));
    const char *table = json_string_value(json_object_get(recorded, "source_table"));
    AUTO_SOURCE source = {0};
    AUTO_STATEMENT *statement = NULL;
    AUTO_TEXT sql = {0};
    struct error ignored;
    *count = json_null();
    if (path == NULL || table == NULL || !source_open(&source, path, &ignored)) {
        return;
    }
    text_add(&sql, "SELECT count(*) FROM ");
    source_quote(&sql, table);
    if (sqlite3_prepare_v2(source.handle, sql.bytes, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        *count = json_integer(sqlite3_column_int64(statement, 0));
    }
}

/* target = before + source - set aside - left out, when nothing was written since. */
static json_t *
compare_counts(json_t *recorded, const json_t *source_now, json_int_t target)
{
    json_int_t source = json_integer_value(
        json_is_integer(source_now) ? source_now : json_object_get(recorded, "rows_source"));
    json_int_t before = json_integer_value(json_object_get(recorded, "rows_before"));
    json_int_t expected = source -
                          json_integer_value(json_object_get(recorded, "rows_set_aside")) -
                          json_integer_value(json_object_get(recorded, "rows_left_out")) +
                          (before > 0 ? before : 0);
    return json_pack("{s:I, s:I, s:b}", "rows_expected", expected, "rows_target", target,
                     "counts_agree", expected == target);
}

static bool
tell_verified(const struct tool_call *call, const struct table_name *table, json_t *recorded,
              const json_t *target, struct tool_result *result)
{
    json_t *source_now = NULL;
    count_source(recorded, &source_now);
    json_t *structured = compare_counts(recorded, source_now, json_integer_value(target));
    json_object_update(structured, recorded);
    json_object_set_new(structured, "rows_source_now", source_now);
    json_object_set_new(structured, "schema", json_string(table->schema));
    json_object_set_new(structured, "table", json_string(table->table));
    bool proven = strcmp(json_string_value(json_object_get(recorded, "state")), "verified") ==
                      0 &&
                  json_array_size(json_object_get(recorded, "differences")) == 0;
    json_object_set_new(structured, "proven_by_last_verification", json_boolean(proven));
    const char *next = arena_printf(
        call->arena, "every cell is compared by: outgrow verify --tables %s SOURCE TARGET",
        json_string_value(json_object_get(recorded, "source_table")));
    json_object_set_new(structured, "next", json_string(next));
    return tool_answer(result, structured);
}

bool
tool_verify_table(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    struct table_name table;
    json_t *recorded = NULL;
    json_t *target = NULL;
    bool exists = false;
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result) ||
        !tool_find_table(call, &lease, &table, result)) {
        return true;
    }
    const char *parameters[] = {table.schema, table.table};
    if (!journal_exists(lease.conn, &exists, &failed) ||
        (exists &&
         !database_ask_json(&lease, recorded_sql, parameters, 2, &recorded, &failed)) ||
        !count_target(&lease, call->arena, &table, &target, &failed)) {
        tool_fail(result, &failed);
    } else if (!json_is_object(recorded)) {
        tool_refuse(result, "see migration_status", "no migration has filled %s", table.table);
    } else {
        tell_verified(call, &table, recorded, target, result);
    }
    json_decref(recorded);
    json_decref(target);
    return true;
}
