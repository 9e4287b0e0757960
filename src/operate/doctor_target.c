/* doctor_target.c — the doctor's checks of the server and of the way to it. */
#include "operate/doctor_internal.h"
#include "postgres/private_server.h"
#include "postgres/target_collation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VERSION_UNIT = 10000, VERSION_MIN = 13, VERSION_TESTED = 18, CLOCK_SLACK_MS = 2000 };

void
check_private_server(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    struct private_server server = {0};
    enum private_server_state state;
    static const char *const words[] = {[SERVER_ABSENT] = "not made yet",
                                        [SERVER_STOPPED] = "stopped",
                                        [SERVER_RUNNING] = "running"};
    bool wanted = examination->job->private_target;
    if (!private_server_locate(examination->arena, &server, &err) ||
        !private_server_state(&server, &state, &err)) {
        found_error(examination, finding, &err);
        finding->state = wanted ? DOCTOR_FAIL : DOCTOR_WARN;
        return;
    }
    if (wanted && server.binaries == NULL) {
        found(examination, finding, DOCTOR_FAIL, "no PostgreSQL is installed to make it from");
        advise(examination, finding, "apt install postgresql, or name a TARGET");
        return;
    }
    found_ok(examination, finding, "%s%s, in %s, from %s", wanted ? "" : "not the target; ",
             words[state], server.directory,
             server.binaries == NULL ? "nothing installed" : server.binaries);
}

void
check_reach(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    const struct doctor_job *job = examination->job;
    if (job->target_error != NULL) {
        found_error(examination, finding, job->target_error);
        return;
    }
    if (job->conninfo == NULL) {
        found(examination, finding, DOCTOR_SKIPPED, "outgrow migrate makes the private server");
        return;
    }
    if (!target_connect(job->conninfo, &examination->conn, &err)) {
        found_error(examination, finding, &err);
        if (finding->advice == NULL) {
            advise(examination, finding,
                   "see that the server runs and that the connection "
                   "string names it");
        }
        return;
    }
    AUTO_RESULT *answer = ask_target(examination, finding, "SELECT current_user", NULL, 0);
    if (answer != NULL) {
        examination->role = arena_strdup(examination->arena, PQgetvalue(answer, 0, 0));
        found_ok(examination, finding, "%s, as %s",
                 target_describe(examination->arena, examination->conn), examination->role);
    }
}

/* target_connect refuses what is below VERSION_MIN, and what is not UTF8. */
void
check_version(struct examination *examination, struct doctor_finding *finding)
{
    int version = PQserverVersion(examination->conn);
    int major = version / VERSION_UNIT;
    if (major > VERSION_TESTED) {
        found(examination, finding, DOCTOR_WARN, "PostgreSQL %d.%d", major,
              version % VERSION_UNIT);
        advise(examination, finding,
               "outgrow is tested with %d to %d: prove it on a copy first", (int)VERSION_MIN,
               (int)VERSION_TESTED);
        return;
    }
    found_ok(examination, finding, "PostgreSQL %d.%d", major, version % VERSION_UNIT);
}

void
check_encoding(struct examination *examination, struct doctor_finding *finding)
{
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT pg_catalog.pg_encoding_to_char(encoding), datctype"
        " FROM pg_catalog.pg_database WHERE datname = current_database()",
        NULL, 0);
    struct target_locale locale;
    struct error err;
    if (answer == NULL) {
        return;
    }
    if (!target_locale_read(examination->conn, examination->arena, &locale, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    found_ok(examination, finding, "%s, collation %s, ctype %s%s", PQgetvalue(answer, 0, 0),
             locale.name, PQgetvalue(answer, 0, 1),
             locale.bytewise ? ""
                             : " (SQLite sorts text by bytes, and so do columns that outgrow "
                               "makes: COLLATE \"C\")");
}

void
check_writable(struct examination *examination, struct doctor_finding *finding)
{
    AUTO_RESULT *answer = ask_target(examination, finding,
                                     "SELECT pg_catalog.pg_is_in_recovery(),"
                                     " current_setting('default_transaction_read_only') = 'on'",
                                     NULL, 0);
    if (answer == NULL) {
        return;
    }
    if (target_is_true(answer, 0, 0)) {
        found(examination, finding, DOCTOR_FAIL, "it is a standby, which only reads");
        advise(examination, finding, "name the primary server");
    } else if (target_is_true(answer, 0, 1)) {
        found(examination, finding, DOCTOR_FAIL, "default_transaction_read_only is on");
        advise(examination, finding, "turn it off for this role");
        AUTO_TEXT statement = {0};
        text_add(&statement, "ALTER ROLE ");
        target_quote_name(&statement, examination->role);
        text_add(&statement, " SET default_transaction_read_only = off");
        finding->statement = arena_strdup(examination->arena, text_string(&statement));
    } else {
        found_ok(examination, finding, "yes");
    }
}

void
check_encryption(struct examination *examination, struct doctor_finding *finding)
{
    PGconn *conn = examination->conn;
    const char *host = PQhost(conn);
    if (PQsslInUse(conn)) {
        const char *protocol = PQsslAttribute(conn, "protocol");
        found_ok(examination, finding, "%s", protocol == NULL ? "TLS" : protocol);
    } else if (host != NULL && host[0] == '/') {
        found_ok(examination, finding, "none needed: a unix socket");
    } else if (target_is_local(conn)) {
        found_ok(examination, finding, "none needed: this machine's own address");
    } else {
        found(examination, finding, DOCTOR_WARN,
              "none: rows and password cross the network "
              "readable");
        advise(examination, finding,
               "add sslmode=require (or verify-full) to the connection "
               "string; the server needs ssl = on");
    }
}

void
check_pooler(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    enum target_pooler pooler;
    if (!target_find_pooler(examination->conn, examination->job->conninfo, &pooler, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    switch (pooler) {
    case POOLER_NONE: found_ok(examination, finding, "none: this is the server itself"); return;
    case POOLER_KEEPS:
        found(examination, finding, DOCTOR_WARN,
              "the connection goes through a pooler, which keeps sessions together as far as "
              "can be seen");
        break;
    case POOLER_SHARES:
        found(examination, finding, DOCTOR_FAIL,
              "the connection goes through a pooler, which gives one session to several "
              "clients");
        break;
    }
    advise(examination, finding,
           "name the server itself (its usual port is 5432): locks and "
           "settings of a session must stay with it");
}

static int64_t
local_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
check_clock(struct examination *examination, struct doctor_finding *finding)
{
    int64_t before = local_ms();
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT floor(extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::bigint", NULL,
        0);
    int64_t after = local_ms();
    if (answer == NULL) {
        return;
    }
    /* Somewhere between the two; what lies in between is no difference. */
    int64_t server = target_number(answer, 0, 0);
    int64_t difference = server < before  ? server - before
                         : server > after ? server - after
                                          : 0;
    if (llabs(difference) <= CLOCK_SLACK_MS) {
        found_ok(examination, finding, "as here");
        return;
    }
    found(examination, finding, DOCTOR_WARN, "%" PRId64 ".%" PRId64 " s %s the clock here",
          (int64_t)llabs(difference) / 1000, (int64_t)llabs(difference) % 1000 / 100,
          difference < 0 ? "behind" : "ahead of");
    advise(examination, finding,
           "defaults like now() come from the server, ages of archives "
           "from here: set both by NTP");
}

void
check_extensions(struct examination *examination, struct doctor_finding *finding)
{
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT coalesce(string_agg(name, ', ' ORDER BY name) FILTER (WHERE installed), "
        "'none'),"
        " coalesce(string_agg(name, ', ' ORDER BY name) FILTER (WHERE available AND NOT"
        " installed), 'none'), coalesce(string_agg(name, ', ' ORDER BY name) FILTER (WHERE NOT"
        " available), 'none') FROM (SELECT w.name, a.name IS NOT NULL AS available,"
        " a.installed_version IS NOT NULL AS installed FROM (VALUES ('citext'), ('pg_trgm'),"
        " ('hypopg'), ('age'), ('pg_partman')) AS w (name)"
        " LEFT JOIN pg_catalog.pg_available_extensions AS a USING (name)) AS wanted",
        NULL, 0);
    if (answer != NULL) {
        found_ok(examination, finding, "installed: %s; available: %s; not available: %s",
                 PQgetvalue(answer, 0, 0), PQgetvalue(answer, 0, 1), PQgetvalue(answer, 0, 2));
    }
}

void
check_replication(struct examination *examination, struct doctor_finding *finding)
{
    AUTO_RESULT *answer = ask_target(
        examination, finding,
        "SELECT current_setting('wal_level'), current_setting('archive_mode'),"
        " (SELECT count(*) FROM pg_catalog.pg_stat_replication),"
        " (SELECT count(*) FROM pg_catalog.pg_replication_slots)",
        NULL, 0);
    if (answer != NULL) {
        found_ok(examination, finding, "wal_level %s, archive_mode %s, standbys %s, slots %s",
                 PQgetvalue(answer, 0, 0), PQgetvalue(answer, 0, 1), PQgetvalue(answer, 0, 2),
                 PQgetvalue(answer, 0, 3));
    }
}
