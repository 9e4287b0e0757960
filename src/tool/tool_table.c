/* tool_table.c — the tools: names, what they are for, their arguments and answers. */
#include "tool/tool_table.h"

#include "tool/functions.h"
#include "tool/schemas.h"

/* clang-format off */
const struct tool tool_table[] = {
    {
        .name = "postgres_query",
        .alias = "query",
        .title = "Read from PostgreSQL",
        .description =
            "Runs one SELECT (or TABLE, VALUES, EXPLAIN of a SELECT, SHOW of some settings)"
            " in a read-only transaction. Give values as params. Rows beyond max_rows are"
            " left off and truncated says so: narrow the query, or page by key." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(SQL "," PARAMS "," MAX_ROWS "," TIMEOUT "," FORMAT, "\"sql\""),
        .output_schema = OUTPUT(ROWS_ANSWER, "\"columns\",\"row_count\",\"truncated\""),
        .run = tool_query,
    },
    {
        .name = "postgres_execute",
        .alias = "execute",
        .title = "Change rows in PostgreSQL",
        .description =
            "Runs one INSERT, UPDATE or DELETE. UPDATE and DELETE need a WHERE that names a"
            " column. When more than max_affected rows would change, cascades and triggers"
            " included, all is rolled back. dry_run runs it and rolls back (sequences still"
            " move)." UNTRUSTED,
        .effect = TOOL_WRITES,
        .destructive = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            SQL "," PARAMS "," MAX_ROWS "," TIMEOUT "," LOCK_TIMEOUT "," DRY_RUN ","
            NUMBER("max_affected", "roll back when more rows would change") ","
            FLAG("allow_full_table", "let UPDATE and DELETE through without a WHERE"),
            "\"sql\""),
        .output_schema = OUTPUT(
            ROWS_ANSWER "," T("command", "string") "," T("affected", "integer") ","
            T("affected_in_all", "integer") "," T("dry_run", "boolean") ","
            T("committed", "boolean"),
            "\"command\",\"affected\",\"dry_run\",\"committed\""),
        .run = tool_execute,
    },
    {
        .name = "postgres_schema_alter",
        .alias = "schema_alter",
        .title = "Alter a table or its indexes",
        .description =
            "Runs one ALTER TABLE (ADD COLUMN, ALTER COLUMN TYPE/DEFAULT/NOT NULL, ADD or"
            " VALIDATE CONSTRAINT), CREATE INDEX or DROP INDEX, and tells what changed and"
            " the SQL that leads back. dry_run shows the same and rolls back. Use CREATE"
            " INDEX CONCURRENTLY on tables in use. DROP COLUMN and DROP CONSTRAINT need"
            " allow_destructive and confirm.",
        .effect = TOOL_ALTERS,
        .destructive = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            T_TEXT("sql", "one statement") "," TIMEOUT "," LOCK_TIMEOUT "," DRY_RUN ","
            CONFIRM ","
            FLAG("allow_destructive",
                 "let DROP COLUMN and DROP CONSTRAINT through, where the server does"),
            "\"sql\""),
        .output_schema = OUTPUT(
            ALTERATION_ANSWER "," T("statement", "string"),
            "\"sql\",\"dry_run\",\"committed\",\"changes\""),
        .run = tool_schema_alter,
    },
    {
        .name = "postgres_list_tables",
        .alias = "list_tables",
        .title = "List tables and views",
        .description =
            "Lists tables and views with estimated rows and bytes, page by page (cursor)."
            " verbose adds the columns. Begin here, then postgres_describe_table." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            T_TEXT("schema", "only this one") ","
            T_TEXT("pattern", "of the name; * and ? stand for others") ","
            NUMBER("limit", "200 when not given") ","
            T_TEXT("cursor", "next_cursor of the page before") ","
            FLAG("verbose", "with columns"),
            ""),
        .output_schema = OUTPUT(
            OBJECTS("tables") "," T("next_cursor", "string"),
            "\"tables\""),
        .run = tool_list_tables,
    },
    {
        .name = "postgres_describe_table",
        .alias = "describe_table",
        .title = "Describe one table",
        .description =
            "Columns with types, defaults and comments, keys both ways, checks, indexes,"
            " triggers, size. sections: only these, of columns, primary_key, foreign_keys,"
            " referenced_by, uniques, checks, indexes, triggers, comment." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            TABLE "," TEXTS("sections", "all when not given"),
            "\"table\""),
        .output_schema = OUTPUT(
            T("schema", "string") "," T("table", "string") "," T("kind", "string") ","
            T("estimated_rows", "integer") "," T("bytes", "integer") ","
            OBJECTS("columns") "," OBJECTS("indexes") "," OBJECTS("foreign_keys"),
            "\"schema\",\"table\",\"kind\""),
        .run = tool_describe_table,
    },
    {
        .name = "postgres_health_check",
        .alias = "health_check",
        .title = "How is the database?",
        .description =
            "Version, size, connections, locks, cache, indexes (invalid, bloated,"
            " duplicate, unused), keys, constraints never validated, sequences (running out,"
            " behind their column), wraparound, vacuum, replication, settings, roles: each"
            " with status ok, warn, critical or unknown, and what to do. checks: only these.",
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(TEXTS("checks", "names; all when not given"), ""),
        .output_schema = OUTPUT(
            T("version", "string") "," T("table_count", "integer") ","
            T("size_bytes", "integer") "," T("status", "string") "," OBJECTS("checks"),
            "\"version\",\"table_count\",\"size_bytes\",\"status\",\"checks\""),
        .run = tool_health_check,
    },
    {
        .name = "explain_query",
        .title = "Explain a statement",
        .description =
            "The plan of one SELECT, INSERT, UPDATE or DELETE (given without EXPLAIN), what"
            " stands out in it, and indexes that would help; with the extension hypopg their"
            " costs before and after. analyze runs a SELECT, in a read-only transaction;"
            " what writes is only planned.",
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            SQL "," PARAMS "," TIMEOUT "," FLAG("analyze", "run it and measure") ","
            TEXTS("hypothetical_indexes", "CREATE INDEX statements to imagine"),
            "\"sql\""),
        .output_schema = OUTPUT(
            T("total_cost", "number") "," T("execution_ms", "number") ","
            OBJECTS("findings") "," OBJECTS("index_advice") "," T("hypopg", "boolean") ","
            T("plan", "object"),
            "\"total_cost\",\"findings\",\"plan\""),
        .run = tool_explain_query,
    },
    {
        .name = "fix_missing_column",
        .title = "Add a column that is missing",
        .description =
            "For 'column does not exist': looks first whether a similar name is meant, then"
            " adds the column (nullable) to the table, proves that it is there and that sql,"
            " the statement that failed, is understood now, and records it in"
            " outgrow.healing with the way back. Applies only where the server was started"
            " with --heal apply; else it shows what it would do.",
        .effect = TOOL_ALTERS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            TABLE "," T_TEXT("column", "the missing one") ","
            T_TEXT("type", "infer when not given") ","
            "\"value\":{\"description\":\"an example, to infer the type from\",\"anyOf\":["
            "{\"type\":\"string\"},{\"type\":\"number\"},{\"type\":\"boolean\"},"
            "{\"type\":\"object\"},{\"type\":\"array\"}]},"
            T_TEXT("sql", "the statement that failed") ","
            FLAG("even_if_similar", "also when a column of nearly that name is there") ","
            DRY_RUN,
            "\"table\",\"column\""),
        .output_schema = OUTPUT(
            ALTERATION_ANSWER "," HEALED,
            "\"table\",\"column\",\"applied\""),
        .run = tool_fix_missing_column,
    },
    {
        .name = "create_performance_index",
        .title = "Create an index that helps",
        .description =
            "Creates an index, CONCURRENTLY unless told otherwise. With sql, the SELECT"
            " that is slow, it is measured with EXPLAIN before and after, and dropped again"
            " when the plan does not get a tenth cheaper. Recorded in outgrow.healing."
            " Applies only where the server was started with --heal apply; else it shows the"
            " SQL, and with hypopg what it would bring.",
        .effect = TOOL_ALTERS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            TABLE ","
            TEXTS("columns", "compared for equality first, then ranges, then order") ","
            T_TEXT("where", "a predicate, for a partial index") "," FLAG("unique", "") ","
            FLAG("concurrently", "true when not given") ","
            T_TEXT("sql", "the SELECT to be made faster") "," PARAMS "," DRY_RUN "," TIMEOUT,
            "\"table\",\"columns\""),
        .output_schema = OUTPUT(
            ALTERATION_ANSWER "," HEALED "," T("cost_before", "number") ","
            T("cost_after", "number") "," T("estimate", "object"),
            "\"table\",\"name\",\"applied\""),
        .run = tool_create_index,
    },
    {
        .name = "heal",
        .title = "Mend what the health check found",
        .description =
            "problem failing_statement (sql): finds out why it is not understood, adds columns that"
            " are missing, and undoes that when it does not help. sequence_behind (table): sets it past the column's largest value."
            " not_valid_constraint (table, name): validates it. invalid_index, bloated_index"
            " (name): rebuilds it beside running writers. Looks before and after; what did"
            " not help is undone. Recorded in outgrow.healing. Applies only where the server"
            " was started with --heal apply; else it shows the SQL.",
        .effect = TOOL_ALTERS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            "\"problem\":{\"type\":\"string\",\"enum\":[\"failing_statement\",\"sequence_behind\",\"not_valid_constraint\","
            "\"invalid_index\",\"bloated_index\"]}," TABLE ","
            T_TEXT("name", "of the constraint or index") ","
            T_TEXT("sql", "the statement that fails") "," DRY_RUN "," TIMEOUT,
            "\"problem\""),
        .output_schema = OUTPUT(
            T("problem", "string") "," T("action", "string") "," T("object", "string") ","
            T("sql", "string") "," T("before", "object") "," T("after", "object") ","
            HEALED,
            "\"problem\",\"sql\",\"applied\""),
        .run = tool_heal,
    },
    {
        .name = "migration_status",
        .title = "What was migrated into this database",
        .description =
            "The runs of outgrow in this database: sources, states, rows copied and set"
            " aside, differences, and sources that are still followed.",
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT("", ""),
        .output_schema = OUTPUT(
            T("migrated", "boolean") "," OBJECTS("runs") "," OBJECTS("live"),
            "\"migrated\",\"runs\""),
        .run = tool_migration_status,
    },
    {
        .name = "verify_table",
        .title = "Is a migrated table the same as its source?",
        .description =
            "Compares every cell of a table with the SQLite source it came from, as both are now,"
            " by the plan and the settings of the run that brought it. Reads only, takes as long as"
            " reading both sides takes, tells progress, and can be cancelled. same: no row is"
            " missing, extra or different, but for those the run set aside." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_POSTGRES,
        .input_schema = INPUT(
            TABLE "," NUMBER("timeout_ms", "of the whole comparison; ten minutes when not given"),
            "\"table\""),
        .output_schema = OUTPUT(
            T("schema", "string") "," T("table", "string") "," T("run_id", "integer") ","
            T("source", "string") "," T("source_table", "string") ","
            T("source_changed", "boolean") "," T("same", "boolean") ","
            T("rows_compared", "integer") "," T("rows_source", "integer") ","
            T("rows_target", "integer") "," T("rows_set_aside", "integer") ","
            T("rows_left_out", "integer") "," T("rows_kept", "integer") ","
            T("rows_different", "integer") "," T("rows_missing", "integer") ","
            T("rows_extra", "integer") "," OBJECTS("differences") ","
            T("differences_truncated", "boolean") "," T("duration_ms", "number") ","
            T("next", "string"),
            "\"table\",\"same\",\"rows_compared\",\"differences\""),
        .run = tool_verify_table,
    },
};
/* clang-format on */

const size_t tool_count = sizeof tool_table / sizeof tool_table[0];
