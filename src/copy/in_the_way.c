/* in_the_way.c — see in_the_way.h. */
#include "copy/in_the_way.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* $1: [[schema, name, 'r', 'v' or 'i'], ...]. A type of its own keeps a table from its name as
 * well; the types that come with relations and arrays do not count, nor do arrays, which move
 * aside. The indexes of a table of the plan's names go with it. */
static const char find_sql[] =
    "WITH wanted AS (SELECT w ->> 0 AS schema, w ->> 1 AS name, w ->> 2 AS kind"
    " FROM pg_catalog.json_array_elements($1::json) AS w),"
    " held AS (SELECT oid, relnamespace AS namespace, relname AS name, CASE relkind"
    " WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN "
    "'materialized view'"
    " WHEN 'f' THEN 'foreign table' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN"
    " 'sequence' ELSE 'type' END AS kind FROM pg_catalog.pg_class"
    " UNION ALL SELECT NULL, typnamespace, typname, 'type' FROM pg_catalog.pg_type"
    " WHERE typrelid = 0 AND typelem = 0)"
    " SELECT n.nspname, h.name, h.kind, h.kind = CASE w.kind WHEN 'r' THEN 'table'"
    " WHEN 'v' THEN 'view' ELSE '' END FROM wanted AS w JOIN pg_catalog.pg_namespace AS n"
    " ON n.nspname = w.schema JOIN held AS h ON h.namespace = n.oid AND h.name = w.name"
    /* Asked once for all of them, not of each: there may be thousands. */
    " WHERE w.kind <> 'i' OR (h.oid IS NOT NULL AND h.oid NOT IN (SELECT i.indexrelid"
    " FROM pg_catalog.pg_index AS i"
    " JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p')"
    " JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace"
    " JOIN wanted AS ours ON (ours.schema, ours.name, ours.kind) = (tn.nspname, t.relname, 'r')"
    ")) ORDER BY 1, 2";

static char *
wanted_names(const struct plan *plan)
{
    json_t *names = json_array();
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct plan_table *table = &plan->tables[i];
        if (table->problem == NULL) {
            json_array_append_new(names, json_pack("[sss]", table->schema, table->name, "r"));
        }
    }
    for (size_t i = 0; i < plan->view_count; i++) {
        json_array_append_new(
            names, json_pack("[sss]", plan->views[i].schema, plan->views[i].name, "v"));
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];
        if (step->index != NULL) {
            json_array_append_new(
                names, json_pack("[sss]", plan->tables[step->table].schema, step->index, "i"));
        }
    }
    char *text = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    return text;
}

bool
in_the_way_find(PGconn *conn, const struct plan *plan, struct arena *arena,
                const struct in_the_way **found, size_t *count, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char *names = wanted_names(plan);
    const char *parameters[] = {names};
    bool ok = target_query(conn, find_sql, parameters, 1, &result, err);
    free(names);
    if (!ok) {
        return false;
    }
    *count = (size_t)PQntuples(result);
    struct in_the_way *held = arena_alloc(arena, *count * sizeof *held);
    for (int i = 0; i < PQntuples(result); i++) {
        held[i] = (struct in_the_way){.schema = arena_strdup(arena, PQgetvalue(result, i, 0)),
                                      .name = arena_strdup(arena, PQgetvalue(result, i, 1)),
                                      .kind = arena_strdup(arena, PQgetvalue(result, i, 2)),
                                      .replaceable = target_is_true(result, i, 3)};
    }
    *found = held;
    return true;
}
