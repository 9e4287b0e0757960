/* back_limits.c — what does not come back even where all is in order, said before a switch. */
#include "sqlite/virtual_table.h"
#include "sync/back_internal.h"

#include <string.h>

struct limits {
    struct arena *arena;
    const char **lines;
    size_t count;
};

static void
add_line(struct limits *limits, const char *line)
{
    *ARENA_APPEND(limits->arena, limits->lines, limits->count) = line;
}

static bool
is_carried(const struct plan_table *table, int source_column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].source_position == source_column) {
            return true;
        }
    }
    return false;
}

static void
add_columns(struct limits *limits, const struct live_table *table)
{
    for (size_t i = 0; i < table->source->column_count; i++) {
        const struct source_column *column = &table->source->columns[i];
        if (column->generated != SQL_GENERATED_NO || is_carried(table->plan, (int)i)) {
            continue;
        }
        bool filled = column->not_null && column->default_value == NULL;
        add_line(limits,
                 arena_printf(limits->arena,
                              "%s.%s is not in PostgreSQL: rows that are made there, or "
                              "get another key there, come back with %s in it",
                              table->source->name.text, column->name.text,
                              filled ? "an empty value" : "its default"));
    }
}

static bool
is_loaded(const struct sync_link *link, const struct plan_table *table)
{
    for (size_t i = 0; i < link->table_count; i++) {
        if (link->tables[i].plan == table) {
            return true;
        }
    }
    return false;
}

static void
add_tables(struct limits *limits, const struct sync_link *link)
{
    for (size_t i = 0; i < link->plan->table_count; i++) {
        const struct plan_table *table = &link->plan->tables[i];
        if (!is_loaded(link, table)) {
            add_line(limits,
                     arena_printf(limits->arena, "%s is not in PostgreSQL: it stays as it is",
                                  table->source->name.text));
        }
    }
    for (size_t i = 0; i < link->table_count; i++) {
        const struct live_table *table = &link->tables[i];
        if (!back_table_returns(table)) {
            add_line(limits,
                     arena_printf(limits->arena, "%s.%s: %s; its changes do not come back",
                                  table->plan->schema, table->plan->name,
                                  table->capture->refusal));
        } else {
            add_columns(limits, table);
        }
    }
}

static void
add_fulltext(struct limits *limits, const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->object_count; i++) {
        const struct source_object *object = &catalog->objects[i];
        struct fts_table table;
        if (object->kind == OBJECT_VIRTUAL_TABLE && object->sql != NULL &&
            fts_table_read(limits->arena, object->sql, &table) &&
            (table.content == NULL || table.content[0] == '\0')) {
            add_line(limits,
                     arena_printf(limits->arena,
                                  "%s keeps texts of its own: what changes in PostgreSQL "
                                  "is not in it until the application fills it again",
                                  object->name));
        }
    }
}

void
back_limits(const struct sync_link *link, struct arena *arena, const char *const **lines,
            size_t *count)
{
    struct limits limits = {.arena = arena};
    add_tables(&limits, link);
    add_fulltext(&limits, link->catalog);
    *lines = limits.lines;
    *count = limits.count;
}
