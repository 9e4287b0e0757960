/* server.h — the Model Context Protocol without a transport: one dispatcher for both eras.
 *
 * A transport decides the era of a message, makes an exchange of it and hands it over; the
 * answer comes by the exchange's way, perhaps from another thread. */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include "mcp/flights.h"
#include "mcp/listen.h"
#include "mcp/service.h"
#include "mcp/state.h"
#include "mcp/workers.h"

struct mcp_server {
    const struct mcp_service *service; /* borrowed */
    struct mcp_flights flights;
    struct mcp_listen listen;
    struct mcp_workers *workers;
    struct mcp_state_keeper states;
};

/* workers: threads that run tools. Borrowed service; nothing of it is called before a message
 * comes. ERROR_SYSTEM. */
MUST_USE bool mcp_server_start(struct mcp_server *server, const struct mcp_service *service,
                               size_t workers, struct error *err);

/* Gives up all that is in flight, ends subscriptions, and waits `timeout_ms` for the workers; no
 * request may be taken any more. False: one of them still hangs, so nothing may be freed; leave
 * the process. */
bool mcp_server_stop(struct mcp_server *server, int timeout_ms);

/* After it has stopped, and when no exchange is left. */
void mcp_server_free(struct mcp_server *server);

/* Answers a request now or from a worker; the caller keeps its own hold. */
void mcp_server_take(struct mcp_server *server, struct mcp_exchange *exchange);

/* A notification from the client. peer: NULL when it has none. */
void mcp_server_notified(struct mcp_server *server, const struct mcp_peer *peer,
                         const struct rpc_message *message);

/* Modern only: do the members of _meta fit what the revision asks for? Called by take(); HTTP
 * calls it earlier, because the order of its checks is prescribed. */
bool mcp_modern_check(const struct rpc_message *message, struct rpc_fault *fault);

/* Which of the two speaks, on a transport without headers. */
enum mcp_era mcp_message_era(const struct rpc_message *message);

#endif
