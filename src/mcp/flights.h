/* flights.h — the requests that are being answered, so that they can be given up. */
#ifndef MCP_FLIGHTS_H
#define MCP_FLIGHTS_H

#include "mcp/exchange.h"

struct mcp_flights {
    pthread_mutex_t lock;
    pthread_cond_t emptied;
    struct mcp_exchange *first;
    bool closed; /* whoever comes now is given up at once */
};

void mcp_flights_init(struct mcp_flights *flights);
void mcp_flights_free(struct mcp_flights *flights);

/* Holds the exchange until it leaves. False: the same peer has that id in flight already. */
bool mcp_flights_enter(struct mcp_flights *flights, struct mcp_exchange *exchange);
/* Fine also when it never entered. */
void mcp_flights_leave(struct mcp_flights *flights, struct mcp_exchange *exchange);

/* Gives up the peer's request of that id; nothing when there is none. */
void mcp_flights_cancel(struct mcp_flights *flights, const struct mcp_peer *peer,
                        const json_t *id);
/* Gives up all of this peer; of everybody when it is NULL, also those that are still to come. */
void mcp_flights_cancel_all(struct mcp_flights *flights, const struct mcp_peer *peer);

/* True: none is left. False: `timeout_ms` went by. */
bool mcp_flights_wait(struct mcp_flights *flights, int timeout_ms);

#endif
