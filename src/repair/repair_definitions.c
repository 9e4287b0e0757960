/* repair_definitions.c — keys, indexes, constraints and sequences that differ, made anew; see
 * repair_internal.h. */
#include "repair/repair_internal.h"
#include "report/report_parts.h"

#include <string.h>

static const struct plan_step *
find_step(const struct plan *plan, const char *id)
{
    for (size_t i = 0; id != NULL && i < plan->step_count; i++) {
        if (strcmp(plan->steps[i].id, id) == 0) {
            return &plan->steps[i];
        }
    }
    return NULL;
}

static bool
repair_one_step(struct repairing *repairing, const struct plan_step *step, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    const char *reason = NULL;
    if (!repair_step(job->control, job->run_id, step, repairing->request->arena, &reason,
                     err)) {
        return false;
    }
    if (reason == NULL) {
        json_array_append_new(repairing->steps, report_words(step->id));
    } else {
        report_warn(repairing->request->warnings, "%s was not repaired: %s", step->id, reason);
    }
    return true;
}

static const struct plan_column *
find_column(const struct plan_table *table, const char *name)
{
    for (size_t i = 0; name != NULL && i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* A sequence, or a NOT NULL. */
static bool
repair_one_column(struct repairing *repairing, const struct plan_table *table,
                  const struct difference *difference, struct error *err)
{
    const struct plan_column *column = find_column(table, difference->column);
    PGconn *conn = repairing->request->job->control;
    bool sequence = strcmp(difference->kind, "sequence") == 0;
    struct error refused;
    if (column == NULL) {
        return true;
    }
    if (sequence ? repair_sequence(conn, table, column, &refused)
                 : repair_not_null(conn, table, column, &refused)) {
        AUTO_TEXT what = {0};
        text_printf(&what, "%s %s.%s.%s", sequence ? "sequence" : "not null", table->schema,
                    table->name, column->name);
        json_array_append_new(repairing->steps, report_words(text_string(&what)));
        return true;
    }
    if (refused.kind != ERROR_TARGET || PQstatus(conn) != CONNECTION_OK) {
        *err = refused;
        return false;
    }
    report_warn(repairing->request->warnings, "%s of %s.%s was not repaired: %s",
                difference->kind, table->name, column->name, refused.message);
    return true;
}

int
repair_table_of(const struct plan *plan, const struct difference *difference)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        size_t schema = strlen(plan->tables[i].schema);
        const char *name = difference->target_table;
        if (strncmp(name, plan->tables[i].schema, schema) == 0 && name[schema] == '.' &&
            strcmp(name + schema + 1, plan->tables[i].name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool
repair_definitions(struct repairing *repairing, struct error *err)
{
    const struct plan *plan = repairing->request->job->plan;
    const struct verdict *verdict = repairing->verdict;
    bool *wanted = arena_alloc(repairing->request->arena, plan->step_count + 1);
    for (size_t i = 0; i < verdict->difference_count; i++) {
        const struct difference *difference = &verdict->differences[i];
        const struct plan_step *step = find_step(plan, difference->key);
        int table = repair_table_of(plan, difference);
        bool of_column = strcmp(difference->kind, "sequence") == 0 ||
                         (strcmp(difference->kind, "constraint") == 0 && step == NULL);
        if (step != NULL) {
            wanted[step - plan->steps] = true;
        } else if (of_column && table >= 0 &&
                   !repair_one_column(repairing, &plan->tables[table], difference, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        if (wanted[i] && !repair_one_step(repairing, &plan->steps[i], err)) {
            return false;
        }
    }
    return true;
}
