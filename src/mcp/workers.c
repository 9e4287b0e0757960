/* workers.c — see workers.h. */
#include "mcp/workers.h"

#include "base/condition.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* Tools parse small statements here, also under a sanitizer; taken when it is used. */
enum { WORKER_STACK_BYTES = 16 << 20 };

/* Also idle threads, which need no time to finish anything, need some to end. */
enum { END_MS = 1000 };

struct mcp_workers {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something waits, or it is over, or a thread has ended */
    mcp_job_function *run;
    void *context;
    bool over;
    size_t alive;
    size_t first; /* of the ring */
    size_t waiting;
    void *ring[MCP_QUEUE_MAX];
};

/* NULL: it is over. */
static void *
next_item(struct mcp_workers *workers)
{
    void *item = NULL;
    pthread_mutex_lock(&workers->lock);
    while (workers->waiting == 0 && !workers->over) {
        pthread_cond_wait(&workers->changed, &workers->lock);
    }
    if (workers->waiting > 0) {
        item = workers->ring[workers->first];
        workers->first = (workers->first + 1) % MCP_QUEUE_MAX;
        workers->waiting--;
    }
    pthread_mutex_unlock(&workers->lock);
    return item;
}

static void *
worker_main(void *argument)
{
    struct mcp_workers *workers = argument;
    void *item;
    while ((item = next_item(workers)) != NULL) {
        workers->run(workers->context, item);
    }
    pthread_mutex_lock(&workers->lock);
    workers->alive--;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Detached: one that hangs must not keep the process. Signals are for the main thread. */
static int
start_threads(struct mcp_workers *workers, size_t count)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int failed = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    for (size_t i = 0; i < count && failed == 0; i++) {
        pthread_t thread;
        pthread_mutex_lock(&workers->lock);
        failed = pthread_create(&thread, &attributes, worker_main, workers);
        workers->alive += failed == 0 ? 1 : 0;
        pthread_mutex_unlock(&workers->lock);
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

bool
mcp_workers_start(struct mcp_workers **started, size_t count, mcp_job_function *run,
                  void *context, struct error *err)
{
    struct mcp_workers *workers = calloc(1, sizeof *workers);
    assert(workers != NULL);
    condition_init(&workers->changed);
    pthread_mutex_init(&workers->lock, NULL);
    workers->run = run;
    workers->context = context;
    int failed = start_threads(workers, count);
    if (failed != 0) {
        mcp_workers_stop(workers, 1000);
        errno = failed;
        return error_set(err, ERROR_SYSTEM, "start a thread");
    }
    *started = workers;
    return true;
}

bool
mcp_workers_put(struct mcp_workers *workers, void *item)
{
    pthread_mutex_lock(&workers->lock);
    bool room = workers->waiting < MCP_QUEUE_MAX && !workers->over;
    if (room) {
        workers->ring[(workers->first + workers->waiting) % MCP_QUEUE_MAX] = item;
        workers->waiting++;
        pthread_cond_signal(&workers->changed);
    }
    pthread_mutex_unlock(&workers->lock);
    return room;
}

bool
mcp_workers_stop(struct mcp_workers *workers, int timeout_ms)
{
    if (workers == NULL) {
        return true;
    }
    struct timespec until = condition_deadline((int64_t)timeout_ms + END_MS);
    int waited = 0;
    pthread_mutex_lock(&workers->lock);
    workers->over = true;
    pthread_cond_broadcast(&workers->changed);
    while (workers->alive > 0 && waited == 0) {
        waited = pthread_cond_timedwait(&workers->changed, &workers->lock, &until);
    }
    bool ended = workers->alive == 0;
    pthread_mutex_unlock(&workers->lock);
    if (ended) {
        pthread_cond_destroy(&workers->changed);
        pthread_mutex_destroy(&workers->lock);
        free(workers);
    }
    return ended;
}
