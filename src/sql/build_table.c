/* build_table.c — CREATE TABLE's parts for the actions of grammar.y;
 * see build.h. */
#include "sql/build.h"

#include <strings.h>

static struct sql_column *
newest_column(struct sql_builder *builder)
{
    return &builder->table.columns[builder->table.column_count - 1];
}

/* CONSTRAINT name is for one constraint only. */
static struct sql_name
take_constraint_name(struct sql_builder *builder)
{
    struct sql_name name = builder->constraint;
    builder->constraint = (struct sql_name){0};
    return name;
}

void
sql_build_table_name(struct sql_builder *builder, struct sql_token name)
{
    builder->table.name = sql_build_name(builder, name);
}

void
sql_build_table_option(struct sql_builder *builder, struct sql_token word, bool without)
{
    const char *option = sql_build_unquoted(builder, word);
    if (without && strcasecmp(option, "rowid") == 0) {
        builder->table.without_rowid = true;
    } else if (!without && strcasecmp(option, "strict") == 0) {
        builder->table.strict = true;
    } else {
        sql_build_unexpected(builder, word);
    }
}

void
sql_build_column(struct sql_builder *builder, struct sql_token name, struct sql_span type)
{
    struct sql_create_table *table = &builder->table;
    struct sql_column *column = ARENA_APPEND(builder->arena, table->columns,
                                             table->column_count);
    column->name = sql_build_name(builder, name);
    column->type = sql_build_type(builder, type);
    take_constraint_name(builder);
}

void
sql_build_constraint_name(struct sql_builder *builder, struct sql_token name)
{
    builder->constraint = sql_build_name(builder, name);
}

void
sql_build_not_null(struct sql_builder *builder, enum sql_conflict on_conflict)
{
    newest_column(builder)->not_null = true;
    newest_column(builder)->null_conflict = on_conflict;
    take_constraint_name(builder);
}

void
sql_build_default(struct sql_builder *builder, struct sql_node value)
{
    newest_column(builder)->default_value = value.expr;
    take_constraint_name(builder);
}

void
sql_build_generated(struct sql_builder *builder, struct sql_node value,
                    struct sql_token storage)
{
    struct sql_column *column = newest_column(builder);
    column->generated_as = value.expr;
    take_constraint_name(builder);
    const char *word = storage.text == NULL ? "virtual" : sql_build_unquoted(builder, storage);
    if (strcasecmp(word, "virtual") == 0) {
        column->generated = SQL_GENERATED_VIRTUAL;
    } else if (strcasecmp(word, "stored") == 0) {
        column->generated = SQL_GENERATED_STORED;
    } else {
        sql_build_unexpected(builder, storage);
    }
}

void
sql_build_column_collation(struct sql_builder *builder, struct sql_token name)
{
    newest_column(builder)->collation = sql_build_name(builder, name);
    take_constraint_name(builder);
}

void
sql_build_check(struct sql_builder *builder, struct sql_node condition)
{
    struct sql_create_table *table = &builder->table;
    struct sql_check *check = ARENA_APPEND(builder->arena, table->checks, table->check_count);
    check->constraint = take_constraint_name(builder);
    check->expr = condition.expr;
}

static struct sql_indexed_columns
only_newest_column(struct sql_builder *builder)
{
    struct sql_expr *expr = arena_alloc(builder->arena, sizeof *expr);
    expr->kind = SQL_EXPR_NAME;
    expr->name = newest_column(builder)->name;
    expr->source = expr->name.text;
    struct sql_indexed_columns columns = {0};
    ARENA_APPEND(builder->arena, columns.items, columns.count)->expr = expr;
    return columns;
}

struct sql_key *
sql_build_key(struct sql_builder *builder, struct sql_indexed_columns columns,
              enum sql_conflict on_conflict)
{
    struct sql_create_table *table = &builder->table;
    if (columns.count == 0) {
        columns = only_newest_column(builder);
    }
    struct sql_key *key = ARENA_APPEND(builder->arena, table->keys, table->key_count);
    key->constraint = take_constraint_name(builder);
    key->columns = columns.items;
    key->column_count = columns.count;
    key->on_conflict = on_conflict;
    return key;
}

void
sql_build_foreign_key(struct sql_builder *builder, struct sql_names columns,
                      struct sql_token parent, struct sql_names parent_columns,
                      struct sql_reference_actions actions)
{
    struct sql_create_table *table = &builder->table;
    if (columns.count == 0) {
        *ARENA_APPEND(builder->arena, columns.items,
                      columns.count) = newest_column(builder)->name;
    }
    struct sql_foreign_key *key = ARENA_APPEND(builder->arena, table->foreign_keys,
                                               table->foreign_key_count);
    key->constraint = take_constraint_name(builder);
    key->columns = columns.items;
    key->column_count = columns.count;
    key->parent = sql_build_name(builder, parent);
    key->parent_columns = parent_columns.items;
    key->parent_column_count = parent_columns.count;
    key->on_delete = actions.on_delete;
    key->on_update = actions.on_update;
}

void
sql_build_deferral(struct sql_builder *builder, struct sql_deferral deferral)
{
    struct sql_create_table *table = &builder->table;
    if (table->foreign_key_count > 0) {
        struct sql_foreign_key *key = &table->foreign_keys[table->foreign_key_count - 1];
        key->deferrable = deferral.deferrable;
        key->initially_deferred = deferral.initially_deferred;
    }
}
