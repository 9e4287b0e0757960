/* table_facts.h — one table of the server as JSON: found by name, described, compared. */
#ifndef HEAL_TABLE_FACTS_H
#define HEAL_TABLE_FACTS_H

#include "agent/database.h"

struct table_name {
    const char *schema;
    const char *table;
    const char *oid; /* as text, for parameters; NULL: there is none */
};

/* Finds a table or view by the schema (NULL: along the search path) and name in *table,
 * which becomes what it is called in the catalog. Not there: its oid is NULL, and *nearest a
 * name that may be meant (NULL: none is near). Strings live as long as `arena`. */
MUST_USE bool table_find(struct database_lease *lease, struct arena *arena,
                         struct table_name *table, const char **nearest, struct error *err);
/* The table an index belongs to, the index's schema and name being in *table; the same
 * otherwise. */
MUST_USE bool table_of_index(struct database_lease *lease, struct arena *arena,
                             struct table_name *table, struct error *err);

/* {schema, table, kind, columns: [...], primary_key, foreign_keys, referenced_by, uniques, checks,
 * indexes, triggers, estimated_rows, bytes, comment}. New reference. */
MUST_USE bool table_describe(struct database_lease *lease, const char *oid, json_t **facts,
                             struct error *err);

/* What ALTER TABLE and indexes change, keyed by name: {columns: {name: {type, not_null, default,
 * identity, generated, statistics}}, constraints: {name: {definition, columns}}, indexes: {name:
 * {definition, valid, columns}} without those of constraints, filenode}. New reference. */
MUST_USE bool table_shape(struct database_lease *lease, const char *oid, json_t **shape,
                          struct error *err);
/* [{change: added|removed|changed, kind: column|constraint|index, name, before, after}]. New
 * reference. */
json_t *table_shape_difference(const json_t *before, const json_t *after);
/* Statements that lead back, in the order to be run: ["ALTER TABLE ...", ...]; without what
 * table_shape_lost says. New reference. */
json_t *table_shape_undo(const struct table_name *table, const json_t *differences);
/* What nothing leads back to, as its values are gone: columns that were dropped, and the constraints
 * and indexes that fell with them: ["column a", "index i", ...]. New reference. */
json_t *table_shape_lost(const json_t *differences);

/* "schema.table" as SQL writes it. Lives as long as `arena`. */
const char *table_quoted(struct arena *arena, const struct table_name *table);

#endif
