/* build_collations.c — by what each text column is compared and sorted. */
#include "planfile/collation.h"
#include "planner/builder.h"

/* What the plan file says of the column, else of a column that it refers to: a reference must
 * be comparable with what it refers to. NULL: nothing. A circle of references ends. */
static const char *
said_of(const struct builder *builder, size_t table, size_t column, int steps)
{
    const struct source_table *source = &builder->catalog->tables[table];
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    if (said != NULL && said->collation.text != NULL) {
        return said->collation.text;
    }
    for (size_t i = 0; steps > 0 && i < source->foreign_key_count; i++) {
        const struct source_foreign_key *key = &source->foreign_keys[i];
        for (size_t c = 0;
             key->parent >= 0 && key->parent_columns != NULL && c < key->column_count; c++) {
            const char *word = (size_t)key->columns[c] != column
                                   ? NULL
                                   : said_of(builder, (size_t)key->parent,
                                             (size_t)key->parent_columns[c], steps - 1);
            if (word != NULL) {
                return word;
            }
        }
    }
    return NULL;
}

void
builder_collate(const struct builder *builder, struct plan_column *column, const char *said)
{
    if (value_type_is_collated(column->type.kind)) {
        const char *word = said != NULL ? said : rules_collation(builder->options->rules);
        column->collation = collation_sql(builder->arena, word);
    } else if (column->type.kind == TYPE_CITEXT && said != NULL) {
        column->collation = collation_sql(builder->arena, said);
    }
}

/* What the file says of a column whose type is chosen by its values, and then is no text. */
static void
note_lost(struct builder *builder, size_t table, size_t column)
{
    const struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    if (said == NULL || said->collation.text == NULL || said->keep_old.text != NULL ||
        planned->left_out || value_type_is_collated(planned->type.kind) ||
        planned->type.kind == TYPE_CITEXT) {
        return;
    }
    AUTO_TEXT type = {0};
    value_type_print_short(&planned->type, &type);
    const struct plan_note note = {.kind = NOTE_NOT_CARRIED,
                                   .object_kind = "collation",
                                   .name = builder_column_name(builder, table, column)};
    builder_note(builder, &note, "the column becomes %s, which has none", text_string(&type));
}

static void
note_collation(struct builder *builder, size_t table, size_t column)
{
    const struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const char *collation = planned->source->collation;
    bool text = planned->type.kind == TYPE_TEXT || planned->type.kind == TYPE_VARCHAR;
    if (!text || planned->left_out || sqlite3_stricmp(collation, "BINARY") == 0) {
        return;
    }
    const struct plan_note note = {.kind = NOTE_CHANGED,
                                   .object_kind = "collation",
                                   .name = builder_column_name(builder, table, column)};
    if (sqlite3_stricmp(collation, "NOCASE") == 0) {
        builder_note(builder, &note,
                     "COLLATE NOCASE: comparisons are case-sensitive in PostgreSQL; write "
                     "lower(x), or use citext");
    } else if (source_collation_is_builtin(collation)) {
        builder_note(builder, &note,
                     "COLLATE %s: trailing blanks count in PostgreSQL; write rtrim(x)",
                     collation);
    } else {
        builder_note(builder, &note,
                     "COLLATE %s is the application's own; PostgreSQL compares by %s",
                     collation,
                     planned->collation == NULL         ? "the database's collation"
                     : plan_column_is_bytewise(planned) ? "bytes"
                                                        : planned->collation);
    }
}

void
build_collations(struct builder *builder)
{
    enum { STEPS_MAX = 8 };
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            builder_collate(builder, &table->columns[c], said_of(builder, t, c, STEPS_MAX));
            note_lost(builder, t, c);
            note_collation(builder, t, c);
        }
    }
}
