/* own_restore.c — see own.h.
 *
 * Not the rounds' way (apply_own.c), which has what is kept in the session that inserts the
 * rows: a copy is many transactions of several sessions, whose rows come by COPY, and may be
 * killed and begun again. */
#include "sync/forward_internal.h"
#include "sync/own.h"

#include <inttypes.h>
#include <string.h>

/* Of the table $1: what is kept of it, and its columns that are kept as they are now. */
static const char kept_sql[] =
    "SELECT k.oid::pg_catalog.regclass, k.relname, a.attname, a.attidentity = 'a'"
    " FROM pg_catalog.pg_class AS c"
    " JOIN pg_catalog.pg_class AS k ON k.oid = pg_catalog.to_regclass('outgrow.kept_' || c.oid)"
    " JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.oid AND b.attnum > 0"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = b.attname"
    " AND a.atttypid = b.atttypid AND NOT a.attisdropped AND NOT b.attisdropped"
    " WHERE c.oid = pg_catalog.to_regclass($1)";
enum { KEPT_TABLE, KEPT_NAME, KEPT_COLUMN, KEPT_IDENTITY_ALWAYS };

struct restoring {
    struct sync_link *link;
    const struct live_table *table;
    const char *name; /* of the table, quoted */
    PGresult *kept;
};

static void
restoring_close(struct restoring *restoring)
{
    PQclear(restoring->kept);
}
#define AUTO_RESTORING __attribute__((cleanup(restoring_close))) struct restoring

/* The row of `kept`; -1: it is not kept. */
static int
find_kept(const struct restoring *restoring, const char *column)
{
    for (int row = 0; row < PQntuples(restoring->kept); row++) {
        if (strcmp(PQgetvalue(restoring->kept, row, KEPT_COLUMN), column) == 0) {
            return row;
        }
    }
    return -1;
}

/* Numbers of rows do not outlive what was done to the file. */
static bool
has_lasting_key(const struct restoring *restoring)
{
    const struct live_table *table = restoring->table;
    bool lasting = table->key_count > 0;
    for (size_t i = 0; lasting && i < table->key_count; i++) {
        const struct plan_column *key = &table->plan->columns[table->key_fields[i]];
        lasting = !key->rowid && find_kept(restoring, key->name) >= 0;
    }
    return lasting;
}

static void
write_match(struct text *sql, const struct live_table *table)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct plan_column *key = &table->plan->columns[table->key_fields[i]];
        text_add(sql, i == 0 ? "k." : " AND k.");
        target_quote_name(sql, key->name);
        text_printf(sql, "%s = there.", own_key_cast(key));
        target_quote_name(sql, key->name);
        text_add(sql, own_key_cast(key));
    }
}

static bool
set_identity(const struct restoring *restoring, const char *how, struct error *err)
{
    for (size_t i = 0; i < restoring->table->own_count; i++) {
        const char *column = restoring->table->own[i];
        int row = find_kept(restoring, column);
        if (row < 0 || !target_is_true(restoring->kept, row, KEPT_IDENTITY_ALWAYS)) {
            continue;
        }
        AUTO_TEXT sql = {0};
        text_printf(&sql, "ALTER TABLE %s ALTER COLUMN ", restoring->name);
        target_quote_name(&sql, column);
        text_printf(&sql, " SET GENERATED %s", how);
        if (!target_execute(restoring->link->conn, text_string(&sql), err)) {
            return false;
        }
    }
    return true;
}

static bool
update(const struct restoring *restoring, struct error *err)
{
    const struct live_table *table = restoring->table;
    AUTO_TEXT sql = {0};
    size_t count = 0;
    text_printf(&sql, "UPDATE %s AS there SET ", restoring->name);
    for (size_t i = 0; i < table->own_count; i++) {
        if (find_kept(restoring, table->own[i]) >= 0) {
            text_add(&sql, count++ == 0 ? "" : ", ");
            target_quote_name(&sql, table->own[i]);
            text_add(&sql, " = k.");
            target_quote_name(&sql, table->own[i]);
        }
    }
    text_printf(&sql, " FROM %s AS k WHERE ", PQgetvalue(restoring->kept, 0, KEPT_TABLE));
    write_match(&sql, table);
    return count == 0 || (set_identity(restoring, "BY DEFAULT", err) &&
                          target_execute(restoring->link->conn, text_string(&sql), err) &&
                          set_identity(restoring, "ALWAYS", err));
}

static bool
forget_restored(const struct restoring *restoring, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "DELETE FROM %s AS k USING %s AS there WHERE ",
                PQgetvalue(restoring->kept, 0, KEPT_TABLE), restoring->name);
    write_match(&sql, restoring->table);
    return target_execute(restoring->link->conn, text_string(&sql), err);
}

/* Nothing is left: the table goes. Else it gets a name under which the next copy does not look. */
static bool
put_away(const struct restoring *restoring, struct arena *arena, const char **line,
         struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *left = NULL;
    const char *kept = PQgetvalue(restoring->kept, 0, KEPT_TABLE);
    text_printf(&sql, "SELECT pg_catalog.count(*) FROM %s", kept);
    if (!target_query(restoring->link->conn, text_string(&sql), NULL, 0, &left, err)) {
        return false;
    }
    const char *rows = PQgetvalue(left, 0, 0);
    text_reset(&sql);
    if (strcmp(rows, "0") == 0) {
        text_printf(&sql, "DROP TABLE %s", kept);
        return target_execute(restoring->link->conn, text_string(&sql), err);
    }
    const char *name = arena_printf(arena, "%s_%" PRId64,
                                    PQgetvalue(restoring->kept, 0, KEPT_NAME),
                                    restoring->link->live.run_id);
    *line = arena_printf(
        arena, "%s: %s rows %s; what only PostgreSQL's table had of them is in outgrow.%s",
        restoring->name, rows,
        has_lasting_key(restoring) ? "that were there are not in the file any more"
                                   : "have no key by which they could be found again",
        name);
    text_printf(&sql, "ALTER TABLE %s RENAME TO %s", kept, name);
    return target_execute(restoring->link->conn, text_string(&sql), err);
}

static bool
restore(struct sync_link *link, const struct live_table *table, struct arena *arena,
        const char **line, struct error *err)
{
    AUTO_TEXT name = {0};
    target_quote_qualified(&name, table->plan->schema, table->plan->name);
    AUTO_RESTORING restoring = {.link = link, .table = table, .name = text_string(&name)};
    const char *const parameters[] = {restoring.name};
    if (!target_query(link->conn, kept_sql, parameters, 1, &restoring.kept, err)) {
        return false;
    }
    if (PQntuples(restoring.kept) == 0) {
        return true;
    }
    return (!has_lasting_key(&restoring) ||
            (update(&restoring, err) && forget_restored(&restoring, err))) &&
           put_away(&restoring, arena, line, err);
}

bool
sync_own_restore(struct sync_link *link, struct arena *arena, const char ***lines,
                 size_t *count, struct error *err)
{
    *lines = NULL;
    *count = 0;
    if (!own_columns_look(link, NULL, err)) {
        return false;
    }
    for (size_t i = 0; i < link->table_count; i++) {
        const char *line = NULL;
        if (!restore(link, &link->tables[i], arena, &line, err)) {
            return error_wrap(err, "bring back what only %s.%s had",
                              link->tables[i].plan->schema, link->tables[i].plan->name);
        }
        if (line != NULL) {
            *ARENA_APPEND(arena, *lines, *count) = line;
        }
    }
    return true;
}
