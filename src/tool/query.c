/* query.c — postgres_query: one statement that reads. */
#include "base/clock.h"
#include "tool/functions.h"
#include "tool/statement.h"

#include <string.h>

/* [[1, "a"], [2, "b"]] turned around: {"id": [1, 2], "name": ["a", "b"]}; names that come twice
 * get a number. */
static json_t *
rows_as_columns(const json_t *columns, const json_t *rows)
{
    json_t *turned = json_object();
    for (size_t c = 0; c < json_array_size(columns); c++) {
        const char *name = json_string_value(
            json_object_get(json_array_get(columns, c), "name"));
        char numbered[128];
        snprintf(numbered, sizeof numbered, "%.100s_%zu", name, c + 1);
        json_t *values = json_array();
        for (size_t r = 0; r < json_array_size(rows); r++) {
            json_array_append(values, json_array_get(json_array_get(rows, r), c));
        }
        json_object_set_new(turned, json_object_get(turned, name) == NULL ? name : numbered,
                            values);
    }
    return turned;
}

json_t *
tool_rows_json(const struct tool_call *call, const struct database_answer *answer,
               int64_t started_us)
{
    json_t *structured = json_object();
    bool columns = strcmp(argument_text(call, "format", "rows"), "columns") == 0;
    json_object_set(structured, "columns", answer->columns);
    if (columns) {
        json_object_set_new(structured, "values",
                            rows_as_columns(answer->columns, answer->rows));
    } else {
        json_object_set(structured, "rows", answer->rows);
    }
    json_object_set_new(structured, "row_count", json_integer(answer->row_count));
    json_object_set_new(structured, "truncated",
                        json_boolean(answer->truncated || answer->values_clipped > 0));
    json_object_set_new(structured, "values_clipped", json_integer(answer->values_clipped));
    json_object_set_new(structured, "bytes", json_integer(answer->bytes));
    json_object_set_new(structured, "duration_ms",
                        json_real((double)(clock_monotonic_us() - started_us) / 1000.0));
    return structured;
}

bool
tool_query(struct tool_host *host, const struct tool_call *call, struct tool_result *result,
           struct error *err)
{
    (void)err;
    int64_t started_us = clock_monotonic_us();
    AUTO_STATEMENT statement = {
        .host = host,
        .call = call,
        .result = result,
        .options = {.purpose = GUARD_QUERY, .functions = &host->functions}};
    if (!statement_begin(&statement, DATABASE_READ) || !statement_run(&statement)) {
        return true;
    }
    return tool_answer(result, tool_rows_json(call, &statement.answer, started_us));
}
