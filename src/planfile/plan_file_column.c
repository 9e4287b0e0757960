/* plan_file_column.c — columns, the ones that are added, their types and defaults. */
#include "base/suggest.h"
#include "planfile/plan_keys.h"
#include "value/zone.h"

#include <string.h>

enum { SHOWN_MAX = 60 };

static bool
unknown_type(struct plan_reader *reader, const struct yaml_node *node)
{
    static const char *const known[] = {
        "bigint", "integer", "smallint", "boolean",   "double",      "real",     "numeric",
        "text",   "varchar", "char",     "citext",    "bytea",       "uuid",     "json",
        "jsonb",  "date",    "time",     "timestamp", "timestamptz", "interval", "inet",
        "cidr",   "text[]",  "bigint[]", "integer[]"};
    struct suggestion near = {.typed = node->text};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        suggest_consider(&near, known[i]);
    }
    plan_read_failed(reader, node, "there is no type \"%.*s\"", SHOWN_MAX, node->text);
    return near.best != NULL
               ? error_hint(reader->err, "did you mean \"%s\"?", near.best)
               : error_hint(reader->err, "types are bigint, numeric(p,s), text, varchar(n), "
                                         "boolean, uuid, jsonb, timestamptz, date, bytea, "
                                         "text[] ...; an enum also needs labels: [a, b]");
}

/* Kept as a word too: with labels it is the name of an enum, known only after all keys. */
bool
plan_read_type(struct plan_reader *reader, const struct yaml_node *node,
               const struct plan_key *key, void *field)
{
    (void)key;
    return plan_read_text(reader, node, field);
}

static const char *const *
label_list(struct arena *arena, const struct plan_words *labels)
{
    const char **list = arena_alloc(arena, (labels->count + 1) * sizeof *list);
    for (size_t i = 0; i < labels->count; i++) {
        list[i] = labels->items[i].text;
    }
    return list;
}

static bool
open_zone(struct plan_reader *reader, struct plan_file_column *column)
{
    struct error zone_err;
    if (column->zone_word.text == NULL) {
        return true;
    }
    if (zone_open(reader->arena, column->zone_word.text, &column->type.zone, &zone_err)) {
        return true;
    }
    plan_file_failed(reader->file, column->zone_word.place, reader->err, "%s",
                     zone_err.message);
    return error_hint(reader->err, "%s", zone_err.hint);
}

static bool
is_moment(enum type_kind kind)
{
    return kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ || kind == TYPE_DATE;
}

/* What is said about the values must fit the type. */
static const char *
misfit(const struct plan_file_column *column)
{
    const struct value_type *type = &column->type;
    if (column->zone_word.text != NULL && type->kind != TYPE_TIMESTAMPTZ) {
        return "zone is for type: timestamptz";
    }
    if (type->epoch != EPOCH_NONE && !is_moment(type->kind)) {
        return "epoch is for type: timestamptz, timestamp or date";
    }
    if (type->interval_unit != INTERVAL_NONE && type->kind != TYPE_INTERVAL) {
        return "unit is for type: interval";
    }
    if (type->round && !is_moment(type->kind) && type->kind != TYPE_TIME &&
        type->kind != TYPE_INTERVAL) {
        return "round is for times and intervals";
    }
    if (column->keep_old.text != NULL && type->kind != TYPE_UUID) {
        return "keep_old is for type: uuid";
    }
    if (column->key_of.text != NULL && type->kind != TYPE_UUID) {
        return "key_of is for type: uuid";
    }
    if (column->collation.text != NULL && !value_type_is_collated(type->kind) &&
        type->kind != TYPE_CITEXT && column->keep_old.text == NULL) {
        return "collation is for text";
    }
    return NULL;
}

static bool
settle_type(struct plan_reader *reader, const struct yaml_node *node,
            struct plan_file_column *column)
{
    struct value_type *type = &column->type;
    struct value_type read = {0};
    column->has_type = column->type_word.text != NULL || column->labels.count > 0;
    if (column->labels.count > 0) {
        type->kind = TYPE_ENUM;
        type->labels = label_list(reader->arena, &column->labels);
    } else if (column->has_type) {
        const struct yaml_node word = {.text = column->type_word.text,
                                       .place = column->type_word.place};
        if (!value_type_read(word.text, &read) || read.kind == TYPE_ENUM) {
            return unknown_type(reader, &word);
        }
        type->kind = read.kind;
        type->length = read.length;
        type->precision = read.precision;
        type->scale = read.scale;
        type->tick_us = read.tick_us;
        type->element_oid = read.element_oid;
    }
    bool details = column->zone_word.text != NULL || column->keep_old.text != NULL ||
                   column->key_of.text != NULL || type->epoch != EPOCH_NONE ||
                   type->interval_unit != INTERVAL_NONE || type->round ||
                   type->null_texts != NULL;
    if (details && !column->has_type) {
        plan_read_failed(reader, node, "what is said about the values needs a type beside it");
        return error_hint(reader->err, "say type: timestamptz, say");
    }
    const char *problem = column->has_type ? misfit(column) : NULL;
    return (problem == NULL || plan_read_failed(reader, node, "%s", problem)) &&
           open_zone(reader, column);
}

/* {sql: now()}, or the empty list and mapping of JSON. */
static bool
read_default_mapping(struct plan_reader *reader, const struct yaml_node *node,
                     struct plan_default *value)
{
    struct plan_word sql;
    if (node->count == 0) {
        value->kind = DEFAULT_VALUE;
        value->text = node->kind == YAML_MAPPING ? "{}" : "[]";
        return true;
    }
    if (node->kind == YAML_MAPPING && node->count == 1 &&
        strcmp(node->keys[0].text, "sql") == 0) {
        value->kind = DEFAULT_SQL;
        if (!plan_read_text(reader, &node->items[0], &sql)) {
            return false;
        }
        value->text = sql.text;
        return true;
    }
    plan_read_failed(reader, node, "a default is a value, or {sql: an expression}");
    return error_hint(reader->err, "quote JSON: '[\"a\"]'");
}

bool
plan_read_default(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_default *value = field;
    value->place = node->place;
    if (node->kind != YAML_SCALAR) {
        return read_default_mapping(reader, node, value);
    }
    value->kind = yaml_is_null(node) ? DEFAULT_NULL : DEFAULT_VALUE;
    value->text = node->text;
    return true;
}

/* `name: text` is short for `name: {type: text}`. */
static bool
read_column(struct plan_reader *reader, const struct yaml_node *name,
            const struct yaml_node *value, enum plan_context context,
            struct plan_file_column *column)
{
    column->name = (struct plan_word){name->text, name->place};
    bool read = value->kind == YAML_SCALAR
                    ? yaml_is_null(value) || plan_read_text(reader, value, &column->type_word)
                    : plan_read_mapping(reader, value, context, column);
    return read && settle_type(reader, value, column);
}

static bool
read_all(struct plan_reader *reader, const struct yaml_node *node, enum plan_context context,
         struct plan_file_column **columns, size_t *count)
{
    if (yaml_is_null(node)) {
        return true;
    }
    if (!plan_expect(reader, node, YAML_MAPPING, "a mapping (column: {type: ...})")) {
        return false;
    }
    *columns = arena_alloc(reader->arena, node->count * sizeof **columns);
    for (size_t i = 0; i < node->count; i++) {
        if (!read_column(reader, &node->keys[i], &node->items[i], context, &(*columns)[i])) {
            return false;
        }
    }
    *count = node->count;
    return true;
}

bool
plan_read_columns(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    return read_all(reader, node, CONTEXT_COLUMN, &table->columns, &table->column_count);
}

bool
plan_read_added(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    if (!read_all(reader, node, CONTEXT_ADDED, &table->added, &table->added_count)) {
        return false;
    }
    for (size_t i = 0; i < table->added_count; i++) {
        if (!table->added[i].has_type) {
            return plan_read_failed(reader, &node->keys[i], "an added column needs a type");
        }
    }
    return true;
}

bool
plan_read_null_texts(struct plan_reader *reader, const struct yaml_node *node,
                     const struct plan_key *key, void *field)
{
    (void)key;
    struct value_type *type = field;
    size_t count = node->kind == YAML_SCALAR ? 1 : node->count;
    const char **texts = arena_alloc(reader->arena, (count + 1) * sizeof *texts);
    const struct yaml_node *items = node->kind == YAML_SCALAR ? node : node->items;
    if (node->kind == YAML_MAPPING) {
        return plan_read_failed(reader, node, "a text, or a list of texts was expected here");
    }
    for (size_t i = 0; i < count; i++) {
        if (!plan_expect(reader, &items[i], YAML_SCALAR, "a text")) {
            return false;
        }
        texts[i] = items[i].text;
    }
    type->null_texts = texts;
    return true;
}
