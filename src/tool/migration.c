/* migration.c — migration_status and verify_table: what the journal says, and both sides. */
#include "agent/support.h"
#include "agent/value_json.h"
#include "postgres/journal.h"
#include "tool/functions.h"

enum { VERIFY_MS_DEFAULT = 600000, VERIFY_MS_MAX = 24 * 3600 * 1000 };

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

/* $1 schema, $2 table: the latest run that has brought rows there. */
static const char run_sql[] =
    "SELECT json_build_object('run_id', max(run_id)) FROM outgrow.tables"
    " WHERE target_schema = $1 AND target_table = $2 AND problem IS NULL HAVING count(*) > 0";

/* False: *result says why not. */
static bool
find_run(struct tool_host *host, const struct tool_call *call, struct table_to_verify *wanted,
         struct tool_result *result)
{
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    struct table_name table;
    json_t *run = NULL;
    bool exists = false;
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result) ||
        !tool_find_table(call, &lease, &table, result)) {
        return false;
    }
    const char *parameters[] = {table.schema, table.table};
    if (!journal_exists(lease.conn, &exists, &failed) ||
        (exists && !database_ask_json(&lease, run_sql, parameters, 2, &run, &failed))) {
        tool_fail(result, &failed);
        return false;
    }
    wanted->schema = table.schema;
    wanted->table = table.table;
    wanted->run_id = json_integer_value(json_object_get(run, "run_id"));
    bool found = json_is_object(run);
    json_decref(run);
    if (!found) {
        tool_refuse(result, "see migration_status", "no migration has filled %s", table.table);
    }
    return found;
}

/* The comparison has connections of its own: that of the call is back in its pool meanwhile. */
bool
tool_verify_table(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    struct table_to_verify wanted = {
        .conninfo = host->settings.conninfo_read,
        .timeout_ms = argument_number(call, "timeout_ms", VERIFY_MS_DEFAULT, 1, VERIFY_MS_MAX),
    };
    json_t *found = NULL;
    struct error failed;
    if (!find_run(host, call, &wanted, result)) {
        return true;
    }
    if (!host->settings.verify_table(host->settings.verify_context, &wanted, call, &found,
                                     &failed)) {
        return tool_fail(result, &failed);
    }
    json_object_set_new(found, "schema", value_json_text(wanted.schema));
    json_object_set_new(found, "table", value_json_text(wanted.table));
    return tool_answer(result, found);
}
