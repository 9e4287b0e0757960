/* flights.c — see flights.h. */
#include "mcp/flights.h"

#include "base/condition.h"

void
mcp_flights_init(struct mcp_flights *flights)
{
    *flights = (struct mcp_flights){.first = NULL};
    pthread_mutex_init(&flights->lock, NULL);
    condition_init(&flights->emptied);
}

void
mcp_flights_free(struct mcp_flights *flights)
{
    pthread_cond_destroy(&flights->emptied);
    pthread_mutex_destroy(&flights->lock);
}

/* Under the lock. */
static struct mcp_exchange *
find(const struct mcp_flights *flights, const struct mcp_peer *peer, const json_t *id)
{
    struct mcp_exchange *one = flights->first;
    while (one != NULL && (one->peer != peer || !json_equal(one->message.id, id))) {
        one = one->next;
    }
    return one;
}

bool
mcp_flights_enter(struct mcp_flights *flights, struct mcp_exchange *exchange)
{
    pthread_mutex_lock(&flights->lock);
    bool is_new = exchange->peer == NULL ||
                  find(flights, exchange->peer, exchange->message.id) == NULL;
    if (is_new) {
        mcp_exchange_hold(exchange);
        exchange->next = flights->first;
        flights->first = exchange;
    }
    bool closed = flights->closed;
    pthread_mutex_unlock(&flights->lock);
    if (closed) {
        cancellation_fire(&exchange->cancellation);
    }
    return is_new;
}

void
mcp_flights_leave(struct mcp_flights *flights, struct mcp_exchange *exchange)
{
    pthread_mutex_lock(&flights->lock);
    struct mcp_exchange **link = &flights->first;
    while (*link != NULL && *link != exchange) {
        link = &(*link)->next;
    }
    bool was_there = *link != NULL;
    if (was_there) {
        *link = exchange->next;
    }
    if (flights->first == NULL) {
        pthread_cond_broadcast(&flights->emptied);
    }
    pthread_mutex_unlock(&flights->lock);
    if (was_there) {
        mcp_exchange_release(exchange);
    }
}

void
mcp_flights_cancel(struct mcp_flights *flights, const struct mcp_peer *peer, const json_t *id)
{
    pthread_mutex_lock(&flights->lock);
    struct mcp_exchange *found = find(flights, peer, id);
    if (found != NULL) {
        mcp_exchange_hold(found);
    }
    pthread_mutex_unlock(&flights->lock);
    if (found != NULL) {
        cancellation_fire(&found->cancellation); /* asks the server: not under our lock */
        mcp_exchange_release(found);
    }
}

/* One that is not given up yet, held; NULL: none. */
static struct mcp_exchange *
next_to_cancel(struct mcp_flights *flights, const struct mcp_peer *peer)
{
    pthread_mutex_lock(&flights->lock);
    flights->closed = flights->closed || peer == NULL;
    struct mcp_exchange *one = flights->first;
    while (one != NULL &&
           ((peer != NULL && one->peer != peer) || cancellation_fired(&one->cancellation))) {
        one = one->next;
    }
    if (one != NULL) {
        mcp_exchange_hold(one);
    }
    pthread_mutex_unlock(&flights->lock);
    return one;
}

void
mcp_flights_cancel_all(struct mcp_flights *flights, const struct mcp_peer *peer)
{
    struct mcp_exchange *one;
    while ((one = next_to_cancel(flights, peer)) != NULL) {
        cancellation_fire(&one->cancellation);
        mcp_exchange_release(one);
    }
}

bool
mcp_flights_wait(struct mcp_flights *flights, int timeout_ms)
{
    struct timespec until = condition_deadline(timeout_ms);
    int waited = 0;
    pthread_mutex_lock(&flights->lock);
    while (flights->first != NULL && waited == 0) {
        waited = pthread_cond_timedwait(&flights->emptied, &flights->lock, &until);
    }
    bool empty = flights->first == NULL;
    pthread_mutex_unlock(&flights->lock);
    return empty;
}
