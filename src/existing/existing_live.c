/* existing_live.c — existing tables that are kept in step with a live source: how a row that has
 * changed is found in them. */
#include "existing/existing_internal.h"
#include "plan/names.h"

/* The target's attnum of what a part of the key goes into; 0: it does not come over. */
static int
key_attribute(const struct plan_table *table, const struct target_table *target,
              const struct capture_table *captured, size_t part)
{
    const struct source_table *source = table->source;
    if (!captured->by_rowid) {
        return existing_attribute(table, target, captured->key_columns[part]);
    }
    for (size_t i = 0; i < source->column_count; i++) {
        if (source->columns[i].rowid_alias) {
            return existing_attribute(table, target, (int)i);
        }
    }
    return 0;
}

static bool
index_has(const struct target_index *index, int attribute)
{
    for (size_t i = 0; i < index->column_count; i++) {
        if (index->columns[i] == attribute) {
            return true;
        }
    }
    return false;
}

static bool
tells_apart(const struct target_index *index, const int *attributes, size_t count)
{
    bool found = index->unique && index->valid && !index->partial &&
                 index->column_count == count;
    for (size_t i = 0; found && i < count; i++) {
        found = attributes[i] != 0 && index_has(index, attributes[i]);
    }
    return found;
}

static bool
has_hidden_column(const struct plan_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].rowid) {
            return true;
        }
    }
    return false;
}

static const char *
key_words(const struct existing_job *job, const struct plan_table *table,
          const struct capture_table *captured)
{
    AUTO_TEXT words = {0};
    for (size_t i = 0; i < table->source->column_count; i++) {
        bool part = captured->by_rowid && table->source->columns[i].rowid_alias;
        for (size_t k = 0; !captured->by_rowid && k < captured->key_count; k++) {
            part |= captured->key_columns[k] == (int)i;
        }
        if (part) {
            text_printf(&words, "%s%s", words.length == 0 ? "" : ", ",
                        table->source->columns[i].name.text);
        }
    }
    return arena_strdup(job->arena, text_string(&words));
}

/* Without the index a key might mean several rows (citext), and each change would be a look at all
 * of them. */
void
existing_judge_live_key(const struct existing_job *job, const struct plan_table *table,
                        const struct target_table *target)
{
    if (job->captured == NULL || table->source_position < 0) {
        return;
    }
    const struct capture_table *captured = &job->captured[table->source_position];
    if (captured->refusal != NULL || has_hidden_column(table)) {
        return;
    }
    int *attributes = arena_alloc(job->arena, (captured->key_count + 1) * sizeof *attributes);
    for (size_t i = 0; i < captured->key_count; i++) {
        attributes[i] = key_attribute(table, target, captured, i);
    }
    for (size_t i = 0; i < target->index_count; i++) {
        if (tells_apart(&target->indexes[i], attributes, captured->key_count)) {
            return;
        }
    }
    existing_problem(
        job,
        "table %s: %s has no unique index on (%s), by which a row that changes could "
        "be found: make one, or skip the table in the plan",
        table->source->name.text, existing_qualified(job, target),
        key_words(job, table, captured));
}

void
existing_add_rowid_index(const struct existing_job *job, size_t index)
{
    struct plan *plan = job->plan;
    const struct plan_table *table = &plan->tables[index];
    for (size_t i = 0; job->fit->tables[index] != NULL && i < table->column_count; i++) {
        if (!table->columns[i].rowid) {
            continue;
        }
        AUTO_TEXT sql = {0};
        const char *column = table->columns[i].name;
        const char *name = names_implicit(job->arena, table->name, column, "key");
        text_add(&sql, "CREATE UNIQUE INDEX IF NOT EXISTS ");
        target_quote_name(&sql, name);
        text_printf(&sql, " ON %s (", existing_qualified(job, job->fit->tables[index]));
        target_quote_name(&sql, column);
        text_add_char(&sql, ')');
        struct plan_step *step = ARENA_APPEND(job->arena, plan->steps, plan->step_count);
        step->phase = PHASE_INDEXES;
        step->table = (int)index;
        step->id = arena_printf(job->arena, "index %s.%s.%s", table->schema, table->name, name);
        step->sql = arena_strdup(job->arena, text_string(&sql));
    }
}
