/* watch.c — see watch.h. */
#include "verify/watch.h"

#include "base/stop.h"
#include "postgres/target.h"

enum { POLL_MS = 100 };

static void
break_off(struct watch *watch)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        if (watch->watched[i].handle != NULL) {
            sqlite3_interrupt(watch->watched[i].handle);
        }
        if (watch->watched[i].conn != NULL) {
            target_cancel(watch->watched[i].conn);
        }
    }
}

static void *
watch_main(void *argument)
{
    struct watch *watch = argument;
    stop_follow(watch->wish);
    pthread_mutex_lock(&watch->lock);
    while (!watch->over) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += POLL_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&watch->ended, &watch->lock, &until);
        if (!watch->over && stop_requested()) {
            break_off(watch);
        }
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

void
watch_start(struct watch *watch)
{
    *watch = (struct watch){.wish = stop_followed()};
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->ended, NULL);
    watch->running = pthread_create(&watch->thread, NULL, watch_main, watch) == 0;
}

void
watch_stop(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->over = true;
    pthread_cond_signal(&watch->ended);
    pthread_mutex_unlock(&watch->lock);
    if (watch->running) {
        pthread_join(watch->thread, NULL);
    }
    pthread_cond_destroy(&watch->ended);
    pthread_mutex_destroy(&watch->lock);
}

void
watch_add(struct watch *watch, size_t worker, PGconn *conn, sqlite3 *handle)
{
    pthread_mutex_lock(&watch->lock);
    watch->watched[worker] = (struct watched){conn, handle};
    pthread_mutex_unlock(&watch->lock);
}

void
watch_remove(struct watch *watch, size_t worker)
{
    watch_add(watch, worker, NULL, NULL);
}
