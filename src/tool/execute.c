/* execute.c — postgres_execute: one INSERT, UPDATE or DELETE, bounded in what it may change. */
#include "base/clock.h"
#include "tool/functions.h"
#include "tool/statement.h"

#include <inttypes.h>

/* Rows of cascades, of triggers and of WITH parts count as well: the larger of the two counts. */
static bool
count_affected(struct database_lease *lease, int64_t before,
               const struct database_answer *answer, int64_t *affected, struct error *err)
{
    int64_t after;
    if (!database_rows_changed(lease, &after, err)) {
        return false;
    }
    *affected = after - before > answer->affected ? after - before : answer->affected;
    return true;
}

static json_t *
executed_json(const struct statement *statement, int64_t affected, int64_t started_us)
{
    const struct database_answer *answer = &statement->answer;
    json_t *structured = answer->columns == NULL
                             ? json_object()
                             : tool_rows_json(statement->call, answer, started_us);
    json_object_set_new(structured, "command",
                        json_string(guard_statement_name(statement->verdict.statement)));
    json_object_set_new(structured, "affected", json_integer(answer->affected));
    json_object_set_new(structured, "affected_in_all", json_integer(affected));
    json_object_set_new(structured, "duration_ms",
                        json_real((double)(clock_monotonic_us() - started_us) / 1000.0));
    return structured;
}

static bool
refuse_too_many(struct tool_result *result, int64_t affected, int most)
{
    return tool_refuse(result,
                       "narrow the WHERE, or raise max_affected as far as the server allows",
                       "rolled back: %" PRId64 " rows would have changed (cascades and triggers"
                       " included), and %d are the most",
                       affected, most);
}

/* False: it is not to stand; *result says why. */
static bool
end_execution(struct statement *statement, int64_t affected, bool *committed)
{
    int allowed = statement->host->settings.limits.max_affected;
    int most = argument_number(statement->call, "max_affected", allowed, 0, allowed);
    struct error failed;
    *committed = false;
    if (affected > most) {
        refuse_too_many(statement->result, affected, most);
        return false;
    }
    if (argument_flag(statement->call, "dry_run", false)) {
        return true;
    }
    /* Deferred constraints speak up here. */
    if (!database_commit(&statement->lease, &failed)) {
        tool_fail(statement->result, &failed);
        return false;
    }
    *committed = true;
    return true;
}

static bool
run_execution(struct statement *statement)
{
    int64_t started_us = clock_monotonic_us();
    int64_t before;
    int64_t affected;
    bool committed;
    struct error failed;
    statement->bounds.to_the_end = true;
    if (!database_rows_changed(&statement->lease, &before, &failed)) {
        return tool_fail(statement->result, &failed);
    }
    if (!statement_run(statement)) {
        return true;
    }
    if (!count_affected(&statement->lease, before, &statement->answer, &affected, &failed)) {
        return tool_fail(statement->result, &failed);
    }
    if (!end_execution(statement, affected, &committed)) {
        return true;
    }
    json_t *structured = executed_json(statement, affected, started_us);
    json_object_set_new(structured, "dry_run",
                        json_boolean(argument_flag(statement->call, "dry_run", false)));
    json_object_set_new(structured, "committed", json_boolean(committed));
    return tool_answer(statement->result, structured);
}

bool
tool_execute(struct tool_host *host, const struct tool_call *call, struct tool_result *result,
             struct error *err)
{
    (void)err;
    AUTO_STATEMENT statement = {
        .host = host,
        .call = call,
        .result = result,
        .options = {.purpose = GUARD_EXECUTE,
                    .functions = &host->functions,
                    .allow_full_table = argument_flag(call, "allow_full_table", false)}};
    return !statement_begin(&statement, DATABASE_WRITE) || run_execution(&statement);
}
