/* connect.c — opens connections and settles what every session of ours relies on. */
#include "postgres/target_internal.h"

#include <stdlib.h>
#include <string.h>

enum { SERVER_VERSION_MIN = 130000, PARAMETERS_MAX = 9 };

/* One round trip. The join leaves out what an older server does not know, and
 * lz4 where it is not built in. client_connection_check_interval: a backend
 * whose client was killed must not go on holding locks. */
static const char session_sql[] =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES"
    " ('client_min_messages', 'warning'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', "
    "'postgres'),"
    " ('TimeZone', 'UTC'), ('standard_conforming_strings', 'on'), ('bytea_output', 'hex'),"
    " ('extra_float_digits', '1'), ('quote_all_identifiers', 'off'), ('row_security', 'off'),"
    " ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),"
    " ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),"
    " ('default_transaction_isolation', 'read committed'),"
    " ('client_connection_check_interval', '1000'), ('default_toast_compression', 'lz4'))"
    " AS wanted (name, value) JOIN pg_catalog.pg_settings AS known USING (name)"
    " WHERE (known.enumvals IS NULL OR value = ANY (known.enumvals))"
    " AND (name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%linux%')";

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
open_connection(const char *conninfo, const PQconninfoOption *options)
{
    const char *keywords[PARAMETERS_MAX] = {"fallback_application_name", "connect_timeout",
                                            "keepalives_idle",           "keepalives_interval",
                                            "keepalives_count",          "dbname",
                                            "client_encoding",           NULL};
    const char *values[PARAMETERS_MAX] = {
        "outgrow", needs_timeout(options) ? "10" : NULL, "30", "10", "6", conninfo, "UTF8",
        NULL};
    return PQconnectdbParams(keywords, values, 1);
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
    err->kind = ERROR_USAGE;
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
    AUTO_CONNECTION *opened = open_connection(conninfo, options);
    PQconninfoFree(options);
    if (opened == NULL || PQstatus(opened) != CONNECTION_OK) {
        return connect_failed(conninfo, PQerrorMessage(opened), err);
    }
    PQsetNoticeProcessor(opened, ignore_notice, NULL);
    if (!check_server(opened, err)) {
        return false;
    }
    if (!target_execute(opened, session_sql, err)) {
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
