/* build_said.c — what the plan file says, looked up for the files that build a plan. */
#include "planner/builder.h"
#include "planner/plan_build.h"
#include "postgres/target.h"
#include "translate/constant.h"
#include "translate/literal.h"
#include "value/json_array.h"

#include <inttypes.h>
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

static bool
type_is_array(enum type_kind kind)
{
    return kind == TYPE_TEXT_ARRAY || kind == TYPE_BIGINT_ARRAY || kind == TYPE_INTEGER_ARRAY;
}

static void
add_item(struct text *sql, const struct json_item *item)
{
    if (item->kind == JSON_ITEM_NULL) {
        text_add(sql, "NULL");
    } else if (item->kind == JSON_ITEM_INTEGER) {
        text_printf(sql, "%" PRId64, item->integer);
    } else {
        text_add_char(sql, '"');
        for (size_t i = 0; i < item->size; i++) {
            text_add(sql, item->bytes[i] == '"' || item->bytes[i] == '\\' ? "\\" : "");
            text_add_char(sql, (char)item->bytes[i]);
        }
        text_add_char(sql, '"');
    }
}

/* '{"a",NULL}' for ["a", null]; NULL: it is no JSON array. */
static const char *
array_literal(struct arena *arena, const char *value)
{
    AUTO_JSON_ARRAY array = {0};
    AUTO_TEXT sql = {0};
    struct json_item item;
    enum json_array_step step = JSON_ARRAY_END;
    if (!literal_is_json(value, true) ||
        !json_array_open(&array, (const uint8_t *)value, strlen(value))) {
        return NULL;
    }
    text_add_char(&sql, '{');
    while ((step = json_array_next(&array, &item)) == JSON_ARRAY_ITEM) {
        text_add(&sql, sql.length > 1 ? "," : "");
        add_item(&sql, &item);
    }
    text_add_char(&sql, '}');
    return step == JSON_ARRAY_END ? sql_string(arena, text_string(&sql)) : NULL;
}

const char *
plan_literal(struct arena *arena, const char *value, const struct value_type *type)
{
    size_t digits;
    size_t scale;
    bool truth;
    bool number = value_type_is_integer(type->kind) || type->kind == TYPE_NUMERIC ||
                  type->kind == TYPE_DOUBLE || type->kind == TYPE_REAL;
    if (number && literal_is_decimal(value, &digits, &scale)) {
        return value;
    }
    if (type->kind == TYPE_BOOLEAN && literal_is_boolean(value, &truth)) {
        return truth ? "true" : "false";
    }
    const char *list = type_is_array(type->kind) ? array_literal(arena, value) : NULL;
    return list != NULL ? list : sql_string(arena, value);
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
