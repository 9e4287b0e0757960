/* target_catalog_columns.c — columns of the target, one query for all tables. */
#include "postgres/target_catalog_internal.h"

static const char columns_query[] = CATALOG_RELATIONS_CTE
    "SELECT r.oid, a.attname, a.attnum, a.atttypid, a.atttypmod,"
    " pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,"
    " CASE WHEN a.attcollation <> t.typcollation THEN"
    " pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(o.collname) END,"
    " (SELECT s.objid::pg_catalog.regclass::text FROM pg_catalog.pg_depend AS s"
    " JOIN pg_catalog.pg_class AS q ON q.oid = s.objid AND q.relkind = 'S'"
    " WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " AND s.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " AND s.refobjid = r.oid AND s.refobjsubid = a.attnum AND s.deptype IN ('a', 'i')"
    " ORDER BY s.objid LIMIT 1), n.description,"
    " pg_catalog.has_column_privilege(r.oid, a.attnum, 'INSERT'),"
    " pg_catalog.has_column_privilege(r.oid, a.attnum, 'UPDATE'),"
    " a.attcollation = 0 OR " COLLATION_IS_BYTEWISE(
        "o") " FROM relations AS r JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid"
             " AND a.attnum > 0 AND NOT a.attisdropped"
             " JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid"
             " LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum"
             " LEFT JOIN pg_catalog.pg_collation AS o ON o.oid = a.attcollation"
             " LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = o.collnamespace"
             " LEFT JOIN pg_catalog.pg_description AS n ON n.objoid = r.oid"
             " AND n.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND n.objsubid = "
             "a.attnum"
             " ORDER BY r.oid, a.attnum";

static struct target_column
column_from_row(const struct catalog_reading *reading, const struct type_table *types,
                const PGresult *result, int row)
{
    struct target_type type = type_resolve(
        types, reading->arena, target_catalog_oid(result, row, 3),
        target_catalog_int(result, row, 4), target_text(reading->arena, result, row, 5));
    return (struct target_column){
        .name = target_text(reading->arena, result, row, 1),
        .attnum = target_catalog_int(result, row, 2),
        .type = type,
        .not_null = target_is_true(result, row, 6) || type.domain_not_null,
        .default_sql = target_text(reading->arena, result, row, 7),
        .identity = (enum target_identity)target_catalog_char(result, row, 8),
        .generated = target_catalog_char(result, row, 9) != '\0',
        .collation = target_text(reading->arena, result, row, 10),
        .bytewise = PQgetisnull(result, row, 15) ? reading->catalog->locale.bytewise
                                                 : target_is_true(result, row, 15),
        .sequence = target_text(reading->arena, result, row, 11),
        .comment = target_text(reading->arena, result, row, 12),
        .can_insert = target_is_true(result, row, 13),
        .can_update = target_is_true(result, row, 14),
    };
}

bool
target_catalog_read_columns(const struct catalog_reading *reading, struct error *err)
{
    struct type_table types = {0};
    AUTO_RESULT *result = NULL;
    if (!target_catalog_read_types(reading, &types, err) ||
        !target_catalog_query(reading, columns_query, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct target_table *table = target_catalog_row_table(reading, result, row);
        if (table != NULL) {
            *ARENA_APPEND(reading->arena, table->columns,
                          table->column_count) = column_from_row(reading, &types, result, row);
        }
    }
    return true;
}
