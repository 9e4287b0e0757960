/* schema.c — see schema.h. */
#include "verify/schema.h"

#include <stdlib.h>

static void
report_column(struct report *report, const struct plan *plan, int table,
              const struct plan_column *column, const char *found)
{
    AUTO_TEXT planned = {0};
    text_printf(&planned, "type oid %u", facts_type_oid(column->type.kind));
    report_add(report, plan, table,
               &(struct difference){.column = column->name,
                                    .kind = "column",
                                    .source_value = text_string(&planned),
                                    .target_value = found},
               false);
}

/* An enum or citext has no fixed oid: one that is not PostgreSQL's own will do. */
static bool
is_type(unsigned long oid, enum type_kind kind)
{
    enum { FIRST_NORMAL_OID = 16384 }; /* access/transam.h */
    unsigned long fixed = facts_type_oid(kind);
    return fixed == 0 ? oid >= FIRST_NORMAL_OID : oid == fixed;
}

static bool
check_column(struct report *report, const struct plan *plan, int table,
             const struct plan_column *column, const struct facts *facts)
{
    const struct plan_table *planned = &plan->tables[table];
    int row = facts_find(facts->columns, planned->schema, planned->name, column->name);
    if (row < 0) {
        report_column(report, plan, table, column, NULL);
        return false;
    }
    if (plan->existing) {
        return true; /* the plan was made from it: its type and NOT NULL are the law */
    }
    const char *oid = PQgetvalue(facts->columns, row, FACT_FIRST);
    if (!is_type(strtoul(oid, NULL, 10), column->type.kind)) {
        AUTO_TEXT found = {0};
        text_printf(&found, "type oid %s", oid);
        report_column(report, plan, table, column, text_string(&found));
        return false;
    }
    if (column->not_null && !target_is_true(facts->columns, row, FACT_SECOND)) {
        report_add(report, plan, table,
                   &(struct difference){.column = column->name,
                                        .kind = "constraint",
                                        .source_value = "NOT NULL"},
                   false);
    }
    return true;
}

bool
schema_check_table(struct report *report, const struct plan *plan, int table,
                   const struct facts *facts)
{
    const struct plan_table *planned = &plan->tables[table];
    if (facts_find(facts->tables, planned->schema, planned->name, "") < 0) {
        report_add(report, plan, table, &(struct difference){.kind = "missing table"}, false);
        return false;
    }
    bool comparable = true;
    for (size_t i = 0; i < planned->column_count; i++) {
        comparable &= check_column(report, plan, table, &planned->columns[i], facts);
    }
    return comparable;
}

static int
compare_steps(const void *a, const void *b)
{
    return strcmp(((const struct run_step *)a)->step, ((const struct run_step *)b)->step);
}

/* What the catalog says about the step's object: NULL when it is all right, else
 * what is wrong. */
static const char *
object_problem(const struct facts *facts, const struct plan_table *table, enum object_kind kind,
               const char *name)
{
    if (kind == OBJECT_INDEX) {
        int row = facts_find(facts->indexes, table->schema, table->name, name);
        return row < 0                                           ? "missing"
               : target_is_true(facts->indexes, row, FACT_FIRST) ? NULL
                                                                 : "not usable";
    }
    int row = kind == OBJECT_PRIMARY_KEY
                  ? facts_find_constraint_type(facts, table->schema, table->name, 'p')
                  : facts_find(facts->constraints, table->schema, table->name, name);
    return row < 0                                                ? "missing"
           : target_is_true(facts->constraints, row, FACT_SECOND) ? NULL
                                                                  : "not validated";
}

static const char *
kind_of_phase(enum plan_phase phase)
{
    switch (phase) {
    case PHASE_KEYS: return "key";
    case PHASE_INDEXES: return "index";
    case PHASE_CHECKS:
    case PHASE_FOREIGN_KEYS: return "constraint";
    case PHASE_VIEWS:
    case PHASE_SEQUENCES:
    case PHASE_ANALYZE: break;
    }
    return "step";
}

/* The journalled reason is shown, and excuses rows that violate a constraint: they
 * are in the source the same way. */
static void
report_step(struct report *report, const struct plan *plan, const struct plan_step *step,
            const struct run_step *journalled, const char *problem)
{
    bool explained = journalled != NULL && journalled->state != STEP_DONE;
    struct difference difference = {
        .key = step->id,
        .kind = explained ? "not carried" : kind_of_phase(step->phase),
        .source_value = step->sql,
        .target_value = explained && journalled->message != NULL ? journalled->message
                                                                 : problem,
    };
    report_add(report, plan, step->table, &difference,
               explained && journalled->state == STEP_NOT_VALID);
}

static void
check_step(struct report *report, const struct plan *plan, const struct plan_step *step,
           const struct facts *facts, const struct run_step *journalled)
{
    AUTO_TEXT name = {0};
    enum object_kind kind = schema_object_of(step->sql, &name);
    if (kind == OBJECT_NONE || step->table < 0) {
        return;
    }
    const char *problem = object_problem(facts, &plan->tables[step->table], kind,
                                         text_string(&name));
    if (problem != NULL) {
        report_step(report, plan, step, journalled, problem);
    }
}

bool
schema_check_chose(const struct schema_check *check, int table)
{
    return check->chosen == NULL || (table >= 0 && check->chosen[table]);
}

bool
schema_check_steps(const struct schema_check *check, int64_t run_id, struct error *err)
{
    const struct plan *plan = check->plan;
    AUTO_ARENA arena = {0};
    struct run_step *journalled = NULL;
    size_t count = 0;
    if (run_id != 0 &&
        !journal_steps_load(check->conn, &arena, run_id, &journalled, &count, err)) {
        return false;
    }
    if (count > 0) {
        qsort(journalled, count, sizeof *journalled, compare_steps);
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];
        if (step->phase == PHASE_SEQUENCES || step->phase == PHASE_ANALYZE ||
            (check->keys_later && step->phase == PHASE_FOREIGN_KEYS) ||
            !schema_check_chose(check, step->table)) {
            continue;
        }
        struct run_step wanted = {.step = step->id};
        const struct run_step *known = count == 0 ? NULL
                                                  : bsearch(&wanted, journalled, count,
                                                            sizeof wanted, compare_steps);
        check_step(check->report, plan, step, check->facts, known);
    }
    return true;
}
