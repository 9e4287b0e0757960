/* listen.h — subscriptions/listen: streams that stay open to be told what has changed. */
#ifndef MCP_LISTEN_H
#define MCP_LISTEN_H

#include "mcp/exchange.h"

/* Bits: what a listener may ask for. */
enum mcp_topic { MCP_TOPIC_TOOLS = 1, MCP_TOPIC_PROMPTS = 2 };

enum { MCP_LISTENERS_MAX = 64 };

struct mcp_listen {
    pthread_mutex_t lock;
    struct mcp_exchange *first;
    size_t count;
    bool closed;
};

void mcp_listen_init(struct mcp_listen *listen);
void mcp_listen_free(struct mcp_listen *listen);

/* Acknowledges and keeps it (held). `topics`: those that can change at all. Otherwise it is
 * answered with an error. */
void mcp_listen_begin(struct mcp_listen *listen, struct mcp_exchange *exchange,
                      unsigned topics);

/* The client does not listen any more: lets it go without a word. False: it was gone, and its
 * answer is sent or being sent. */
bool mcp_listen_leave(struct mcp_listen *listen, struct mcp_exchange *exchange);
void mcp_listen_cancel(struct mcp_listen *listen, const struct mcp_peer *peer,
                       const json_t *id);

/* Answers all: the server ends. Whoever comes later is answered at once. */
void mcp_listen_end(struct mcp_listen *listen);

#endif
