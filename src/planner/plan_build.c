/* plan_build.c — builds the plan: an empty frame from the catalog, then one pass per matter. */
#include "planner/plan_build.h"

#include "planner/builder.h"

static void
frame_table(struct builder *builder, size_t index)
{
    const struct source_table *source = &builder->catalog->tables[index];
    const struct table_inspection *seen = &builder->inspection->tables[index];
    const struct plan_file_table *said = builder_said(builder, index);
    struct plan_table *table = &builder->plan->tables[index];
    *table = (struct plan_table){
        .source = source,
        .source_position = (int)index,
        .schema = said != NULL && said->to_schema != NULL ? said->to_schema
                                                          : builder->options->schema,
        .columns = arena_alloc(builder->arena, source->column_count * sizeof *table->columns),
        .column_count = source->column_count,
        .problem = seen->problem,
    };
    for (size_t i = 0; i < source->column_count; i++) {
        const struct plan_file_column *column = builder_said_column(builder, index, i);
        table->columns[i] = (struct plan_column){
            .source = &source->columns[i],
            .source_position = (int)i,
            .comment = column == NULL ? NULL : column->comment.text,
            .left_out = rules_leave_out(builder->options->rules, index, i)};
    }
    if (said != NULL) {
        table->left_out = said->skip;
        table->problem = said->skip ? "left out by the plan file" : table->problem;
        table->comment = said->comment.text;
        table->chain = said->chain;
    }
    table->on_conflict = rules_conflict(builder->options->rules, index);
    build_frame_extras(builder, index);
    build_frame_rowid(builder, index);
    if (table->problem == NULL) {
        table->problem = limits_problem(builder, index);
    }
    builder->constraints[index] = (struct name_set){.arena = builder->arena};
    builder->keys[index] = arena_alloc(builder->arena, source->column_count * sizeof(bool));
    builder->index_names[index] = arena_alloc(builder->arena,
                                              source->index_count * sizeof(const char *));
}

static void
frame(struct builder *builder)
{
    struct plan *plan = builder->plan;
    size_t count = builder->catalog->table_count;
    *plan = (struct plan){
        .schema = builder->options->schema,
        .tables = arena_alloc(builder->arena, count * sizeof *plan->tables),
        .table_count = count,
    };
    builder->constraints = arena_alloc(builder->arena, count * sizeof *builder->constraints);
    builder->keys = arena_alloc(builder->arena, count * sizeof *builder->keys);
    builder->index_names = arena_alloc(builder->arena, count * sizeof *builder->index_names);
    builder->referable = arena_alloc(builder->arena, count * sizeof *builder->referable);
    builder->extras = arena_alloc(builder->arena, count * sizeof *builder->extras);
    for (size_t i = 0; i < count; i++) {
        frame_table(builder, i);
    }
}

void
plan_build(struct arena *arena, const struct catalog *catalog,
           const struct inspection *inspection, const struct plan_options *options,
           struct plan *plan)
{
    struct builder builder = {.arena = arena,
                              .catalog = catalog,
                              .inspection = inspection,
                              .options = options,
                              .plan = plan};
    frame(&builder);
    build_names(&builder);
    build_types(&builder);
    build_limits(&builder);
    build_collations(&builder);
    build_columns(&builder);
    build_extras(&builder);
    build_keys(&builder);
    build_conflicts(&builder);
    build_indexes(&builder);
    build_said_indexes(&builder);
    build_rowid_indexes(&builder);
    build_checks(&builder);
    build_said_checks(&builder);
    build_foreign_keys(&builder);
    build_sequences(&builder);
    build_analyze(&builder);
    build_objects(&builder);
    build_schemas(&builder);
    build_compact(&builder);
}
