/* build_foreign_keys.c — declared foreign keys, where PostgreSQL can hold them. */
#include "planner/builder.h"
#include "postgres/target.h"

/* Why a column of the key cannot be one; NULL: it can. */
static const char *
column_obstacle(struct builder *builder, size_t table, const struct source_foreign_key *key,
                size_t i)
{
    size_t child_column = (size_t)key->columns[i];
    size_t parent_column = (size_t)key->parent_columns[i];
    const struct plan_column *child = &builder->plan->tables[table].columns[child_column];
    const struct plan_column *parent =
        &builder->plan->tables[key->parent].columns[parent_column];
    if (child->left_out || parent->left_out) {
        return arena_printf(builder->arena, "column %s is left out",
                            child->left_out ? child->source->name.text
                                            : parent->source->name.text);
    }
    bool integers = value_type_is_integer(child->type.kind) &&
                    value_type_is_integer(parent->type.kind);
    if (child->type.kind != parent->type.kind && !integers) {
        AUTO_TEXT types = {0};
        value_type_print_short(&child->type, &types);
        text_add(&types, ", but its parent is ");
        value_type_print_short(&parent->type, &types);
        return arena_printf(builder->arena, "%s holds %s (%s)",
                            builder_column_name(builder, table, child_column),
                            text_string(&types), child->reason);
    }
    bool writes = key->on_update != NULL ||
                  (key->on_delete != NULL && key->on_delete[0] == 'S');
    if (child->generated_sql != NULL && writes) {
        return "it would have to write to a generated column";
    }
    return NULL;
}

static const char *
obstacle(struct builder *builder, size_t table, const struct source_foreign_key *key)
{
    if (key->parent < 0) {
        return arena_printf(builder->arena, "there is no table %s", key->parent_name);
    }
    const struct plan_table *parent = &builder->plan->tables[key->parent];
    if (parent->problem != NULL) {
        return arena_printf(builder->arena, "table %s does not come over", key->parent_name);
    }
    if (key->parent_columns == NULL) {
        return arena_printf(builder->arena, "table %s has no such columns", key->parent_name);
    }
    if (!referable_holds(builder, (size_t)key->parent, key->parent_columns,
                         key->column_count)) {
        return arena_printf(builder->arena,
                            "the columns it refers to in %s are no primary key and not unique",
                            key->parent_name);
    }
    for (size_t i = 0; i < key->column_count; i++) {
        const char *found = column_obstacle(builder, table, key, i);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static const char *
implicit_name(struct builder *builder, size_t table, const struct source_foreign_key *key)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    AUTO_TEXT columns = {0};
    for (size_t i = 0; i < key->column_count; i++) {
        text_printf(&columns, "%s%s", i == 0 ? "" : "_",
                    planned->columns[key->columns[i]].name);
    }
    return names_implicit(builder->arena, planned->name, text_string(&columns), "fkey");
}

/* A round deletes rows before it inserts them again: an action would take others along. */
static void
add_clauses(const struct builder *builder, struct text *sql,
            const struct source_foreign_key *key)
{
    if (builder->options->live) {
        text_add(sql, " DEFERRABLE INITIALLY DEFERRED");
        return;
    }
    if (key->on_delete != NULL) {
        text_printf(sql, " ON DELETE %s", key->on_delete);
    }
    if (key->on_update != NULL) {
        text_printf(sql, " ON UPDATE %s", key->on_update);
    }
    if (key->deferrable) {
        text_add(sql, " DEFERRABLE");
        text_add(sql, key->initially_deferred ? " INITIALLY DEFERRED" : "");
    }
}

static int *
copy_positions(struct builder *builder, const int *positions, size_t count)
{
    int *copy = arena_alloc(builder->arena, count * sizeof *copy);
    memcpy(copy, positions, count * sizeof *copy);
    return copy;
}

/* NULL where the column cannot hold it is no way out: such rows are set aside. */
static enum plan_orphans
orphans_of(struct builder *builder, size_t table, const struct source_foreign_key *key)
{
    enum plan_orphans orphans = rules_orphans(builder->options->rules, table);
    const struct plan_table *planned = &builder->plan->tables[table];
    if (orphans != ORPHANS_NULL) {
        return orphans;
    }
    for (size_t i = 0; i < key->column_count; i++) {
        if (plan_column_takes_null(&planned->columns[key->columns[i]])) {
            return orphans;
        }
    }
    const struct plan_note note = {
        .kind = NOTE_CHANGED,
        .object_kind = "orphans",
        .name = builder_column_name(builder, table, (size_t)key->columns[0])};
    builder_note(builder, &note, "NOT NULL: orphans are set aside instead of NULL");
    return ORPHANS_SET_ASIDE;
}

static void
add_reference(struct builder *builder, size_t table, const struct source_foreign_key *key,
              const char *name)
{
    struct plan *plan = builder->plan;
    enum plan_orphans orphans = orphans_of(builder, table, key);
    if (orphans != ORPHANS_SET_ASIDE && orphans != ORPHANS_NULL) {
        return;
    }
    if (builder->options->live) { /* what is an orphan now may have a parent soon */
        const struct plan_note note = {
            .kind = NOTE_CHANGED,
            .object_kind = "orphans",
            .name = builder_column_name(builder, table, (size_t)key->columns[0])};
        builder_note(
            builder, &note,
            "orphans are kept as long as the source is live, and what the plan says is done "
            "at the switch");
        return;
    }
    *ARENA_APPEND(builder->arena, plan->references,
                  plan->reference_count) = (struct plan_reference){
        .id = arena_printf(builder->arena, "orphans %s.%s.%s", plan->tables[table].schema,
                           plan->tables[table].name, name),
        .table = (int)table,
        .columns = copy_positions(builder, key->columns, key->column_count),
        .parent = key->parent,
        .parent_columns = copy_positions(builder, key->parent_columns, key->column_count),
        .column_count = key->column_count,
        .orphans = orphans};
}

static void
add_step(struct builder *builder, size_t table, const struct source_foreign_key *key)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    const struct plan_table *parent = &builder->plan->tables[key->parent];
    const char *name = builder_constraint_name(builder, table, &key->constraint,
                                               implicit_name(builder, table, key));
    const char *qualified = builder_qualified(builder, planned);
    struct plan_step *step = builder_step(builder, PHASE_FOREIGN_KEYS, table, "foreign key",
                                          name);
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)",
                qualified, quoted.bytes,
                builder_column_list(builder, table, key->columns, key->column_count),
                builder_qualified(builder, parent),
                builder_column_list(builder, (size_t)key->parent, key->parent_columns,
                                    key->column_count));
    add_clauses(builder, &sql, key);
    add_reference(builder, table, key, name);
    text_add(&sql, " NOT VALID");
    step->sql = arena_strdup(builder->arena, sql.bytes);
    step->validate_sql = arena_printf(builder->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                                      qualified, quoted.bytes);
}

static void
build_foreign_key(struct builder *builder, size_t table, const struct source_foreign_key *key)
{
    const char *reason = obstacle(builder, table, key);
    if (reason == NULL) {
        add_step(builder, table, key);
        return;
    }
    AUTO_TEXT name = {0};
    text_printf(&name, "%s (", builder->catalog->tables[table].name.text);
    for (size_t i = 0; i < key->column_count; i++) {
        text_printf(&name, "%s%s", i == 0 ? "" : ", ",
                    builder->catalog->tables[table].columns[key->columns[i]].name.text);
    }
    text_printf(&name, ") -> %s", key->parent_name);
    const struct plan_note note = {.kind = NOTE_NOT_CARRIED,
                                   .object_kind = "foreign key",
                                   .name = arena_strdup(builder->arena, name.bytes)};
    builder_note(builder, &note, "%s", reason);
}

void
build_foreign_keys(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct source_table *source = &builder->catalog->tables[t];
        for (size_t i = 0;
             builder->plan->tables[t].problem == NULL && i < source->foreign_key_count; i++) {
            build_foreign_key(builder, t, &source->foreign_keys[i]);
        }
    }
}
