/* build_names.c — tables, columns and the names PostgreSQL would make up itself. */
#include "planner/builder.h"

static void
note_renamed(struct builder *builder, const char *kind, const char *original, const char *name)
{
    const struct plan_note note = {.kind = NOTE_RENAMED, .object_kind = kind, .name = original};
    builder_note(builder, &note, "is %s in PostgreSQL", name);
}

/* said: whether this is about the tables that the plan file names, which go first. */
static void
name_table(struct builder *builder, size_t index, bool said)
{
    const struct source_table *source = &builder->catalog->tables[index];
    const struct plan_file_table *rules = builder_said(builder, index);
    struct plan_table *table = &builder->plan->tables[index];
    bool named = rules != NULL && rules->to_name != NULL;
    if (named != said) {
        return;
    }
    const char *wanted = named ? rules->to_name
                               : names_wanted(builder->arena, &source->name,
                                              builder->options->names);
    table->name = table->left_out ? wanted
                                  : names_claim(builder_relations(builder, index),
                                                source->name.text, wanted);
    if (strcmp(table->name, wanted) != 0) {
        note_renamed(builder, "table", source->name.text, table->name);
    }
}

/* What the plan file names goes before all other names; fitting has made sure that these
 * differ. */
static void
claim_said_columns(struct builder *builder, size_t index, struct name_set *names)
{
    struct plan_table *table = &builder->plan->tables[index];
    const struct extra_columns *extras = &builder->extras[index];
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_file_column *said = builder_said_column(builder, index, i);
        if (said != NULL && said->to.text != NULL && !table->columns[i].left_out) {
            table->columns[i].name = names_claim_column(names, said->to.text, said->to.text);
        }
    }
    for (size_t i = 0; i < extras->count; i++) {
        extras->columns[i].name = names_claim_column(names, extras->columns[i].name,
                                                     extras->columns[i].name);
    }
}

static void
name_columns(struct builder *builder, size_t index)
{
    struct plan_table *table = &builder->plan->tables[index];
    struct name_set names = {.arena = builder->arena};
    claim_said_columns(builder, index, &names);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct sql_name *source = &table->columns[i].source->name;
        const char *wanted = names_wanted(builder->arena, source, builder->options->names);
        if (table->columns[i].left_out || table->columns[i].name != NULL) {
            table->columns[i].name = table->columns[i].left_out ? wanted
                                                                : table->columns[i].name;
            continue;
        }
        const char *name = names_claim_column(&names, source->text, wanted);
        if (strcmp(name, wanted) != 0) {
            note_renamed(builder, "column", builder_column_name(builder, index, i), name);
        }
        table->columns[i].name = name;
    }
}

/* Claimed before any made-up name, so that what a person chose stays. */
static void
name_indexes(struct builder *builder, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    for (size_t i = 0; i < source->index_count; i++) {
        const struct sql_name *given = &source->indexes[i].name;
        if (given->text == NULL) {
            continue;
        }
        const char *wanted = names_wanted(builder->arena, given, builder->options->names);
        const char *name = names_claim(builder_relations(builder, table), given->text, wanted);
        names_claim(&builder->constraints[table], given->text, name);
        if (strcmp(name, wanted) != 0) {
            note_renamed(builder, "index", given->text, name);
        }
        builder->index_names[table][i] = name;
    }
}

/* PostgreSQL makes the sequence's name up when the table is created, and looks only
 * at what exists by then; a table that comes later might want the same name. */
static void
name_sequence(struct builder *builder, size_t index)
{
    struct plan_table *table = &builder->plan->tables[index];
    for (size_t i = 0; i < table->column_count; i++) {
        struct plan_column *column = &table->columns[i];
        if (!column->source->rowid_alias) {
            continue;
        }
        const char *implicit = names_implicit(builder->arena, table->name, column->name, "seq");
        const char *name = names_claim(builder_relations(builder, index), implicit, implicit);
        column->sequence_name = strcmp(name, implicit) == 0 ? NULL : name;
    }
}

void
build_names(struct builder *builder)
{
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        name_table(builder, i, true);
    }
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        name_table(builder, i, false);
        name_columns(builder, i);
    }
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        name_indexes(builder, i);
    }
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        name_sequence(builder, i);
    }
}
