/* connect.c — opens connections and settles what every session of ours relies on. */
#include "base/stop.h"
#include "postgres/target_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SERVER_VERSION_MIN = 130000,
    TRANSACTION_TIMEOUT_SINCE = 170000,
    SETTLE_ATTEMPTS = 20,
    WAIT_SLICE_NS = 100000000
};

/* Where pg_catalog stands in the path, what is in front of it would take the place of the server's own
 * operators; where it does not stand there, it comes first. */
static const char path_sql[] =
    "SELECT pg_catalog.set_config('search_path', pg_catalog.ltrim(pg_catalog.regexp_replace("
    "pg_catalog.concat(',', pg_catalog.current_setting('search_path')),"
    " ', *\"?pg_catalog\"? *(?=,|$)', '', 'g'), ', '), false);";

/* One round trip. The join leaves out what an older server does not know, and
 * lz4 where it is not built in. client_connection_check_interval: a backend
 * whose client was killed must not go on holding locks. */
static const char session_sql[] =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES"
    " ('client_min_messages', 'warning'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle',"
    " 'postgres'), ('TimeZone', 'UTC'), ('standard_conforming_strings', 'on'),"
    " ('bytea_output', 'hex'), ('extra_float_digits', '1'), ('quote_all_identifiers',"
    " 'off'), ('row_security', 'off'), ('statement_timeout', '0'), ('lock_timeout', '0'),"
    " ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),"
    " ('idle_session_timeout', '0'), ('default_transaction_isolation', 'read committed'),"
    " ('client_connection_check_interval', '1000'), ('default_toast_compression', 'lz4'),"
    /* Rounds rule out plans, which makes costs so high that the checks of foreign keys would be
     * compiled, seconds for each. */
    " ('jit', 'off'),"
    " ('array_nulls', 'on'), ('transform_null_equals', 'off'))"
    " AS wanted (name, value) JOIN pg_catalog.pg_settings AS known USING (name)"
    " WHERE (known.enumvals IS NULL OR value = ANY (known.enumvals))"
    " AND (name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%linux%');"
    /* To a role of our own name, "$user" is the journal's schema. */
    " SELECT pg_catalog.set_config('search_path', pg_catalog.replace("
    "pg_catalog.current_setting('search_path'), '\"$user\"', 'public'), false)"
    " WHERE current_user = 'outgrow'";

/* A role's statement_timeout of a millisecond would end that query: it goes first, in the same message,
 * which a busy machine may still have to send more than once. */
static bool
settle_session(PGconn *conn, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SET statement_timeout = 0;");
    text_add(&sql, PQserverVersion(conn) >= TRANSACTION_TIMEOUT_SINCE
                       ? "SET transaction_timeout = 0;"
                       : "");
    text_add(&sql, path_sql);
    text_add(&sql, session_sql);
    for (int left = SETTLE_ATTEMPTS; left > 0; left--) {
        if (target_execute(conn, text_string(&sql), err)) {
            return true;
        }
        if (!target_was_cancelled(err)) {
            return false;
        }
    }
    return error_hint(err, "take statement_timeout from role and database, or make it longer");
}

bool
target_reset_session(PGconn *conn, struct error *err)
{
    return target_execute(conn, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL", err) &&
           settle_session(conn, err);
}

static void
ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

bool
conninfo_is_string(const char *text)
{
    return strchr(text, '=') != NULL || strncmp(text, "postgresql://", 13) == 0 ||
           strncmp(text, "postgres://", 11) == 0;
}

static bool
option_is_given(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0) {
            return options->val != NULL;
        }
    }
    return false;
}

/* A timeout that the user set anywhere (a service file may hold one, too) wins. */
static bool
needs_timeout(const PQconninfoOption *options)
{
    return getenv("PGCONNECT_TIMEOUT") == NULL && getenv("PGSERVICE") == NULL &&
           !option_is_given(options, "connect_timeout") && !option_is_given(options, "service");
}

/* What stands before dbname gives way to what the connection string says;
 * client_encoding stands behind it and wins. */
static PGconn *
open_connection(const char *conninfo, const char *timeout)
{
    const char *keywords[] = {"fallback_application_name", "connect_timeout",
                              "keepalives_idle",           "keepalives_interval",
                              "keepalives_count",          "dbname",
                              "client_encoding",           NULL};
    const char *values[] = {"outgrow", timeout, "30", "10", "6", conninfo, "UTF8", NULL};
    return PQconnectdbParams(keywords, values, 1);
}

/* Name look-up and several hosts with a timeout each are things libpq only does
 * while it blocks. So it blocks on a thread of its own, which a stop leaves behind;
 * whoever of the two comes last frees the attempt. */
struct attempt {
    _Atomic int users;
    const char *timeout; /* static storage; NULL: as libpq finds it */
    PGconn *conn;        /* NULL before, and when taken over */
    char conninfo[];
};

static void
attempt_leave(struct attempt *attempt)
{
    if (atomic_fetch_sub(&attempt->users, 1) == 1) {
        PQfinish(attempt->conn);
        free(attempt);
    }
}

static void *
attempt_run(void *context)
{
    struct attempt *attempt = context;
    attempt->conn = open_connection(attempt->conninfo, attempt->timeout);
    attempt_leave(attempt);
    return NULL;
}

/* Joins; false when asked to stop and the thread still takes its time. */
static bool
wait_for_thread(pthread_t thread)
{
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAIT_SLICE_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_timedjoin_np(thread, NULL, &until) == 0) {
            return true;
        }
        if (stop_requested()) {
            pthread_detach(thread);
            return false;
        }
    }
}

/* The connection, good or bad; NULL when there was no memory. False: stopped. */
static bool
open_unless_stopped(const char *conninfo, const char *timeout, PGconn **conn, struct error *err)
{
    size_t size = strlen(conninfo) + 1;
    struct attempt *attempt = calloc(1, sizeof *attempt + size);
    pthread_t thread;
    if (attempt == NULL) {
        *conn = NULL;
        return true;
    }
    atomic_init(&attempt->users, 2);
    attempt->timeout = timeout;
    memcpy(attempt->conninfo, conninfo, size);
    bool finished = true;
    if (pthread_create(&thread, NULL, attempt_run, attempt) != 0) {
        attempt_run(attempt);
    } else {
        finished = wait_for_thread(thread);
    }
    if (finished) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it has two users, one of whom is left */
        *conn = attempt->conn;
        attempt->conn = NULL;
    }
    attempt_leave(attempt);
    return finished || stop_check(err);
}

/* False when conninfo is malformed. *options: to be freed by the caller. */
static bool
parse_conninfo(const char *conninfo, PQconninfoOption **options, struct error *err)
{
    if (!conninfo_is_string(conninfo)) {
        return true;
    }
    char *message = NULL;
    *options = PQconninfoParse(conninfo, &message);
    if (*options != NULL) {
        return true;
    }
    connect_failed(conninfo, message == NULL ? "out of memory" : message, err);
    PQfreemem(message);
    return false;
}

static bool
check_server(const PGconn *conn, struct error *err)
{
    int version = PQserverVersion(conn);
    const char *encoding = PQparameterStatus(conn, "server_encoding");
    if (version < SERVER_VERSION_MIN) {
        error_set(err, ERROR_TARGET, "the server is PostgreSQL %d.%d, which is too old",
                  version / 10000, version % 10000);
        return error_hint(err, "PostgreSQL 13 or newer is needed");
    }
    if (encoding != NULL && strcmp(encoding, "UTF8") != 0) {
        error_set(err, ERROR_TARGET, "database \"%s\" has encoding %s, not UTF8", PQdb(conn),
                  encoding);
        return error_hint(err,
                          "create another: createdb --encoding=UTF8 --template=template0 NAME");
    }
    return true;
}

bool
target_connect(const char *conninfo, PGconn **conn, struct error *err)
{
    PQconninfoOption *options = NULL;
    if (!parse_conninfo(conninfo, &options, err)) {
        return false;
    }
    AUTO_CONNECTION *opened = NULL;
    const char *timeout = needs_timeout(options) ? "10" : NULL;
    PQconninfoFree(options);
    if (!open_unless_stopped(conninfo, timeout, &opened, err)) {
        return false;
    }
    if (opened == NULL || PQstatus(opened) != CONNECTION_OK) {
        return connect_failed(conninfo, PQerrorMessage(opened), err);
    }
    PQsetNoticeProcessor(opened, ignore_notice, NULL);
    if (!check_server(opened, err)) {
        return false;
    }
    if (!settle_session(opened, err)) {
        return error_wrap(err, "prepare the session");
    }
    *conn = opened;
    opened = NULL;
    return true;
}

const char *
target_describe(struct arena *arena, const PGconn *conn)
{
    const char *host = PQhost(conn);
    const char *port = PQport(conn);
    if (host == NULL || host[0] == '\0') {
        return arena_strdup(arena, PQdb(conn));
    }
    if (host[0] == '/' || port == NULL || port[0] == '\0' || strcmp(port, "5432") == 0) {
        return arena_printf(arena, "%s/%s", host, PQdb(conn));
    }
    return arena_printf(arena, "%s:%s/%s", host, port, PQdb(conn));
}
