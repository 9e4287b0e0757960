/* tool_table_sqlite.c — the tools over a SQLite file: those of PostgreSQL by their short names, so
 * that an agent keeps one interface before and after the move. */
#include "tool/functions.h"
#include "tool/schemas.h"
#include "tool/tool_table.h"

/* clang-format off */
const struct tool tool_table_sqlite[] = {
    {
        .name = "query",
        .alias = "postgres_query",
        .title = "Read from SQLite",
        .description =
            "Runs one SELECT, read-only. Give values as params. Rows beyond max_rows are"
            " left off, and truncated says so. Blobs come as \\\\x and hex digits." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_SQLITE,
        .input_schema = INPUT(
            T_TEXT("sql", "one statement; values go as ?1, ?2 and params") "," PARAMS ","
            MAX_ROWS "," TIMEOUT "," FORMAT,
            "\"sql\""),
        .output_schema = OUTPUT(ROWS_ANSWER, "\"columns\",\"row_count\",\"truncated\""),
        .run = tool_sqlite_query,
    },
    {
        .name = "execute",
        .alias = "postgres_execute",
        .title = "Change rows in SQLite",
        .description =
            "Runs one INSERT, UPDATE or DELETE, with the file's triggers and foreign keys."
            " UPDATE and DELETE need a WHERE. When more than max_affected rows would change,"
            " all is rolled back. dry_run runs it and rolls back." UNTRUSTED,
        .effect = TOOL_WRITES,
        .destructive = true,
        .backends = TOOL_SQLITE,
        .input_schema = INPUT(
            T_TEXT("sql", "one statement; values go as ?1, ?2 and params") "," PARAMS ","
            MAX_ROWS "," TIMEOUT "," DRY_RUN ","
            NUMBER("max_affected", "roll back when more rows would change") ","
            FLAG("allow_full_table", "let UPDATE and DELETE through without a WHERE"),
            "\"sql\""),
        .output_schema = OUTPUT(
            ROWS_ANSWER "," T("affected", "integer") "," T("affected_in_all", "integer") ","
            T("dry_run", "boolean") "," T("committed", "boolean"),
            "\"affected\",\"dry_run\",\"committed\""),
        .run = tool_sqlite_execute,
    },
    {
        .name = "list_tables",
        .alias = "postgres_list_tables",
        .title = "List tables and views",
        .description =
            "Lists tables and views; verbose adds the columns." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_SQLITE,
        .input_schema = INPUT(
            T_TEXT("schema", "main") ","
            T_TEXT("pattern", "of the name; * and ? stand for others") ","
            NUMBER("limit", "all are told") "," T_TEXT("cursor", "there is one page") ","
            FLAG("verbose", "with columns"),
            ""),
        .output_schema = OUTPUT(OBJECTS("tables"), "\"tables\""),
        .run = tool_sqlite_list_tables,
    },
    {
        .name = "describe_table",
        .alias = "postgres_describe_table",
        .title = "Describe one table",
        .description =
            "Columns with declared types, keys, indexes, triggers, and the table's SQL." UNTRUSTED,
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_SQLITE,
        .input_schema = INPUT(TABLE, "\"table\""),
        .output_schema = OUTPUT(
            T("schema", "string") "," T("table", "string") "," T("kind", "string") ","
            OBJECTS("columns") "," OBJECTS("indexes") "," OBJECTS("foreign_keys"),
            "\"schema\",\"table\",\"kind\""),
        .run = tool_sqlite_describe_table,
    },
    {
        .name = "health_check",
        .alias = "postgres_health_check",
        .title = "How is the file?",
        .description =
            "Version, size, integrity, foreign keys that refer to nothing, free pages.",
        .effect = TOOL_READS,
        .idempotent = true,
        .backends = TOOL_SQLITE,
        .input_schema = INPUT("", ""),
        .output_schema = OUTPUT(
            T("version", "string") "," T("table_count", "integer") ","
            T("size_bytes", "integer") "," T("status", "string") "," OBJECTS("checks"),
            "\"version\",\"table_count\",\"size_bytes\",\"status\",\"checks\""),
        .run = tool_sqlite_health_check,
    },
};
/* clang-format on */

const size_t tool_table_sqlite_count = sizeof tool_table_sqlite / sizeof tool_table_sqlite[0];
