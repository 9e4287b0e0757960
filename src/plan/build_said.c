/* build_said.c — what the plan file says, looked up for the files that build a plan. */
#include "plan/builder.h"
#include "plan/constant.h"
#include "plan/literal.h"
#include "postgres/target.h"

#include <string.h>

const struct plan_file_table *
builder_said(const struct builder *builder, size_t table)
{
    return rules_table(builder->options->rules, table);
}

const struct plan_file_column *
builder_said_column(const struct builder *builder, size_t table, size_t column)
{
    return rules_column(builder->options->rules, table, column);
}

const struct plan_column *
builder_find_column(const struct builder *builder, size_t table, const char *name)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    const struct extra_columns *extras = &builder->extras[table];
    int position = source_find_column(planned->source, name);
    if (position >= 0 && !planned->columns[position].left_out) {
        return &planned->columns[position];
    }
    for (size_t i = 0; i < planned->column_count; i++) {
        if (!planned->columns[i].left_out && strcmp(planned->columns[i].name, name) == 0) {
            return &planned->columns[i];
        }
    }
    for (size_t i = 0; i < extras->count; i++) {
        if (strcmp(extras->columns[i].name, name) == 0) {
            return &extras->columns[i];
        }
    }
    return NULL;
}

bool
type_is_integer(enum type_kind kind)
{
    return kind == TYPE_BIGINT || kind == TYPE_INTEGER || kind == TYPE_SMALLINT;
}

const char *
plan_literal(struct arena *arena, const char *value, const struct value_type *type)
{
    size_t digits;
    size_t scale;
    bool truth;
    bool number = type_is_integer(type->kind) || type->kind == TYPE_NUMERIC ||
                  type->kind == TYPE_DOUBLE || type->kind == TYPE_REAL;
    if (number && literal_is_decimal(value, &digits, &scale)) {
        return value;
    }
    if (type->kind == TYPE_BOOLEAN && literal_is_boolean(value, &truth)) {
        return truth ? "true" : "false";
    }
    return sql_string(arena, value);
}

void
builder_prelude(struct builder *builder, const char *sql)
{
    struct plan *plan = builder->plan;
    for (size_t i = 0; i < plan->prelude_count; i++) {
        if (strcmp(plan->prelude[i], sql) == 0) {
            return;
        }
    }
    *ARENA_APPEND(builder->arena, plan->prelude, plan->prelude_count) = sql;
}

bool
builder_is_lower(const struct builder *builder, size_t table, const char *collation)
{
    enum plan_nocase nocase = rules_nocase(builder->options->rules, table);
    return sqlite3_stricmp(collation, "NOCASE") == 0 && nocase != NOCASE_NONE;
}
