/* existing_after.c — what follows the rows in existing tables: sequences and statistics; and
 * what the source has that these tables lack. */
#include "existing/existing_internal.h"

#include <inttypes.h>
#include <string.h>

enum { TABLES_PER_ANALYZE = 100 };

/* The sequence that a column's values come from: its own, or one that its default names, as
 * SQL that may stand behind FROM. NULL: none. */
static const char *
sequence_of(struct arena *arena, const struct target_column *column)
{
    static const char start[] = "nextval('";
    static const char end[] = "'::regclass)";
    if (column->sequence != NULL) {
        return column->sequence;
    }
    if (column->default_sql == NULL || column->generated ||
        strncmp(column->default_sql, start, sizeof start - 1) != 0) {
        return NULL;
    }
    AUTO_TEXT name = {0};
    const char *at = column->default_sql + sizeof start - 1;
    for (; *at != '\0' && (*at != '\'' || at[1] == '\''); at++) {
        text_add_char(&name, *at);
        at += *at == '\'' ? 1 : 0;
    }
    return strcmp(at, end) == 0 ? arena_strdup(arena, text_string(&name)) : NULL;
}

/* Never back: somebody may have been given a higher number already. */
static const char *
setval_sql(const struct existing_job *job, const struct target_table *target,
           const struct plan_column *column, const char *sequence)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT pg_catalog.setval(");
    target_quote_literal(&sql, sequence);
    text_add(&sql, "::pg_catalog.regclass, greatest((SELECT max(");
    target_quote_name(&sql, column->name);
    text_printf(&sql,
                ")::pg_catalog.int8 FROM %s), (SELECT CASE WHEN is_called THEN last_value "
                "END FROM %s)",
                existing_qualified(job, target), sequence);
    if (column->identity_last > 0) {
        text_printf(&sql, ", %" PRId64, column->identity_last);
    }
    text_add(&sql, "))");
    return arena_strdup(job->arena, text_string(&sql));
}

static struct plan_step *
add_step(const struct existing_job *job, enum plan_phase phase, int table)
{
    struct plan *plan = job->plan;
    struct plan_step *step = ARENA_APPEND(job->arena, plan->steps, plan->step_count);
    step->phase = phase;
    step->table = table;
    return step;
}

static void
add_sequences(const struct existing_job *job, size_t index)
{
    const struct plan_table *table = &job->plan->tables[index];
    const struct target_table *target = job->fit->tables[index];
    for (size_t i = 0; i < table->column_count; i++) {
        const struct target_column *column = target_table_column(target,
                                                                 table->columns[i].name);
        if (column == NULL) {
            continue; /* hidden, and not made yet */
        }
        const char *sequence = sequence_of(job->arena, column);
        if (sequence == NULL || table->columns[i].type.kind == TYPE_TEXT) {
            continue;
        }
        struct plan_step *step = add_step(job, PHASE_SEQUENCES, (int)index);
        step->id = arena_printf(job->arena, "sequence of %s.%s.%s", table->schema, table->name,
                                column->name);
        step->sql = setval_sql(job, target, &table->columns[i], sequence);
    }
}

static void
flush_analyze(const struct existing_job *job, struct text *sql, size_t number)
{
    struct plan_step *step = add_step(job, PHASE_ANALYZE, -1);
    step->id = arena_printf(job->arena, "analyze %s %zu", job->plan->schema, number);
    step->sql = arena_strdup(job->arena, text_string(sql));
    text_reset(sql);
}

void
existing_add_steps(const struct existing_job *job)
{
    AUTO_TEXT analyze = {0};
    size_t pending = 0;
    size_t steps = 0;
    for (size_t i = 0; i < job->plan->table_count; i++) {
        existing_add_rowid_index(job, i);
    }
    for (size_t i = 0; i < job->plan->table_count; i++) {
        if (job->fit->tables[i] == NULL) {
            continue;
        }
        add_sequences(job, i);
        text_printf(&analyze, "%s%s", pending == 0 ? "ANALYZE " : ", ",
                    existing_qualified(job, job->fit->tables[i]));
        if (++pending == TABLES_PER_ANALYZE) {
            flush_analyze(job, &analyze, ++steps);
            pending = 0;
        }
    }
    if (pending > 0) {
        flush_analyze(job, &analyze, ++steps);
    }
}

/* ---- what is lacking ---- */

struct lacking {
    const struct existing_job *job;
    const struct plan_table *table;
    const struct target_table *target;
};

/* Names of source columns: "a, b". */
static const char *
source_columns(const struct lacking *lacking, const int *columns, size_t count)
{
    AUTO_TEXT list = {0};
    for (size_t i = 0; i < count; i++) {
        text_printf(&list, "%s%s", i == 0 ? "" : ", ",
                    lacking->table->source->columns[columns[i]].name.text);
    }
    return arena_strdup(lacking->job->arena, text_string(&list));
}

/* The target's attnums of source columns; false: one of them does not come over. */
static bool
attributes_of(const struct lacking *lacking, const int *columns, size_t count, int *attributes)
{
    for (size_t i = 0; i < count; i++) {
        attributes[i] = columns[i] < 0
                            ? 0
                            : existing_attribute(lacking->table, lacking->target, columns[i]);
        if (attributes[i] == 0) {
            return false;
        }
    }
    return true;
}

static bool
contains(const int *items, size_t count, int wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == wanted) {
            return true;
        }
    }
    return false;
}

static bool
same_set(const int *a, size_t a_count, const int *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++) {
        same = contains(b, b_count, a[i]);
    }
    return same;
}

static bool
has_unique_index(const struct lacking *lacking, const int *attributes, size_t count)
{
    for (size_t i = 0; i < lacking->target->index_count; i++) {
        const struct target_index *index = &lacking->target->indexes[i];
        if (index->unique && same_set(attributes, count, index->columns, index->column_count)) {
            return true;
        }
    }
    return false;
}

/* An index that serves the same searches: begins with the same columns. */
static bool
has_index(const struct lacking *lacking, const int *attributes, size_t count)
{
    for (size_t i = 0; i < lacking->target->index_count; i++) {
        const struct target_index *index = &lacking->target->indexes[i];
        if (index->column_count >= count &&
            memcmp(index->columns, attributes, count * sizeof *attributes) == 0) {
            return true;
        }
    }
    return false;
}

static void
note_primary_key(const struct lacking *lacking)
{
    const struct source_table *source = lacking->table->source;
    size_t count = source->primary_key_count;
    int *attributes = arena_alloc(lacking->job->arena, (count + 1) * sizeof *attributes);
    if (count > 0 && attributes_of(lacking, source->primary_key, count, attributes) &&
        !has_unique_index(lacking, attributes, count)) {
        existing_note(lacking->job, "primary key", source->name.text,
                      "the target has no key on (%s)",
                      source_columns(lacking, source->primary_key, count));
    }
}

static void
note_index(const struct lacking *lacking, const struct source_index *index)
{
    struct arena *arena = lacking->job->arena;
    int *columns = arena_alloc(arena, (index->column_count + 1) * sizeof *columns);
    int *attributes = arena_alloc(arena, (index->column_count + 1) * sizeof *attributes);
    for (size_t i = 0; i < index->column_count; i++) {
        columns[i] = index->columns[i].column;
    }
    if (!attributes_of(lacking, columns, index->column_count, attributes)) {
        return; /* an expression, which nobody can compare; or a column that stays behind */
    }
    bool there = index->unique ? has_unique_index(lacking, attributes, index->column_count)
                               : has_index(lacking, attributes, index->column_count);
    if (!there) {
        const char *list = source_columns(lacking, columns, index->column_count);
        const char *name = index->name.text != NULL
                               ? index->name.text
                               : arena_printf(arena, "%s (%s)",
                                              lacking->table->source->name.text, list);
        existing_note(lacking->job, index->unique ? "unique index" : "index", name,
                      "the target has none on (%s) of %s", list,
                      existing_qualified(lacking->job, lacking->target));
    }
}

static bool
has_foreign_key(const struct lacking *lacking, const int *attributes, size_t count)
{
    for (size_t i = 0; i < lacking->target->constraint_count; i++) {
        const struct target_constraint *key = &lacking->target->constraints[i];
        if (key->kind == TARGET_FOREIGN_KEY &&
            same_set(attributes, count, key->columns, key->column_count)) {
            return true;
        }
    }
    return false;
}

static void
note_foreign_key(const struct lacking *lacking, const struct source_foreign_key *key)
{
    struct arena *arena = lacking->job->arena;
    int *attributes = arena_alloc(arena, (key->column_count + 1) * sizeof *attributes);
    if (attributes_of(lacking, key->columns, key->column_count, attributes) &&
        !has_foreign_key(lacking, attributes, key->column_count)) {
        existing_note(lacking->job, "foreign key", lacking->table->source->name.text,
                      "the target has none on (%s) of %s, which refer to %s here",
                      source_columns(lacking, key->columns, key->column_count),
                      existing_qualified(lacking->job, lacking->target), key->parent_name);
    }
}

void
existing_note_lacking(const struct existing_job *job, const struct plan_table *table,
                      const struct target_table *target)
{
    const struct lacking lacking = {job, table, target};
    note_primary_key(&lacking);
    for (size_t i = 0; i < table->source->index_count; i++) {
        note_index(&lacking, &table->source->indexes[i]);
    }
    for (size_t i = 0; i < table->source->foreign_key_count; i++) {
        note_foreign_key(&lacking, &table->source->foreign_keys[i]);
    }
}
