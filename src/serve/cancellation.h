/* cancellation.h — one call's way to be given up from another thread.
 *
 * The thread that works arms it with what can be interrupted while it waits, the thread that
 * hears of the client's change of mind fires it; in any order, without a race. */
#ifndef SERVE_CANCELLATION_H
#define SERVE_CANCELLATION_H

#include <pthread.h>
#include <stdbool.h>

#include <libpq-fe.h>
#include <sqlite3.h>

struct cancellation {
    pthread_mutex_t lock;
    bool fired;
    PGcancel *postgres; /* armed; owned until disarmed */
    sqlite3 *sqlite;    /* armed; borrowed */
};

void cancellation_init(struct cancellation *cancellation);
void cancellation_free(struct cancellation *cancellation);

/* False: it was fired before; do not begin. */
bool cancellation_arm_postgres(struct cancellation *cancellation, PGconn *conn);
bool cancellation_arm_sqlite(struct cancellation *cancellation, sqlite3 *handle);
void cancellation_disarm(struct cancellation *cancellation);

/* Interrupts what is armed, and all that would be armed later. */
void cancellation_fire(struct cancellation *cancellation);
bool cancellation_fired(struct cancellation *cancellation);

#endif
