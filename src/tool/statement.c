/* statement.c — see statement.h. */
#include "tool/statement.h"

#include "heal/sql_failed.h"

bool
statement_begin(struct statement *statement, enum database_role role)
{
    const struct tool_call *call = statement->call;
    struct tool_result *result = statement->result;
    if (!tool_sql(call, &statement->options, &statement->sql, &statement->verdict, result)) {
        return false;
    }
    statement->bounds = tool_bounds(statement->host, call);
    return tool_begin(statement->host, call, role, &statement->bounds, &statement->lease,
                      result) &&
           tool_ask_catalog(call, &statement->lease, &statement->options, &statement->verdict,
                            result);
}

bool
statement_run(struct statement *statement)
{
    const struct tool_call *call = statement->call;
    const struct database_statement judged = {statement->sql, &statement->verdict,
                                              json_object_get(call->arguments, "params")};
    struct error failed;
    if (!database_run(&statement->lease, call->arena, &judged, &statement->bounds,
                      &statement->answer, &failed)) {
        tool_fail(statement->result, &failed);
        return false;
    }
    if (statement->answer.failure.sqlstate[0] == '\0') {
        return true;
    }
    database_return(&statement->lease);
    tool_sql_failed(statement->host, call, statement->result, statement->sql,
                    &statement->answer);
    return false;
}

void
statement_end(struct statement *statement)
{
    database_answer_free(&statement->answer);
    database_return(&statement->lease);
}
