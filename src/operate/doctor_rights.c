/* doctor_rights.c — the doctor's checks of rights, connections and space there. */
#include "base/path.h"
#include "operate/doctor_internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cautious guess of what rows, indexes and the log of their writing take in
 * PostgreSQL, as a multiple of the SQLite file. */
enum { TARGET_SIZE_FACTOR = 2 };

/* GRANT <right> ON <kind> <name> TO <role> */
static const char *
grant(struct examination *examination, const char *right, const char *kind, const char *name)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "GRANT %s ON %s ", right, kind);
    target_quote_name(&sql, name);
    text_add(&sql, " TO ");
    target_quote_name(&sql, examination->role);
    return arena_strdup(examination->arena, text_string(&sql));
}

static void
miss_right(struct examination *examination, struct doctor_finding *finding, const char *what,
           const char *statement)
{
    found(examination, finding, DOCTOR_FAIL, "role %s %s", examination->role, what);
    advise(examination, finding, "as the owner or a superuser: %s", statement);
    finding->statement = statement;
}

/* To create a schema: the journal's, or the target's own. */
void
check_database_rights(struct examination *examination, struct doctor_finding *finding)
{
    const char *const parameters[] = {examination->job->schema};
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT pg_catalog.has_database_privilege(current_database(), 'CREATE'),"
        " pg_catalog.to_regnamespace('outgrow') IS NOT NULL,"
        " EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1), current_database()",
        parameters, 1);
    if (answer == NULL) {
        return;
    }
    if (target_is_true(answer, 0, 0)) {
        found_ok(examination, finding, "may create schemas");
    } else if (target_is_true(answer, 0, 1) && target_is_true(answer, 0, 2)) {
        found_ok(examination, finding, "may not create schemas, and need not: they are there");
    } else {
        const char *schema = target_is_true(answer, 0, 1) ? examination->job->schema
                                                          : "outgrow";
        miss_right(examination, finding,
                   arena_printf(examination->arena, "may not create schema \"%s\"", schema),
                   grant(examination, "CREATE", "DATABASE", PQgetvalue(answer, 0, 3)));
    }
}

static bool
check_schema(struct examination *examination, struct doctor_finding *finding,
             const char *schema)
{
    const char *const parameters[] = {schema};
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT coalesce(bool_and(pg_catalog.has_schema_privilege(oid, 'CREATE')), true),"
        " coalesce(bool_and(pg_catalog.has_schema_privilege(oid, 'USAGE')), true)"
        " FROM pg_catalog.pg_namespace WHERE nspname = $1",
        parameters, 1);
    if (answer == NULL) {
        return false;
    }
    if (target_is_true(answer, 0, 0) && target_is_true(answer, 0, 1)) {
        return true;
    }
    miss_right(examination, finding,
               arena_printf(examination->arena, "may not %s in schema \"%s\"",
                            target_is_true(answer, 0, 1) ? "create tables" : "use anything",
                            schema),
               grant(examination, "USAGE, CREATE", "SCHEMA", schema));
    return false;
}

/* Rights on the journal's tables that another role has made. */
static bool
check_journal(struct examination *examination, struct doctor_finding *finding)
{
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT coalesce(bool_and(pg_catalog.has_table_privilege(c.oid, 'SELECT') AND"
        " pg_catalog.has_table_privilege(c.oid, 'INSERT') AND"
        " pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND"
        " pg_catalog.has_table_privilege(c.oid, 'DELETE')), true)"
        " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n"
        " ON n.oid = c.relnamespace WHERE n.nspname = 'outgrow' AND c.relkind = 'r'",
        NULL, 0);
    if (answer == NULL) {
        return false;
    }
    if (target_is_true(answer, 0, 0)) {
        return true;
    }
    miss_right(examination, finding, "may not write to the journal in schema outgrow",
               grant(examination, "SELECT, INSERT, UPDATE, DELETE", "ALL TABLES IN SCHEMA",
                     "outgrow"));
    return false;
}

void
check_schema_rights(struct examination *examination, struct doctor_finding *finding)
{
    const char *schema = examination->job->schema;
    if (check_schema(examination, finding, schema) &&
        check_schema(examination, finding, "outgrow") && check_journal(examination, finding)) {
        found_ok(examination, finding, "may use and create tables in \"%s\"", schema);
    }
}

/* Only an owner drops a table: --replace needs that. */
void
check_ownership(struct examination *examination, struct doctor_finding *finding)
{
    const char *const parameters[] = {examination->job->schema};
    if (!examination->job->replace) {
        found_ok(examination, finding, "not needed without --replace");
        return;
    }
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT count(*), min(pg_catalog.format('%I.%I', n.nspname, c.relname)) FROM"
        " pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT"
        " pg_catalog.pg_has_role(c.relowner, 'USAGE')",
        parameters, 1);
    if (answer == NULL) {
        return;
    }
    int64_t count = target_number(answer, 0, 0);
    if (count == 0) {
        found_ok(examination, finding, "owns every table in \"%s\"", examination->job->schema);
        return;
    }
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ALTER TABLE %s OWNER TO ", PQgetvalue(answer, 0, 1));
    target_quote_name(&sql, examination->role);
    found(examination, finding, DOCTOR_WARN,
          "%" PRId64 " table%s in \"%s\", such as %s, belong%s to others", count,
          count == 1 ? "" : "s", examination->job->schema, PQgetvalue(answer, 0, 1),
          count == 1 ? "s" : "");
    finding->statement = arena_strdup(examination->arena, text_string(&sql));
    advise(examination, finding, "--replace can drop only what the role owns: %s",
           finding->statement);
}

static const char connections_sql[] =
    "SELECT current_setting('max_connections')::bigint"
    " - current_setting('superuser_reserved_connections')::bigint"
    " - coalesce(current_setting('reserved_connections', true), '0')::bigint,"
    " (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),"
    " r.rolconnlimit, (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid = "
    "r.oid),"
    " d.datconnlimit, (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datid = d.oid)"
    " FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d"
    " WHERE r.rolname = current_user AND d.datname = current_database()";

/* Our own connection is counted as used, and is one of those needed. */
void
check_connections(struct examination *examination, struct doctor_finding *finding)
{
    static const char *const whose[] = {"server", "role", "database"};
    AUTO_RESULT *answer = ask_target(examination, finding, connections_sql, NULL, 0);
    int64_t needed = (int64_t)examination->job->workers + 1;
    int64_t least = INT64_MAX;
    const char *tightest = whose[0];
    if (answer == NULL) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        int64_t limit = target_number(answer, 0, 2 * i);
        int64_t left = limit - target_number(answer, 0, 2 * i + 1) + 1;
        if (limit >= 0 && left < least) {
            least = left;
            tightest = whose[i];
        }
    }
    if (least >= needed) {
        found_ok(examination, finding, "%" PRId64 " free (of the %s), %" PRId64 " needed",
                 least, tightest, needed);
        return;
    }
    found(examination, finding, DOCTOR_FAIL, "%" PRId64 " free (of the %s), %" PRId64 " needed",
          least, tightest, needed);
    advise(examination, finding,
           "close others, raise the %s's limit, or use fewer: --jobs %" PRId64, tightest,
           least > 2 ? least - 1 : 1);
}

/* Only the directory of a server on this machine can be looked at, and its name is
 * told to few roles. */
void
check_target_space(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    unsigned long long available = 0;
    struct stat info;
    uint64_t needed = (uint64_t)examination->source_bytes * TARGET_SIZE_FACTOR;
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT coalesce((SELECT setting FROM pg_catalog.pg_settings"
        " WHERE name = 'data_directory'), '')",
        NULL, 0);
    if (answer == NULL) {
        return;
    }
    const char *directory = PQgetvalue(answer, 0, 0);
    if (!target_is_local(examination->conn) || directory[0] == '\0' ||
        stat(directory, &info) != 0 || !path_free_bytes(directory, &available, &err)) {
        found(examination, finding, DOCTOR_SKIPPED, "not known from here; it takes about %s",
              size_words(examination, needed));
    } else if (available < needed) {
        found(examination, finding, DOCTOR_FAIL, "%s in %s, and it takes about %s",
              size_words(examination, available), directory, size_words(examination, needed));
        advise(examination, finding, "make room there, or move the data directory");
    } else {
        found_ok(examination, finding, "%s in %s, and it takes about %s",
                 size_words(examination, available), directory,
                 size_words(examination, needed));
    }
}
