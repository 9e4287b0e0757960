/* alteration_concurrent.c — indexes made and dropped beside running writers, which no transaction
 * can undo: what is left over of a failure is found and removed. */
#include "base/text.h"
#include "heal/alteration_internal.h"
#include "postgres/target.h"

#include <string.h>

/* Indexes of the table $1 that are called $2, or have any name. Not those of others who are at it
 * just now: an index is not valid until it is built. While one is built concurrently no other can
 * be built on its table. */
static const char built_sql[] =
    "SELECT i.relname, x.indexrelid, x.indisvalid FROM pg_catalog.pg_index AS x"
    " JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid"
    " WHERE x.indrelid = $1::pg_catalog.oid AND ($2::text IS NULL OR i.relname = $2)"
    " AND (x.indisvalid OR NOT EXISTS (SELECT FROM pg_catalog.pg_locks AS l"
    " JOIN pg_catalog.pg_stat_progress_create_index AS p ON p.pid = l.pid"
    " WHERE l.relation = x.indrelid AND l.pid <> pg_catalog.pg_backend_pid()"
    " AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted))";
enum { BUILT_NAME, BUILT_OID, BUILT_VALID };

/* Which index the statement has made: of the wanted name, or the only one that was not there
 * before. *oid NULL: that is not certain. */
static bool
find_built(struct alteration_work *work, bool valid, const char **oid, struct error *err)
{
    const json_t *before = json_object_get(work->outcome->before, "indexes");
    const char *parameters[] = {work->outcome->table.oid, work->verdict.index};
    AUTO_RESULT *found = NULL;
    size_t count = 0;
    *oid = NULL;
    if (work->verdict.statement != GUARD_CREATE_INDEX || work->verdict.unless_there) {
        return true;
    }
    if (!target_query(work->lease.conn, built_sql, parameters, 2, &found, err)) {
        return error_wrap(err, "look for the index that was built");
    }
    for (int row = 0; row < PQntuples(found); row++) {
        if (json_object_get(before, PQgetvalue(found, row, BUILT_NAME)) == NULL &&
            target_is_true(found, row, BUILT_VALID) == valid) {
            *oid = count++ > 0
                       ? NULL
                       : arena_strdup(work->call->arena, PQgetvalue(found, row, BUILT_OID));
        }
    }
    return true;
}

/* By the name that it has now; that one may be somebody else's by now. */
static bool
drop_built(struct alteration_work *work, const char *oid, struct error *err)
{
    static const char where[] = "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I',"
                                " n.nspname, c.relname) FROM pg_catalog.pg_class AS c"
                                " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
                                " WHERE c.oid = $1::pg_catalog.oid";
    AUTO_RESULT *drop = NULL;
    return target_query(work->lease.conn, where, &oid, 1, &drop, err) &&
           (PQntuples(drop) == 0 ||
            target_execute(work->lease.conn, PQgetvalue(drop, 0, 0), err));
}

static bool
find_first(struct alteration_work *work)
{
    struct error err;
    return alteration_find(work) && alteration_ready(work) &&
           (database_rollback(&work->lease, &err) || alteration_failed(work, &err)) &&
           (database_settle(&work->lease, &work->bounds, &err) ||
            alteration_failed(work, &err));
}

static bool
undo(struct alteration_work *work, const char *oid, const char *why)
{
    struct error err;
    if (oid != NULL && !drop_built(work, oid, &err)) {
        return alteration_failed(work, &err);
    }
    if (!alteration_record(work, oid != NULL ? "undone" : "failed", why)) {
        return false;
    }
    tool_refuse(work->result, oid != NULL ? "" : "see postgres_describe_table", "%s: %s",
                oid != NULL ? "undone" : "the index stays, it may be somebody else's", why);
    return false;
}

/* The statement may have failed, and its answer is already written: the leftover goes all the
 * same, and what comes of that is not told over it. */
static bool
clean_up_after(struct alteration_work *work, bool built)
{
    struct error err;
    const char *oid = NULL;
    bool none = !built || work->verdict.statement != GUARD_CREATE_INDEX;
    bool clean = PQstatus(work->lease.conn) == CONNECTION_OK &&
                 find_built(work, built, &oid, &err) &&
                 (oid == NULL ? none : drop_built(work, oid, &err));
    if (!clean) {
        json_object_set_new(work->result->structured, "leftover",
                            json_string("an index may be left; see"
                                        " postgres_health_check"));
    }
    return false;
}

bool
alteration_concurrently(struct alteration_work *work)
{
    const char *why;
    const char *oid;
    struct error err;
    if (!find_first(work)) {
        return false;
    }
    if (!alteration_statement(work)) {
        return clean_up_after(work, false);
    }
    if (!find_built(work, true, &oid, &err)) {
        return alteration_failed(work, &err) || clean_up_after(work, true);
    }
    if (!alteration_compare(work) || !alteration_prove(work, &why)) {
        return clean_up_after(work, true);
    }
    if (why != NULL) {
        return undo(work, oid, why);
    }
    work->outcome->committed = true;
    return alteration_record(work, "applied", NULL);
}
