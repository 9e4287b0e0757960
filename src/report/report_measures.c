/* report_measures.c — see report_measures.h. */
#include "report/report_measures.h"

#include "page/report_lists.h"

#include <string.h>

static int
compare_steps(const void *left, const void *right)
{
    const struct plan_step *a = *(const struct plan_step *const *)left;
    const struct plan_step *b = *(const struct plan_step *const *)right;
    return strcmp(a->id, b->id);
}

static const struct plan_step **
sort_steps(struct arena *arena, const struct plan *plan)
{
    const struct plan_step **sorted = arena_alloc(arena,
                                                  (plan->step_count + 1) * sizeof *sorted);
    for (size_t i = 0; i < plan->step_count; i++) {
        sorted[i] = &plan->steps[i];
    }
    qsort(sorted, plan->step_count, sizeof *sorted, compare_steps);
    return sorted;
}

void
step_times_add_up(struct arena *arena, const struct report_facts *facts,
                  struct step_times *times)
{
    const struct plan *plan = &facts->survey->plan;
    const struct plan_step **sorted = sort_steps(arena, plan);
    *times = (struct step_times){
        .table_us = arena_alloc(arena, (plan->table_count + 1) * sizeof *times->table_us)};
    for (size_t i = 0; i < facts->step_count; i++) {
        const struct plan_step wanted = {.id = facts->steps[i].step};
        const struct plan_step *key = &wanted;
        const struct plan_step **found = bsearch(&key, sorted, plan->step_count, sizeof *sorted,
                                                 compare_steps);
        if (found == NULL) {
            continue;
        }
        times->phase_us[(*found)->phase] += facts->steps[i].busy_us;
        times->phase_steps[(*found)->phase]++;
        if ((*found)->table >= 0) {
            times->table_us[(*found)->table] += facts->steps[i].busy_us;
        }
    }
}

static json_t *
seconds_json(int64_t microseconds)
{
    return json_real((double)microseconds / 1e6);
}

static void
add_target_bytes(json_t *object, const struct report_facts *facts,
                 const struct plan_table *table)
{
    AUTO_TEXT name = {0};
    text_printf(&name, "%s.%s", table->schema, table->name);
    json_t *size = json_object_get(facts->target_sizes, text_string(&name));
    if (size != NULL) {
        json_object_set(object, "target_bytes", size);
    }
}

void
report_add_measures(json_t *object, const struct report_facts *facts, size_t table,
                    const struct run_table *run, const struct step_times *times)
{
    const struct plan_table *plan_table = &facts->survey->plan.tables[table];
    const struct table_verdict *verdict = &facts->verdict->tables[table];
    if (plan_table->problem != NULL) {
        return;
    }
    json_object_set_new(object, "bytes", json_integer(run == NULL ? 0 : run->bytes_sent));
    json_object_set_new(object, "copy_seconds", seconds_json(run == NULL ? 0 : run->copy_us));
    json_object_set_new(object, "finish_seconds", seconds_json(times->table_us[table]));
    json_object_set_new(object, "verify_seconds", seconds_json(verdict->busy_us));
    uint64_t compared = 0;
    if (verdict->done) {
        compared = verdict->rows_target - verdict->rows_extra - verdict->rows_kept;
    }
    json_object_set_new(
        object, "cells",
        json_integer((json_int_t)compared * (json_int_t)plan_table->column_count));
    add_target_bytes(object, facts, plan_table);
}

json_t *
report_finish_work(const struct step_times *times)
{
    static const char *const names[] = {
        [PHASE_KEYS] = "primary keys",   [PHASE_INDEXES] = "indexes",
        [PHASE_CHECKS] = "checks",       [PHASE_FOREIGN_KEYS] = "foreign keys",
        [PHASE_SEQUENCES] = "sequences", [PHASE_ANALYZE] = "statistics (ANALYZE)",
    };
    json_t *work = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (times->phase_steps[i] > 0) {
            json_array_append_new(work, json_pack("{s:s, s:I, s:f}", "name", names[i], "steps",
                                                  (json_int_t)times->phase_steps[i], "seconds",
                                                  (double)times->phase_us[i] / 1e6));
        }
    }
    return work;
}

void
report_add_measured_totals(json_t *totals, const json_t *tables)
{
    static const char *const sums[] = {"bytes", "target_bytes", "cells"};
    for (size_t s = 0; s < sizeof sums / sizeof sums[0]; s++) {
        json_int_t sum = 0;
        size_t i;
        json_t *table;
        json_array_foreach(tables, i, table)
        {
            sum += (json_int_t)json_count(table, sums[s]);
        }
        json_object_set_new(totals, sums[s], json_integer(sum));
    }
}

/* 'a', 'b': neighbours that repeat are left out, which is all but a few. */
static void
add_schemas(struct text *sql, const struct plan *plan)
{
    target_quote_literal(sql, plan->schema);
    const char *last = plan->schema;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (strcmp(plan->tables[i].schema, last) != 0) {
            last = plan->tables[i].schema;
            text_add(sql, ", ");
            target_quote_literal(sql, last);
        }
    }
}

bool
report_target_sizes(PGconn *conn, const struct plan *plan, json_t **sizes, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    text_add(&sql, "SELECT n.nspname || '.' || c.relname,"
                   " pg_catalog.pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c"
                   " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                   " WHERE c.relkind IN ('r', 'p') AND n.nspname IN (");
    add_schemas(&sql, plan);
    text_add_char(&sql, ')');
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "ask for the sizes of the tables");
    }
    *sizes = json_object();
    for (int i = 0; i < PQntuples(result); i++) {
        json_object_set_new(*sizes, PQgetvalue(result, i, 0),
                            json_integer(target_number(result, i, 1)));
    }
    return true;
}
