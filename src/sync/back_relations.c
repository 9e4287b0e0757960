/* back_relations.c — the link's tables in the target, with their partitions and children: which
 * triggers they have and which they need. */
#include "sync/back_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char relations_sql[] =
    "WITH RECURSIVE tree (i, root, oid) AS ("
    "SELECT w.i, c.oid, c.oid FROM ROWS FROM (pg_catalog.unnest($1::text[]),"
    " pg_catalog.unnest($2::text[]))"
    " WITH ORDINALITY AS w (schema_name, table_name, i)"
    " JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema_name"
    " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name"
    " AND c.relkind IN ('r', 'p', 'f')"
    " UNION SELECT tree.i, tree.root, h.inhrelid FROM tree"
    " JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid)"
    " SELECT t.i - 1, t.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind,"
    " t.oid = t.root,"
    " c.relkind = 'r' AND NOT c.relispartition AND NOT EXISTS (SELECT 1 FROM"
    " pg_catalog.pg_inherits h WHERE h.inhparent = c.oid OR h.inhrelid = c.oid),"
    " (SELECT coalesce(pg_catalog.string_agg(' ' || g.tgname || ':' || g.tgenabled::text, ''),"
    " '') FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname LIKE "
    "'outgrow\\_%'),"
    " (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, a.atttypid::bigint)"
    " ORDER BY a.attnum) FROM pg_catalog.pg_attribute a"
    " WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),"
    " c.relpersistence"
    " FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " ORDER BY t.i, t.oid <> t.root, t.oid";

bool
back_relations_load(struct sync_link *link, PGresult **relations, struct error *err)
{
    AUTO_TEXT schemas = {0};
    AUTO_TEXT names = {0};
    for (size_t i = 0; i < link->table_count; i++) {
        target_array_add(&schemas, link->tables[i].plan->schema);
        target_array_add(&names, link->tables[i].plan->name);
    }
    const char *const parameters[] = {target_array_end(&schemas), target_array_end(&names)};
    return target_query(link->conn, relations_sql, parameters, 2, relations, err) ||
           error_wrap(err, "look at the tables in the target");
}

const struct live_table *
back_relation_table(const struct sync_link *link, const PGresult *relations, int row)
{
    return &link->tables[target_number(relations, row, BACK_RELATION_TABLE)];
}

char
back_relation_trigger(const PGresult *relations, int row, const char *trigger)
{
    char wanted[80];
    int length = snprintf(wanted, sizeof wanted, " %s:", trigger);
    const char *found = strstr(PQgetvalue(relations, row, BACK_RELATION_TRIGGERS), wanted);
    return found == NULL ? '\0' : found[length];
}

/* Statement triggers see rows of partitions and children only where the statement names their
 * parent, so these have row triggers; a partition gets its own from the parent. No trigger sees
 * the TRUNCATE of another table than its own. */
size_t
back_triggers_of(const PGresult *relations, int row, const struct back_trigger *triggers[4])
{
    static const struct back_trigger inserted = {
        "outgrow_back_insert", "AFTER INSERT",
        "REFERENCING NEW TABLE AS outgrow_new FOR EACH STATEMENT"};
    static const struct back_trigger updated = {
        "outgrow_back_update", "AFTER UPDATE",
        "REFERENCING OLD TABLE AS outgrow_old NEW TABLE AS outgrow_new FOR EACH STATEMENT"};
    static const struct back_trigger deleted = {
        "outgrow_back_delete", "AFTER DELETE",
        "REFERENCING OLD TABLE AS outgrow_old FOR EACH STATEMENT"};
    static const struct back_trigger truncated = {"outgrow_back_truncate", "AFTER TRUNCATE",
                                                  "FOR EACH STATEMENT"};
    static const struct back_trigger each_row = {
        "outgrow_back_row", "AFTER INSERT OR UPDATE OR DELETE", "FOR EACH ROW"};
    size_t count = 0;
    if (target_is_true(relations, row, BACK_RELATION_ALONE)) {
        triggers[count++] = &inserted;
        triggers[count++] = &updated;
        triggers[count++] = &deleted;
    } else {
        triggers[count++] = &each_row;
    }
    if (PQgetvalue(relations, row, BACK_RELATION_KIND)[0] != 'f') {
        triggers[count++] = &truncated;
    }
    return count;
}
