/* explain.c — explain_query: the plan, what stands out in it, and indexes that would help. */
#include "heal/explain.h"

#include "heal/sql_failed.h"
#include "tool/functions.h"

#include <string.h>

enum { GAIN_PERCENT_MIN = 10 };

/* Reads are planned, and run when asked to; writes are planned only. */
static bool
judge(struct tool_host *host, const struct tool_call *call, const char **sql,
      struct guard_verdict *verdict, struct guard_options *options, struct tool_result *result)
{
    *options = (struct guard_options){.purpose = GUARD_QUERY, .functions = &host->functions};
    const char *text = argument_text(call, "sql", "");
    struct guard_options writes = {
        .purpose = GUARD_EXECUTE, .functions = &host->functions, .allow_full_table = true};
    guard_check(call->arena, text, strlen(text), &writes, verdict);
    if (verdict->allowed && !host->settings.read_only) {
        *options = writes;
        *sql = text;
        memcpy(call->fingerprint, verdict->fingerprint, sizeof verdict->fingerprint);
        return true;
    }
    if (!tool_sql(call, options, sql, verdict, result)) {
        return false;
    }
    if (verdict->statement != GUARD_SELECT) {
        tool_refuse(result, "", "give the statement itself, without EXPLAIN");
        return false;
    }
    return true;
}

static json_t *
wanted_definitions(const struct tool_call *call, const json_t *plan)
{
    json_t *definitions = json_array();
    const json_t *asked = json_object_get(call->arguments, "hypothetical_indexes");
    for (size_t i = 0; i < json_array_size(asked); i++) {
        json_array_append(definitions, json_array_get(asked, i));
    }
    struct index_candidate *candidates = NULL;
    size_t count;
    explain_candidates(call->arena, plan, &candidates, &count);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(definitions,
                              json_string(explain_candidate_sql(call->arena, &candidates[i])));
    }
    return definitions;
}

/* Every definition, the model's too, is judged as schema_alter would. */
static bool
judge_definitions(struct tool_host *host, const struct tool_call *call,
                  const json_t *definitions, struct tool_result *result)
{
    struct guard_options options = {.purpose = GUARD_ALTER, .functions = &host->functions};
    for (size_t i = 0; i < json_array_size(definitions); i++) {
        const char *sql = json_string_value(json_array_get(definitions, i));
        struct guard_verdict verdict;
        guard_check(call->arena, sql == NULL ? "" : sql, sql == NULL ? 0 : strlen(sql),
                    &options, &verdict);
        if (!verdict.allowed || verdict.statement != GUARD_CREATE_INDEX) {
            tool_refuse(result, "CREATE INDEX ON table (column, ...)",
                        "hypothetical_indexes holds what is no plain CREATE INDEX");
            return false;
        }
    }
    return true;
}

/* What is imagined, and only what makes the statement a tenth cheaper is advised. */
static json_t *
advice(const json_t *estimates)
{
    json_t *advised = json_array();
    for (size_t i = 0; i < json_array_size(estimates); i++) {
        json_t *estimate = json_array_get(estimates, i);
        double before = json_number_value(json_object_get(estimate, "cost_before"));
        double after = json_number_value(json_object_get(estimate, "cost_after"));
        if (json_is_true(json_object_get(estimate, "used")) &&
            after * 100 <= before * (100 - GAIN_PERCENT_MIN)) {
            json_array_append(advised, estimate);
        }
    }
    return advised;
}

/* Without hypopg: the candidates, without numbers. */
static json_t *
advice_without_numbers(const json_t *definitions)
{
    json_t *advised = json_array();
    for (size_t i = 0; i < json_array_size(definitions); i++) {
        json_array_append_new(advised,
                              json_pack("{s:O}", "ddl", json_array_get(definitions, i)));
    }
    return advised;
}

static bool
add_advice(struct tool_host *host, const struct tool_call *call, struct database_lease *lease,
           const char *sql, json_t *structured, struct tool_result *result)
{
    const json_t *plan = json_object_get(structured, "plan");
    json_t *definitions = wanted_definitions(call, plan);
    json_t *estimates = NULL;
    struct error failed;
    bool good = judge_definitions(host, call, definitions, result);
    if (good && !explain_imagine(lease, call, sql, definitions, &estimates, &failed)) {
        tool_fail(result, &failed);
        good = false;
    }
    if (good) {
        bool numbers = json_is_array(estimates);
        json_object_set_new(structured, "hypopg", json_boolean(numbers));
        json_object_set_new(structured, "index_advice",
                            numbers ? advice(estimates) : advice_without_numbers(definitions));
        if (numbers) {
            json_object_set(structured, "imagined", estimates);
        }
    }
    json_decref(estimates);
    json_decref(definitions);
    return good;
}

static json_t *
plan_json(json_t *plan)
{
    json_t *structured = json_object();
    json_object_set_new(structured, "total_cost", json_real(explain_cost(plan)));
    json_t *took = json_object_get(plan, "Execution Time");
    if (took != NULL) {
        json_object_set(structured, "execution_ms", took);
    }
    json_object_set_new(structured, "findings", explain_findings(plan));
    json_object_set(structured, "plan", plan);
    return structured;
}

bool
tool_explain_query(struct tool_host *host, const struct tool_call *call,
                   struct tool_result *result, struct error *err)
{
    (void)err;
    struct guard_options options;
    struct guard_verdict verdict;
    const char *sql;
    if (!judge(host, call, &sql, &verdict, &options, result)) {
        return true;
    }
    bool reads = options.purpose == GUARD_QUERY;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    if (!tool_begin(host, call, reads ? DATABASE_READ : DATABASE_WRITE, &bounds, &lease,
                    result) ||
        !tool_ask_catalog(call, &lease, &options, &verdict, result)) {
        return true;
    }
    AUTO_ANSWER answer = {0};
    struct error failed;
    json_t *plan = NULL;
    const struct explain_question question = {
        .sql = sql, .analyze = reads && argument_flag(call, "analyze", false)};
    if (!explain_plan(&lease, call, &question, &plan, &answer, &failed)) {
        return tool_fail(result, &failed);
    }
    if (plan == NULL) {
        database_return(&lease);
        return tool_sql_failed(host, call, result, sql, &answer);
    }
    json_t *structured = plan_json(plan);
    json_decref(plan);
    if (!add_advice(host, call, &lease, sql, structured, result)) {
        json_decref(structured);
        return true;
    }
    return tool_answer(result, structured);
}
