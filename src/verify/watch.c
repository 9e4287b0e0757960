/* watch.c — see watch.h. */
#include "verify/watch.h"

#include "postgres/target.h"

enum { POLL_MS = 100 };

static void
break_off(void *context)
{
    struct watch *watch = context;
    if (!stop_requested()) {
        return;
    }
    pthread_mutex_lock(&watch->lock);
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        if (watch->watched[i].handle != NULL) {
            sqlite3_interrupt(watch->watched[i].handle);
        }
        if (watch->watched[i].conn != NULL) {
            target_cancel(watch->watched[i].conn);
        }
    }
    pthread_mutex_unlock(&watch->lock);
}

void
watch_start(struct watch *watch)
{
    struct error unimportant; /* then a stop takes longer */
    *watch = (struct watch){0};
    pthread_mutex_init(&watch->lock, NULL);
    (void)!ticker_start(&watch->ticker, POLL_MS, break_off, watch, &unimportant);
}

void
watch_stop(struct watch *watch)
{
    ticker_stop(&watch->ticker);
    pthread_mutex_destroy(&watch->lock);
}

void
watch_add(struct watch *watch, size_t worker, PGconn *conn, sqlite3 *handle)
{
    pthread_mutex_lock(&watch->lock);
    watch->watched[worker] = (struct watched){conn, handle};
    pthread_mutex_unlock(&watch->lock);
}
