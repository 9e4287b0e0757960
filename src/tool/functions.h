/* functions.h — the functions behind tool_table. */
#ifndef TOOL_FUNCTIONS_H
#define TOOL_FUNCTIONS_H

#include "agent/database.h"
#include "agent/tool.h"
#include "heal/table_facts.h"

tool_function tool_query;
tool_function tool_execute;
tool_function tool_schema_alter;
tool_function tool_list_tables;
tool_function tool_describe_table;
tool_function tool_health_check;
tool_function tool_explain_query;
tool_function tool_fix_missing_column;
tool_function tool_create_index;
tool_function tool_heal;
tool_function tool_migration_status;
tool_function tool_verify_table;
tool_function tool_sqlite_query;
tool_function tool_sqlite_execute;
tool_function tool_sqlite_list_tables;
tool_function tool_sqlite_describe_table;
tool_function tool_sqlite_health_check;

/* False: *result says why. */
struct sqlite_session;
bool tool_sqlite_open(struct tool_host *host, const struct tool_call *call, bool writes,
                      struct sqlite_session *session, struct tool_result *result);

/* The table of the arguments table and schema; false: *result says that there is none. */
bool tool_find_table(const struct tool_call *call, struct database_lease *lease,
                     struct table_name *table, struct tool_result *result);

/* {columns, rows or values, row_count, truncated, ...}. New reference. */
json_t *tool_rows_json(const struct tool_call *call, const struct database_answer *answer,
                       int64_t started_us);

#endif
