/* table_leaves.c — see table_leaves.h. */
#include "postgres/table_leaves.h"

#include <stdlib.h>

/* A partitioned table has no rows of its own. */
static const char leaves_sql[] =
    "WITH RECURSIVE tree (oid) AS (SELECT $1::pg_catalog.regclass::pg_catalog.oid"
    " UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i"
    " ON i.inhparent = tree.oid)"
    " SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind = 'r'"
    " FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.relkind <> 'p' ORDER BY c.oid";

static bool
refuse(const char *name, const char *why, struct error *err)
{
    error_set(err, ERROR_TARGET, "%s %s", name, why);
    return error_hint(err, "load it again: outgrow migrate --replace");
}

bool
table_leaves_read(PGconn *conn, struct arena *arena, const char *name,
                  struct table_leaves *leaves, struct error *err)
{
    AUTO_RESULT *result = NULL;
    const char *const parameters[] = {name};
    *leaves = (struct table_leaves){0};
    if (!target_query(conn, leaves_sql, parameters, 1, &result, err)) {
        return false;
    }
    if (PQntuples(result) > TABLE_LEAVES_MAX) {
        return refuse(name, "has more partitions than their rows can be told apart in", err);
    }
    for (int row = 0; row < PQntuples(result); row++) {
        if (!target_is_true(result, row, 2)) {
            return refuse(PQgetvalue(result, row, 1), "is no table of the server's own", err);
        }
        *ARENA_APPEND(arena, leaves->leaves, leaves->count) = (struct table_leaf){
            .oid = (uint32_t)target_number(result, row, 0),
            .name = arena_strdup(arena, PQgetvalue(result, row, 1))};
    }
    return true;
}

static int
compare_oids(const void *key, const void *element)
{
    const uint32_t *oid = key;
    const struct table_leaf *leaf = element;
    return (*oid > leaf->oid) - (*oid < leaf->oid);
}

int64_t
table_leaves_place(const struct table_leaves *leaves, uint32_t oid, uint32_t block,
                   uint16_t number)
{
    const struct table_leaf *leaf = leaves->count == 0
                                        ? NULL
                                        : bsearch(&oid, leaves->leaves, leaves->count,
                                                  sizeof *leaves->leaves, compare_oids);
    return leaf == NULL
               ? -1
               : (int64_t)(leaf - leaves->leaves) << 48 | (int64_t)block << 16 | number;
}
