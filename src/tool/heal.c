/* heal.c — heal: statements that fail, sequences behind, constraints never validated, indexes
 * invalid or bloated.
 *
 * Each but the first is one look before, one statement of ours, and the same look after, which
 * must be good. */
#include "agent/value_json.h"
#include "heal/record.h"
#include "heal/sql_failed.h"
#include "postgres/target.h"
#include "tool/functions.h"
#include "tool/heal_fixes.h"
#include "tool/heal_mode.h"
#include "tool/heal_statement.h"

#include <string.h>

struct work {
    struct tool_host *host;
    const struct tool_call *call;
    struct database_lease lease;
    struct database_bounds bounds;
    struct tool_result *result;
};

static bool
fail(struct work *work, const struct error *err)
{
    tool_fail(work->result, err);
    return false;
}

static bool
is_good(const json_t *look)
{
    return json_is_true(json_object_get(look, "good"));
}

static bool
look(struct work *work, const struct heal_fix *fix, json_t **seen)
{
    struct error err;
    return database_ask_json(&work->lease, fix->look_sql, fix->look_parameters,
                             fix->look_parameter_count, seen, &err) ||
           fail(work, &err);
}

static bool
record(struct work *work, const struct heal_fix *fix, const json_t *before, const json_t *after,
       const char *state, const char *message)
{
    int64_t id;
    struct error err;
    struct healing healing = {.action = fix->action,
                              .object = fix->object,
                              .cause = fix->cause,
                              .sql = fix->sql,
                              .undo = fix->undo,
                              .before = before,
                              .after = after,
                              .state = state,
                              .message = message};
    return heal_record(&work->lease, work->call->arena, &healing, &id, &err) ||
           fail(work, &err);
}

static json_t *
told(const struct heal_fix *fix, json_t *before)
{
    json_t *structured = json_pack("{s:s, s:s, s:s, s:s, s:O}", "problem", fix->cause, "action",
                                   fix->action, "object", fix->object, "sql", fix->sql,
                                   "before", before);
    if (fix->undo != NULL) {
        json_object_set(structured, "undo_sql", fix->undo);
    }
    return structured;
}

/* Built beside the old one, invalid, and nobody's: what REINDEX CONCURRENTLY leaves when it
 * fails. */
static const char leftovers_sql[] =
    "SELECT coalesce(json_agg(format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I',"
    " n.nspname, c.relname)), '[]') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i"
    " ON i.indexrelid = c.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT i.indisvalid AND c.relname ~ '_ccnew[0-9]*$' AND starts_with(c.relname,"
    " left($2, 50)) AND i.indrelid = (SELECT o.indrelid FROM pg_catalog.pg_index o JOIN"
    " pg_catalog.pg_class k ON k.oid = o.indexrelid WHERE k.relname = $2 AND"
    " k.relnamespace = $1::regnamespace)";

/* Undoes what a statement outside a transaction has left, and records that it has failed. */
static void
settle_failed(struct work *work, const struct heal_fix *fix, const json_t *before,
              const char *message)
{
    json_t *drops = NULL;
    json_t *after = NULL;
    size_t index;
    json_t *drop;
    struct error err;
    AUTO_TEXT schema = {0};
    target_quote_name(&schema, fix->look_parameters[0]);
    const char *parameters[] = {schema.bytes, fix->look_parameters[1]};
    bool good = database_ask_json(&work->lease, leftovers_sql, parameters, 2, &drops, &err);
    json_array_foreach(drops, index, drop)
    {
        good = good && target_execute(work->lease.conn, json_string_value(drop), &err);
    }
    struct tool_result told = *work->result;
    if (!good || !look(work, fix, &after) ||
        !record(work, fix, before, after, "failed", message)) {
        json_object_set_new(told.structured, "left_over", json_true());
    }
    if (work->result->structured != told.structured) {
        json_decref(work->result->structured);
    }
    *work->result = told;
    json_decref(after);
    json_decref(drops);
}

/* What the server says against the fix (rows that break the constraint, say) is the answer. */
static bool
run(struct work *work, const struct heal_fix *fix, const json_t *before)
{
    AUTO_ANSWER answer = {0};
    struct error err;
    struct database_bounds bounds = work->bounds;
    bounds.max_rows = 1;
    bounds.to_the_end = true;
    const struct database_statement statement = {.sql = fix->sql};
    if (!database_run(&work->lease, work->call->arena, &statement, &bounds, &answer, &err)) {
        return fail(work, &err);
    }
    if (answer.failure.sqlstate[0] == '\0') {
        return true;
    }
    database_pause(&work->lease);
    tool_sql_failed(work->host, work->call, work->result, fix->sql, &answer);
    database_resume(&work->lease);
    if (fix->outside_transaction) {
        settle_failed(work, fix, before, answer.failure.message);
    }
    return false;
}

/* In one transaction, or (REINDEX CONCURRENTLY) in none. */
static bool
change(struct work *work, const struct heal_fix *fix, const json_t *before, json_t **after)
{
    struct error err;
    bool outside = fix->outside_transaction;
    if (outside && (!database_rollback(&work->lease, &err) ||
                    !database_settle(&work->lease, &work->bounds, &err))) {
        return fail(work, &err);
    }
    if (!run(work, fix, before) || !look(work, fix, after)) {
        return false;
    }
    if (is_good(*after)) {
        return record(work, fix, before, *after, "applied", NULL) &&
               (outside || database_commit(&work->lease, &err) || fail(work, &err));
    }
    if (!outside && (!database_rollback(&work->lease, &err) ||
                     !database_begin(&work->lease, true, &work->bounds, &err))) {
        return fail(work, &err);
    }
    if (!record(work, fix, before, *after, outside ? "failed" : "undone",
                "looked at afterwards, it is as before")) {
        return false;
    }
    if (!outside && !database_commit(&work->lease, &err)) {
        return fail(work, &err);
    }
    tool_refuse(work->result, "", "%s: looked at afterwards, it is as before",
                outside ? "failed" : "undone");
    return false;
}

static bool
ready(struct work *work)
{
    bool able;
    int64_t in_last_hour;
    struct error err;
    if (!heal_record_ready(&work->lease, &able, &in_last_hour, &err)) {
        return fail(work, &err);
    }
    if (!able || in_last_hour >= HEALINGS_PER_HOUR_MAX) {
        tool_refuse(work->result,
                    able ? "look at outgrow.healing: something keeps breaking"
                         : "run the SQL of outgrow mcp --print-roles in this database",
                    able ? "too many changes were made within the last hour"
                         : "nothing is healed where it cannot be recorded: outgrow.healing is"
                           " missing, or this role may not write to it");
        return false;
    }
    return true;
}

static bool
heal_with(struct work *work, const struct heal_fix *fix, json_t *before, json_t **after)
{
    if (is_good(before)) {
        json_t *structured = told(fix, before);
        json_object_set_new(structured, "applied", json_false());
        json_object_set_new(structured, "already_there", json_true());
        return tool_answer(work->result, structured);
    }
    bool applies = heal_applies(work->host, work->call);
    if (applies && (!ready(work) || !change(work, fix, before, after))) {
        return true;
    }
    json_t *structured = told(fix, before);
    if (applies) {
        json_object_set(structured, "after", *after);
    }
    heal_tell_mode(work->host, work->call, structured);
    return tool_answer(work->result, structured);
}

bool
tool_heal(struct tool_host *host, const struct tool_call *call, struct tool_result *result,
          struct error *err)
{
    (void)err;
    if (strcmp(argument_text(call, "problem", ""), "failing_statement") == 0) {
        return !heal_is_on(host, result) || heal_statement(host, call, result);
    }
    struct work work = {
        .host = host, .call = call, .bounds = tool_bounds(host, call), .result = result};
    AUTO_FIX fix = {0};
    json_t *before = NULL;
    json_t *after = NULL;
    bool begun = heal_is_on(host, result) &&
                 tool_begin(host, call, DATABASE_DDL, &work.bounds, &work.lease, result);
    if (begun && heal_fix_find(call, &work.lease, &fix, result) && look(&work, &fix, &before)) {
        (void)heal_with(&work, &fix, before, &after);
    }
    json_decref(before);
    json_decref(after);
    database_return(&work.lease);
    return true;
}
