/* report_build.c — see report_build.h. */
#include "report/report_build.h"

#include "base/clock.h"
#include "outgrow_config.h"
#include "report/report_measures.h"
#include "report/report_parts.h"

#include <string.h>

static json_t *
count_json(uint64_t count)
{
    return json_integer((json_int_t)count);
}

static const struct run_table *
find_run_table(const struct report_facts *facts, const char *source_table)
{
    for (size_t i = 0; i < facts->run_table_count; i++) {
        if (strcmp(facts->run_tables[i].source_table, source_table) == 0) {
            return &facts->run_tables[i];
        }
    }
    return NULL;
}

static json_t *
qualified_name(const struct plan_table *table)
{
    AUTO_TEXT name = {0};
    target_quote_qualified(&name, table->schema, table->name);
    return report_words(text_string(&name));
}

static void
add_verdict(json_t *object, const struct table_verdict *verdict)
{
    json_object_set_new(object, "rows_target", count_json(verdict->rows_target));
    json_object_set_new(object, "rows_verified",
                        count_json(verdict->rows_target - verdict->rows_different -
                                   verdict->rows_extra - verdict->rows_kept));
    if (verdict->rows_kept > 0) {
        json_object_set_new(object, "rows_kept", count_json(verdict->rows_kept));
    }
    json_object_set_new(object, "different", count_json(verdict->rows_different));
    json_object_set_new(object, "missing", count_json(verdict->rows_missing));
    json_object_set_new(object, "extra", count_json(verdict->rows_extra));
    json_object_set_new(object, "sampled", json_boolean(verdict->sampled));
    json_object_set_new(object, "compared_before", json_boolean(verdict->remembered));
}

/* Of a live source the run counts those of the initial copy alone. */
static json_int_t
rows_set_aside(const struct run_table *run, const struct table_verdict *verdict)
{
    return verdict->done && !verdict->sampled ? (json_int_t)verdict->rows_set_aside
           : run != NULL                      ? run->rows_set_aside
                                              : 0;
}

static json_t *
report_table(const struct report_facts *facts, size_t index, const struct step_times *times)
{
    const struct survey *survey = facts->survey;
    const struct plan_table *table = &survey->plan.tables[index];
    const struct run_table *run = find_run_table(facts, table->source->name.text);
    const struct table_verdict *verdict = &facts->verdict->tables[index];
    uint64_t rows = verdict->done ? verdict->rows_source
                                  : survey->inspection.tables[table->source_position].rows;
    json_t *object = json_object();
    json_object_set_new(object, "source", report_words(table->source->name.text));
    json_object_set_new(object, "target", qualified_name(table));
    json_object_set_new(object, "problem",
                        report_words(table->left_out ? NULL : table->problem));
    json_object_set_new(object, "left_out", json_boolean(table->left_out));
    json_object_set_new(object, "rows_source", count_json(rows));
    json_object_set_new(object, "rows_copied", json_integer(run ? run->rows_copied : 0));
    json_object_set_new(object, "rows_set_aside", json_integer(rows_set_aside(run, verdict)));
    json_object_set_new(object, "rows_left_out",
                        table->left_out ? count_json(rows)
                                        : json_integer(run ? run->rows_left_out : 0));
    if (table->problem == NULL && verdict->done) {
        add_verdict(object, verdict);
    }
    report_add_measures(object, facts, index, run, times);
    json_object_set_new(object, "columns", report_columns(survey, table));
    return object;
}

static json_t *
report_phases(const struct report_facts *facts)
{
    json_t *phases = json_array();
    for (size_t i = 0; i < facts->phase_count; i++) {
        const struct report_phase *phase = &facts->phases[i];
        json_array_append_new(phases,
                              json_pack("{s:s, s:f, s:s*}", "name", phase->name, "seconds",
                                        phase->seconds, "beside", phase->beside));
    }
    return phases;
}

static json_t *
report_steps(const struct report_facts *facts, enum step_state state)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < facts->step_count; i++) {
        if (facts->steps[i].state == state) {
            json_t *step = json_object();
            json_object_set_new(step, "step", report_words(facts->steps[i].step));
            json_object_set_new(step, "reason", report_words(facts->steps[i].message));
            json_array_append_new(steps, step);
        }
    }
    return steps;
}

/* Steps that did not work out are in the report already, as steps. */
static json_t *
report_differences(const struct verdict *verdict)
{
    json_t *differences = json_array();
    for (size_t i = 0; i < verdict->difference_count; i++) {
        const struct difference *difference = &verdict->differences[i];
        if (strcmp(difference->kind, "not carried") == 0) {
            continue;
        }
        json_t *object = json_object();
        json_object_set_new(object, "table", report_words(difference->target_table));
        json_object_set_new(object, "kind", report_words(difference->kind));
        json_object_set_new(object, "key", report_words(difference->key));
        json_object_set_new(object, "column", report_words(difference->column));
        json_object_set_new(object, "source", report_words(difference->source_value));
        json_object_set_new(object, "target", report_words(difference->target_value));
        json_array_append_new(differences, object);
    }
    return differences;
}

static json_t *
report_chain_side(const struct chain_finding *finding)
{
    json_t *side = json_object();
    json_object_set_new(side, "links", count_json(finding->links));
    json_object_set_new(side, "status", json_string(finding->broken ? "broken" : "intact"));
    if (finding->broken) {
        json_object_set_new(side, "first_broken", report_words(finding->order));
        json_object_set_new(side, "column", report_words(finding->column));
        json_object_set_new(side, "expected", report_words(finding->expected));
        json_object_set_new(side, "found", report_words(finding->found));
    }
    return side;
}

static json_t *
report_chains(const struct verdict *verdict, const struct plan *plan)
{
    json_t *chains = json_array();
    for (size_t i = 0; i < verdict->chain_count; i++) {
        const struct chain_verdict *chain = &verdict->chains[i];
        json_t *object = json_object();
        json_object_set_new(object, "table", qualified_name(&plan->tables[chain->table]));
        json_object_set_new(object, "source", report_chain_side(&chain->source));
        json_object_set_new(object, "target", report_chain_side(&chain->target));
        json_array_append_new(chains, object);
    }
    return chains;
}

/* Sums over the tables, so that the text need not count. */
static json_t *
report_totals(const json_t *tables, int64_t altered)
{
    json_int_t rows = 0;
    json_int_t rows_target = 0;
    json_int_t set_aside = 0;
    json_int_t left_out = 0;
    json_int_t problems = 0;
    json_int_t tables_left_out = 0;
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        bool problem = json_is_string(json_object_get(table, "problem"));
        problems += problem ? 1 : 0;
        tables_left_out += json_is_true(json_object_get(table, "left_out")) ? 1 : 0;
        rows += json_integer_value(json_object_get(table, "rows_copied"));
        rows_target += json_integer_value(json_object_get(table, "rows_target"));
        set_aside += json_integer_value(json_object_get(table, "rows_set_aside"));
        left_out += json_integer_value(json_object_get(table, "rows_left_out"));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "tables",
                     (json_int_t)json_array_size(tables) - problems - tables_left_out,
                     "tables_failed", problems, "rows_copied", rows, "rows_target", rows_target,
                     "rows_set_aside", set_aside, "rows_left_out", left_out, "values_altered",
                     (json_int_t)altered);
}

static enum exit_code
decide_exit_code(const struct report_facts *facts, const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    if (!facts->verdict->same || json_array_size(json_object_get(report, "failed_steps")) > 0) {
        return EXIT_DIFFERS;
    }
    if (json_integer_value(json_object_get(totals, "tables_failed")) > 0) {
        return EXIT_SOURCE;
    }
    bool set_aside = json_integer_value(json_object_get(totals, "rows_set_aside")) > 0 ||
                     json_integer_value(json_object_get(totals, "values_altered")) > 0;
    return set_aside ? EXIT_SET_ASIDE : EXIT_DONE;
}

/* What was not looked at is not proven. */
static const char *
partial_outcome(const struct verdict *verdict, size_t table_count)
{
    for (size_t i = 0; i < table_count; i++) {
        if (verdict->tables[i].sampled) {
            return "the sample is the same";
        }
    }
    return "the chosen tables are the same";
}

static const char *
outcome_word(enum exit_code code)
{
    switch (code) {
    case EXIT_DONE: return "proven";
    case EXIT_SET_ASIDE: return "proven, with rows set aside";
    case EXIT_SOURCE: return "proven, without the tables that could not be read";
    case EXIT_DIFFERS:
    case EXIT_INTERNAL:
    case EXIT_USAGE:
    case EXIT_TARGET:
    case EXIT_SYSTEM:
    case EXIT_NOT_NOW:
    case EXIT_INTERRUPTED: break;
    }
    return "differs";
}

static void
add_notes(json_t *report, const struct plan *plan)
{
    json_object_set_new(report, "not_carried", report_notes(plan, NOTE_NOT_CARRIED));
    json_object_set_new(report, "changed", report_notes(plan, NOTE_CHANGED));
    json_object_set_new(report, "renamed", report_notes(plan, NOTE_RENAMED));
}

static void
add_moments(json_t *report, const struct report_facts *facts)
{
    char now[CLOCK_STAMP_SIZE];
    clock_stamp_iso(now);
    json_object_set_new(report, "started", report_words(facts->started_at));
    json_object_set_new(report, "finished", json_string(now));
    json_object_set_new(report, "settings",
                        facts->settings == NULL ? json_null()
                                                : json_loads(facts->settings, 0, NULL));
}

static void
add_ends(json_t *report, const struct report_facts *facts)
{
    json_t *source = report_source(facts->survey, facts->source_path, facts->source_bytes);
    json_object_set_new(source, "snapshot", report_words(facts->snapshot_path));
    json_object_set_new(report, "source", source);
    json_t *target = json_object();
    json_object_set_new(target, "description", report_words(facts->target));
    json_object_set_new(target, "schema", report_words(facts->survey->plan.schema));
    json_object_set_new(target, "server", report_words(facts->server));
    json_object_set_new(target, "psql", report_words(facts->psql_command));
    json_object_set_new(report, "target", target);
}

static void
add_tables(json_t *report, const struct report_facts *facts)
{
    AUTO_ARENA memory = {0};
    struct step_times times;
    step_times_add_up(&memory, facts, &times);
    json_t *tables = json_array();
    for (size_t i = 0; i < facts->survey->plan.table_count; i++) {
        json_array_append_new(tables, report_table(facts, i, &times));
    }
    json_object_set_new(report, "finish_work", report_finish_work(&times));
    json_object_set_new(report, "tables", tables);
    json_t *totals = report_totals(tables, facts->altered);
    report_add_measured_totals(totals, tables);
    json_object_set_new(report, "totals", totals);
}

json_t *
report_build(const struct report_facts *facts)
{
    json_t *report = json_object();
    json_object_set_new(report, "outgrow", json_string(OUTGROW_VERSION));
    json_object_set_new(report, "run", json_integer(facts->run_id));
    json_object_set_new(report, "resumed", json_boolean(facts->resumed));
    add_moments(report, facts);
    add_ends(report, facts);
    json_object_set_new(report, "phases", report_phases(facts));
    add_tables(report, facts);
    add_notes(report, &facts->survey->plan);
    json_object_set_new(report, "failed_steps", report_steps(facts, STEP_FAILED));
    json_object_set_new(report, "not_valid", report_steps(facts, STEP_NOT_VALID));
    json_object_set(report, "set_aside_sample", facts->set_aside_sample);
    json_object_set_new(report, "differences", report_differences(facts->verdict));
    json_object_set_new(report, "chains", report_chains(facts->verdict, &facts->survey->plan));
    if (facts->repaired != NULL) {
        json_object_set(report, "repaired", facts->repaired);
    }
    json_object_set(report, "warnings", facts->warnings);
    enum exit_code code = decide_exit_code(facts, report);
    bool partial = facts->verdict->partial &&
                   (code == EXIT_DONE || code == EXIT_SET_ASIDE || code == EXIT_SOURCE);
    size_t table_count = facts->survey->plan.table_count;
    json_object_set_new(report, "partial", json_boolean(facts->verdict->partial));
    json_object_set_new(report, "outcome",
                        json_string(partial ? partial_outcome(facts->verdict, table_count)
                                            : outcome_word(code)));
    json_object_set_new(report, "exit_code", json_integer(code));
    return report;
}
