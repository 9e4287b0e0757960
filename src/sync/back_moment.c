/* back_moment.c — the target as it is while something looks at the source. */
#include "base/stop.h"
#include "sync/back.h"

enum { ATTEMPTS_MAX = 50 };

/* *locked false: a round was faster, and the snapshot is too old. */
static bool
lock_position(struct sync_link *link, struct target_transaction *transaction, bool *locked,
              struct error *err)
{
    struct error refused;
    *locked = false;
    if (!target_begin(transaction, link->conn, err) ||
        !target_execute(link->conn,
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SAVEPOINT lock",
                        err)) {
        return false;
    }
    *locked = sync_link_lock(link, &refused);
    if (!*locked && !target_lost_race(&refused)) {
        *err = refused;
        return false;
    }
    return true;
}

/* Nothing that the target lacks can be cut from the log while the lock is held: sync_trim cuts only
 * what stood in a position that was committed before. */
static bool
look_locked(struct sync_link *link, back_look *look, void *context, bool *moved,
            struct error *err)
{
    struct capture_state state;
    if (!look(context, err) || !capture_state_read(&link->reader, false, &state, err)) {
        return false;
    }
    *moved = state.schema_version != link->live.schema_version;
    return target_execute(link->conn, "ROLLBACK TO SAVEPOINT lock", err);
}

bool
back_moment_take(struct sync_link *link, back_look *look, void *context,
                 struct target_transaction *transaction, bool *moved, struct error *err)
{
    bool locked = false;
    for (int attempt = 0; !locked; attempt++) {
        if (attempt == ATTEMPTS_MAX) {
            return error_set(err, ERROR_TARGET, "other processes' rounds leave no moment");
        }
        target_transaction_close(transaction);
        if (!stop_check(err) || !lock_position(link, transaction, &locked, err)) {
            return false;
        }
    }
    return look_locked(link, look, context, moved, err);
}
