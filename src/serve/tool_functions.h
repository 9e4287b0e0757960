/* tool_functions.h — the functions behind tool_table. */
#ifndef SERVE_TOOL_FUNCTIONS_H
#define SERVE_TOOL_FUNCTIONS_H

#include "serve/database.h"
#include "serve/tool.h"

tool_function tool_query;

/* {columns, rows or values, row_count, truncated, ...}. New reference. */
json_t *tool_rows_json(const struct tool_call *call, const struct database_answer *answer,
                       int64_t started_us);

#endif
