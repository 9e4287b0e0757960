/* tables.c — postgres_list_tables and postgres_describe_table. */
#include "agent/support.h"
#include "agent/value_json.h"
#include "base/json.h"
#include "heal/table_facts.h"
#include "tool/functions.h"

#include <string.h>

enum { LIST_DEFAULT = 200, LIST_MAX = 2000 };

/* Pages by name: the cursor is the last "schema.name" told. */
static const char list_sql[] =
    "SELECT coalesce(json_agg(row_to_json(t) ORDER BY schema, name), '[]') FROM ("
    " SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'r' THEN 'table'"
    " WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN"
    " 'materialized view' ELSE 'foreign table' END AS kind,"
    " greatest(c.reltuples, 0)::bigint AS est_rows, pg_total_relation_size(c.oid) AS bytes"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND CASE WHEN $1::text IS NULL THEN n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN"
    " ('information_schema', 'outgrow') ELSE n.nspname = $1 END"
    " AND ($2::text IS NULL OR c.relname ILIKE $2)"
    " AND ($3::text IS NULL OR (n.nspname || '.' || c.relname) COLLATE \"C\" > $3 COLLATE "
    "\"C\")"
    " ORDER BY (n.nspname || '.' || c.relname) COLLATE \"C\" LIMIT $4::int) t";

static const char columns_sql[] =
    "SELECT coalesce(json_object_agg(key, names), '{}') FROM (SELECT n.nspname || '.' ||"
    " c.relname AS key, json_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)"
    " ORDER BY a.attnum) AS names FROM pg_class c JOIN pg_namespace n ON n.oid ="
    " c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT"
    " a.attisdropped WHERE n.nspname || '.' || c.relname = ANY (SELECT"
    " json_array_elements_text($1::json)) GROUP BY 1) k";

static const char *
key_of(struct arena *arena, const json_t *table)
{
    return arena_printf(arena, "%s.%s", json_string_value(json_object_get(table, "schema")),
                        json_string_value(json_object_get(table, "name")));
}

/* Adds "columns": ["id integer", ...] to each. */
static bool
add_columns(const struct tool_call *call, struct database_lease *lease, json_t *tables,
            struct error *err)
{
    json_t *keys = json_array();
    size_t i;
    json_t *table;
    json_array_foreach(tables, i, table)
    {
        json_array_append_new(keys, json_string(key_of(call->arena, table)));
    }
    const char *parameter = value_json_parameter(call->arena, keys);
    json_decref(keys);
    json_t *columns = NULL;
    if (!database_ask_json(lease, columns_sql, &parameter, 1, &columns, err)) {
        return false;
    }
    json_array_foreach(tables, i, table)
    {
        json_t *names = json_object_get(columns, key_of(call->arena, table));
        json_object_set(table, "columns", names == NULL ? json_null() : names);
    }
    json_decref(columns);
    return true;
}

/* What a person means by a pattern: * and ? as with files, or SQL's own % and _. */
static const char *
pattern_of(const struct tool_call *call)
{
    const char *pattern = argument_text(call, "pattern", NULL);
    if (pattern == NULL || strpbrk(pattern, "*?") == NULL) {
        return pattern;
    }
    char *like = arena_strdup(call->arena, pattern);
    for (char *c = like; *c != '\0'; c++) {
        *c = (char)(*c == '*' ? '%' : *c == '?' ? '_' : *c);
    }
    return like;
}

static bool
list_page(const struct tool_call *call, struct database_lease *lease, json_t **tables,
          const char **next, struct error *err)
{
    int limit = argument_number(call, "limit", LIST_DEFAULT, 1, LIST_MAX);
    const char *parameters[] = {argument_text(call, "schema", NULL), pattern_of(call),
                                argument_text(call, "cursor", NULL),
                                arena_printf(call->arena, "%d", limit + 1)};
    if (!database_ask_json(lease, list_sql, parameters, 4, tables, err)) {
        return error_wrap(err, "list the tables");
    }
    *next = NULL;
    if (json_array_size(*tables) > (size_t)limit) {
        json_array_remove(*tables, (size_t)limit);
        *next = key_of(call->arena, json_array_get(*tables, (size_t)limit - 1));
    }
    return !argument_flag(call, "verbose", false) || add_columns(call, lease, *tables, err);
}

bool
tool_list_tables(struct tool_host *host, const struct tool_call *call,
                 struct tool_result *result, struct error *err)
{
    (void)err;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result)) {
        return true;
    }
    json_t *tables = NULL;
    const char *next = NULL;
    struct error failed;
    if (!list_page(call, &lease, &tables, &next, &failed)) {
        json_decref(tables);
        return tool_fail(result, &failed);
    }
    json_t *structured = json_pack("{s:o}", "tables", tables);
    if (next != NULL) {
        json_object_set_new(structured, "next_cursor", json_string(next));
    }
    return tool_answer(result, structured);
}

static bool
is_wanted(const json_t *sections, const char *key)
{
    static const char *const always[] = {"schema", "table", "kind", "estimated_rows", "bytes"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        if (strcmp(always[i], key) == 0) {
            return true;
        }
    }
    size_t i;
    json_t *section;
    json_array_foreach(sections, i, section)
    {
        if (json_is_string(section) && strcmp(json_string_value(section), key) == 0) {
            return true;
        }
    }
    return json_array_size(sections) == 0;
}

static json_t *
keep_sections(const json_t *facts, const json_t *sections)
{
    json_t *kept = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(json_unconst(facts), key, value)
    {
        if (is_wanted(sections, key)) {
            json_object_set(kept, key, value);
        }
    }
    return kept;
}

bool
tool_find_table(const struct tool_call *call, struct database_lease *lease,
                struct table_name *table, struct tool_result *result)
{
    const char *name = argument_text(call, "table", "");
    const char *schema = argument_text(call, "schema", NULL);
    const char *nearest;
    struct error failed;
    *table = (struct table_name){.schema = schema, .table = name};
    if (!table_find(lease, call->arena, table, &nearest, &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    if (table->oid == NULL) {
        const char *hint = nearest == NULL
                               ? "see postgres_list_tables"
                               : arena_printf(call->arena, "did you mean %s?", nearest);
        tool_refuse(result, hint, "there is no table %s%s%s", schema == NULL ? "" : schema,
                    schema == NULL ? "" : ".", name);
    }
    return table->oid != NULL;
}

bool
tool_describe_table(struct tool_host *host, const struct tool_call *call,
                    struct tool_result *result, struct error *err)
{
    (void)err;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    struct table_name table;
    json_t *facts = NULL;
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result) ||
        !tool_find_table(call, &lease, &table, result)) {
        return true;
    }
    if (!table_describe(&lease, table.oid, &facts, &failed)) {
        return tool_fail(result, &failed);
    }
    json_t *kept = keep_sections(facts, json_object_get(call->arguments, "sections"));
    json_decref(facts);
    return tool_answer(result, kept);
}
