/* plan_file_table.c — the list of tables. */
#include "planfile/plan_keys.h"

#include <string.h>

/* "schema.name" or "name". */
static bool
split_target(struct plan_reader *reader, const struct yaml_node *node,
             struct plan_file_table *table)
{
    const char *dot = strchr(table->to.text, '.');
    table->to_name = dot == NULL ? table->to.text : dot + 1;
    table->to_schema = dot == NULL ? NULL
                                   : arena_strndup(reader->arena, table->to.text,
                                                   (size_t)(dot - table->to.text));
    if (table->to_name[0] != '\0' && (dot == NULL || dot != table->to.text)) {
        return true;
    }
    return yaml_failed(reader->file->path, table->to.place, reader->err,
                       "\"%s\" is no name of a table: schema.table was expected (in the "
                       "table of line %d)",
                       table->to.text, node->place.line);
}

static bool
check_table(struct plan_reader *reader, const struct yaml_node *node,
            struct plan_file_table *table)
{
    bool from = table->from.text != NULL;
    bool query = table->query.text != NULL;
    if (from == query) {
        plan_read_failed(reader, node,
                         from ? "a table has either from or query, not both"
                              : "the table has neither from nor query");
        return error_hint(reader->err, "from: users, or query: SELECT ...");
    }
    if (query && !table->skip && table->to.text == NULL) {
        return plan_read_failed(reader, node, "a query needs to: the table it becomes");
    }
    return table->to.text == NULL || split_target(reader, node, table);
}

bool
plan_read_tables(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    (void)field;
    struct plan_file *file = reader->file;
    if (yaml_is_null(node)) {
        return true;
    }
    if (!plan_expect(reader, node, YAML_SEQUENCE, "a list of tables (- from: ...)")) {
        return false;
    }
    file->tables = arena_alloc(reader->arena, node->count * sizeof *file->tables);
    for (size_t i = 0; i < node->count; i++) {
        struct plan_file_table *table = &file->tables[file->table_count++];
        table->place = node->items[i].place;
        if (!plan_read_mapping(reader, &node->items[i], CONTEXT_TABLE, table) ||
            !check_table(reader, &node->items[i], table)) {
            return false;
        }
    }
    return true;
}
