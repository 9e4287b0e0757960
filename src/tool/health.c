/* health.c — postgres_health_check: each check apart, so that one that fails hides no other. */
#include "agent/support.h"
#include "agent/value_json.h"
#include "heal/health_checks.h"
#include "heal/sequences.h"
#include "postgres/target.h"
#include "tool/functions.h"

#include <string.h>

static const char sequences_name[] = "sequences_behind";

static bool
is_chosen(const struct tool_call *call, const char *name)
{
    const json_t *checks = json_object_get(call->arguments, "checks");
    size_t i;
    json_t *check;
    json_array_foreach(checks, i, check)
    {
        if (json_is_string(check) && strcmp(json_string_value(check), name) == 0) {
            return true;
        }
    }
    return json_array_size(checks) == 0;
}

/* A list is judged here, an object has judged itself. */
static json_t *
judge(const struct health_check *check, json_t *found)
{
    json_t *told = json_object();
    json_object_set_new(told, "name", json_string(check->name));
    if (json_is_array(found)) {
        bool any = json_array_size(found) > 0;
        json_object_set_new(told, "status", json_string(any ? check->status : "ok"));
        json_object_set_new(told, "value", json_integer((json_int_t)json_array_size(found)));
        json_object_set(told, "detail", found);
    } else {
        json_object_update(told, found);
    }
    const char *status = json_string_value(json_object_get(told, "status"));
    bool bad = strcmp(status, "warn") == 0 || strcmp(status, "critical") == 0 ||
               (json_is_array(found) && json_array_size(found) > 0);
    if (bad && check->advice[0] != '\0') {
        json_object_set_new(told, "advice", json_string(check->advice));
    }
    return told;
}

static json_t *
unknown(const char *name, const struct error *err)
{
    json_t *told = json_pack("{s:s, s:s}", "name", name, "status", "unknown");
    json_object_set_new(told, "detail", value_json_text(err->message));
    return told;
}

/* Asks within a savepoint; *told says so when the question itself fails. */
static bool
ask_apart(struct database_lease *lease, const struct health_check *check, json_t **told,
          struct error *err)
{
    json_t *found = NULL;
    struct error failed;
    if (!target_execute(lease->conn, "SAVEPOINT apart", err)) {
        return false;
    }
    if (database_ask_json(lease, check->sql, NULL, 0, &found, &failed)) {
        *told = judge(check, found);
        json_decref(found);
    } else {
        *told = unknown(check->name, &failed);
    }
    return target_execute(lease->conn, "ROLLBACK TO apart; RELEASE apart", err);
}

static json_t *
judge_sequences(json_t *behind, int unreadable)
{
    bool any = json_array_size(behind) > 0;
    json_t *told = json_pack("{s:s, s:s, s:i, s:o}", "name", sequences_name, "status",
                             any              ? "critical"
                             : unreadable > 0 ? "unknown"
                                              : "ok",
                             "value", (int)json_array_size(behind), "detail", behind);
    if (unreadable > 0) {
        json_object_set_new(told, "unreadable", json_integer(unreadable));
    }
    if (any) {
        json_object_set_new(told, "advice",
                            json_string("the next INSERT fails: heal with problem"
                                        " sequence_behind"));
    }
    return told;
}

static bool
ask_sequences(struct database_lease *lease, json_t **told, struct error *err)
{
    json_t *behind = NULL;
    int unreadable;
    struct error failed;
    if (!target_execute(lease->conn, "SAVEPOINT apart", err)) {
        return false;
    }
    *told = sequences_behind(lease, NULL, &behind, &unreadable, &failed)
                ? judge_sequences(behind, unreadable)
                : unknown(sequences_name, &failed);
    return target_execute(lease->conn, "ROLLBACK TO apart; RELEASE apart", err);
}

static bool
ask_all(const struct tool_call *call, struct database_lease *lease, json_t *checks,
        struct error *err)
{
    for (size_t i = 0; i < health_check_count; i++) {
        json_t *told = NULL;
        if (!is_chosen(call, health_checks[i].name)) {
            continue;
        }
        tool_progress(call, (double)i, (double)health_check_count + 1, health_checks[i].name);
        if (!ask_apart(lease, &health_checks[i], &told, err)) {
            return false;
        }
        json_array_append_new(checks, told);
    }
    json_t *told = NULL;
    if (is_chosen(call, sequences_name)) {
        if (!ask_sequences(lease, &told, err)) {
            return false;
        }
        json_array_append_new(checks, told);
    }
    return true;
}

/* The worst of all; what is not known is worth a look. */
static const char *
overall(const json_t *checks)
{
    static const char *const order[] = {"critical", "warn", "unknown"};
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++) {
        size_t i;
        json_t *check;
        json_array_foreach(checks, i, check)
        {
            if (strcmp(json_string_value(json_object_get(check, "status")), order[o]) == 0) {
                return o == 2 ? "warn" : order[o];
            }
        }
    }
    return "ok";
}

bool
tool_health_check(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    json_t *facts = NULL;
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result)) {
        return true;
    }
    json_t *checks = json_array();
    if (!database_ask_json(
            &lease,
            "SELECT json_build_object('version', version(), 'table_count', (SELECT"
            " count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND"
            " n.nspname NOT IN ('information_schema', 'outgrow')), 'size_bytes',"
            " pg_database_size(current_database()))",
            NULL, 0, &facts, &failed) ||
        !ask_all(call, &lease, checks, &failed)) {
        json_decref(facts);
        json_decref(checks);
        return tool_fail(result, &failed);
    }
    json_object_set_new(facts, "status", json_string(overall(checks)));
    json_object_set_new(facts, "checks", checks);
    return tool_answer(result, facts);
}
