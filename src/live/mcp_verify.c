/* mcp_verify.c — see mcp_verify.h. */
#include "live/mcp_verify.h"

#include "agent/value_json.h"
#include "base/clock.h"
#include "live/mcp_verify_watch.h"
#include "live/verify_live.h"
#include "migrate/run_plan.h"
#include "migrate/run_settings.h"
#include "report/report_parts.h"
#include "sqlite/backup.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <string.h>

enum { DIFFERENCES_SHOWN = 20 };

struct comparison {
    const struct table_to_verify *wanted;
    struct arena *arena;
    struct output output; /* for words about what cannot be done, and progress */
    PGconn *conn;
    struct settings settings; /* those of the run */
    struct run run;
    struct survey survey;
    size_t table; /* in the plan */
    bool source_changed;
    struct verdict verdict;
};

static void
comparison_close(struct comparison *comparison)
{
    survey_close(&comparison->survey);
    target_connection_close(&comparison->conn);
}
#define AUTO_COMPARISON __attribute__((cleanup(comparison_close))) struct comparison

static bool
load_run(struct comparison *comparison, struct error *err)
{
    bool found = false;
    int64_t id = comparison->wanted->run_id;
    if (!journal_run_load(comparison->conn, comparison->arena, id, &comparison->run, &found,
                          err)) {
        return false;
    }
    return found ||
           error_set(err, ERROR_TARGET, "run %" PRId64 " is gone from the journal", id);
}

/* Rows that come and go on both sides differ for a moment without anything being wrong. */
static bool
refuse_live(const struct comparison *comparison, struct error *err)
{
    bool live = false;
    const char *path = comparison->run.source_path;
    if (!comparison->settings.live) {
        return true;
    }
    if (!verify_is_live(comparison->conn, comparison->arena, path, &live, err)) {
        return false;
    }
    if (!live) {
        return true;
    }
    error_set(err, ERROR_TARGET, "%s is being synced into this database", path);
    return error_hint(err, "outgrow verify compares a source that is written to");
}

/* The lock keeps a migration from changing what is being compared. */
static bool
follow_run(struct comparison *comparison, struct error *err)
{
    struct source_state state;
    if (!target_connect(comparison->wanted->conninfo, &comparison->conn, err) ||
        !journal_lock(comparison->conn, err) || !load_run(comparison, err) ||
        !run_plan_settle(comparison->arena, &comparison->run, &comparison->settings, err) ||
        !refuse_live(comparison, err)) {
        return false;
    }
    if (!source_state_read(comparison->run.source_path, &state, err)) {
        return error_hint(err, "the file that was migrated must be readable where this server"
                               " runs");
    }
    comparison->source_changed = !run_state_is(comparison->run.source_state, &state);
    return true;
}

static bool
plan_again(struct comparison *comparison, struct error *err)
{
    const struct run_plan_request request = {
        .conn = comparison->conn,
        .run_id = comparison->run.id,
        .path = comparison->run.source_path,
        .settings = &comparison->settings,
        .output = &comparison->output,
    };
    return run_plan_again(&request, comparison->arena, &comparison->survey, err);
}

static bool
find_table(struct comparison *comparison, struct error *err)
{
    const struct table_to_verify *wanted = comparison->wanted;
    const struct plan *plan = &comparison->survey.plan;
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct plan_table *table = &plan->tables[i];
        if (strcmp(table->schema, wanted->schema) == 0 &&
            strcmp(table->name, wanted->table) == 0 && table->problem == NULL) {
            comparison->table = i;
            return true;
        }
    }
    error_set(err, ERROR_SOURCE, "%s has no table any more that would go into %s",
              comparison->run.source_path, wanted->table);
    return error_hint(err, "its schema has changed since the run");
}

static bool
compare(struct comparison *comparison, struct error *err)
{
    const struct plan *plan = &comparison->survey.plan;
    struct rate rate;
    bool *chosen = arena_alloc(comparison->arena, (plan->table_count + 1) * sizeof *chosen);
    chosen[comparison->table] = true;
    const struct verify_job job = {
        .source_path = comparison->run.source_path,
        .conninfo = comparison->wanted->conninfo,
        .control = comparison->conn,
        .run_id = comparison->run.id,
        .catalog = &comparison->survey.catalog,
        .plan = plan,
        .bad_text = comparison->settings.bad_text,
        .workers = 1,
        .progress = comparison->output.progress,
        .rate = &rate,
        .chosen = chosen,
        .unrecorded = true,
    };
    return settings_rate(&comparison->settings, &rate, err) &&
           verify_tables(&job, comparison->arena, &comparison->verdict, err);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text == NULL ? json_null() : value_json_text(text));
}

static json_t *
list_differences(const struct verdict *verdict)
{
    json_t *list = json_array();
    for (size_t i = 0; i < verdict->difference_count && i < DIFFERENCES_SHOWN; i++) {
        const struct difference *difference = &verdict->differences[i];
        json_t *object = json_object();
        set_text(object, "kind", difference->kind);
        set_text(object, "key", difference->key);
        set_text(object, "column", difference->column);
        set_text(object, "source", difference->source_value);
        set_text(object, "target", difference->target_value);
        json_array_append_new(list, object);
    }
    return list;
}

static void
set_rows(json_t *found, const struct table_verdict *table)
{
    const struct {
        const char *key;
        uint64_t rows;
    } counts[] = {
        {"rows_compared", table->rows_source},     {"rows_source", table->rows_source},
        {"rows_target", table->rows_target},       {"rows_set_aside", table->rows_set_aside},
        {"rows_left_out", table->rows_left_out},   {"rows_kept", table->rows_kept},
        {"rows_different", table->rows_different}, {"rows_missing", table->rows_missing},
        {"rows_extra", table->rows_extra},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_object_set_new(found, counts[i].key, json_integer((json_int_t)counts[i].rows));
    }
}

static json_t *
describe(const struct comparison *comparison, int64_t started_us)
{
    const struct verdict *verdict = &comparison->verdict;
    const struct plan_table *table = &comparison->survey.plan.tables[comparison->table];
    const char *source_table = table->source->name.text;
    json_t *found = json_object();
    json_object_set_new(found, "same", json_boolean(verdict->same));
    set_rows(found, &verdict->tables[comparison->table]);
    json_object_set_new(found, "differences", list_differences(verdict));
    json_object_set_new(found, "differences_truncated",
                        json_boolean(verdict->difference_count > DIFFERENCES_SHOWN));
    json_object_set_new(found, "run_id", json_integer(comparison->run.id));
    set_text(found, "source", comparison->run.source_path);
    set_text(found, "source_table", source_table);
    json_object_set_new(found, "source_changed", json_boolean(comparison->source_changed));
    json_object_set_new(found, "duration_ms",
                        json_real((double)(clock_monotonic_us() - started_us) / 1000.0));
    if (!verdict->same) {
        set_text(found, "next",
                 arena_printf(comparison->arena,
                              "%soutgrow verify --tables %s --repair makes the target what the"
                              " source is",
                              comparison->source_changed
                                  ? "the source was written to after the run; "
                                  : "",
                              source_table));
    }
    return found;
}

static bool
compare_watched(const struct table_to_verify *wanted, const struct tool_call *call,
                struct verify_watch *watch, json_t **found, struct error *err)
{
    int64_t started_us = clock_monotonic_us();
    AUTO_COMPARISON comparison = {
        .wanted = wanted,
        .arena = call->arena,
        .output = {.out = stderr, .err_out = stderr, .progress = &watch->progress},
        .settings = {.jobs = 1},
    };
    if (!follow_run(&comparison, err) || !plan_again(&comparison, err) ||
        !find_table(&comparison, err) || !compare(&comparison, err)) {
        return false;
    }
    *found = describe(&comparison, started_us);
    return true;
}

bool
mcp_verify_table(void *context, const struct table_to_verify *wanted,
                 const struct tool_call *call, json_t **found, struct error *err)
{
    struct mcp_verifier *verifier = context;
    struct verify_watch watch;
    if (atomic_exchange(&verifier->busy, true)) {
        error_set(err, ERROR_TARGET, "another table is being compared");
        return error_hint(err, "call again when that has ended");
    }
    bool ok = verify_watch_start(&watch, call, wanted->timeout_ms, err);
    if (ok) {
        ok = compare_watched(wanted, call, &watch, found, err);
        verify_watch_stop(&watch);
        if (!ok && watch.overdue) {
            error_set(err, ERROR_STOPPED, "the comparison was given up after %d ms",
                      wanted->timeout_ms);
            error_hint(err, "give it a larger timeout_ms");
        }
    }
    atomic_store(&verifier->busy, false);
    return ok;
}
