/* ticker.c — see ticker.h. */
#include "base/ticker.h"

#include "base/condition.h"

#include <errno.h>

static void *
ticker_main(void *argument)
{
    struct ticker *ticker = argument;
    stop_follow(ticker->wish);
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->over) {
        const struct timespec next = condition_deadline(ticker->every_ms);
        (void)pthread_cond_timedwait(&ticker->ended, &ticker->lock, &next);
        if (!ticker->over) {
            ticker->tick(ticker->context);
        }
    }
    pthread_mutex_unlock(&ticker->lock);
    return NULL;
}

static void
free_all(struct ticker *ticker)
{
    pthread_cond_destroy(&ticker->ended);
    pthread_mutex_destroy(&ticker->lock);
}

bool
ticker_start(struct ticker *ticker, int every_ms, ticker_function *tick, void *context,
             struct error *err)
{
    *ticker = (struct ticker){
        .tick = tick, .context = context, .every_ms = every_ms, .wish = stop_followed()};
    pthread_mutex_init(&ticker->lock, NULL);
    condition_init(&ticker->ended);
    int failure = pthread_create(&ticker->thread, NULL, ticker_main, ticker);
    ticker->running = failure == 0;
    if (!ticker->running) {
        free_all(ticker);
        errno = failure;
        return error_set(err, ERROR_SYSTEM, "start a thread");
    }
    return true;
}

void
ticker_stop(struct ticker *ticker)
{
    if (!ticker->running) {
        return;
    }
    pthread_mutex_lock(&ticker->lock);
    ticker->over = true;
    pthread_cond_signal(&ticker->ended);
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
    ticker->running = false;
    free_all(ticker);
}
