/* execute.c — postgres_execute: one INSERT, UPDATE or DELETE, bounded in what it may change. */
#include "agent/support.h"
#include "base/clock.h"
#include "heal/sql_failed.h"
#include "tool/functions.h"

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
executed_json(const struct tool_call *call, const struct database_answer *answer,
              const struct guard_verdict *verdict, int64_t affected, int64_t started_us)
{
    json_t *structured = answer->columns == NULL ? json_object()
                                                 : tool_rows_json(call, answer, started_us);
    json_object_set_new(structured, "command",
                        json_string(guard_statement_name(verdict->statement)));
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

static bool
end_execution(struct tool_host *host, const struct tool_call *call,
              struct database_lease *lease, int64_t affected, struct tool_result *result,
              bool *committed)
{
    int most = argument_number(call, "max_affected", host->settings.limits.max_affected, 0,
                               host->settings.limits.max_affected);
    struct error failed;
    *committed = false;
    if (affected > most) {
        refuse_too_many(result, affected, most);
        return false;
    }
    if (argument_flag(call, "dry_run", false)) {
        return true;
    }
    /* Deferred constraints speak up here. */
    if (!database_commit(lease, &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    *committed = true;
    return true;
}

static bool
run_execution(struct tool_host *host, const struct tool_call *call,
              struct database_lease *lease, const char *sql,
              const struct guard_verdict *verdict, struct tool_result *result)
{
    int64_t started_us = clock_monotonic_us();
    struct database_bounds bounds = tool_bounds(host, call);
    bounds.to_the_end = true;
    int64_t before;
    int64_t affected;
    bool committed;
    struct error failed;
    AUTO_ANSWER answer = {0};
    const struct database_statement statement = {sql, verdict,
                                                 json_object_get(call->arguments, "params")};
    if (!database_rows_changed(lease, &before, &failed) ||
        !database_run(lease, call->arena, &statement, &bounds, &answer, &failed)) {
        return tool_fail(result, &failed);
    }
    if (answer.failure.sqlstate[0] != '\0') {
        database_return(lease);
        return tool_sql_failed(host, call, result, sql, &answer);
    }
    if (!count_affected(lease, before, &answer, &affected, &failed)) {
        return tool_fail(result, &failed);
    }
    if (!end_execution(host, call, lease, affected, result, &committed)) {
        return true;
    }
    json_t *structured = executed_json(call, &answer, verdict, affected, started_us);
    json_object_set_new(structured, "dry_run",
                        json_boolean(argument_flag(call, "dry_run", false)));
    json_object_set_new(structured, "committed", json_boolean(committed));
    return tool_answer(result, structured);
}

bool
tool_execute(struct tool_host *host, const struct tool_call *call, struct tool_result *result,
             struct error *err)
{
    (void)err;
    struct guard_options options = {
        .purpose = GUARD_EXECUTE,
        .functions = &host->functions,
        .allow_full_table = argument_flag(call, "allow_full_table", false)};
    struct guard_verdict verdict;
    const char *sql;
    if (!tool_sql(call, &options, &sql, &verdict, result)) {
        return true;
    }
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    if (!tool_begin(host, call, DATABASE_WRITE, &bounds, &lease, result) ||
        !tool_ask_catalog(call, &lease, &options, &verdict, result)) {
        return true;
    }
    return run_execution(host, call, &lease, sql, &verdict, result);
}
