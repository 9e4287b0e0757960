/* cancellation.c — see cancellation.h. */
#include "serve/cancellation.h"

void
cancellation_init(struct cancellation *cancellation)
{
    *cancellation = (struct cancellation){.fired = false};
    pthread_mutex_init(&cancellation->lock, NULL);
}

void
cancellation_free(struct cancellation *cancellation)
{
    cancellation_disarm(cancellation);
    pthread_mutex_destroy(&cancellation->lock);
}

bool
cancellation_arm_postgres(struct cancellation *cancellation, PGconn *conn)
{
    pthread_mutex_lock(&cancellation->lock);
    bool free_to_begin = !cancellation->fired;
    if (free_to_begin) {
        cancellation->postgres = PQgetCancel(conn);
    }
    pthread_mutex_unlock(&cancellation->lock);
    return free_to_begin;
}

bool
cancellation_arm_sqlite(struct cancellation *cancellation, sqlite3 *handle)
{
    pthread_mutex_lock(&cancellation->lock);
    bool free_to_begin = !cancellation->fired;
    if (free_to_begin) {
        cancellation->sqlite = handle;
    }
    pthread_mutex_unlock(&cancellation->lock);
    return free_to_begin;
}

void
cancellation_disarm(struct cancellation *cancellation)
{
    pthread_mutex_lock(&cancellation->lock);
    PQfreeCancel(cancellation->postgres);
    cancellation->postgres = NULL;
    cancellation->sqlite = NULL;
    pthread_mutex_unlock(&cancellation->lock);
}

void
cancellation_fire(struct cancellation *cancellation)
{
    char words[256];
    pthread_mutex_lock(&cancellation->lock);
    cancellation->fired = true;
    if (cancellation->postgres != NULL) {
        PQcancel(cancellation->postgres, words, sizeof words);
    }
    if (cancellation->sqlite != NULL) {
        sqlite3_interrupt(cancellation->sqlite);
    }
    pthread_mutex_unlock(&cancellation->lock);
}

bool
cancellation_fired(struct cancellation *cancellation)
{
    pthread_mutex_lock(&cancellation->lock);
    bool fired = cancellation->fired;
    pthread_mutex_unlock(&cancellation->lock);
    return fired;
}
