/* build_after.c — sequences and statistics: many tables in one statement, because each
 * round trip costs more than the work. */
#include "planner/builder.h"
#include "postgres/target.h"

#include <inttypes.h>

enum { TABLES_PER_STEP = 100, TABLES_TOGETHER_ROWS = 20000 };

static void
add_joined_step(struct builder *builder, enum plan_phase phase, const char *what, size_t number,
                struct text *sql)
{
    struct plan *plan = builder->plan;
    struct plan_step *step = ARENA_APPEND(builder->arena, plan->steps, plan->step_count);
    step->phase = phase;
    step->table = -1;
    step->id = arena_printf(builder->arena, "%s %s %zu", what, plan->schema, number);
    step->sql = arena_strdup(builder->arena, text_string(sql));
    text_reset(sql);
}

/* pg_get_serial_sequence reads its first argument as SQL, its second as it is. */
static void
add_setval(struct builder *builder, struct text *sql, const struct plan_table *table,
           const struct plan_column *column)
{
    text_add(sql, sql->length == 0 ? "" : ";\n");
    text_printf(sql, "SELECT setval(pg_get_serial_sequence(%s, %s), %" PRId64 ", true)",
                sql_string(builder->arena, builder_qualified(builder, table)),
                sql_string(builder->arena, column->name), column->identity_last);
}

void
build_sequences(struct builder *builder)
{
    AUTO_TEXT sql = {0};
    size_t pending = 0;
    size_t steps = 0;
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            if (!table->columns[c].identity || table->columns[c].identity_last == 0) {
                continue;
            }
            add_setval(builder, &sql, table, &table->columns[c]);
            pending++;
        }
        if (pending >= TABLES_PER_STEP) {
            add_joined_step(builder, PHASE_SEQUENCES, "sequences", ++steps, &sql);
            pending = 0;
        }
    }
    if (pending > 0) {
        add_joined_step(builder, PHASE_SEQUENCES, "sequences", ++steps, &sql);
    }
}

/* Large ones are analyzed at the same time. */
static bool
is_large(const struct builder *builder, const struct plan_table *table)
{
    return builder->inspection->tables[table->source_position].rows > TABLES_TOGETHER_ROWS;
}

void
build_analyze(struct builder *builder)
{
    AUTO_TEXT sql = {0};
    size_t pending = 0;
    size_t steps = 0;
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *table = &builder->plan->tables[t];
        if (table->problem != NULL) {
            continue;
        }
        if (is_large(builder, table)) {
            AUTO_TEXT alone = {0};
            text_printf(&alone, "ANALYZE %s", builder_qualified(builder, table));
            add_joined_step(builder, PHASE_ANALYZE, "analyze", ++steps, &alone);
            continue;
        }
        text_printf(&sql, "%s%s", pending == 0 ? "ANALYZE " : ", ",
                    builder_qualified(builder, table));
        if (++pending == TABLES_PER_STEP) {
            add_joined_step(builder, PHASE_ANALYZE, "analyze", ++steps, &sql);
            pending = 0;
        }
    }
    if (pending > 0) {
        add_joined_step(builder, PHASE_ANALYZE, "analyze", ++steps, &sql);
    }
}
