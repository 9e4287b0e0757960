/* existing_references.c — references whose orphans the plan file speaks of, on the way into
 * existing tables: tables and columns change places, and some are gone afterwards. */
#include "existing/existing_internal.h"

static void
remember_columns(const struct plan_table *table, int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        columns[i] = table->columns[columns[i]].source_position;
    }
}

void
existing_remember_references(const struct existing_job *job)
{
    struct plan *plan = job->plan;
    for (size_t i = 0; i < plan->reference_count; i++) {
        struct plan_reference *reference = &plan->references[i];
        const struct plan_table *table = &plan->tables[reference->table];
        const struct plan_table *parent = &plan->tables[reference->parent];
        remember_columns(table, reference->columns, reference->column_count);
        remember_columns(parent, reference->parent_columns, reference->column_count);
        reference->table = table->source_position;
        reference->parent = parent->source_position;
    }
}

/* -1: it does not come over. */
static int
find_table(const struct plan *plan, int source_position)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        if (plan->tables[i].source_position == source_position &&
            plan->tables[i].problem == NULL) {
            return (int)i;
        }
    }
    return -1;
}

static bool
find_columns(const struct plan_table *table, int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < table->column_count && table->columns[at].source_position != columns[i]) {
            at++;
        }
        if (at == table->column_count) {
            return false;
        }
        columns[i] = (int)at;
    }
    return true;
}

/* NULL where the target's column cannot hold it is no way out. */
static void
choose_again(const struct existing_job *job, struct plan_reference *reference)
{
    const struct plan_table *table = &job->plan->tables[reference->table];
    for (size_t i = 0; i < reference->column_count; i++) {
        if (plan_column_takes_null(&table->columns[reference->columns[i]])) {
            return;
        }
    }
    if (reference->orphans == ORPHANS_NULL) {
        reference->orphans = ORPHANS_SET_ASIDE;
        existing_note(job, "orphans",
                      arena_printf(job->arena, "%s.%s", table->source->name.text,
                                   table->columns[reference->columns[0]].source->name.text),
                      "NOT NULL: orphans are set aside instead of NULL");
    }
}

void
existing_find_references(const struct existing_job *job)
{
    struct plan *plan = job->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->reference_count; i++) {
        struct plan_reference reference = plan->references[i];
        size_t count = reference.column_count;
        reference.table = find_table(plan, reference.table);
        reference.parent = find_table(plan, reference.parent);
        if (reference.table < 0 || reference.parent < 0 ||
            !find_columns(&plan->tables[reference.table], reference.columns, count) ||
            !find_columns(&plan->tables[reference.parent], reference.parent_columns, count)) {
            continue;
        }
        choose_again(job, &reference);
        plan->references[kept++] = reference;
    }
    plan->reference_count = kept;
}
