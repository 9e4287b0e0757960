/* builder.c — notes, steps and names for the files that build a plan. */
#include "planner/builder.h"

#include "postgres/target.h"

#include <stdarg.h>

void
builder_note(struct builder *builder, const struct plan_note *note, const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    struct plan *plan = builder->plan;
    struct plan_note *added = ARENA_APPEND(builder->arena, plan->notes, plan->note_count);
    *added = *note;
    added->reason = arena_strdup(builder->arena, reason);
}

const struct column_profile *
builder_profile(const struct builder *builder, size_t table, size_t column)
{
    const struct table_inspection *seen = &builder->inspection->tables[table];
    return seen->problem != NULL || seen->columns == NULL ? NULL : &seen->columns[column];
}

const char *
builder_column_name(struct builder *builder, size_t table, size_t column)
{
    const struct source_table *source = &builder->catalog->tables[table];
    return arena_printf(builder->arena, "%s.%s", source->name.text,
                        source->columns[column].name.text);
}

const char *
builder_qualified(struct builder *builder, const struct plan_table *table)
{
    AUTO_TEXT qualified = {0};
    target_quote_qualified(&qualified, table->schema, table->name);
    return arena_strdup(builder->arena, text_string(&qualified));
}

struct name_set *
builder_relations(struct builder *builder, size_t table)
{
    const char *schema = builder->plan->tables[table].schema;
    for (size_t i = 0; i < builder->schema_count; i++) {
        if (strcmp(builder->schemas[i].schema, schema) == 0) {
            return &builder->schemas[i].relations;
        }
    }
    struct schema_names *added = ARENA_APPEND(builder->arena, builder->schemas,
                                              builder->schema_count);
    *added = (struct schema_names){schema, {.arena = builder->arena}};
    return &added->relations;
}

const char *
builder_column_list(struct builder *builder, size_t table, const int *columns, size_t count)
{
    AUTO_TEXT list = {0};
    for (size_t i = 0; i < count; i++) {
        text_add(&list, i == 0 ? "" : ", ");
        target_quote_name(&list, builder->plan->tables[table].columns[columns[i]].name);
    }
    return arena_strdup(builder->arena, text_string(&list));
}

struct plan_step *
builder_step(struct builder *builder, enum plan_phase phase, size_t table, const char *what,
             const char *name)
{
    struct plan *plan = builder->plan;
    struct plan_step *step = ARENA_APPEND(builder->arena, plan->steps, plan->step_count);
    step->phase = phase;
    step->table = (int)table;
    if (phase == PHASE_KEYS || phase == PHASE_INDEXES) {
        step->index = arena_strdup(builder->arena, name);
    }
    step->id = arena_printf(builder->arena, "%s %s.%s.%s", what, plan->tables[table].schema,
                            plan->tables[table].name, name);
    return step;
}

void
builder_check(struct builder *builder, size_t table, const char *name, const char *condition)
{
    const char *qualified = builder_qualified(builder, &builder->plan->tables[table]);
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    struct plan_step *step = builder_step(builder, PHASE_CHECKS, table, "check", name);
    step->sql = arena_printf(builder->arena,
                             "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID", qualified,
                             quoted.bytes, condition);
    step->validate_sql = arena_printf(builder->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                                      qualified, quoted.bytes);
}

const char *
builder_constraint_name(struct builder *builder, size_t table, const struct sql_name *given,
                        const char *implicit)
{
    struct name_set *constraints = &builder->constraints[table];
    if (given->text == NULL) {
        return names_claim(constraints, implicit, implicit);
    }
    const char *wanted = names_wanted(builder->arena, given, builder->options->names);
    const char *name = names_claim(constraints, given->text, wanted);
    if (strcmp(name, wanted) != 0) {
        const struct plan_note note = {
            .kind = NOTE_RENAMED, .object_kind = "constraint", .name = given->text};
        builder_note(builder, &note, "is %s in PostgreSQL", name);
    }
    return name;
}

const char *
builder_index_name(struct builder *builder, size_t table, const char *implicit)
{
    const char *name = names_claim(builder_relations(builder, table), implicit, implicit);
    return names_claim(&builder->constraints[table], implicit, name);
}

void
referable_add(struct builder *builder, size_t table, const int *columns, size_t count)
{
    struct column_set *set = arena_alloc(builder->arena, sizeof *set);
    *set = (struct column_set){columns, count, builder->referable[table]};
    builder->referable[table] = set;
}

static bool
holds(const int *columns, size_t count, int wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i] == wanted) {
            return true;
        }
    }
    return false;
}

bool
referable_holds(const struct builder *builder, size_t table, const int *columns, size_t count)
{
    for (const struct column_set *set = builder->referable[table]; set != NULL;
         set = set->next) {
        bool same = set->count == count;
        for (size_t i = 0; same && i < count; i++) {
            same = holds(set->columns, count, columns[i]) &&
                   holds(columns, count, set->columns[i]);
        }
        if (same) {
            return true;
        }
    }
    return false;
}
