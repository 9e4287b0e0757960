/* index.c — create_performance_index: measured before and after, kept only when it helps. */
#include "agent/value_json.h"
#include "base/text.h"
#include "heal/diagnose.h"
#include "heal/explain.h"
#include "postgres/target.h"
#include "tool/functions.h"
#include "tool/heal_mode.h"

#include <string.h>

enum { NAME_MAX_BYTES = 63, GAIN_PERCENT_MIN = 10 };

struct index_fix {
    struct tool_host *host;
    const struct tool_call *call;
    struct table_name table;
    const char *name;
    const char *sql;       /* CREATE INDEX ... */
    const char *statement; /* to be made faster; NULL: none given */
    double cost_before;
    double cost_after;
    json_t *estimates;    /* hypopg's; a JSON null without it */
    const char *existing; /* an index that has these columns in front already; NULL */
};

static uint32_t
hash_of(const char *text)
{
    uint32_t hash = 2166136261u;
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    return hash;
}

/* The same columns make the same name, so that a second call finds the first one's index. */
static const char *
name_of(struct arena *arena, const char *table, const char *columns, const char *where)
{
    const char *all = arena_printf(arena, "%s|%s|%s", table, columns, where);
    char *name = arena_printf(arena, "idx_%s_%s", table, columns);
    size_t keep = NAME_MAX_BYTES - 9;
    while (strlen(name) > keep || (strlen(name) == keep && (name[keep - 1] & 0x80) != 0)) {
        name[strlen(name) - 1] = '\0';
    }
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)(*c == ' ' || *c == ',' || *c == '"' ? '_' : *c);
    }
    return arena_printf(arena, "%s_%08x", name, hash_of(all));
}

static bool
check_column(struct database_lease *lease, const struct index_fix *fix, const char *column,
             struct tool_result *result)
{
    const char *nearest;
    struct error failed;
    if (!heal_nearest_column(lease, fix->call->arena, fix->table.oid, column, &nearest,
                             &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    if (nearest != NULL && strcmp(nearest, column) == 0) {
        return true;
    }
    tool_refuse(result,
                nearest == NULL ? "see postgres_describe_table"
                                : arena_printf(fix->call->arena, "did you mean %s?", nearest),
                "%s has no column %s", fix->table.table, column);
    return false;
}

/* Quoted names with commas, and plain ones for the index's name. */
static bool
add_columns(struct database_lease *lease, struct index_fix *fix, struct text *quoted,
            struct text *plain, struct tool_result *result)
{
    const json_t *columns = json_object_get(fix->call->arguments, "columns");
    if (json_array_size(columns) == 0) {
        tool_refuse(result, "", "no column is named");
        return false;
    }
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const char *column = json_string_value(json_array_get(columns, i));
        if (!check_column(lease, fix, column == NULL ? "" : column, result)) {
            return false;
        }
        text_add(quoted, i == 0 ? "" : ", ");
        target_quote_name(quoted, column);
        text_add(plain, i == 0 ? "" : "_");
        text_add(plain, column);
    }
    return true;
}

static bool
define(struct database_lease *lease, struct index_fix *fix, struct tool_result *result)
{
    const struct tool_call *call = fix->call;
    const char *where = argument_text(call, "where", "");
    AUTO_TEXT quoted = {0};
    AUTO_TEXT plain = {0};
    AUTO_TEXT sql = {0};
    if (!add_columns(lease, fix, &quoted, &plain, result)) {
        return false;
    }
    fix->name = name_of(call->arena, fix->table.table, plain.bytes, where);
    text_printf(&sql, "CREATE %sINDEX %s",
                argument_flag(call, "unique", false) ? "UNIQUE " : "",
                argument_flag(call, "concurrently", true) ? "CONCURRENTLY " : "");
    target_quote_name(&sql, fix->name);
    text_printf(&sql, " ON %s (%s)", table_quoted(call->arena, &fix->table), quoted.bytes);
    if (where[0] != '\0') {
        text_printf(&sql, " WHERE %s", where);
    }
    fix->sql = arena_strdup(call->arena, sql.bytes);
    return true;
}

/* The predicate is a model's text: what came of it must still be this one index. */
static bool
check_definition(struct index_fix *fix, struct tool_result *result)
{
    struct guard_options options = {.purpose = GUARD_ALTER, .functions = &fix->host->functions};
    struct guard_verdict verdict;
    guard_check(fix->call->arena, fix->sql, strlen(fix->sql), &options, &verdict);
    if (!verdict.allowed || verdict.statement != GUARD_CREATE_INDEX) {
        tool_deny(result, &verdict);
        return false;
    }
    return true;
}

static bool
find_existing(struct database_lease *lease, struct index_fix *fix, struct error *err)
{
    const char *columns = value_json_parameter(
        fix->call->arena, json_object_get(fix->call->arguments, "columns"));
    const char *parameters[] = {fix->table.oid, columns};
    AUTO_RESULT *result = NULL;
    if (argument_text(fix->call, "where", NULL) != NULL ||
        argument_flag(fix->call, "unique", false)) {
        return true;
    }
    if (!target_query(
            lease->conn,
            "SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON"
            " c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam WHERE"
            " i.indrelid = $1::oid AND i.indisvalid AND i.indpred IS NULL AND m.amname ="
            " 'btree' AND (SELECT json_agg(a.attname ORDER BY k.ord)::jsonb FROM"
            " unnest(i.indkey::int2[]) WITH ORDINALITY k (num, ord) JOIN"
            " pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num"
            " WHERE k.ord <= json_array_length($2::json)) = $2::jsonb LIMIT 1",
            parameters, 2, &result, err)) {
        return error_wrap(err, "look for an index that is there");
    }
    fix->existing = PQntuples(result) == 0
                        ? NULL
                        : arena_strdup(fix->call->arena, PQgetvalue(result, 0, 0));
    return true;
}

static bool
cost_now(struct database_lease *lease, const struct index_fix *fix, double *cost, bool *used,
         struct error *err)
{
    AUTO_ANSWER answer = {0};
    json_t *plan = NULL;
    const struct explain_question question = {.sql = fix->statement};
    if (!explain_plan(lease, fix->call, &question, &plan, &answer, err)) {
        return false;
    }
    if (plan == NULL) {
        return error_set(err, ERROR_TARGET, "the statement to be made faster fails: %s",
                         answer.failure.message);
    }
    *cost = explain_cost(plan);
    *used = explain_uses_index(plan, fix->name);
    json_decref(plan);
    return true;
}

static bool
measure_before(struct database_lease *lease, struct index_fix *fix, struct tool_result *result)
{
    struct guard_options options = {.purpose = GUARD_QUERY, .functions = &fix->host->functions};
    struct guard_verdict verdict;
    bool used;
    struct error failed;
    fix->estimates = json_null();
    if (json_object_get(fix->call->arguments, "sql") == NULL) {
        return true;
    }
    if (!tool_sql(fix->call, &options, &fix->statement, &verdict, result) ||
        !tool_ask_catalog(fix->call, lease, &options, &verdict, result)) {
        return false;
    }
    if (verdict.statement != GUARD_SELECT) {
        tool_refuse(result, "", "sql is to be the SELECT that is to be made faster");
        return false;
    }
    json_t *definitions = json_pack("[s]", fix->sql);
    bool good = cost_now(lease, fix, &fix->cost_before, &used, &failed) &&
                explain_imagine(lease, fix->call, fix->statement, definitions, &fix->estimates,
                                &failed);
    json_decref(definitions);
    if (!good) {
        tool_fail(result, &failed);
    }
    return good;
}

static bool
look(struct index_fix *fix, struct tool_result *result)
{
    struct database_bounds bounds = tool_bounds(fix->host, fix->call);
    AUTO_LEASE lease = {0};
    struct error failed;
    if (!tool_begin(fix->host, fix->call, DATABASE_READ, &bounds, &lease, result) ||
        !tool_find_table(fix->call, &lease, &fix->table, result) ||
        !define(&lease, fix, result) || !check_definition(fix, result)) {
        return false;
    }
    if (!find_existing(&lease, fix, &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    return measure_before(&lease, fix, result);
}

/* Valid, and (where a statement is given) at least a tenth cheaper. */
static bool
proof(void *context, struct database_lease *lease, const struct alteration_outcome *outcome,
      const char **why, struct error *err)
{
    struct index_fix *fix = context;
    const json_t *index = json_object_get(json_object_get(outcome->after, "indexes"),
                                          fix->name);
    bool used = false;
    *why = NULL;
    if (!json_is_true(json_object_get(index, "valid"))) {
        *why = "the index did not become valid";
        return false;
    }
    if (fix->statement == NULL) {
        return true;
    }
    if (!cost_now(lease, fix, &fix->cost_after, &used, err)) {
        return false;
    }
    if (!used || fix->cost_after * 100 > fix->cost_before * (100 - GAIN_PERCENT_MIN)) {
        *why = arena_printf(
            fix->call->arena, "the plan costs %.0f with the index and %.0f without%s",
            fix->cost_after, fix->cost_before, used ? "" : ", and does not use it");
    }
    return *why == NULL;
}

static void
tell_costs(const struct index_fix *fix, json_t *structured)
{
    json_object_set_new(structured, "name", json_string(fix->name));
    if (fix->statement != NULL) {
        json_object_set_new(structured, "cost_before", json_real(fix->cost_before));
    }
    if (fix->cost_after > 0) {
        json_object_set_new(structured, "cost_after", json_real(fix->cost_after));
    }
    const json_t *estimate = json_array_get(fix->estimates, 0);
    if (estimate != NULL) {
        json_object_set(structured, "estimate", json_array_get(fix->estimates, 0));
    }
}

/* An index is not built to try it: hypopg tells what it would do. */
static bool
propose(const struct index_fix *fix, struct tool_result *result)
{
    json_t *structured = json_pack("{s:s, s:s, s:s, s:b}", "sql", fix->sql, "schema",
                                   fix->table.schema, "table", fix->table.table, "committed",
                                   0);
    tell_costs(fix, structured);
    heal_tell_mode(fix->host, fix->call, structured);
    return tool_answer(result, structured);
}

static bool
apply(struct index_fix *fix, struct tool_result *result)
{
    struct alteration alteration = {.action = "create_index",
                                    .cause = "missing_index",
                                    .sql = fix->sql,
                                    .must_record = true,
                                    .proof = proof,
                                    .context = fix};
    AUTO_OUTCOME outcome = {0};
    tool_progress(fix->call, 1, 3, "building the index");
    if (!alteration_run(fix->host, fix->call, &alteration, &outcome, result)) {
        return true;
    }
    json_t *structured = alteration_json(&alteration, &outcome);
    tell_costs(fix, structured);
    heal_tell_mode(fix->host, fix->call, structured);
    return tool_answer(result, structured);
}

static bool
already_there(const struct index_fix *fix, struct tool_result *result)
{
    return tool_answer(result,
                       json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "schema", fix->table.schema,
                                 "table", fix->table.table, "name", fix->existing, "applied", 0,
                                 "already_there", 1, "mode", "none needed"));
}

bool
tool_create_index(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    struct index_fix fix = {.host = host, .call = call};
    if (heal_is_on(host, result) && look(&fix, result)) {
        (void)(fix.existing != NULL       ? already_there(&fix, result)
               : heal_applies(host, call) ? apply(&fix, result)
                                          : propose(&fix, result));
    }
    json_decref(fix.estimates);
    return true;
}
