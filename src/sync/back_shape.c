/* back_shape.c — which columns of a table go back, by which fields its rows are read. */
#include "sync/back_internal.h"

/* The first column of the plan that holds the source's: a second one only keeps the text that
 * became a uuid. */
static bool
is_first_of_its_source(const struct plan_table *table, size_t column)
{
    for (size_t i = 0; i < column; i++) {
        if (table->columns[i].source_position == table->columns[column].source_position) {
            return false;
        }
    }
    return true;
}

static int
key_part(const struct live_table *table, size_t field)
{
    for (size_t i = 0; i < table->key_count; i++) {
        if (table->key_fields[i] == field) {
            return (int)i;
        }
    }
    return -1;
}

static void
list_stored(struct arena *arena, struct back_shape *shape)
{
    const struct source_table *source = shape->live->source;
    shape->stored = arena_alloc(arena, (source->column_count + 1) * sizeof *shape->stored);
    bool alias = false;
    for (size_t i = 0; i < source->column_count; i++) {
        if (source->columns[i].generated == SQL_GENERATED_NO) {
            shape->stored[shape->stored_count++] = (int)i;
        }
        alias |= source->columns[i].rowid_alias;
    }
    shape->rowid = alias ? NULL : source->rowid_name;
}

static size_t
stored_of(const struct back_shape *shape, int source_position)
{
    size_t at = 0;
    while (at < shape->stored_count && shape->stored[at] != source_position) {
        at++;
    }
    return at; /* stored_count: it is generated */
}

static void
list_columns(struct arena *arena, struct back_shape *shape)
{
    const struct plan_table *plan = shape->live->plan;
    shape->columns = arena_alloc(arena, (plan->column_count + 1) * sizeof *shape->columns);
    int field = BACK_FIRST_FIELD + (shape->hidden != NULL ? 1 : 0);
    size_t copied = 0;
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct plan_column *column = &plan->columns[i];
        if (!plan_column_is_copied(column)) {
            continue;
        }
        const struct copied_column *encoder = &shape->copied[copied++];
        if (column->rowid || !is_first_of_its_source(plan, i)) {
            continue;
        }
        size_t stored = stored_of(shape, column->source_position);
        if (stored == shape->stored_count) {
            continue;
        }
        struct back_column *back = &shape->columns[shape->column_count++];
        *back = (struct back_column){.plan = column,
                                     .copied = encoder,
                                     .stored = stored,
                                     .key = key_part(shape->live, i),
                                     .field = field++,
                                     .old_field = BACK_NO_FIELD};
        if (column->type.uuid_rule != NULL) {
            back->old_field = field++;
        }
    }
    shape->field_count = (size_t)field;
}

static bool
list_keys(struct arena *arena, struct back_shape *shape, struct error *err)
{
    size_t found = 0;
    shape->keys = arena_alloc(arena, back_key_count(shape) * sizeof *shape->keys);
    for (size_t i = 0; i < shape->column_count; i++) {
        if (shape->columns[i].key >= 0) {
            shape->keys[shape->columns[i].key] = i;
            found++;
        }
    }
    return shape->hidden != NULL || found == back_key_count(shape) ||
           error_set(err, ERROR_INTERNAL, "the key of \"%s\" is not in the target",
                     shape->live->source->name.text);
}

bool
back_shape_build(struct sync_link *link, const struct live_table *table, struct arena *arena,
                 struct back_shape *shape, struct error *err)
{
    const struct encode_settings settings = {.utf16 = link->reader.utf16,
                                             .bad_text = link->settings.bad_text};
    const struct row_encoding encoding = {
        .plan = link->plan, .source = &link->reader, .settings = &settings};
    const struct plan_column *key = &table->plan->columns[table->key_fields[0]];
    *shape = (struct back_shape){.live = table,
                                 .live_id = link->live.id,
                                 .run_id = link->live.run_id,
                                 .hidden = key->rowid ? key : NULL,
                                 .hidden_field = key->rowid ? BACK_FIRST_FIELD : BACK_NO_FIELD};
    list_stored(arena, shape);
    if (!copied_columns_build(&encoding, arena, table->plan, &shape->copied,
                              &shape->copied_count, err)) {
        return false;
    }
    list_columns(arena, shape);
    return list_keys(arena, shape, err);
}

void
back_shape_free(struct back_shape *shape)
{
    copied_columns_free(shape->copied, shape->copied_count);
    shape->copied_count = 0;
}

const struct live_table *
back_find_table(const struct sync_link *link, int64_t id)
{
    for (size_t i = 0; i < link->table_count; i++) {
        if (link->tables[i].capture->id == id) {
            return &link->tables[i];
        }
    }
    return NULL;
}
