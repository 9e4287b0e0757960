/* watch.h — breaks off what blocks when somebody asks to stop: a loop polls for
 * itself, but a wait for a lock or a long step of SQLite does not. */
#ifndef VERIFY_WATCH_H
#define VERIFY_WATCH_H

#include "base/ticker.h"
#include "base/workers.h"

#include <libpq-fe.h>
#include <sqlite3.h>

struct watched {
    PGconn *conn;    /* NULL: free */
    sqlite3 *handle; /* NULL: none */
};

struct watch {
    pthread_mutex_t lock; /* guards what is watched */
    struct watched watched[WORKERS_MAX];
    struct ticker ticker;
};

void watch_start(struct watch *watch);
void watch_stop(struct watch *watch);

/* From now on both are broken off on a stop, until watch_stop; they close after that. */
void watch_add(struct watch *watch, size_t worker, PGconn *conn, sqlite3 *handle);

#endif
