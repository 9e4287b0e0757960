/* build_live.c — what a plan needs while its source goes on being written to: a column for the
 * rowid of rows that have no other key. */
#include "planner/builder.h"
#include "postgres/target.h"

static const char rowid_column[] = "_outgrow_rowid";

static bool
builder_is_live_by_rowid(const struct builder *builder, size_t table)
{
    const struct plan_options *options = builder->options;
    return options->live && options->by_rowid != NULL && options->by_rowid[table] &&
           builder->plan->tables[table].problem == NULL;
}

/* Behind all others; its name is claimed with theirs. */
void
build_frame_rowid(struct builder *builder, size_t table)
{
    if (!builder_is_live_by_rowid(builder, table)) {
        return;
    }
    struct extra_columns *extras = &builder->extras[table];
    struct source_column *source = arena_alloc(builder->arena, sizeof *source);
    *source = (struct source_column){.name = {rowid_column, true},
                                     .type = "",
                                     .affinity = AFFINITY_INTEGER,
                                     .not_null = true,
                                     .collation = "BINARY"};
    *ARENA_APPEND(builder->arena, extras->said, extras->said_count) = NULL;
    *ARENA_APPEND(builder->arena, extras->columns, extras->count) = (struct plan_column){
        .source = source,
        .source_position = -1,
        .name = rowid_column,
        .type = {.kind = TYPE_BIGINT},
        .reason = "the number of the row in the file, by which it is known while it is live",
        .not_null = true,
        .rowid = true,
    };
}

static const struct plan_column *
find_rowid(const struct extra_columns *extras)
{
    for (size_t i = 0; i < extras->count; i++) {
        if (extras->columns[i].rowid) {
            return &extras->columns[i];
        }
    }
    return NULL;
}

void
build_rowid_indexes(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *planned = &builder->plan->tables[t];
        const struct plan_column *column = find_rowid(&builder->extras[t]);
        if (column == NULL || planned->problem != NULL) {
            continue;
        }
        const char *name = builder_index_name(
            builder, t, names_implicit(builder->arena, planned->name, column->name, "key"));
        struct plan_step *step = builder_step(builder, PHASE_INDEXES, t, "index", name);
        AUTO_TEXT sql = {0};
        text_add(&sql, "CREATE UNIQUE INDEX ");
        target_quote_name(&sql, name);
        text_printf(&sql, " ON %s (", builder_qualified(builder, planned));
        target_quote_name(&sql, column->name);
        text_add_char(&sql, ')');
        step->sql = arena_strdup(builder->arena, text_string(&sql));
    }
}
