/* table_facts.c — tables found by name, and told as JSON by the server itself. */
#include "heal/table_facts.h"

#include "base/suggest.h"
#include "base/text.h"
#include "postgres/target.h"

#include <string.h>

static const char find_sql[] =
    "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)"
    " ELSE n.nspname = $2 END";

static const char names_sql[] =
    "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'"
    " AND n.nspname <> 'information_schema' LIMIT 20000";

static void
take_name(struct arena *arena, const PGresult *result, struct table_name *table)
{
    table->oid = arena_strdup(arena, PQgetvalue(result, 0, 0));
    table->schema = arena_strdup(arena, PQgetvalue(result, 0, 1));
    table->table = arena_strdup(arena, PQgetvalue(result, 0, 2));
}

/* A name in another schema counts as near, and so does one in other letters. */
static bool
find_nearest(struct database_lease *lease, struct arena *arena, const char *name,
             const char **nearest, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(lease->conn, names_sql, NULL, 0, &result, err)) {
        return false;
    }
    struct suggestion suggestion = {.typed = name};
    int row_of_best = -1;
    for (int row = 0; row < PQntuples(result); row++) {
        const char *before = suggestion.best;
        suggest_consider(&suggestion, PQgetvalue(result, row, 1));
        row_of_best = suggestion.best != before ? row : row_of_best;
    }
    *nearest = row_of_best < 0
                   ? NULL
                   : arena_printf(arena, "%s.%s", PQgetvalue(result, row_of_best, 0),
                                  PQgetvalue(result, row_of_best, 1));
    return true;
}

bool
table_find(struct database_lease *lease, struct arena *arena, struct table_name *table,
           const char **nearest, struct error *err)
{
    const char *name = table->table;
    const char *parameters[] = {name, table->schema};
    AUTO_RESULT *result = NULL;
    *nearest = NULL;
    table->oid = NULL;
    if (!target_query(lease->conn, find_sql, parameters, 2, &result, err)) {
        return error_wrap(err, "find table %s", name);
    }
    if (PQntuples(result) > 0) {
        take_name(arena, result, table);
        return true;
    }
    return find_nearest(lease, arena, name, nearest, err);
}

bool
table_of_index(struct database_lease *lease, struct arena *arena, struct table_name *table,
               struct error *err)
{
    const char *index = table->table;
    const char *parameters[] = {index, table->schema};
    AUTO_RESULT *result = NULL;
    table->oid = NULL;
    if (!target_query(lease->conn,
                      "SELECT t.oid, n.nspname, t.relname FROM pg_catalog.pg_class c"
                      " JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
                      " JOIN pg_catalog.pg_class t ON t.oid = i.indrelid"
                      " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
                      " WHERE c.relname = $1 AND CASE WHEN $2::text IS NULL THEN"
                      " pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END",
                      parameters, 2, &result, err)) {
        return error_wrap(err, "find index %s", index);
    }
    if (PQntuples(result) > 0) {
        take_name(arena, result, table);
    }
    return true;
}

static const char describe_sql[] =
    "SELECT json_build_object('schema', n.nspname, 'table', c.relname, 'kind',"
    " CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN"
    " 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,"
    " 'comment', obj_description(c.oid, 'pg_class'),"
    " 'estimated_rows', greatest(c.reltuples, 0)::bigint,"
    " 'bytes', pg_total_relation_size(c.oid),"
    " 'columns', coalesce((SELECT json_agg(json_strip_nulls(json_build_object("
    "'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable',"
    " NOT a.attnotnull, 'default', CASE WHEN a.attgenerated = '' THEN"
    " pg_get_expr(d.adbin, d.adrelid) END, 'generated', CASE WHEN a.attgenerated <> '' THEN"
    " pg_get_expr(d.adbin, d.adrelid) END, 'identity', CASE a.attidentity WHEN 'a' THEN"
    " 'always' WHEN 'd' THEN 'by default' END, 'comment', col_description(c.oid, a.attnum)))"
    " ORDER BY a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid"
    " AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT"
    " a.attisdropped), '[]'),"
    " 'primary_key', coalesce((SELECT json_agg(a.attname ORDER BY k.ord) FROM pg_constraint p,"
    " unnest(p.conkey) WITH ORDINALITY k (num, ord), pg_attribute a WHERE p.conrelid = c.oid"
    " AND p.contype = 'p' AND a.attrelid = c.oid AND a.attnum = k.num), '[]'),"
    " 'foreign_keys', coalesce((SELECT json_agg(json_build_object('name', conname,"
    " 'definition', pg_get_constraintdef(oid), 'valid', convalidated) ORDER BY conname)"
    " FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f'), '[]'),"
    " 'referenced_by', coalesce((SELECT json_agg(json_build_object('table',"
    " conrelid::regclass::text, 'name', conname, 'definition', pg_get_constraintdef(oid))"
    " ORDER BY conname) FROM pg_constraint WHERE confrelid = c.oid AND contype = 'f'), '[]'),"
    " 'uniques', coalesce((SELECT json_agg(json_build_object('name', conname, 'definition',"
    " pg_get_constraintdef(oid)) ORDER BY conname) FROM pg_constraint WHERE conrelid = c.oid"
    " AND contype = 'u'), '[]'),"
    " 'checks', coalesce((SELECT json_agg(json_build_object('name', conname, 'definition',"
    " pg_get_constraintdef(oid), 'valid', convalidated) ORDER BY conname) FROM pg_constraint"
    " WHERE conrelid = c.oid AND contype = 'c'), '[]'),"
    " 'indexes', coalesce((SELECT json_agg(json_build_object('name', i.relname, 'definition',"
    " pg_get_indexdef(i.oid), 'valid', x.indisvalid, 'unique', x.indisunique, 'bytes',"
    " pg_relation_size(i.oid)) ORDER BY i.relname) FROM pg_index x JOIN pg_class i ON"
    " i.oid = x.indexrelid WHERE x.indrelid = c.oid), '[]'),"
    " 'triggers', coalesce((SELECT json_agg(json_build_object('name', tgname, 'definition',"
    " pg_get_triggerdef(oid)) ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT"
    " tgisinternal), '[]'))"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid";

bool
table_describe(struct database_lease *lease, const char *oid, json_t **facts, struct error *err)
{
    return database_ask_json(lease, describe_sql, &oid, 1, facts, err) ||
           error_wrap(err, "describe the table");
}

/* A type is given back with its collation, which would else become the database's. */
static const char shape_sql[] =
    "SELECT json_build_object('filenode', pg_relation_filenode(c.oid), 'columns',"
    " coalesce((SELECT json_object_agg(a.attname, json_build_object('type',"
    " format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> y.typcollation THEN"
    " ' COLLATE ' || a.attcollation::regcollation ELSE '' END, 'not_null', a.attnotnull,"
    " 'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated',"
    " a.attgenerated, 'statistics', a.attstattarget) ORDER BY a.attnum) FROM pg_attribute a"
    " JOIN pg_type y ON y.oid = a.atttypid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}'),"
    " 'constraints', coalesce((SELECT json_object_agg(conname, json_build_object('definition',"
    " pg_get_constraintdef(oid), 'columns', (SELECT json_agg(a.attname ORDER BY a.attnum)"
    " FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (conkey))))"
    " FROM pg_constraint WHERE conrelid = c.oid), '{}'),"
    " 'indexes', coalesce((SELECT json_object_agg(i.relname, json_build_object('definition',"
    " pg_get_indexdef(i.oid), 'valid', x.indisvalid, 'columns', (SELECT json_agg(DISTINCT"
    " a.attname) FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND"
    " a.attnum = d.refobjsubid WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid AND"
    " d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid))) FROM pg_index x"
    " JOIN pg_class i ON"
    " i.oid = x.indexrelid LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN"
    " ('p', 'u', 'x') WHERE x.indrelid = c.oid AND k.oid IS NULL), '{}'))"
    " FROM pg_class c WHERE c.oid = $1::oid";

bool
table_shape(struct database_lease *lease, const char *oid, json_t **shape, struct error *err)
{
    return database_ask_json(lease, shape_sql, &oid, 1, shape, err) ||
           error_wrap(err, "look at the table");
}

const char *
table_quoted(struct arena *arena, const struct table_name *table)
{
    AUTO_TEXT quoted = {0};
    target_quote_qualified(&quoted, table->schema, table->table);
    return arena_strdup(arena, quoted.bytes);
}
