/* heal_statement.c — see heal_statement.h. */
#include "tool/heal_statement.h"

#include "agent/value_json.h"
#include "heal/diagnose.h"
#include "postgres/target.h"
#include "tool/functions.h"
#include "tool/heal_mode.h"

#include <string.h>

enum { ROUNDS_MAX = 5 };

struct statement_work {
    struct tool_host *host;
    const struct tool_call *call;
    struct tool_result *result;
    const char *sql;
    json_t *steps; /* what was done: answers of fix_missing_column */
};

/* As its own tool would judge it; nothing but that is parsed by the server either. */
static bool
judge(struct statement_work *work)
{
    struct guard_verdict verdict;
    struct guard_options options = {.purpose = GUARD_EXECUTE,
                                    .functions = &work->host->functions,
                                    .allow_full_table = true};
    const char *sql = argument_text(work->call, "sql", "");
    guard_check(work->call->arena, sql, strlen(sql), &options, &verdict);
    if (verdict.allowed) {
        work->sql = sql;
        return true;
    }
    options.purpose = GUARD_QUERY;
    return tool_sql(work->call, &options, &work->sql, &verdict, work->result);
}

/* *failure's sqlstate is empty when the server understands it. */
static bool
try_it(struct statement_work *work, struct database_failure *failure)
{
    struct database_bounds bounds = tool_bounds(work->host, work->call);
    struct arena *arena = work->call->arena;
    AUTO_LEASE lease = {0};
    *failure = (struct database_failure){.message = NULL};
    if (!tool_begin(work->host, work->call, DATABASE_READ, &bounds, &lease, work->result)) {
        return false;
    }
    AUTO_RESULT *prepared = PQprepare(lease.conn, "", work->sql, 0, NULL);
    if (PQresultStatus(prepared) == PGRES_COMMAND_OK) {
        return true;
    }
    const char *sqlstate = PQresultErrorField(prepared, PG_DIAG_SQLSTATE);
    const char *position = PQresultErrorField(prepared, PG_DIAG_STATEMENT_POSITION);
    snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s",
             sqlstate == NULL ? "08006" : sqlstate);
    failure->message = arena_strdup(arena,
                                    PQresultErrorField(prepared, PG_DIAG_MESSAGE_PRIMARY));
    failure->position = position == NULL ? 0 : (int)strtol(position, NULL, 10);
    return true;
}

/* The proposal's tool, called as a client would. */
static bool
fix(struct statement_work *work, const json_t *healing)
{
    const json_t *proposal = json_object_get(healing, "proposal");
    const char *tool = json_string_value(json_object_get(proposal, "tool"));
    struct tool_call call = *work->call;
    struct error ignored;
    if (tool == NULL || strcmp(tool, "fix_missing_column") != 0) {
        return false;
    }
    call.arguments = json_object_get(proposal, "arguments");
    struct tool_result fixed = {.structured = NULL};
    (void)tool_fix_missing_column(work->host, &call, &fixed, &ignored);
    json_array_append_new(work->steps, fixed.structured);
    return !fixed.is_error;
}

/* Newest first. What cannot be undone stays in the answer's steps, with its SQL. */
static bool
undo_all(struct statement_work *work)
{
    bool undone = true;
    for (size_t i = json_array_size(work->steps); i-- > 0;) {
        const json_t *statements = json_object_get(json_array_get(work->steps, i), "undo_sql");
        for (size_t s = 0; s < json_array_size(statements); s++) {
            struct tool_result told = {.structured = NULL};
            AUTO_OUTCOME outcome = {0};
            struct alteration back = {.action = "undo",
                                      .cause = "the statement is still not understood",
                                      .sql = json_string_value(json_array_get(statements, s)),
                                      .allow_destructive = true,
                                      .must_record = true};
            undone &= alteration_run(work->host, work->call, &back, &outcome, &told);
            json_decref(told.structured);
        }
    }
    return undone;
}

static bool
tell(struct statement_work *work, bool healed, json_t *healing,
     const struct database_failure *failure)
{
    json_t *structured = json_pack("{s:s, s:s, s:b, s:O}", "problem", "failing_statement",
                                   "sql", work->sql, "healed", healed, "steps", work->steps);
    if (failure->sqlstate[0] != '\0') {
        json_object_set_new(structured, "error", value_json_text(failure->message));
        json_object_set_new(structured, "sqlstate", json_string(failure->sqlstate));
    }
    if (healing != NULL) {
        json_object_set_new(structured, "healing", healing);
    }
    heal_tell_mode(work->host, work->call, structured);
    json_object_set_new(structured, "applied",
                        json_boolean(healed && json_array_size(work->steps) > 0));
    return tool_answer(work->result, structured);
}

static bool
give_up(struct statement_work *work, json_t *healing, const struct database_failure *failure)
{
    bool any = json_array_size(work->steps) > 0;
    bool undone = !any || undo_all(work);
    tool_refuse(work->result, "", "%s%s", failure->message,
                !any     ? ""
                : undone ? "; what was changed is undone"
                         : "; not all that was changed could be undone: see steps");
    json_object_set_new(work->result->structured, "sqlstate", json_string(failure->sqlstate));
    json_object_set(work->result->structured, "steps", work->steps);
    if (healing != NULL) {
        json_object_set_new(work->result->structured, "healing", healing);
    }
    return true;
}

static bool
heal_rounds(struct statement_work *work)
{
    struct database_failure failure;
    for (int round = 1;; round++) {
        if (!try_it(work, &failure)) {
            return true;
        }
        if (failure.sqlstate[0] == '\0') {
            return tell(work, true, NULL, &failure);
        }
        tool_progress(work->call, round, ROUNDS_MAX, failure.message);
        json_t *healing = heal_diagnose(work->host, work->call, work->sql, &failure);
        if (!heal_applies(work->host, work->call)) {
            return tell(work, false, healing, &failure);
        }
        if (round == ROUNDS_MAX || !fix(work, healing)) {
            return give_up(work, healing, &failure);
        }
        json_decref(healing);
    }
}

bool
heal_statement(struct tool_host *host, const struct tool_call *call, struct tool_result *result)
{
    struct statement_work work = {
        .host = host, .call = call, .result = result, .steps = json_array()};
    if (judge(&work)) {
        (void)heal_rounds(&work);
    }
    json_decref(work.steps);
    return true;
}
