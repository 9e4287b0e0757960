/* target_catalog.c — see target_catalog.h: its tables, and how the parts come together. */
#include "postgres/target_catalog_internal.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

bool
target_catalog_query(const struct catalog_reading *reading, const char *sql, PGresult **result,
                     struct error *err)
{
    const char *const parameters[] = {reading->schemas};
    return target_query(reading->conn, sql, parameters, 1, result, err);
}

char
target_catalog_char(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0];
}

uint32_t
target_catalog_oid(const PGresult *result, int row, int column)
{
    return (uint32_t)target_number(result, row, column);
}

int32_t
target_catalog_int(const PGresult *result, int row, int column)
{
    return (int32_t)target_number(result, row, column);
}

const int *
target_catalog_ints(const struct catalog_reading *reading, const PGresult *result, int row,
                    int column, size_t *count)
{
    int *numbers = NULL;
    char *rest = PQgetvalue(result, row, column);
    *count = 0;
    while (*rest != '\0') {
        *ARENA_APPEND(reading->arena, numbers, *count) = (int)strtol(rest, &rest, 10);
        rest += strspn(rest, " ");
    }
    return numbers;
}

static int
compare_oids(const void *left, const void *right)
{
    uint32_t a = (*(struct target_table *const *)left)->oid;
    uint32_t b = (*(struct target_table *const *)right)->oid;
    return (a > b) - (a < b);
}

struct target_table *
target_catalog_row_table(const struct catalog_reading *reading, const PGresult *result, int row)
{
    struct target_table wanted = {.oid = target_catalog_oid(result, row, 0)};
    struct target_table *key = &wanted;
    size_t count = reading->catalog->table_count;
    struct target_table **found = count == 0 ? NULL
                                             : bsearch(&key, reading->by_oid, count,
                                                       sizeof(void *), compare_oids);
    return found == NULL ? NULL : *found;
}

static const char session_query[] =
    "SELECT current_user, rolsuper, pg_catalog.current_setting('server_version_num')"
    " FROM pg_catalog.pg_roles WHERE rolname = current_user";

static bool
read_session(const struct catalog_reading *reading, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(reading->conn, session_query, NULL, 0, &result, err)) {
        return false;
    }
    reading->catalog->user = target_text(reading->arena, result, 0, 0);
    reading->catalog->superuser = target_is_true(result, 0, 1);
    reading->catalog->server_version = target_catalog_int(result, 0, 2);
    return target_locale_read(reading->conn, reading->arena, &reading->catalog->locale, err);
}

static const char schemas_query[] = CATALOG_RELATIONS_CTE
    "SELECT nspname FROM schemas ORDER BY nspname";

static bool
read_schemas(const struct catalog_reading *reading, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, schemas_query, &result, err)) {
        return false;
    }
    size_t count = (size_t)PQntuples(result);
    const char **schemas = arena_alloc(reading->arena, count * sizeof *schemas);
    for (size_t i = 0; i < count; i++) {
        schemas[i] = target_text(reading->arena, result, (int)i, 0);
    }
    reading->catalog->schemas = schemas;
    reading->catalog->schema_count = count;
    return true;
}

static const char tables_query[] = CATALOG_RELATIONS_CTE
    "SELECT r.oid, r.nspname, r.relname, r.relkind, pg_catalog.pg_get_userbyid(r.relowner),"
    " d.description, CASE WHEN r.relispartition THEN"
    " (SELECT i.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits AS i"
    " WHERE i.inhrelid = r.oid LIMIT 1) END, r.reltuples, r.relrowsecurity,"
    " r.relforcerowsecurity, pg_catalog.row_security_active(r.oid),"
    " pg_catalog.has_table_privilege(r.oid, 'SELECT'),"
    " pg_catalog.has_table_privilege(r.oid, 'INSERT'),"
    " pg_catalog.has_table_privilege(r.oid, 'UPDATE'),"
    " pg_catalog.has_table_privilege(r.oid, 'DELETE'),"
    " pg_catalog.has_table_privilege(r.oid, 'TRUNCATE'),"
    " pg_catalog.has_table_privilege(r.oid, 'TRIGGER'),"
    " pg_catalog.pg_has_role(r.relowner, 'USAGE')"
    " FROM relations AS r LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = r.oid"
    " AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0"
    " ORDER BY r.nspname, r.relname";

static struct target_table
table_from_row(const struct catalog_reading *reading, const PGresult *result, int row)
{
    return (struct target_table){
        .oid = target_catalog_oid(result, row, 0),
        .schema = target_text(reading->arena, result, row, 1),
        .name = target_text(reading->arena, result, row, 2),
        .kind = (enum target_relation_kind)target_catalog_char(result, row, 3),
        .owner = target_text(reading->arena, result, row, 4),
        .comment = target_text(reading->arena, result, row, 5),
        .partition_of = target_text(reading->arena, result, row, 6),
        .rows_estimate = strtod(PQgetvalue(result, row, 7), NULL),
        .row_security = target_is_true(result, row, 8),
        .row_security_forced = target_is_true(result, row, 9),
        .row_security_active = target_is_true(result, row, 10),
        .can_select = target_is_true(result, row, 11),
        .can_insert = target_is_true(result, row, 12),
        .can_update = target_is_true(result, row, 13),
        .can_delete = target_is_true(result, row, 14),
        .can_truncate = target_is_true(result, row, 15),
        .can_trigger = target_is_true(result, row, 16),
        .is_owner = target_is_true(result, row, 17),
    };
}

static bool
read_tables(struct catalog_reading *reading, struct error *err)
{
    struct target_catalog *catalog = reading->catalog;
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, tables_query, &result, err)) {
        return false;
    }
    size_t count = (size_t)PQntuples(result);
    catalog->table_count = count;
    catalog->tables = arena_alloc(reading->arena, count * sizeof *catalog->tables);
    reading->by_oid = arena_alloc(reading->arena, count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        catalog->tables[i] = table_from_row(reading, result, (int)i);
        reading->by_oid[i] = &catalog->tables[i];
    }
    if (count > 0) {
        qsort(reading->by_oid, count, sizeof(void *), compare_oids);
    }
    return true;
}

/* With an empty search_path the server writes every name that is not its own with its
 * schema, so that definitions mean the same in any session. */
static bool
read_in_one_snapshot(struct catalog_reading *reading, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, reading->conn, err) &&
           target_execute(reading->conn,
                          "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
                          "SET LOCAL search_path = ''",
                          err) &&
           read_session(reading, err) && read_schemas(reading, err) &&
           read_tables(reading, err) && target_catalog_read_columns(reading, err) &&
           target_catalog_read_constraints(reading, err) &&
           target_catalog_read_indexes(reading, err) &&
           target_catalog_read_triggers(reading, err) && target_commit(&transaction, err);
}

/* Asking for the right would miss managed servers that give it in ways of their own. */
static bool
try_replica_role(const struct catalog_reading *reading, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct error refused;
    if (!target_begin(&transaction, reading->conn, err)) {
        return false;
    }
    reading->catalog->can_replicate_role = target_execute(
        reading->conn, "SET LOCAL session_replication_role = replica", &refused);
    if (!reading->catalog->can_replicate_role && !target_lacks_right(&refused)) {
        *err = refused;
        return false;
    }
    return true;
}

static const char *
schema_names_json(struct arena *arena, const char *const *schemas, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(names, json_string(schemas[i]));
    }
    char *text = json_dumps(names, JSON_COMPACT);
    const char *kept = arena_strdup(arena, text);
    free(text);
    json_decref(names);
    return kept;
}

bool
target_catalog_read(PGconn *conn, struct arena *arena, const char *const *schemas,
                    size_t schema_count, struct target_catalog *catalog, struct error *err)
{
    *catalog = (struct target_catalog){0};
    struct catalog_reading reading = {
        .conn = conn,
        .arena = arena,
        .schemas = schema_names_json(arena, schemas, schema_count),
        .catalog = catalog,
    };
    if (!read_in_one_snapshot(&reading, err) || !try_replica_role(&reading, err) ||
        !target_catalog_read_emptiness(&reading, err)) {
        return error_wrap(err, "read what is in the target");
    }
    return true;
}
