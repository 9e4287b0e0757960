/* sync_rounds_trouble.c — what went wrong, and whether it passes. */
#include "base/path.h"
#include "base/stop.h"
#include "live/service_status.h"
#include "live/sync_rounds_internal.h"
#include "live/sync_turn.h"
#include "page/result.h"

#include <errno.h>
#include <string.h>

enum {
    RETRY_MIN_MS = 100,
    RETRY_MAX_MS = 5000,
    RECONNECT_MAX_MS = 1000, /* so that a server which is back is not without us for long */
    FAILURES_MAX = 8,        /* of an error that is no broken connection */
};

void
rounds_wait(int ms)
{
    struct error stopped;
    (void)!stop_wait(ms, &stopped);
}

static bool
is_connection_error(const struct rounds *rounds, const struct error *err)
{
    return err->kind == ERROR_TARGET &&
           (PQstatus(rounds->link->conn) == CONNECTION_BAD || target_was_away(err) ||
            target_is_read_only(err)); /* behind a failover another server may be the one */
}

/* Room can be made on a disk, and then all goes on. Without any, a -shm that cannot grow is an I/O
 * error. */
static bool
is_full_disk(const struct error *err)
{
    int code = err->sqlite_code & 0xff;
    return code == SQLITE_FULL || code == SQLITE_IOERR || err->os_errno == ENOSPC ||
           err->os_errno == EDQUOT;
}

/* Not to end by itself. */
static bool
is_to_stay(const struct rounds_job *job)
{
    return !job->settings->once && job->until_lag_us < 0;
}

/* Somebody else was faster, or held a lock, or filled the disk. A right that was taken away may be
 * given again: who looks on is told that it is missing, a service waits for it. */
static bool
is_passing(const struct rounds_job *job, const struct error *err)
{
    return target_was_held_up(err) || target_was_cancelled(err) || source_is_held(err) ||
           is_full_disk(err) ||
           (target_lacks_right(err) && is_to_stay(job) && service_is_watched());
}

bool
rounds_wait_to_start(const struct rounds_job *job, bool passes, char *said, struct error *err)
{
    if (!is_to_stay(job) ||
        !(passes || source_is_held(err) || is_full_disk(err) || target_was_away(err))) {
        return false;
    }
    if (strcmp(said, err->message) != 0) {
        bool hinted = err->hint[0] != '\0';
        note(job->output, "%s: %s; it is tried again%s%s%s", path_base(job->path), err->message,
             hinted ? " (" : "", err->hint, hinted ? ")" : "");
        service_status("%s: %s; it is tried again", path_base(job->path), err->message);
        memcpy(said, err->message, sizeof err->message);
    }
    return stop_wait(RETRY_MAX_MS, err);
}

/* *over: the move is not there any more. Whoever has the turn may be ourselves, of a connection that
 * the server still takes for good. */
static bool
reconnect(struct rounds *rounds, bool *over, struct error *err)
{
    if (!sync_link_reconnect(rounds->link, err)) {
        return false;
    }
    if (!sync_link_reload(rounds->link, err)) {
        *over = err->kind == ERROR_USAGE;
        return false;
    }
    return sync_turn_take(rounds->link->conn, &rounds->link->live, err);
}

bool
rounds_recover(struct rounds *rounds, struct error *err)
{
    struct error again = *err;
    bool broken = is_connection_error(rounds, err);
    bool passing = broken || is_passing(rounds->job, err);
    bool hopeless = err->kind == ERROR_USAGE || err->kind == ERROR_SOURCE ||
                    err->kind == ERROR_INTERNAL;
    if (!passing && (hopeless || ++rounds->failures >= FAILURES_MAX)) {
        return false;
    }
    int wait = RETRY_MIN_MS;
    bool over = false;
    bool usual = passing && !broken && rounds->passing++ == 0; /* a switch beside it, say */
    for (int i = 1; i < rounds->passing && wait < RETRY_MAX_MS / 2; i++) {
        wait *= 2;
    }
    do {
        if (!usual) {
            pulse_trouble(&rounds->pulse, &again);
        }
        rounds_wait(wait);
        wait = wait * 2 > RECONNECT_MAX_MS ? RECONNECT_MAX_MS : wait * 2;
        broken = broken && !stop_requested() && !reconnect(rounds, &over, &again);
    } while (broken && !over && !stop_requested());
    rounds->seen_version = -1;
    *err = over ? again : *err;
    return !over;
}
