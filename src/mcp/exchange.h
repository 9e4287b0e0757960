/* exchange.h — one request while it is answered: who asked, what may still be sent about it,
 * and how it is given up. */
#ifndef MCP_EXCHANGE_H
#define MCP_EXCHANGE_H

#include "base/cancellation.h"
#include "mcp/rpc.h"

#include <stdatomic.h>
#include <stdint.h>

/* Bits, so that a table can say both. */
enum mcp_era {
    MCP_LEGACY = 1, /* 2024-11-05 .. 2025-11-25: initialize, then requests */
    MCP_MODERN = 2, /* 2026-07-28: every request speaks for itself */
};

enum mcp_level {
    MCP_DEBUG,
    MCP_INFO,
    MCP_NOTICE,
    MCP_WARNING,
    MCP_ERROR,
    MCP_CRITICAL,
    MCP_ALERT,
    MCP_EMERGENCY,
    MCP_SILENT, /* not on the wire: nothing is sent */
};
/* False: no such word. */
bool mcp_level_parse(const char *word, enum mcp_level *level);

/* One client that stays: standard input, or a legacy session. Tells requests of the same id
 * apart. The level is what logging/setLevel said. */
struct mcp_peer {
    atomic_int level;
};

/* How a transport sends what belongs to an exchange; from any thread. */
struct mcp_way {
    void *context;
    /* A notification; takes it over. Called with the exchange's lock held. */
    void (*notify)(void *context, json_t *message);
    /* Once, and the last: the answer, taken over; NULL: there is none, it was given up. */
    void (*answer)(void *context, json_t *message, enum rpc_code code);
};

struct mcp_exchange {
    enum mcp_era era;
    struct rpc_message message;
    struct mcp_peer *peer; /* NULL: a modern request over HTTP, which stands alone */
    struct mcp_way way;
    struct cancellation cancellation;

    pthread_mutex_t lock;  /* guards what follows */
    bool over;             /* nothing more may be sent but the answer */
    double progress;       /* the last one sent */
    double progress_allow; /* how many may be sent at once */
    int64_t progress_ms;   /* when that was reckoned */

    atomic_int holders;
    struct mcp_exchange *next; /* in mcp_flights */

    struct mcp_exchange *next_listener; /* in mcp_listen, which guards both */
    unsigned topics;                    /* what it is told of */
};

/* Held once by the caller. Takes the message over. */
struct mcp_exchange *mcp_exchange_new(struct rpc_message *message, enum mcp_era era,
                                      struct mcp_peer *peer, const struct mcp_way *way);
void mcp_exchange_hold(struct mcp_exchange *exchange);
/* The last one frees it. NULL is fine. */
void mcp_exchange_release(struct mcp_exchange *exchange);

/* Modern: did the client declare it? Legacy: never, as we make no requests. */
bool mcp_exchange_client_can(const struct mcp_exchange *exchange, const char *capability);

/* A progressToken came. */
bool mcp_exchange_wants_progress(const struct mcp_exchange *exchange);

/* True: something may be sent before the answer, so a stream is worth while. */
bool mcp_exchange_may_notify(const struct mcp_exchange *exchange);

/* notifications/progress, if a progressToken came; only what is more than before, and at most
 * about ten a second. total: 0 when unknown; message: NULL for none. context: the
 * exchange. */
void mcp_exchange_progress(void *context, double done, double total, const char *message);

/* notifications/message, if the client wants that level. Takes `data` over. */
void mcp_exchange_log(struct mcp_exchange *exchange, enum mcp_level level, json_t *data);

/* Any other notification, as long as it is not over. Takes `params` over. */
void mcp_exchange_notify(struct mcp_exchange *exchange, const char *method, json_t *params);

/* Sends the answer, or nothing when it was given up; afterwards nothing is sent any more. */
void mcp_exchange_answer(struct mcp_exchange *exchange, json_t *message, enum rpc_code code);

#endif
