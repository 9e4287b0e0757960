/* alteration.c — a change of definitions in one transaction; see alteration.h. */
#include "base/clock.h"
#include "heal/alteration_internal.h"
#include "heal/record.h"
#include "heal/sql_failed.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum { LOCK_TRIES = 3, LOCK_PAUSE_MS = 300 };

void
alteration_outcome_free(struct alteration_outcome *outcome)
{
    json_decref(outcome->before);
    json_decref(outcome->after);
    json_decref(outcome->differences);
    json_decref(outcome->undo);
    *outcome = (struct alteration_outcome){.before = NULL};
}

bool
alteration_failed(struct alteration_work *work, const struct error *err)
{
    tool_fail(work->result, err);
    return false;
}

static bool
find_table(struct alteration_work *work)
{
    const struct guard_verdict *verdict = &work->verdict;
    struct table_name *table = &work->outcome->table;
    struct arena *arena = work->call->arena;
    bool is_index = verdict->statement == GUARD_DROP_INDEX;
    const char *nearest = NULL;
    struct error err;
    *table = (struct table_name){.schema = verdict->schema, .table = verdict->name};
    if (!(is_index ? table_of_index(&work->lease, arena, table, &err)
                   : table_find(&work->lease, arena, table, &nearest, &err))) {
        return alteration_failed(work, &err);
    }
    if (table->oid == NULL) {
        tool_refuse(work->result,
                    nearest == NULL ? "" : arena_printf(arena, "did you mean %s?", nearest),
                    "there is no %s %s", is_index ? "index" : "table", verdict->name);
        return false;
    }
    return table_shape(&work->lease, table->oid, &work->outcome->before, &err) ||
           alteration_failed(work, &err);
}

bool
alteration_find(struct alteration_work *work)
{
    return tool_begin(work->host, work->call, DATABASE_DDL, &work->bounds, &work->lease,
                      work->result) &&
           tool_ask_catalog(work->call, &work->lease, &work->options, &work->verdict,
                            work->result) &&
           find_table(work);
}

bool
alteration_ready(struct alteration_work *work)
{
    const struct alteration *alteration = work->alteration;
    int64_t in_last_hour;
    struct error err;
    if (!heal_record_ready(&work->lease, &work->outcome->recorded, &in_last_hour, &err)) {
        return alteration_failed(work, &err);
    }
    if (!alteration->must_record || alteration->dry_run) {
        return true;
    }
    if (!work->outcome->recorded) {
        tool_refuse(work->result, "run the SQL of outgrow mcp --print-roles in this database",
                    "nothing is healed where it cannot be recorded: outgrow.healing is missing,"
                    " or this role may not write to it");
        return false;
    }
    if (in_last_hour >= HEALINGS_PER_HOUR_MAX) {
        tool_refuse(work->result, "look at outgrow.healing: something keeps breaking",
                    "%" PRId64 " changes were made within the last hour, and %d are the most",
                    in_last_hour, (int)HEALINGS_PER_HOUR_MAX);
        return false;
    }
    return true;
}

bool
alteration_statement(struct alteration_work *work)
{
    const char *sql = work->alteration->sql;
    AUTO_ANSWER answer = {0};
    struct error err;
    const struct database_statement statement = {.sql = sql};
    if (!database_run(&work->lease, work->call->arena, &statement, &work->bounds, &answer,
                      &err)) {
        return alteration_failed(work, &err);
    }
    if (answer.failure.sqlstate[0] == '\0') {
        return true;
    }
    work->retry = strcmp(answer.failure.sqlstate, "55P03") == 0;
    database_pause(&work->lease);
    tool_sql_failed(work->host, work->call, work->result, sql, &answer);
    database_resume(&work->lease);
    return false;
}

bool
alteration_compare(struct alteration_work *work)
{
    struct alteration_outcome *outcome = work->outcome;
    struct error err;
    if (!table_shape(&work->lease, outcome->table.oid, &outcome->after, &err)) {
        return alteration_failed(work, &err);
    }
    outcome->differences = table_shape_difference(outcome->before, outcome->after);
    outcome->undo = table_shape_undo(&outcome->table, outcome->differences);
    outcome->rewrite = !json_equal(json_object_get(outcome->before, "filenode"),
                                   json_object_get(outcome->after, "filenode"));
    return true;
}

bool
alteration_prove(struct alteration_work *work, const char **why)
{
    const struct alteration *alteration = work->alteration;
    struct error err;
    *why = NULL;
    if (alteration->proof == NULL ||
        alteration->proof(alteration->context, &work->lease, work->outcome, why, &err)) {
        return true;
    }
    return *why != NULL || alteration_failed(work, &err);
}

bool
alteration_record(struct alteration_work *work, const char *state, const char *message)
{
    struct alteration_outcome *outcome = work->outcome;
    if (!outcome->recorded) {
        return true;
    }
    struct error err;
    struct healing healing = {
        .action = work->alteration->action,
        .object = table_quoted(work->call->arena, &outcome->table),
        .cause = work->alteration->cause,
        .sql = work->alteration->sql,
        .undo = outcome->undo,
        .before = outcome->before,
        .after = outcome->after,
        .state = state,
        .message = message,
    };
    return heal_record(&work->lease, work->call->arena, &healing, &outcome->healing_id, &err) ||
           alteration_failed(work, &err);
}

/* Not what it was for: the transaction is taken back, and that is recorded. */
static bool
take_back(struct alteration_work *work, const char *why)
{
    struct error err;
    if (!database_rollback(&work->lease, &err) ||
        !database_begin(&work->lease, true, &work->bounds, &err)) {
        return alteration_failed(work, &err);
    }
    if (!alteration_record(work, "undone", why)) {
        return false;
    }
    if (!database_commit(&work->lease, &err)) {
        return alteration_failed(work, &err);
    }
    tool_refuse(work->result, "", "undone: %s", why);
    return false;
}

static bool
end_transaction(struct alteration_work *work)
{
    struct error err;
    const char *why;
    if (!alteration_prove(work, &why)) {
        return false;
    }
    if (why != NULL) {
        return take_back(work, why);
    }
    if (work->alteration->dry_run) {
        work->outcome->recorded = false;
        return database_rollback(&work->lease, &err) || alteration_failed(work, &err);
    }
    if (!alteration_record(work, "applied", NULL)) {
        return false;
    }
    work->outcome->committed = database_commit(&work->lease, &err);
    return work->outcome->committed || alteration_failed(work, &err);
}

static bool
in_transaction(struct alteration_work *work)
{
    return alteration_find(work) && alteration_ready(work) && alteration_statement(work) &&
           alteration_compare(work) && end_transaction(work);
}

/* A dry run of what runs in no transaction: the table is found, and that is all. */
static bool
only_look(struct alteration_work *work)
{
    struct alteration_outcome *outcome = work->outcome;
    if (!alteration_find(work)) {
        return false;
    }
    outcome->after = json_incref(outcome->before);
    outcome->differences = json_array();
    outcome->undo = json_array();
    outcome->only_looked = true;
    return true;
}

static bool
run_once(struct alteration_work *work)
{
    work->retry = false;
    bool done = !work->verdict.concurrently ? in_transaction(work)
                : work->alteration->dry_run ? only_look(work)
                                            : alteration_concurrently(work);
    database_return(&work->lease);
    return done;
}

/* A lock that is held by others for a moment is waited for more than once, with pauses in which
 * these get on. */
static bool
run_with_retries(struct alteration_work *work)
{
    for (int attempt = 1;; attempt++) {
        if (run_once(work)) {
            return true;
        }
        if (!work->retry || attempt == LOCK_TRIES ||
            cancellation_fired(work->call->cancellation)) {
            return false;
        }
        json_decref(work->result->structured);
        alteration_outcome_free(work->outcome);
        tool_progress(work->call, attempt, LOCK_TRIES, "waiting for a lock");
        (void)poll(NULL, 0, LOCK_PAUSE_MS * attempt);
    }
}

bool
alteration_run(struct tool_host *host, const struct tool_call *call,
               const struct alteration *alteration, struct alteration_outcome *outcome,
               struct tool_result *result)
{
    int64_t started_us = clock_monotonic_us();
    struct alteration_work work = {
        .host = host,
        .call = call,
        .alteration = alteration,
        .outcome = outcome,
        .result = result,
        .options = {.purpose = GUARD_ALTER,
                    .functions = &host->functions,
                    .allow_destructive = alteration->allow_destructive},
        .bounds = tool_bounds(host, call),
    };
    work.bounds.to_the_end = true;
    guard_check(call->arena, alteration->sql, strlen(alteration->sql), &work.options,
                &work.verdict);
    if (!work.verdict.allowed) {
        tool_deny(result, &work.verdict);
        return false;
    }
    bool done = run_with_retries(&work);
    outcome->duration_us = clock_monotonic_us() - started_us;
    return done;
}

json_t *
alteration_json(const struct alteration *alteration, const struct alteration_outcome *outcome)
{
    json_t *structured = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:O, s:O, s:f}", "sql",
                                   alteration->sql, "schema", outcome->table.schema, "table",
                                   outcome->table.table, "dry_run", alteration->dry_run,
                                   "committed", outcome->committed, "rewrite", outcome->rewrite,
                                   "changes", outcome->differences, "undo_sql", outcome->undo,
                                   "duration_ms", (double)outcome->duration_us / 1000.0);
    json_object_set_new(structured, "lost", table_shape_lost(outcome->differences));
    json_object_set_new(structured, "recorded", json_boolean(outcome->recorded));
    if (outcome->only_looked) {
        json_object_set_new(
            structured, "note",
            json_string("CONCURRENTLY cannot be tried in a transaction: only the"
                        " table was looked for"));
    }
    if (outcome->recorded && outcome->committed) {
        json_object_set_new(structured, "healing_id", json_integer(outcome->healing_id));
    }
    return structured;
}
