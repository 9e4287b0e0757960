/* connections.c — the connections there are, and the watch over those that are too slow. */
#include "base/clock.h"
#include "http/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

struct http_connection *
http_connection_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

void
http_connection_enter(struct http *http, struct MHD_Connection *connection,
                      enum http_phase phase)
{
    struct http_connection *known = http_connection_of(connection);
    pthread_mutex_lock(&http->lock);
    known->phase = phase;
    known->since_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&http->lock);
}

static void
connection_began(struct http *http, struct MHD_Connection *connection, void **context)
{
    struct http_connection *known = calloc(1, sizeof *known);
    assert(known != NULL);
    known->socket =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    known->since_ms = clock_monotonic_ms();
    *context = known;
    pthread_mutex_lock(&http->lock);
    known->next = http->connections;
    http->connections = known;
    pthread_mutex_unlock(&http->lock);
}

/* Its socket is closed after this. */
static void
connection_ended(struct http *http, struct http_connection *known)
{
    pthread_mutex_lock(&http->lock);
    struct http_connection **link = &http->connections;
    while (*link != known) {
        link = &(*link)->next;
    }
    *link = known->next;
    pthread_mutex_unlock(&http->lock);
    free(known);
}

void
http_connection_changed(void *context, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_began(context, connection, socket_context);
    } else {
        connection_ended(context, *socket_context);
    }
}

static bool
is_overdue(const struct http_connection *connection, int64_t now_ms)
{
    int64_t passed = now_ms - connection->since_ms;
    return (connection->phase == HTTP_RECEIVING && passed > HTTP_RECEIVE_MS) ||
           (connection->phase == HTTP_SENDING && passed > HTTP_SEND_MS);
}

void
http_connections_cut_off(struct http *http, bool all)
{
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&http->lock);
    for (struct http_connection *one = http->connections; one != NULL; one = one->next) {
        if (is_overdue(one, now_ms) || (all && one->phase == HTTP_RECEIVING)) {
            shutdown(one->socket, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&http->lock);
}

bool
http_connections_busy(struct http *http)
{
    bool busy = false;
    pthread_mutex_lock(&http->lock);
    for (struct http_connection *one = http->connections; one != NULL; one = one->next) {
        busy = busy || one->phase != HTTP_RECEIVING;
    }
    busy = busy || http->taking > 0;
    pthread_mutex_unlock(&http->lock);
    return busy;
}
