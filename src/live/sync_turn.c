/* sync_turn.c — see sync_turn.h. */
#include "live/sync_turn.h"

#include "base/clock.h"
#include "base/stop.h"

#include <inttypes.h>

enum { PATIENCE_MS = 4000, RETRY_MS = 100 };

static bool
ask(PGconn *conn, const char *function, const struct live *live, bool *answer,
    struct error *err)
{
    AUTO_RESULT *result = NULL;
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT pg_catalog.%s(%d, %" PRId64 ")", function,
             (int)LIVE_TURN_CLASS, LIVE_TURN_FIRST + live->id);
    if (!target_query(conn, sql, NULL, 0, &result, err)) {
        return error_wrap(err, "take the live source's turn");
    }
    *answer = target_is_true(result, 0, 0);
    return true;
}

bool
sync_turn_take(PGconn *conn, const struct live *live, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;
    bool taken = false;
    while (ask(conn, "pg_try_advisory_lock", live, &taken, err)) {
        if (taken) {
            return true;
        }
        if (clock_monotonic_ms() >= deadline) {
            error_set(err, ERROR_USAGE, "another process keeps \"%s\" in step already",
                      live->source_path);
            return error_hint(err, "outgrow status shows it; outgrow sync --stop ends it");
        }
        if (!stop_wait(RETRY_MS, err)) {
            return false;
        }
    }
    return false;
}

bool
sync_turn_give(PGconn *conn, const struct live *live, struct error *err)
{
    bool given;
    return ask(conn, "pg_advisory_unlock", live, &given, err);
}
