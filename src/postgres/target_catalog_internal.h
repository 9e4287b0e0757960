/* target_catalog_internal.h — what the files of the target catalog share. */
#ifndef POSTGRES_TARGET_CATALOG_INTERNAL_H
#define POSTGRES_TARGET_CATALOG_INTERNAL_H

#include "postgres/target_catalog.h"

/* Every query starts with this: the relations asked for. $1: JSON array of schema names,
 * NULL: all but the server's and our own. */
#define CATALOG_RELATIONS_CTE                                                                  \
    "WITH RECURSIVE schemas AS (SELECT oid, nspname FROM pg_catalog.pg_namespace"              \
    " WHERE CASE WHEN $1::pg_catalog.json IS NULL"                                             \
    " THEN nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'outgrow')"             \
    " ELSE nspname IN (SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json)) END)," \
    " relations AS (SELECT c.*, s.nspname FROM pg_catalog.pg_class AS c"                       \
    " JOIN schemas AS s ON s.oid = c.relnamespace"                                             \
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')) "

/* What the reading of one catalog hands around. */
struct catalog_reading {
    PGconn *conn;
    struct arena *arena;
    const char *schemas; /* JSON array; NULL: all */
    struct target_catalog *catalog;
    struct target_table **by_oid; /* catalog->tables, sorted by oid */
};

/* Runs a query that begins with CATALOG_RELATIONS_CTE. */
MUST_USE bool target_catalog_query(const struct catalog_reading *reading, const char *sql,
                                   PGresult **result, struct error *err);

/* The table of a row whose first column is its oid; NULL: it came into being since. */
struct target_table *target_catalog_row_table(const struct catalog_reading *reading,
                                              const PGresult *result, int row);

/* Fields of a row. */
char target_catalog_char(const PGresult *result, int row, int column); /* 0 for SQL NULL */
uint32_t target_catalog_oid(const PGresult *result, int row, int column);
int32_t target_catalog_int(const PGresult *result, int row, int column); /* 0 for SQL NULL */
/* "3 1 4", or NULL. */
const int *target_catalog_ints(const struct catalog_reading *reading, const PGresult *result,
                               int row, int column, size_t *count);

/* The parts, each one query or two; all inside one transaction. */
MUST_USE bool target_catalog_read_columns(const struct catalog_reading *reading,
                                          struct error *err);
MUST_USE bool target_catalog_read_constraints(const struct catalog_reading *reading,
                                              struct error *err);
MUST_USE bool target_catalog_read_indexes(const struct catalog_reading *reading,
                                          struct error *err);
MUST_USE bool target_catalog_read_triggers(const struct catalog_reading *reading,
                                           struct error *err);

/* The types of all columns, to resolve them with. */
struct type_row;
struct type_table {
    struct type_row *rows; /* sorted by oid */
    size_t row_count;
};
MUST_USE bool target_catalog_read_types(const struct catalog_reading *reading,
                                        struct type_table *types, struct error *err);

/* `name`: what format_type says of the column itself. */
struct target_type type_resolve(const struct type_table *types, struct arena *arena,
                                uint32_t oid, int32_t typmod, const char *name);

/* Outside of the transaction, because each table looked at is locked until its end: which
 * tables hold rows. */
MUST_USE bool target_catalog_read_emptiness(const struct catalog_reading *reading,
                                            struct error *err);

#endif
