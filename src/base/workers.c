/* workers.c — see workers.h. */
#include "base/workers.h"

#include "base/stop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
    worker_function *function;
    void *context;
    size_t index;
    const struct stop_wish *wish; /* that whoever started it follows */
    bool ok;
    struct error err;
};

static void *
worker_main(void *argument)
{
    struct worker *worker = argument;
    stop_follow(worker->wish);
    worker->ok = worker->function(worker->context, worker->index, &worker->err);
    return NULL;
}

/* A worker that stopped because another one failed must not hide the cause. */
static const struct worker *
first_failure(const struct worker *workers, size_t count)
{
    const struct worker *stopped = NULL;
    for (size_t i = 0; i < count; i++) {
        if (workers[i].ok) {
            continue;
        }
        if (workers[i].err.kind != ERROR_STOPPED) {
            return &workers[i];
        }
        stopped = &workers[i];
    }
    return stopped;
}

bool
workers_run(size_t count, worker_function *function, void *context, struct error *err)
{
    assert(count >= 1 && count <= WORKERS_MAX);
    struct worker *workers = calloc(count, sizeof *workers);
    if (workers == NULL) {
        return error_set(err, ERROR_SYSTEM, "start %zu workers", count);
    }
    for (size_t i = 0; i < count; i++) {
        workers[i] = (struct worker){
            .function = function, .context = context, .index = i, .wish = stop_followed()};
        int failure = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
        if (failure != 0) {
            /* Fewer hands do the same work, as long as there is one. */
            count = i;
            if (i == 0) {
                free(workers);
                errno = failure;
                return error_set(err, ERROR_SYSTEM, "start a worker");
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    const struct worker *failed = first_failure(workers, count);
    bool ok = failed == NULL;
    if (!ok) {
        *err = failed->err;
    }
    free(workers);
    return ok;
}

size_t
workers_processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (size_t)count;
}
