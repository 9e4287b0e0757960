/* existing.c — see existing.h: which table goes into which. */
#include "existing/bookkeeping.h"
#include "existing/existing_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
existing_problem(const struct existing_job *job, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct existing_fit *fit = job->fit;
    *ARENA_APPEND(job->arena, fit->problems, fit->problem_count) = arena_strdup(job->arena,
                                                                                line);
}

void
existing_note(const struct existing_job *job, const char *object_kind, const char *name,
              const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    *ARENA_APPEND(job->arena, job->plan->notes, job->plan->note_count) = (struct plan_note){
        .kind = NOTE_NOT_CARRIED,
        .object_kind = object_kind,
        .name = name,
        .reason = arena_strdup(job->arena, reason),
    };
}

const char *
existing_qualified(const struct existing_job *job, const struct target_table *table)
{
    AUTO_TEXT name = {0};
    target_quote_qualified(&name, table->schema, table->name);
    return arena_strdup(job->arena, text_string(&name));
}

/* What plan_build says of objects that are no tables stays true; what it says of types,
 * names, defaults and indexes was about tables of its own making. */
static void
keep_notes_about_objects(struct plan *plan)
{
    static const char *const kinds[] = {"view", "trigger", "virtual table", "shadow table"};
    size_t kept = 0;
    for (size_t i = 0; i < plan->note_count; i++) {
        bool keep = false;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            keep = keep || strcmp(plan->notes[i].object_kind, kinds[k]) == 0;
        }
        if (keep) {
            plan->notes[kept++] = plan->notes[i];
        }
    }
    plan->note_count = kept;
}

static const struct target_table *
find_table(const struct existing_job *job, const struct plan_table *table)
{
    const struct target_catalog *target = job->target;
    const char *source = table->source->name.text;
    const struct target_table *found = target_catalog_find(target, table->schema, table->name);
    found = found != NULL ? found : target_catalog_find(target, table->schema, source);
    found = found != NULL ? found
                          : target_catalog_find_folded(target, table->schema, table->name);
    return found != NULL ? found : target_catalog_find_folded(target, table->schema, source);
}

static bool
is_left_alone(const struct existing_job *job, const struct plan_table *table)
{
    const char *source = table->source->name.text;
    const char *tool = bookkeeping_tool(source);
    if (tool == NULL || job->rules->with_bookkeeping) {
        return false;
    }
    existing_note(job, "table", source,
                  "in it %s remembers which migrations ran; the target keeps its own "
                  "(--with-bookkeeping brings it over)",
                  tool);
    return true;
}

static void
miss_table(const struct existing_job *job, const struct plan_table *table)
{
    if (job->rules->skip_missing_tables) {
        existing_note(job, "table", table->source->name.text,
                      "the target has no table of that name in schema %s", table->schema);
        return;
    }
    existing_problem(job,
                     "table %s: the target has no table %s.%s (skip it in the plan, or "
                     "--skip-missing-tables)",
                     table->source->name.text, table->schema, table->name);
}

/* Rights, and what would make rows disappear on their way. */
static void
judge_access(const struct existing_job *job, const struct target_table *target)
{
    const char *name = existing_qualified(job, target);
    if (target->kind != TARGET_TABLE && target->kind != TARGET_PARTITIONED_TABLE) {
        existing_problem(job, "%s is not a table", name);
        return;
    }
    if (target->row_security_active) {
        existing_problem(
            job,
            "%s has row security that applies to user %s: connect as a role with BYPASSRLS, "
            "or as its owner, without FORCE ROW LEVEL SECURITY",
            name, job->target->user);
    }
    if (!target->can_select) {
        existing_problem(job, "%s: user %s may not SELECT, so nothing could be proven", name,
                         job->target->user);
    }
}

static bool
is_taken(const struct existing_job *job, size_t count, const struct target_table *target)
{
    for (size_t i = 0; i < count; i++) {
        if (job->fit->tables[i] == target) {
            existing_problem(job, "tables %s and %s would both go into %s",
                             job->plan->tables[i].source->name.text,
                             job->plan->tables[count].source->name.text,
                             existing_qualified(job, target));
            return true;
        }
    }
    return false;
}

/* False: the table does not stay in the plan. Its place is plan->tables[index]. */
static bool
fit_table(const struct existing_job *job, size_t index)
{
    struct plan_table *table = &job->plan->tables[index];
    job->fit->tables[index] = NULL;
    if (is_left_alone(job, table)) {
        return false;
    }
    if (table->problem != NULL) {
        return true;
    }
    const struct target_table *target = find_table(job, table);
    if (target == NULL) {
        miss_table(job, table);
        return false;
    }
    if (is_taken(job, index, target)) {
        return false;
    }
    table->schema = target->schema;
    table->name = target->name;
    if (table->on_conflict == CONFLICT_UNSAID) {
        table->on_conflict = job->rules->on_conflict;
    }
    judge_access(job, target);
    existing_fit_columns(job, table, target);
    existing_judge_live_key(job, table, target);
    job->fit->tables[index] = target;
    return true;
}

/* A table that holds rows, of which nobody said what to do with them. */
static bool
is_in_the_way(const struct existing_job *job, size_t index)
{
    const struct target_table *target = job->fit->tables[index];
    return !job->rules->may_hold_rows && target != NULL && target->empty_known &&
           !target->empty &&
           (job->captured != NULL || job->plan->tables[index].on_conflict == CONFLICT_UNSAID);
}

static void
judge_rows(const struct existing_job *job)
{
    enum { NAMES_SHOWN = 5 };
    AUTO_TEXT names = {0};
    size_t count = 0;
    for (size_t i = 0; i < job->plan->table_count; i++) {
        if (is_in_the_way(job, i) && count++ < NAMES_SHOWN) {
            text_printf(&names, "%s%s", count > 1 ? ", " : "",
                        existing_qualified(job, job->fit->tables[i]));
        }
    }
    if (count > NAMES_SHOWN) {
        text_printf(&names, " and %zu more", count - NAMES_SHOWN);
    }
    if (count > 0) {
        existing_problem(job, "%s hold%s rows already: %s--replace empties the tables first",
                         text_string(&names), count == 1 ? "s" : "",
                         job->captured != NULL
                             ? "what is kept in step holds the source's rows and no others; "
                             : "--on-conflict skip, update or error says what becomes of ours "
                               "beside them; ");
    }
}

void
plan_fit_existing(const struct existing_job *job)
{
    struct plan *plan = job->plan;
    size_t kept = 0;
    *job->fit = (struct existing_fit){
        .tables = arena_alloc(job->arena, (plan->table_count + 1) * sizeof(void *))};
    plan->existing = true;
    plan->step_count = 0;
    plan->steps = NULL;
    keep_notes_about_objects(plan);
    existing_remember_references(job);
    for (size_t i = 0; i < plan->table_count; i++) {
        plan->tables[kept] = plan->tables[i];
        kept += fit_table(job, kept) ? 1 : 0;
    }
    plan->table_count = kept;
    existing_find_references(job);
    judge_rows(job);
    existing_add_steps(job);
    existing_note_collations(job);
    for (size_t i = 0; i < kept; i++) {
        if (job->fit->tables[i] != NULL) {
            existing_note_lacking(job, &plan->tables[i], job->fit->tables[i]);
        }
    }
}
