/* host.c — the tools' host: opened, closed. */
#include "agent/host_internal.h"
#include "agent/sqlite_session.h"

#include <stdlib.h>

static int
or_default(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

static void
fill_defaults(struct tool_settings *settings)
{
    struct tool_limits *limits = &settings->limits;
    limits->max_rows_hard = or_default(limits->max_rows_hard, TOOL_ROWS_MAX);
    limits->max_rows = or_default(limits->max_rows, TOOL_ROWS_DEFAULT);
    limits->max_bytes = or_default(limits->max_bytes, TOOL_BYTES_DEFAULT);
    limits->timeout_ms = or_default(limits->timeout_ms, TOOL_TIMEOUT_MS_DEFAULT);
    limits->lock_timeout_ms = or_default(limits->lock_timeout_ms, TOOL_LOCK_TIMEOUT_MS_DEFAULT);
    limits->max_affected = or_default(limits->max_affected, TOOL_AFFECTED_DEFAULT);
    settings->connections = or_default(settings->connections, TOOL_CONNECTIONS_DEFAULT);
}

static bool
load_functions(struct tool_host *host, struct error *err)
{
    struct cancellation never;
    cancellation_init(&never);
    AUTO_LEASE lease = {0};
    bool good = database_borrow(host->database, DATABASE_READ, &never, &lease, err) &&
                guard_functions_load(&host->arena, lease.conn, &host->functions, err);
    database_return(&lease);
    cancellation_free(&never);
    host->functions.allowed = host->settings.allow_functions;
    host->functions.allowed_count = host->settings.allow_function_count;
    return good;
}

/* Opened anew by each call; here only to see that it can be. */
static bool
open_file(struct tool_host *host, struct error *err)
{
    struct cancellation never;
    AUTO_SESSION session = {.cancellation = NULL};
    if (host->settings.sqlite_path == NULL) {
        return error_set(err, ERROR_USAGE, "no file is named");
    }
    cancellation_init(&never);
    bool good = sqlite_session_open(&session, host->settings.sqlite_path,
                                    !host->settings.read_only, host->settings.limits.timeout_ms,
                                    &never, err);
    sqlite_session_close(&session);
    cancellation_free(&never);
    return good;
}

static bool
open_backend(struct tool_host *host, struct error *err)
{
    if (host->settings.backend == TOOL_SQLITE) {
        return open_file(host, err);
    }
    if (host->settings.conninfo_read == NULL) {
        return error_set(err, ERROR_USAGE, "no database is named");
    }
    return database_open(&host->settings, &host->database, err) && load_functions(host, err);
}

bool
tool_host_open(const struct tool_settings *settings, struct tool_host **host, struct error *err)
{
    struct tool_host *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        abort();
    }
    opened->settings = *settings;
    fill_defaults(&opened->settings);
    if (!open_backend(opened, err)) {
        tool_host_close(opened);
        return false;
    }
    *host = opened;
    return true;
}

void
tool_host_close(struct tool_host *host)
{
    if (host == NULL) {
        return;
    }
    database_close(host->database);
    arena_free(&host->arena);
    free(host);
}
