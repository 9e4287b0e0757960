/* build_conflicts.c — ON CONFLICT in a table's own constraints: PostgreSQL has it in statements
 * only, so what an application left to the table is named. */
#include "planner/builder.h"

/* ABORT is what both do; ROLLBACK and FAIL refuse the row as well. */
static bool
takes_the_row(enum sql_conflict conflict)
{
    return conflict == SQL_CONFLICT_REPLACE || conflict == SQL_CONFLICT_IGNORE;
}

static void
note_key(struct builder *builder, const char *table, const struct sql_key *key)
{
    bool replace = key->on_conflict == SQL_CONFLICT_REPLACE;
    AUTO_TEXT columns = {0};
    if (!takes_the_row(key->on_conflict)) {
        return;
    }
    for (size_t i = 0; i < key->column_count; i++) {
        text_printf(&columns, "%s%s", i > 0 ? ", " : "", key->columns[i].expr->source);
    }
    const struct plan_note note = {
        .kind = NOTE_CHANGED, .object_kind = "conflict clause", .name = table};
    builder_note(builder, &note,
                 "%s (%s) ON CONFLICT %s: PostgreSQL refuses such a row; an INSERT must say ON "
                 "CONFLICT (%s) DO %s itself",
                 key->primary ? "PRIMARY KEY" : "UNIQUE", text_string(&columns),
                 replace ? "REPLACE" : "IGNORE", text_string(&columns),
                 replace ? "UPDATE" : "NOTHING");
}

static void
note_column(struct builder *builder, size_t table, size_t column)
{
    const struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct plan_note note = {.kind = NOTE_CHANGED,
                                   .object_kind = "conflict clause",
                                   .name = builder_column_name(builder, table, column)};
    if (planned->left_out || !takes_the_row(planned->source->null_conflict)) {
        return;
    }
    builder_note(builder, &note,
                 "NOT NULL ON CONFLICT %s: PostgreSQL refuses a row with NULL%s",
                 planned->source->null_conflict == SQL_CONFLICT_REPLACE ? "REPLACE" : "IGNORE",
                 planned->source->null_conflict == SQL_CONFLICT_REPLACE
                     ? "; an INSERT must leave the column out, or say DEFAULT"
                     : ", and does not leave it out silently");
}

void
build_conflicts(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *table = &builder->plan->tables[t];
        for (size_t k = 0; table->problem == NULL && k < table->source->key_count; k++) {
            note_key(builder, table->source->name.text, &table->source->keys[k]);
        }
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            note_column(builder, t, c);
        }
    }
}
