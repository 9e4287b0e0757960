/* build_uuids.c — keys that the plan file makes UUIDs, what refers to them, and the types
 * that must be made before the tables: enums and citext. */
#include "planfile/between.h"
#include "planner/builder.h"
#include "postgres/target.h"
#include "translate/constant.h"

#include <string.h>

/* A column of a table. */
struct spot {
    size_t table;
    size_t column;
};

static struct plan_column *
column_at(const struct builder *builder, struct spot spot)
{
    return &builder->plan->tables[spot.table].columns[spot.column];
}

/* What the column refers to by a foreign key of one column, the first of them. */
static bool
find_parent(const struct builder *builder, struct spot child, struct spot *parent)
{
    const struct source_table *source = &builder->catalog->tables[child.table];
    for (size_t i = 0; i < source->foreign_key_count; i++) {
        const struct source_foreign_key *key = &source->foreign_keys[i];
        for (size_t c = 0; c < key->column_count && key->parent >= 0; c++) {
            if ((size_t)key->columns[c] == child.column && key->parent_columns != NULL) {
                *parent = (struct spot){(size_t)key->parent, (size_t)key->parent_columns[c]};
                return true;
            }
        }
    }
    return false;
}

/* Up along the foreign keys to the table whose key it is; a circle ends where it began. */
static struct spot
find_root(const struct builder *builder, struct spot spot, bool *refers)
{
    enum { STEPS_MAX = 64 };
    struct spot parent;
    *refers = false;
    for (int i = 0; i < STEPS_MAX && find_parent(builder, spot, &parent); i++) {
        *refers = true;
        if (parent.table == spot.table && parent.column == spot.column) {
            break;
        }
        spot = parent;
    }
    return spot;
}

static bool
refers_to(const struct source_foreign_key *key, struct spot spot)
{
    for (size_t c = 0; key->parent_columns != NULL && c < key->column_count; c++) {
        if ((size_t)key->parent == spot.table &&
            (size_t)key->parent_columns[c] == spot.column) {
            return true;
        }
    }
    return false;
}

static bool
is_referred_to(const struct builder *builder, struct spot spot)
{
    for (size_t t = 0; t < builder->catalog->table_count; t++) {
        const struct source_table *source = &builder->catalog->tables[t];
        for (size_t i = 0; i < source->foreign_key_count; i++) {
            if (refers_to(&source->foreign_keys[i], spot)) {
                return true;
            }
        }
    }
    return false;
}

static bool
is_key(const struct builder *builder, struct spot spot)
{
    return builder->catalog->tables[spot.table].columns[spot.column].primary_key_position > 0 ||
           is_referred_to(builder, spot);
}

/* A reference to a table of another source: its name there, which the UUIDs are made of. */
static const char *
parent_elsewhere(const struct builder *builder, struct spot spot)
{
    const struct plan_rules *rules = builder->options->rules;
    const struct plan_file_table *said = rules_table(rules, spot.table);
    const char *name = builder->catalog->tables[spot.table].columns[spot.column].name.text;
    for (size_t i = 0; said != NULL && i < said->reference_count; i++) {
        const struct plan_file_reference *reference = &said->references[i];
        size_t source;
        const char *parent;
        if (reference->columns.count == 1 &&
            sqlite3_stricmp(reference->columns.items[0].text, name) == 0 &&
            plan_between_parent(rules->file, rules->source, reference, &source, &parent)) {
            return parent;
        }
    }
    return NULL;
}

/* Of a column that refers to nothing here: the table whose keys these are, as the plan file
 * says. */
static const char *
said_table(const struct builder *builder, struct spot spot)
{
    const struct plan_file_column *said = builder_said_column(builder, spot.table, spot.column);
    return said == NULL ? NULL : said->key_of.text;
}

static void
give_rule(struct builder *builder, struct spot spot)
{
    bool refers;
    struct spot root = find_root(builder, spot, &refers);
    const char *elsewhere = refers ? NULL : parent_elsewhere(builder, spot);
    const char *said = refers || elsewhere != NULL ? NULL : said_table(builder, spot);
    if (column_at(builder, root)->type.kind != TYPE_UUID ||
        (!refers && elsewhere == NULL && said == NULL && !is_key(builder, spot))) {
        return;
    }
    struct uuid_rule *rule = arena_alloc(builder->arena, sizeof *rule);
    memcpy(rule->namespace, builder->options->rules->file->namespace, UUID_NAMESPACE_SIZE);
    rule->table = elsewhere != NULL ? elsewhere
                  : said != NULL    ? said
                                    : builder->catalog->tables[root.table].name.text;
    column_at(builder, spot)->type.uuid_rule = rule;
    column_at(builder, spot)->map_old = !refers && elsewhere == NULL;
}

/* A type that was chosen because all values are UUIDs already needs no rule; one that the
 * plan file asks for, or that follows such a one, does. */
void
build_uuid_rules(struct builder *builder)
{
    for (size_t t = 0; builder->options->rules != NULL && t < builder->plan->table_count; t++) {
        for (size_t c = 0; c < builder->plan->tables[t].column_count; c++) {
            if (builder->plan->tables[t].columns[c].type.kind == TYPE_UUID) {
                give_rule(builder, (struct spot){t, c});
            }
        }
    }
}

static const char *
enum_name(struct builder *builder, size_t table, size_t column,
          const struct plan_file_column *said)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    const char *word = said->type_word.text;
    const char *dot = word == NULL ? NULL : strchr(word, '.');
    AUTO_TEXT name = {0};
    if (dot != NULL) {
        target_quote_qualified(&name, arena_strndup(builder->arena, word, (size_t)(dot - word)),
                               dot + 1);
    } else {
        target_quote_qualified(&name, planned->schema,
                               word != NULL
                                   ? word
                                   : names_implicit(builder->arena, planned->name,
                                                    planned->columns[column].name, "enum"));
    }
    return arena_strdup(builder->arena, text_string(&name));
}

/* Made when it is not there; one that is there must have the same labels. */
static void
make_enum(struct builder *builder, const struct value_type *type)
{
    AUTO_TEXT labels = {0};
    for (size_t i = 0; type->labels[i] != NULL; i++) {
        text_printf(&labels, "%s%s", i == 0 ? "" : ", ",
                    sql_string(builder->arena, type->labels[i]));
    }
    const char *name = sql_string(builder->arena, type->name);
    builder_prelude(
        builder,
        arena_printf(builder->arena,
                     "DO $outgrow$ BEGIN\n"
                     "    IF to_regtype(%s) IS NULL THEN\n"
                     "        CREATE TYPE %s AS ENUM (%s);\n"
                     "    ELSIF ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = "
                     "to_regtype(%s) ORDER BY enumsortorder) <> ARRAY[%s] THEN\n"
                     "        RAISE EXCEPTION 'type %% is there and has other labels', %s;\n"
                     "    END IF;\n"
                     "END $outgrow$",
                     name, type->name, labels.bytes, name, labels.bytes, name));
}

static void
settle(struct builder *builder, size_t table, struct plan_column *column,
       const struct plan_file_column *said, size_t position)
{
    if (column->type.kind == TYPE_ENUM && said != NULL && column->type.name == NULL) {
        column->type.name = enum_name(builder, table, position, said);
        make_enum(builder, &column->type);
    }
    if (column->type.kind == TYPE_CITEXT) {
        builder_prelude(builder, "CREATE EXTENSION IF NOT EXISTS citext");
    }
}

void
build_said_types(struct builder *builder)
{
    for (size_t t = 0; builder->options->rules != NULL && t < builder->plan->table_count; t++) {
        struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            settle(builder, t, &table->columns[c], builder_said_column(builder, t, c), c);
        }
    }
}
