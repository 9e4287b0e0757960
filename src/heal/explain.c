/* explain.c — plans made by the server, and what stands out in them. */
#include "heal/explain.h"

#include "base/json.h"
#include "base/text.h"
#include "guard/sql_place.h"
#include "postgres/target.h"

#include <string.h>

enum {
    PLAN_TIMEOUT_MS_MAX = 3600000, /* the server's own, set with the transaction, is shorter */
    PLAN_BYTES_MAX = 8 << 20,
    CANDIDATE_COLUMNS_MAX = 3,
    LARGE_ROWS = 1000
};

bool
explain_plan(struct database_lease *lease, const struct tool_call *call,
             const struct explain_question *question, json_t **plan,
             struct database_answer *answer, struct error *err)
{
    struct database_bounds bounds = {.timeout_ms = PLAN_TIMEOUT_MS_MAX,
                                     .max_rows = 1,
                                     .max_bytes = PLAN_BYTES_MAX,
                                     .max_value_bytes = PLAN_BYTES_MAX,
                                     .to_the_end = true};
    const char *prefixed = arena_printf(
        call->arena, "EXPLAIN (FORMAT JSON, VERBOSE, SETTINGS%s) %s",
        question->analyze ? ", ANALYZE, BUFFERS" : "", question->sql);
    *plan = NULL;
    const struct database_statement statement = {
        .sql = prefixed, .parameters = json_object_get(call->arguments, "params")};
    if (!database_run(lease, call->arena, &statement, &bounds, answer, err)) {
        return false;
    }
    const char *text = json_string_value(json_array_get(json_array_get(answer->rows, 0), 0));
    if (answer->failure.sqlstate[0] != '\0' || text == NULL) {
        return true;
    }
    json_error_t wrong;
    json_t *list = json_loads(text, 0, &wrong);
    *plan = json_incref(json_array_get(list, 0));
    json_decref(list);
    return *plan != NULL ||
           error_set(err, ERROR_INTERNAL, "the plan cannot be read: %s", wrong.text);
}

static const json_t *
root_of(const json_t *plan)
{
    return json_object_get(plan, "Plan");
}

double
explain_cost(const json_t *plan)
{
    return json_number_value(json_object_get(root_of(plan), "Total Cost"));
}

static double
number_of(const json_t *node, const char *key)
{
    return json_number_value(json_object_get(node, key));
}

static bool
node_uses_index(const json_t *node, const char *index)
{
    const char *used = json_member_text(node, "Index Name");
    if (used != NULL && strcmp(used, index) == 0) {
        return true;
    }
    const json_t *children = json_object_get(node, "Plans");
    for (size_t i = 0; i < json_array_size(children); i++) {
        if (node_uses_index(json_array_get(children, i), index)) {
            return true;
        }
    }
    return false;
}

bool
explain_uses_index(const json_t *plan, const char *index)
{
    return node_uses_index(root_of(plan), index);
}

static void
add_finding(json_t *findings, const json_t *node, const char *finding, const char *advice)
{
    json_t *told = json_pack("{s:s, s:s, s:s}", "finding", finding, "node",
                             json_member_text(node, "Node Type"), "advice", advice);
    const char *relation = json_member_text(node, "Relation Name");
    const char *filter = json_member_text(node, "Filter");
    if (relation != NULL) {
        json_object_set_new(told, "relation", json_string(relation));
    }
    if (filter != NULL) {
        json_object_set_new(told, "filter", json_string(filter));
    }
    json_array_append_new(findings, told);
}

static void
look_at_scan(json_t *findings, const json_t *node)
{
    bool sequential = strcmp(json_member_text(node, "Node Type"), "Seq Scan") == 0;
    double removed = number_of(node, "Rows Removed by Filter");
    double kept = number_of(node, "Actual Rows");
    if (sequential && removed > LARGE_ROWS && removed > 10 * kept) {
        add_finding(findings, node, "reads many rows to keep few",
                    "an index on the filter's columns: create_performance_index");
    }
    if (number_of(node, "Heap Fetches") > LARGE_ROWS) {
        add_finding(findings, node, "an index-only scan that visits the table", "VACUUM it");
    }
    if (json_member_text(node, "Filter") != NULL &&
        strstr(json_member_text(node, "Filter"), "~~ '%") != NULL) {
        add_finding(findings, node, "LIKE with a leading %",
                    "a trigram index (extension pg_trgm)");
    }
}

static void
look_at_work(json_t *findings, const json_t *node)
{
    const char *type = json_member_text(node, "Node Type");
    const char *method = json_member_text(node, "Sort Method");
    double planned = number_of(node, "Plan Rows");
    double actual = number_of(node, "Actual Rows");
    if (json_object_get(node, "Actual Rows") != NULL && number_of(node, "Actual Loops") > 0 &&
        ((actual > LARGE_ROWS && actual > 10 * planned) ||
         (planned > LARGE_ROWS && planned > 10 * (actual + 1)))) {
        add_finding(
            findings, node, "the estimate of rows is off by more than ten times",
            "ANALYZE the table; for columns that depend on each other, CREATE STATISTICS");
    }
    if (method != NULL && strstr(method, "external") != NULL) {
        add_finding(findings, node, "sorts on disk",
                    "an index in that order, or more work_mem");
    }
    if (number_of(node, "Hash Batches") > 1) {
        add_finding(findings, node, "a hash that does not fit into memory", "more work_mem");
    }
    if (strcmp(type, "Seq Scan") == 0 && number_of(node, "Actual Loops") > LARGE_ROWS) {
        add_finding(findings, node, "reads the table once for each row of another",
                    "an index on the column it is joined by");
    }
}

static void
look_at_node(json_t *findings, const json_t *node)
{
    look_at_scan(findings, node);
    look_at_work(findings, node);
    const json_t *children = json_object_get(node, "Plans");
    for (size_t i = 0; i < json_array_size(children); i++) {
        look_at_node(findings, json_array_get(children, i));
    }
}

json_t *
explain_findings(const json_t *plan)
{
    json_t *findings = json_array();
    look_at_node(findings, root_of(plan));
    if (number_of(plan, "Planning Time") > 10 &&
        number_of(plan, "Planning Time") > number_of(plan, "Execution Time")) {
        add_finding(findings, root_of(plan), "planning takes longer than running",
                    "fewer joins or partitions in one statement");
    }
    return findings;
}

struct candidates {
    struct arena *arena;
    struct index_candidate *list;
    size_t count;
};

static void
add_candidates(struct candidates *candidates, const json_t *node)
{
    const char *filter = json_member_text(node, "Filter");
    if (strcmp(json_member_text(node, "Node Type"), "Seq Scan") == 0 && filter != NULL) {
        struct index_candidate found = {json_member_text(node, "Schema"),
                                        json_member_text(node, "Relation Name"), NULL, 0};
        sql_condition_columns(candidates->arena, filter, &found.columns, &found.column_count);
        found.column_count = found.column_count > CANDIDATE_COLUMNS_MAX ? CANDIDATE_COLUMNS_MAX
                                                                        : found.column_count;
        if (found.column_count > 0 && found.schema != NULL) {
            *ARENA_APPEND(candidates->arena, candidates->list, candidates->count) = found;
        }
    }
    const json_t *children = json_object_get(node, "Plans");
    for (size_t i = 0; i < json_array_size(children); i++) {
        add_candidates(candidates, json_array_get(children, i));
    }
}

void
explain_candidates(struct arena *arena, const json_t *plan, struct index_candidate **candidates,
                   size_t *count)
{
    struct candidates found = {.arena = arena};
    add_candidates(&found, root_of(plan));
    *candidates = found.list;
    *count = found.count;
}

const char *
explain_candidate_sql(struct arena *arena, const struct index_candidate *candidate)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE INDEX ON ");
    target_quote_qualified(&sql, candidate->schema, candidate->table);
    for (size_t i = 0; i < candidate->column_count; i++) {
        text_add(&sql, i == 0 ? " (" : ", ");
        target_quote_name(&sql, candidate->columns[i]);
    }
    text_add(&sql, ")");
    return arena_strdup(arena, sql.bytes);
}
