/* ticker.h — a thread beside a piece of work that does something now and then: breaks off what
 * blocks, tells how far it is. */
#ifndef BASE_TICKER_H
#define BASE_TICKER_H

#include "base/stop.h"

#include <pthread.h>

/* On the ticker's thread, which heeds the wish to stop that its starter followed. */
typedef void ticker_function(void *context);

struct ticker {
    ticker_function *tick;
    void *context;
    int every_ms;
    const struct stop_wish *wish;
    pthread_mutex_t lock; /* held but while it waits */
    pthread_cond_t ended;
    bool over;
    bool running;
    pthread_t thread;
};

/* The first tick comes after every_ms. context: borrowed until ticker_stop, which waits for a
 * tick that is under way. False, with ERROR_SYSTEM: there is no such thread, and nothing to
 * stop; to stop it all the same does no harm. */
MUST_USE bool ticker_start(struct ticker *ticker, int every_ms, ticker_function *tick,
                           void *context, struct error *err);
void ticker_stop(struct ticker *ticker);

#endif
