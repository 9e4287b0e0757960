/* build_extras.c — columns that the source does not have: new ones, and those that keep an
 * old id. */
#include "planner/builder.h"
#include "planner/plan_build.h"
#include "postgres/target.h"

static void
add_extra(struct builder *builder, struct extra_columns *extras,
          const struct plan_file_column *said, struct plan_column column)
{
    *ARENA_APPEND(builder->arena, extras->said, extras->said_count) = said;
    *ARENA_APPEND(builder->arena, extras->columns, extras->count) = column;
}

/* Their names are claimed with all others, so they exist from the start. */
void
build_frame_extras(struct builder *builder, size_t table)
{
    const struct plan_file_table *said = builder_said(builder, table);
    struct extra_columns *extras = &builder->extras[table];
    if (said == NULL) {
        return;
    }
    for (size_t i = 0; i < said->column_count; i++) {
        const struct plan_file_column *column = &said->columns[i];
        if (column->keep_old.text != NULL) {
            int position = source_find_column(builder->plan->tables[table].source,
                                              column->name.text);
            add_extra(builder, extras, column,
                      (struct plan_column){.name = column->keep_old.text,
                                           .source_position = position});
        }
    }
    for (size_t i = 0; i < said->added_count; i++) {
        add_extra(
            builder, extras, &said->added[i],
            (struct plan_column){.name = said->added[i].name.text, .source_position = -1});
    }
}

static void
fill_kept(struct builder *builder, size_t table, struct plan_column *column,
          const struct plan_file_column *said)
{
    column->source = &builder->plan->tables[table].source->columns[column->source_position];
    column->type = (struct value_type){.kind = TYPE_TEXT};
    column->reason = "keeps the old id";
    builder_collate(builder, column, said->collation.text);
}

/* A column of no source needs a declaration all the same: others look at it. */
static void
fill_added(struct builder *builder, struct plan_column *column,
           const struct plan_file_column *said)
{
    struct source_column *source = arena_alloc(builder->arena, sizeof *source);
    *source = (struct source_column){.name = {said->name.text, true},
                                     .type = "",
                                     .affinity = AFFINITY_BLOB,
                                     .collation = "BINARY"};
    column->source = source;
    column->reason = "added by the plan file";
    column->type = said->type;
    builder_collate(builder, column, said->collation.text);
    column->not_null = said->not_null == SWITCH_ON;
    column->generated_sql = said->generated.text;
    column->comment = said->comment.text;
    if (said->default_value.kind == DEFAULT_VALUE) {
        column->said_default = said->default_value.text;
        column->default_sql = plan_literal(builder->arena, said->default_value.text,
                                           &column->type);
    } else if (said->default_value.kind == DEFAULT_SQL) {
        column->default_sql = said->default_value.text;
    }
}

void
build_extras(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        struct extra_columns *extras = &builder->extras[t];
        for (size_t i = 0; i < extras->count; i++) {
            if (extras->columns[i].source_position >= 0) {
                fill_kept(builder, t, &extras->columns[i], extras->said[i]);
            } else if (extras->said[i] != NULL) {
                fill_added(builder, &extras->columns[i], extras->said[i]);
            }
        }
    }
}

/* Positions of the source's columns in the table as it will be; -1: left out. */
static int *
new_positions(struct builder *builder, size_t table)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    int *positions = arena_alloc(builder->arena, planned->column_count * sizeof *positions);
    int next = 0;
    for (size_t i = 0; i < planned->column_count; i++) {
        positions[i] = planned->columns[i].left_out ? -1 : next++;
    }
    return positions;
}

static void
compact_table(struct builder *builder, size_t table)
{
    struct plan_table *planned = &builder->plan->tables[table];
    const struct extra_columns *extras = &builder->extras[table];
    size_t count = planned->column_count + extras->count;
    struct plan_column *columns = arena_alloc(builder->arena, count * sizeof *columns);
    size_t kept = 0;
    for (size_t i = 0; i < planned->column_count; i++) {
        if (!planned->columns[i].left_out) {
            columns[kept++] = planned->columns[i];
        }
    }
    for (size_t i = 0; i < extras->count; i++) {
        columns[kept++] = extras->columns[i];
    }
    planned->columns = columns;
    planned->column_count = kept;
    if (kept == 0 && planned->problem == NULL) {
        planned->problem = "the plan file leaves out all of its columns";
    }
}

void
build_compact(struct builder *builder)
{
    struct plan *plan = builder->plan;
    int **positions = arena_alloc(builder->arena, plan->table_count * sizeof *positions);
    for (size_t t = 0; t < plan->table_count; t++) {
        positions[t] = new_positions(builder, t);
    }
    for (size_t t = 0; t < plan->table_count; t++) {
        if (builder_said(builder, t) != NULL || builder->extras[t].count > 0) {
            compact_table(builder, t);
        }
    }
    for (size_t i = 0; i < plan->reference_count; i++) {
        struct plan_reference *reference = &plan->references[i];
        for (size_t c = 0; c < reference->column_count; c++) {
            reference->columns[c] = positions[reference->table][reference->columns[c]];
            reference->parent_columns[c] =
                positions[reference->parent][reference->parent_columns[c]];
        }
    }
}

void
build_schemas(struct builder *builder)
{
    struct plan *plan = builder->plan;
    for (size_t i = 0; i < plan->table_count; i++) {
        bool known = plan->tables[i].problem != NULL;
        for (size_t j = 0; j < plan->schema_count && !known; j++) {
            known = strcmp(plan->schemas[j], plan->tables[i].schema) == 0;
        }
        if (!known) {
            *ARENA_APPEND(builder->arena, plan->schemas,
                          plan->schema_count) = plan->tables[i].schema;
        }
    }
    if (plan->schema_count == 0) {
        *ARENA_APPEND(builder->arena, plan->schemas, plan->schema_count) = plan->schema;
    }
}
