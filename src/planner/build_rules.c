/* build_rules.c — unique constraints, indexes, search and checks that only the plan file
 * asks for. */
#include "planner/builder.h"
#include "postgres/target.h"
#include "translate/constant.h"

#include <string.h>

/* "title" as an expression of type text that is never NULL. */
static void
add_searched(struct text *sql, const struct plan_column *column)
{
    bool text = column->type.kind == TYPE_TEXT || column->type.kind == TYPE_VARCHAR;
    text_add(sql, sql->length == 0 ? "coalesce(" : " || ' ' || coalesce(");
    text_add(sql, text ? "" : "CAST(");
    target_quote_name(sql, column->name);
    text_add(sql, text ? ", '')" : " AS text), '')");
}

void
build_search(struct builder *builder, size_t table, const struct plan_column *const *columns,
             size_t count, const char *config, const char *name)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    AUTO_TEXT searched = {0};
    AUTO_TEXT quoted = {0};
    for (size_t i = 0; i < count; i++) {
        add_searched(&searched, columns[i]);
    }
    name = name != NULL ? names_claim(builder_relations(builder, table), name, name)
                        : builder_index_name(
                              builder, table,
                              names_implicit(builder->arena, planned->name, "search", "idx"));
    target_quote_name(&quoted, name);
    builder_step(builder, PHASE_INDEXES, table, "index", name)->sql = arena_printf(
        builder->arena, "CREATE INDEX %s ON %s USING gin (to_tsvector(%s::regconfig, %s))",
        quoted.bytes, builder_qualified(builder, planned), sql_string(builder->arena, config),
        searched.bytes);
}

static void
build_said_search(struct builder *builder, size_t table, const struct plan_file_search *said)
{
    const struct plan_column **columns = arena_alloc(builder->arena,
                                                     said->columns.count * sizeof *columns);
    size_t count = 0;
    for (size_t i = 0; i < said->columns.count; i++) {
        const struct plan_column *column = builder_find_column(builder, table,
                                                               said->columns.items[i].text);
        if (column != NULL) {
            columns[count++] = column;
        }
    }
    if (count > 0) {
        build_search(builder, table, columns, count, said->config, said->name.text);
    }
}

/* "created_at DESC" with the target's name, quoted where needed; false: left out. */
static bool
add_key(struct builder *builder, size_t table, const char *text, struct text *keys,
        struct text *label)
{
    size_t length = strlen(text);
    const struct plan_column *column = builder_find_column(builder, table, text);
    if (column == NULL) {
        length = rules_index_column(text);
        column = builder_find_column(builder, table,
                                     arena_strndup(builder->arena, text, length));
    }
    if (column == NULL) {
        return false;
    }
    text_add(keys, keys->length == 0 ? "" : ", ");
    target_quote_name(keys, column->name);
    text_add(keys, text + length);
    text_printf(label, "%s%s", label->length == 0 ? "" : "_", column->name);
    return true;
}

static bool
add_keys(struct builder *builder, size_t table, const struct plan_words *words,
         struct text *keys, struct text *label)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!add_key(builder, table, words->items[i].text, keys, label)) {
            const struct plan_note note = {.kind = NOTE_NOT_CARRIED,
                                           .object_kind = "index of the plan file",
                                           .name = builder->plan->tables[table].name};
            builder_note(builder, &note, "column %s is left out", words->items[i].text);
            return false;
        }
    }
    return true;
}

static void
remember_unique(struct builder *builder, size_t table, const struct plan_words *words,
                struct plan_step *step)
{
    int *columns = arena_alloc(builder->arena, words->count * sizeof *columns);
    for (size_t i = 0; i < words->count; i++) {
        columns[i] = source_find_column(builder->plan->tables[table].source,
                                        words->items[i].text);
        if (columns[i] < 0) {
            return; /* an extra column, which no foreign key of the source refers to */
        }
    }
    referable_add(builder, table, columns, words->count);
    step->unique_columns = columns;
    step->unique_count = words->count;
}

static void
build_unique(struct builder *builder, size_t table, const struct plan_words *words)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    AUTO_TEXT keys = {0};
    AUTO_TEXT label = {0};
    AUTO_TEXT quoted = {0};
    if (!add_keys(builder, table, words, &keys, &label)) {
        return;
    }
    const char *name = builder_index_name(
        builder, table, names_implicit(builder->arena, planned->name, label.bytes, "key"));
    target_quote_name(&quoted, name);
    struct plan_step *step = builder_step(builder, PHASE_INDEXES, table, "index", name);
    step->sql = arena_printf(builder->arena, "ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s)",
                             builder_qualified(builder, planned), quoted.bytes, keys.bytes);
    remember_unique(builder, table, words, step);
}

static void
build_index(struct builder *builder, size_t table, const struct plan_file_index *said)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    AUTO_TEXT keys = {0};
    AUTO_TEXT label = {0};
    AUTO_TEXT sql = {0};
    if (said->expression.text != NULL) {
        text_printf(&keys, "(%s)", said->expression.text);
        text_add(&label, "expr");
    } else if (!add_keys(builder, table, &said->columns, &keys, &label)) {
        return;
    }
    const char *name = said->name.text != NULL
                           ? names_claim(builder_relations(builder, table), said->name.text,
                                         said->name.text)
                           : builder_index_name(builder, table,
                                                names_implicit(builder->arena, planned->name,
                                                               label.bytes, "idx"));
    text_add(&sql, said->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    target_quote_name(&sql, name);
    text_printf(&sql, " ON %s", builder_qualified(builder, planned));
    if (said->using.text != NULL) {
        text_add(&sql, " USING ");
        target_quote_name(&sql, said->using.text);
    }
    text_printf(&sql, " (%s)", keys.bytes);
    if (said->where.text != NULL) {
        text_printf(&sql, " WHERE %s", said->where.text);
    }
    builder_step(builder, PHASE_INDEXES, table, "index", name)->sql = arena_strdup(
        builder->arena, sql.bytes);
}

void
build_said_indexes(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_file_table *said = builder_said(builder, t);
        if (said == NULL || builder->plan->tables[t].problem != NULL) {
            continue;
        }
        for (size_t i = 0; i < said->unique_count; i++) {
            build_unique(builder, t, &said->uniques[i]);
        }
        for (size_t i = 0; i < said->index_count; i++) {
            build_index(builder, t, &said->indexes[i]);
        }
        for (size_t i = 0; i < said->search_count; i++) {
            build_said_search(builder, t, &said->searches[i]);
        }
    }
}

static void
build_check(struct builder *builder, size_t table, const char *column, const char *condition)
{
    static const struct sql_name nameless;
    const struct plan_table *planned = &builder->plan->tables[table];
    const char *name = builder_constraint_name(
        builder, table, &nameless,
        names_implicit(builder->arena, planned->name, column, "check"));
    builder_check(builder, table, name, condition);
}

void
build_said_checks(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *table = &builder->plan->tables[t];
        const struct plan_file_table *said = builder_said(builder, t);
        if (said == NULL || table->problem != NULL) {
            continue;
        }
        for (size_t c = 0; c < table->column_count; c++) {
            const struct plan_file_column *column = builder_said_column(builder, t, c);
            if (column != NULL && column->check.text != NULL && !table->columns[c].left_out) {
                build_check(builder, t, table->columns[c].name, column->check.text);
            }
        }
        for (size_t i = 0; i < said->added_count; i++) {
            if (said->added[i].check.text != NULL) {
                build_check(builder, t, said->added[i].name.text, said->added[i].check.text);
            }
        }
        for (size_t i = 0; i < said->checks.count; i++) {
            build_check(builder, t, NULL, said->checks.items[i].text);
        }
    }
}
