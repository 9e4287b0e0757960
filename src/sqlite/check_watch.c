/* check_watch.c — lets a request to stop into SQLite's longest steps. */
#include "base/stop.h"
#include "sqlite/check_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_NS = 50 * 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000 };

struct check_watch {
    sqlite3 *handle;              /* borrowed */
    const struct stop_wish *wish; /* that the check follows */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool finished; /* guarded by lock */
};

static struct timespec
next_poll(void)
{
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    when.tv_nsec += POLL_NS;
    if (when.tv_nsec >= SECOND_NS) {
        when.tv_nsec -= SECOND_NS;
        when.tv_sec++;
    }
    return when;
}

/* Again and again: an interrupt only reaches the statement that runs then. */
static void *
watch(void *context)
{
    struct check_watch *self = context;
    stop_follow(self->wish);
    pthread_mutex_lock(&self->lock);
    while (!self->finished) {
        if (stop_requested()) {
            sqlite3_interrupt(self->handle);
        }
        struct timespec when = next_poll();
        pthread_cond_timedwait(&self->over, &self->lock, &when);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

struct check_watch *
check_watch_start(sqlite3 *handle)
{
    struct check_watch *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->handle = handle;
    self->wish = stop_followed();
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->over, NULL);
    if (pthread_create(&self->thread, NULL, watch, self) != 0) {
        pthread_cond_destroy(&self->over);
        pthread_mutex_destroy(&self->lock);
        free(self);
        return NULL;
    }
    return self;
}

void
check_watch_stop(struct check_watch *self)
{
    if (self == NULL) {
        return;
    }
    pthread_mutex_lock(&self->lock);
    self->finished = true;
    pthread_cond_signal(&self->over);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->over);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
