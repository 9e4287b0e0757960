/* build_keys.c — primary keys, and what can be none. */
#include "planner/builder.h"
#include "postgres/target.h"
#include "translate/translated.h"

bool
primary_key_has_nulls(const struct builder *builder, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    for (size_t i = 0; i < source->primary_key_count; i++) {
        const struct column_profile *profile = builder_profile(builder, table,
                                                               (size_t)source->primary_key[i]);
        if (profile != NULL && profile->nulls > 0) {
            return true;
        }
    }
    return false;
}

static const char *
left_out_column(const struct builder *builder, size_t table, const int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct plan_column *column = &builder->plan->tables[table].columns[columns[i]];
        if (column->left_out) {
            return column->source->name.text;
        }
    }
    return NULL;
}

/* json has no order and no equality in PostgreSQL. Returns its name, or NULL. */
static const char *
json_column(const struct builder *builder, size_t table, const int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct plan_column *column = &builder->plan->tables[table].columns[columns[i]];
        if (column->type.kind == TYPE_JSON) {
            return column->name;
        }
    }
    return NULL;
}

/* Why these columns cannot be a key; NULL: they can. */
static const char *
key_obstacle(struct builder *builder, size_t table, const int *columns, size_t count)
{
    if (count > INDEX_COLUMNS_MAX) {
        return arena_printf(builder->arena, "%zu columns; PostgreSQL allows %d in an index",
                            count, INDEX_COLUMNS_MAX);
    }
    const char *left_out = left_out_column(builder, table, columns, count);
    if (left_out != NULL) {
        return arena_printf(builder->arena, "column %s is left out", left_out);
    }
    const char *json = json_column(builder, table, columns, count);
    return json == NULL
               ? NULL
               : arena_printf(builder->arena,
                              "column %s is json, which PostgreSQL cannot compare", json);
}

/* Not where a value could still become NULL on its way, or nobody has looked. */
static void
mark_never_null(const struct builder *builder, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    for (size_t i = 0; i < source->primary_key_count; i++) {
        size_t position = (size_t)source->primary_key[i];
        struct plan_column *column = &builder->plan->tables[table].columns[position];
        column->never_null = builder_profile(builder, table, position) != NULL &&
                             column->type.null_texts == NULL && column->generated_sql == NULL;
    }
}

/* False: it does not come over, which is noted. */
static bool
build_primary_key(struct builder *builder, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    const struct plan_table *planned = &builder->plan->tables[table];
    struct plan_note note = {
        .kind = NOTE_NOT_CARRIED, .object_kind = "primary key", .name = source->name.text};
    const char *obstacle = key_obstacle(builder, table, source->primary_key,
                                        source->primary_key_count);
    if (obstacle != NULL) {
        builder_note(builder, &note, "%s", obstacle);
        return false;
    }
    const char *name = builder_index_name(
        builder, table, names_implicit(builder->arena, planned->name, NULL, "pkey"));
    const char *qualified = builder_qualified(builder, planned);
    const char *list = builder_column_list(builder, table, source->primary_key,
                                           source->primary_key_count);
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    struct plan_step *step = builder_step(builder, PHASE_KEYS, table, "key", name);
    step->unique_columns = source->primary_key;
    step->unique_count = source->primary_key_count;
    if (primary_key_has_nulls(builder, table)) {
        note.kind = NOTE_CHANGED;
        builder_note(builder, &note, "a unique index instead: there are rows with NULL in it");
        step->sql = arena_printf(builder->arena, "CREATE UNIQUE INDEX %s ON %s (%s)",
                                 quoted.bytes, qualified, list);
    } else {
        step->sql = arena_printf(builder->arena,
                                 "ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY (%s)", qualified,
                                 quoted.bytes, list);
        mark_never_null(builder, table);
    }
    referable_add(builder, table, source->primary_key, source->primary_key_count);
    return true;
}

/* A primary key says nothing of case in PostgreSQL: a unique index besides does. */
static void
build_nocase_key(struct builder *builder, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    const struct plan_table *planned = &builder->plan->tables[table];
    AUTO_TEXT keys = {0};
    bool any = false;
    const char **terms = arena_alloc(builder->arena, source->primary_key_count * sizeof *terms);
    for (size_t i = 0; i < source->primary_key_count; i++) {
        const struct plan_column *column = &planned->columns[source->primary_key[i]];
        bool nocase = type_is_text(column->type.kind) &&
                      builder_is_lower(builder, table, column->source->collation);
        AUTO_TEXT name = {0};
        target_quote_name(&name, column->name);
        terms[i] = arena_printf(builder->arena, nocase ? "lower(%s)" : "%s", name.bytes);
        text_printf(&keys, "%s%s", i == 0 ? "" : ", ", terms[i]);
        any = any || nocase;
    }
    if (!any) {
        return;
    }
    const char *name = builder_index_name(
        builder, table, names_implicit(builder->arena, planned->name, "lower", "key"));
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    struct plan_step *step = builder_step(builder, PHASE_INDEXES, table, "index", name);
    step->sql = arena_printf(builder->arena, "CREATE UNIQUE INDEX %s ON %s (%s)", quoted.bytes,
                             builder_qualified(builder, planned), keys.bytes);
    step->unique_columns = source->primary_key;
    step->unique_count = source->primary_key_count;
    step->unique_terms = terms;
    const struct plan_note note = {
        .kind = NOTE_CHANGED, .object_kind = "primary key", .name = source->name.text};
    builder_note(builder, &note, "COLLATE NOCASE: a unique index on (%s) besides", keys.bytes);
}

void
build_keys(struct builder *builder)
{
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        if (builder->plan->tables[i].problem == NULL &&
            builder->catalog->tables[i].primary_key_count > 0 &&
            build_primary_key(builder, i)) {
            build_nocase_key(builder, i);
        }
    }
}
