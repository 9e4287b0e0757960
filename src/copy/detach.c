/* detach.c — see detach.h: takes foreign keys and triggers off. */
#include "copy/detach.h"

#include "base/stop.h"

#include <inttypes.h>
#include <stdio.h>

/* $1: oids as an array. The tables and the partitions below them. */
#define TOUCHED_CTE                                                                            \
    "WITH RECURSIVE touched (oid) AS (SELECT pg_catalog.unnest($1::pg_catalog.oid[])"          \
    " UNION SELECT i.inhrelid FROM touched JOIN pg_catalog.pg_inherits AS i"                   \
    " ON i.inhparent = touched.oid JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid"        \
    " WHERE c.relispartition)"

/* What both queries below give. */
enum item_column {
    ITEM_SCHEMA,
    ITEM_TABLE,
    ITEM_NAME,
    ITEM_DETACH_SQL,
    ITEM_RESTORE_SQL,
    ITEM_VALIDATE_SQL,
    ITEM_IN_ORDER /* false: only a superuser could bring its state back */
};

/* A foreign key of a partition is dropped where it was declared, at the top. A partitioned
 * table cannot have it NOT VALID before PostgreSQL 18, so there it comes back at once or not
 * at all. Whether it acts shows in its triggers: O and A do. */
static const char foreign_keys_sql[] = TOUCHED_CTE
    ", chain (oid, parent) AS (SELECT k.oid, k.conparentid FROM pg_catalog.pg_constraint AS k"
    " WHERE k.contype = 'f' AND (k.conrelid IN (SELECT oid FROM touched)"
    " OR k.confrelid IN (SELECT oid FROM touched)) UNION SELECT p.oid, p.conparentid"
    " FROM chain JOIN pg_catalog.pg_constraint AS p ON p.oid = chain.parent),"
    " states AS (SELECT t.tgconstraint AS oid, pg_catalog.bool_or(t.tgenabled IN ('O', 'A'))"
    " AS acts, pg_catalog.bool_and(t.tgenabled = 'O') AS in_order"
    " FROM pg_catalog.pg_trigger AS t GROUP BY t.tgconstraint)"
    " SELECT n.nspname, c.relname, k.conname,"
    " pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.oid::pg_catalog.regclass,"
    " k.conname),"
    " pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::pg_catalog.regclass,"
    " k.conname, pg_catalog.pg_get_constraintdef(k.oid)) ||"
    " CASE WHEN k.convalidated AND c.relkind = 'r' THEN ' NOT VALID' ELSE '' END ||"
    " coalesce(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname,"
    " c.oid::pg_catalog.regclass, pg_catalog.obj_description(k.oid, 'pg_constraint')), ''),"
    " CASE WHEN k.convalidated AND c.relkind = 'r' THEN pg_catalog.format("
    "'ALTER TABLE %s VALIDATE CONSTRAINT %I', c.oid::pg_catalog.regclass, k.conname) END,"
    " coalesce(s.in_order, true)"
    " FROM chain JOIN pg_catalog.pg_constraint AS k ON k.oid = chain.oid"
    " JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN states AS s ON s.oid = k.oid"
    " WHERE k.conparentid = 0 AND coalesce(s.acts, true)"
    " ORDER BY n.nspname, c.relname, k.conname";

#define TRIGGERS_SELECT                                                                        \
    TOUCHED_CTE " SELECT n.nspname, c.relname, t.tgname,"                                      \
                " pg_catalog.format('ALTER TABLE ONLY %s %s TRIGGER %I',"                      \
                " c.oid::pg_catalog.regclass, w.action, t.tgname),"                            \
                " pg_catalog.format('ALTER TABLE ONLY %s %s TRIGGER %I',"                      \
                " c.oid::pg_catalog.regclass, CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS'"  \
                " WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END, t.tgname), NULL, true"     \
                " FROM touched JOIN pg_catalog.pg_class AS c ON c.oid = touched.oid"           \
                " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"                 \
                " JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid"                        \
                " LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint,"          \
                " LATERAL (SELECT coalesce(k.contype, 't') AS owner) AS o,"

/* The triggers of foreign keys go with these, and those of DEFERRABLE keys must stay; so must ours,
 * which keep others from the tables of a live source. */
static const char triggers_sql[] = TRIGGERS_SELECT
    " LATERAL (SELECT 'DISABLE' AS action) AS w"
    " WHERE o.owner = 't' AND t.tgenabled IN ('O', 'A') AND t.tgfoid NOT IN (SELECT p.oid FROM"
    " pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace"
    " WHERE n.nspname = 'outgrow')"
    " ORDER BY n.nspname, c.relname, t.tgname";

/* A replica's session fires what is marked ALWAYS or REPLICA, and nothing else: not even the
 * triggers that check a DEFERRABLE unique key, which would let duplicates into it. */
static const char replica_triggers_sql[] = TRIGGERS_SELECT
    " LATERAL (SELECT CASE WHEN o.owner IN ('t', 'f') THEN 'DISABLE' ELSE 'ENABLE ALWAYS' END"
    " AS action) AS w WHERE (o.owner IN ('t', 'f') AND t.tgenabled IN ('A', 'R'))"
    " OR (o.owner IN ('p', 'u', 'x') AND t.tgenabled = 'O')"
    " ORDER BY n.nspname, c.relname, t.tgname";

static bool
journal_item(PGconn *conn, int64_t run_id, const char *kind, const PGresult *items, int row,
             struct error *err)
{
    static const char sql[] =
        "INSERT INTO outgrow.detached (run_id, kind, table_schema, table_name, name, position,"
        " restore_sql, validate_sql) VALUES ($1::bigint, $2, $3, $4, $5, $6::integer, $7, $8)";
    char run[24];
    char position[24];
    snprintf(run, sizeof run, "%" PRId64, run_id);
    snprintf(position, sizeof position, "%d", row);
    const char *const parameters[] = {run,
                                      kind,
                                      PQgetvalue(items, row, ITEM_SCHEMA),
                                      PQgetvalue(items, row, ITEM_TABLE),
                                      PQgetvalue(items, row, ITEM_NAME),
                                      position,
                                      PQgetvalue(items, row, ITEM_RESTORE_SQL),
                                      PQgetisnull(items, row, ITEM_VALIDATE_SQL)
                                          ? NULL
                                          : PQgetvalue(items, row, ITEM_VALIDATE_SQL)};
    AUTO_RESULT *result = NULL;
    return target_query(conn, sql, parameters, 8, &result, err);
}

static bool
detach_item(PGconn *conn, int64_t run_id, const char *kind, const PGresult *items, int row,
            struct error *err)
{
    if (!target_is_true(items, row, ITEM_IN_ORDER)) {
        error_set(
            err, ERROR_TARGET,
            "its triggers are not all in their ordinary state, and only a superuser could "
            "bring that back");
        return error_hint(err, "connect as a superuser, or drop the foreign key for the time "
                               "of the migration");
    }
    if (!journal_item(conn, run_id, kind, items, row, err)) {
        return false;
    }
    if (target_execute(conn, PQgetvalue(items, row, ITEM_DETACH_SQL), err)) {
        return true;
    }
    if (target_lacks_right(err)) {
        error_hint(err, "connect as the owner of that table, or as a superuser");
    }
    return false;
}

static bool
detach_all(PGconn *conn, const struct detach_request *request, const char *kind,
           const char *sql, struct error *err)
{
    AUTO_TEXT oids = {0};
    AUTO_RESULT *items = NULL;
    for (size_t i = 0; i < request->table_count; i++) {
        text_printf(&oids, "%s%" PRIu32, i == 0 ? "{" : ",", request->tables[i]);
    }
    text_add(&oids, "}");
    const char *const parameters[] = {text_string(&oids)};
    if (!target_query(conn, sql, parameters, 1, &items, err)) {
        return error_wrap(err, "look for %ss", kind);
    }
    for (int row = 0; row < PQntuples(items); row++) {
        if (!stop_check(err)) {
            return false;
        }
        if (!detach_item(conn, request->run_id, kind, items, row, err)) {
            return error_wrap(
                err, "take %s \"%s\" off %s.%s", kind, PQgetvalue(items, row, ITEM_NAME),
                PQgetvalue(items, row, ITEM_SCHEMA), PQgetvalue(items, row, ITEM_TABLE));
        }
    }
    return true;
}

/* With an empty search_path the server writes every name with its schema, so that the SQL
 * which is kept means the same in any session. */
static bool
detach_inside(PGconn *conn, const struct detach_request *request, enum detach_means means,
              struct error *err)
{
    if (!target_execute(conn, "SET LOCAL search_path = ''", err)) {
        return false;
    }
    return means == DETACH_REPLICA
               ? detach_all(conn, request, "trigger", replica_triggers_sql, err)
               : detach_all(conn, request, "foreign key", foreign_keys_sql, err) &&
                     detach_all(conn, request, "trigger", triggers_sql, err);
}

bool
detach_in_transaction(PGconn *conn, const struct detach_request *request, struct error *err)
{
    return detach_inside(conn, request, DETACH_DROP, err);
}

static bool
detach_by(PGconn *conn, const struct detach_request *request, enum detach_means means,
          struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, conn, err) && detach_inside(conn, request, means, err) &&
           target_commit(&transaction, err);
}

/* Two sessions that lock the same tables crosswise: the server ends one of them. */
static bool
detach_with_patience(PGconn *conn, const struct detach_request *request,
                     enum detach_means means, struct error *err)
{
    for (;;) {
        struct error failure;
        if (detach_by(conn, request, means, &failure)) {
            return true;
        }
        if (!target_lost_race(&failure)) {
            *err = failure;
            return false;
        }
        if (!stop_check(err)) {
            return false;
        }
    }
}

bool
detach_tables(PGconn *conn, const struct detach_request *request, enum detach_means *means,
              struct error *err)
{
    struct error refused;
    *means = DETACH_DROP;
    if (request->may_be_replica) {
        if (detach_with_patience(conn, request, DETACH_REPLICA, &refused)) {
            *means = DETACH_REPLICA;
            return true;
        }
        if (!target_lacks_right(&refused)) { /* not: the right for one thing only */
            *err = refused;
            return false;
        }
    }
    return detach_with_patience(conn, request, DETACH_DROP, err);
}

bool
detach_prepare_session(PGconn *conn, enum detach_means means, struct error *err)
{
    return means == DETACH_DROP ||
           target_execute(conn, "SET session_replication_role = replica", err);
}
