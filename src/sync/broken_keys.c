/* broken_keys.c — foreign keys that the source does not keep: the target's are dropped until the
 * switch makes them anew. */
#include "base/arena.h"
#include "sync/forward_internal.h"

/* Deferred ones of the plan's tables. */
static bool
find_keys(struct sync_link *link, PGresult **keys, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql,
             "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident("
             "c.conname), 'ALTER TABLE ' || c.conrelid::pg_catalog.regclass || ' DROP"
             " CONSTRAINT ' || pg_catalog.quote_ident(c.conname) FROM pg_catalog.pg_constraint"
             " AS c JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid JOIN"
             " pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace WHERE c.contype = 'f'"
             " AND c.condeferred AND (n.nspname, t.relname) IN (");
    for (size_t i = 0; i < link->table_count; i++) {
        text_add(&sql, i == 0 ? "(" : ", (");
        target_quote_literal(&sql, link->tables[i].plan->schema);
        text_add(&sql, ", ");
        target_quote_literal(&sql, link->tables[i].plan->name);
        text_add_char(&sql, ')');
    }
    text_add_char(&sql, ')');
    return link->table_count == 0 ||
           target_query(link->conn, text_string(&sql), NULL, 0, keys, err);
}

/* *broken: whether what was applied violates it. */
static bool
try_key(struct sync_link *link, const char *key, bool *broken, struct error *err)
{
    AUTO_TEXT sql = {0};
    struct error refused;
    text_printf(&sql, "SET CONSTRAINTS %s IMMEDIATE", key);
    if (!target_execute(link->conn, "SAVEPOINT outgrow_key", err)) {
        return false;
    }
    *broken = !target_execute(link->conn, text_string(&sql), &refused);
    if (*broken && !target_refused_data(&refused)) {
        *err = refused;
        return false;
    }
    return target_execute(
        link->conn,
        *broken ? "ROLLBACK TO SAVEPOINT outgrow_key" : "RELEASE SAVEPOINT outgrow_key", err);
}

/* Applies once more, up to the point where the keys are looked at, and takes it back. */
static bool
find_broken(struct sync_link *link, struct gathered *gathered, const PGresult *keys,
            bool *broken, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    AUTO_PIPELINE pipeline = {0};
    uint64_t deleted = 0;
    bool ok = target_begin(&transaction, link->conn, err) &&
              target_execute(link->conn, "SET LOCAL outgrow.applying = 'on'", err) &&
              target_pipeline_begin(&pipeline, link->conn, err) &&
              apply_deletes(link, &pipeline, gathered, err) &&
              target_pipeline_end(&pipeline, &deleted, err) &&
              (gathered->described ? apply_rows_carefully(link, gathered, err)
                                   : apply_rows_in_bulk(link, gathered, deleted, err));
    for (int i = 0; ok && i < PQntuples(keys); i++) {
        ok = try_key(link, PQgetvalue(keys, i, 0), &broken[i], err);
    }
    return ok;
}

static bool
drop(struct sync_link *link, const PGresult *keys, const bool *broken, bool *any,
     struct error *err)
{
    for (int i = 0; i < PQntuples(keys); i++) {
        if (broken[i] && !target_execute(link->conn, PQgetvalue(keys, i, 1), err)) {
            return error_wrap(err, "drop a foreign key that the source does not keep");
        }
        *any |= broken[i];
    }
    return true;
}

bool
broken_keys_drop(struct sync_link *link, struct gathered *gathered, bool *any,
                 struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_RESULT *keys = NULL;
    *any = false;
    if (!find_keys(link, &keys, err)) {
        return false;
    }
    bool *broken = arena_alloc(&memory, (size_t)PQntuples(keys) + 1);
    return find_broken(link, gathered, keys, broken, err) && drop(link, keys, broken, any, err);
}
