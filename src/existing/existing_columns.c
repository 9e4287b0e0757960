/* existing_columns.c — which column goes into which, as what, and whether it can. */
#include "existing/existing_internal.h"
#include "profile/lift.h"

#include <ctype.h>
#include <string.h>

/* One table on its way. */
struct fitting {
    const struct existing_job *job;
    struct plan_table *table;
    const struct target_table *target;
    const char *shown; /* the target's name */
    bool *taken;       /* by position in target->columns */
};

static const struct target_column *
find_column(const struct fitting *fitting, const struct plan_column *column)
{
    const struct target_table *target = fitting->target;
    const char *source = column->source->name.text;
    const struct target_column *found = target_table_column(target, column->name);
    found = found != NULL ? found : target_table_column(target, source);
    found = found != NULL ? found : target_table_column_folded(target, column->name);
    return found != NULL ? found : target_table_column_folded(target, source);
}

static int
lower(char c)
{
    return tolower((unsigned char)c);
}

/* Equal but for case and underscores: worth a remark, never a choice. */
static bool
sounds_like(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (lower(*a) != lower(*b)) {
            return false;
        }
        if (*a == '\0') {
            return true;
        }
        a++;
        b++;
    }
}

static const char *
alike(const struct fitting *fitting, const char *name)
{
    for (size_t i = 0; i < fitting->target->column_count; i++) {
        if (sounds_like(fitting->target->columns[i].name, name)) {
            return fitting->target->columns[i].name;
        }
    }
    return NULL;
}

static void
miss_column(const struct fitting *fitting, const struct plan_column *column)
{
    const struct existing_job *job = fitting->job;
    const char *name = arena_printf(job->arena, "%s.%s", fitting->table->source->name.text,
                                    column->source->name.text);
    if (job->rules->skip_missing_columns) {
        existing_note(job, "column", name, "%s has no column of that name", fitting->shown);
        return;
    }
    const char *other = alike(fitting, column->source->name.text);
    if (other != NULL) {
        existing_problem(job,
                         "%s: %s has no column of that name; if it is %s, the plan must say so "
                         "(to: %s)",
                         name, fitting->shown, other, other);
        return;
    }
    existing_problem(job,
                     "%s: %s has no column of that name (skip_columns in the plan, or "
                     "--skip-missing-columns)",
                     name, fitting->shown);
}

static const struct column_profile *
profile_of(const struct fitting *fitting, const struct plan_column *column)
{
    int table = fitting->table->source_position;
    if (table < 0 || column->source_position < 0) {
        return NULL;
    }
    const struct table_inspection *seen = &fitting->job->inspection->tables[table];
    return seen->columns == NULL ? NULL : &seen->columns[column->source_position];
}

/* What numbers count where the target wants a moment: the plan says it, or all of them are
 * plausible in one unit only. */
static void
settle_numbers(const struct fitting *fitting, struct plan_column *column, const char *shown)
{
    const struct column_profile *profile = profile_of(fitting, column);
    if (profile == NULL || profile->integers + profile->reals == 0) {
        return;
    }
    bool interval = column->type.kind == TYPE_INTERVAL;
    if (interval && column->type.interval_unit == INTERVAL_NONE) {
        existing_problem(fitting->job,
                         "%s: holds numbers, and the target's column is an interval: the plan "
                         "must say what they count",
                         shown);
        return;
    }
    bool moment = column->type.kind == TYPE_DATE || column->type.kind == TYPE_TIMESTAMP ||
                  column->type.kind == TYPE_TIMESTAMPTZ;
    if (!moment || column->type.epoch != EPOCH_NONE) {
        return;
    }
    column->type.epoch = profile->reals == 0 ? epoch_of_integers(profile) : EPOCH_NONE;
    if (column->type.epoch == EPOCH_NONE) {
        AUTO_TEXT type = {0};
        value_type_print_short(&column->type, &type);
        existing_problem(fitting->job,
                         "%s: holds numbers, and the target's column is %s: the plan must say "
                         "what they count (epoch)",
                         shown, text_string(&type));
    }
}

static int64_t
last_used(const struct fitting *fitting, const struct plan_column *column)
{
    const struct column_profile *profile = profile_of(fitting, column);
    int64_t last = column->source->rowid_alias ? fitting->table->source->sequence : 0;
    if (profile != NULL && profile->integers > 0 && profile->integer_max > last) {
        last = profile->integer_max;
    }
    const int64_t largest = value_type_integer_max(column->type.kind);
    return last < largest ? last : largest;
}

static void
take_column(const struct fitting *fitting, struct plan_column *column,
            const struct target_column *target)
{
    const struct existing_job *job = fitting->job;
    const char *shown = arena_printf(job->arena, "%s.%s", fitting->table->source->name.text,
                                     column->source->name.text);
    const char *problem = existing_type(job->arena, &target->type, &column->type);
    if (problem != NULL) {
        existing_problem(job, "%s: column %s of %s: %s", shown, target->name, fitting->shown,
                         problem);
    }
    column->name = target->name;
    column->reason = arena_printf(job->arena, "the target's column is %s", target->type.name);
    column->witness = (struct witness){0};
    column->not_null = target->not_null;
    column->null_text = target->not_null ? column->said_default : NULL;
    column->collation = target->collation;
    column->default_sql = NULL;
    column->sequence_name = NULL;
    column->identity = target->sequence != NULL && value_type_is_integer(column->type.kind);
    column->identity_always = target->identity == TARGET_IDENTITY_ALWAYS;
    column->identity_last = column->identity ? last_used(fitting, column) : 0;
    column->generated_sql = target->generated ? target->default_sql : NULL;
    if (!target->generated && problem == NULL) {
        settle_numbers(fitting, column, shown);
    }
    if (!target->generated && !target->can_insert) {
        existing_problem(job, "%s: user %s may not INSERT into column %s of %s", shown,
                         job->target->user, target->name, fitting->shown);
    }
    if (!target->generated && fitting->table->on_conflict == CONFLICT_UPDATE &&
        !target->can_update) {
        existing_problem(job, "%s: user %s may not UPDATE column %s of %s", shown,
                         job->target->user, target->name, fitting->shown);
    }
}

/* Columns that nothing goes into. */
static void
judge_others(const struct fitting *fitting)
{
    for (size_t i = 0; i < fitting->target->column_count; i++) {
        const struct target_column *column = &fitting->target->columns[i];
        if (!fitting->taken[i] && column->not_null && column->default_sql == NULL &&
            column->identity == TARGET_IDENTITY_NONE && !column->generated) {
            existing_problem(fitting->job,
                             "column %s of %s is NOT NULL without a default, and table %s has "
                             "nothing for it (give it a default)",
                             column->name, fitting->shown, fitting->table->source->name.text);
        }
    }
}

static bool
is_loaded(const struct plan_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return plan_column_is_copied(&table->columns[i]);
        }
    }
    return false;
}

static bool
is_deferrable(const struct target_table *target, const char *constraint)
{
    for (size_t i = 0; constraint != NULL && i < target->constraint_count; i++) {
        if (strcmp(target->constraints[i].name, constraint) == 0) {
            return target->constraints[i].deferrable;
        }
    }
    return false;
}

/* When the index tells any two of our rows apart; else NULL. */
static const char *const *
key_columns(const struct fitting *fitting, const struct target_index *index)
{
    const char **names = arena_alloc(fitting->job->arena,
                                     (index->column_count + 1) * sizeof *names);
    if (!index->unique || !index->valid || index->partial || index->column_count == 0 ||
        is_deferrable(fitting->target, index->constraint)) {
        return NULL;
    }
    for (size_t i = 0; i < index->column_count; i++) {
        const struct target_column *column = index->columns[i] == 0
                                                 ? NULL
                                                 : target_table_attribute(fitting->target,
                                                                          index->columns[i]);
        if (column == NULL || !column->not_null || !is_loaded(fitting->table, column->name)) {
            return NULL;
        }
        names[i] = column->name;
    }
    return names;
}

static void
choose_conflict_key(const struct fitting *fitting)
{
    struct plan_table *table = fitting->table;
    const struct target_table *target = fitting->target;
    if (table->on_conflict != CONFLICT_SKIP && table->on_conflict != CONFLICT_UPDATE) {
        return;
    }
    for (size_t i = 0; i < target->index_count; i++) {
        const char *const *key = key_columns(fitting, &target->indexes[i]);
        if (key != NULL && (table->conflict_key == NULL || target->indexes[i].primary)) {
            table->conflict_key = key;
        }
    }
    bool empty = target->empty_known && target->empty;
    if (table->conflict_key == NULL && !empty && !fitting->job->rules->may_hold_rows) {
        existing_problem(fitting->job,
                         "%s holds rows, and has no key among the columns of table %s by which "
                         "a conflict could be seen",
                         fitting->shown, table->source->name.text);
    }
}

void
existing_fit_columns(const struct existing_job *job, struct plan_table *table,
                     const struct target_table *target)
{
    struct fitting fitting = {
        .job = job,
        .table = table,
        .target = target,
        .shown = existing_qualified(job, target),
        .taken = arena_alloc(job->arena, target->column_count + 1),
    };
    size_t kept = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        struct plan_column column = table->columns[i];
        bool added = column.source_position < 0;
        if (column.rowid) {
            table->columns[kept++] = column; /* ours alone: it is made, and dropped again */
            continue;
        }
        if (added && column.said_default == NULL) {
            continue; /* no row has a value for it: what is there decides */
        }
        const struct target_column *found = find_column(&fitting, &column);
        if (added && found == NULL) {
            existing_note(job, "column", column.name, "%s has no column of that name",
                          fitting.shown);
            continue;
        }
        if (found == NULL) {
            miss_column(&fitting, &column);
            continue;
        }
        bool *taken = &fitting.taken[found - target->columns];
        if (*taken) {
            existing_problem(job, "table %s: two of its columns would go into column %s of %s",
                             table->source->name.text, found->name, fitting.shown);
            continue;
        }
        *taken = true;
        take_column(&fitting, &column, found);
        if (added) {
            column.constant = column.generated_sql == NULL;
            column.null_text = column.said_default;
        }
        table->columns[kept++] = column;
    }
    table->column_count = kept;
    judge_others(&fitting);
    choose_conflict_key(&fitting);
}

int
existing_attribute(const struct plan_table *table, const struct target_table *target,
                   int source_position)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].source_position == source_position) {
            return target_table_column(target, table->columns[i].name)->attnum;
        }
    }
    return 0;
}
