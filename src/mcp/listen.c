/* listen.c — see listen.h. */
#include "mcp/listen.h"

#include "mcp/meta.h"

static const struct {
    enum mcp_topic topic;
    const char *asked; /* in params.notifications */
} topic_table[] = {
    {MCP_TOPIC_TOOLS, "toolsListChanged"},
    {MCP_TOPIC_PROMPTS, "promptsListChanged"},
};
enum { TOPIC_COUNT = sizeof topic_table / sizeof topic_table[0] };

void
mcp_listen_init(struct mcp_listen *listen)
{
    *listen = (struct mcp_listen){.first = NULL};
    pthread_mutex_init(&listen->lock, NULL);
}

void
mcp_listen_free(struct mcp_listen *listen)
{
    pthread_mutex_destroy(&listen->lock);
}

/* {"_meta": {".../subscriptionId": id}}; a new reference. */
static json_t *
tagged(const struct mcp_exchange *exchange)
{
    return json_pack("{s:{s:O}}", "_meta", MCP_META_PREFIX "subscriptionId",
                     exchange->message.id);
}

static void
acknowledge(struct mcp_exchange *exchange)
{
    json_t *honoured = json_object();
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if ((exchange->topics & topic_table[i].topic) != 0) {
            json_object_set_new(honoured, topic_table[i].asked, json_true());
        }
    }
    json_t *params = tagged(exchange);
    json_object_set_new(params, "notifications", honoured);
    mcp_exchange_notify(exchange, "notifications/subscriptions/acknowledged", params);
}

static unsigned
asked_topics(const struct mcp_exchange *exchange)
{
    const json_t *wanted = json_object_get(exchange->message.params, "notifications");
    unsigned topics = 0;
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if (json_is_true(json_object_get(wanted, topic_table[i].asked))) {
            topics |= topic_table[i].topic;
        }
    }
    return topics;
}

static void
answer_ended(struct mcp_exchange *exchange)
{
    json_t *result = tagged(exchange);
    json_object_set_new(result, "resultType", json_string("complete"));
    mcp_exchange_answer(exchange, rpc_result(exchange->message.id, result), RPC_NO_FAULT);
}

void
mcp_listen_begin(struct mcp_listen *listen, struct mcp_exchange *exchange, unsigned topics)
{
    pthread_mutex_lock(&listen->lock);
    bool closed = listen->closed;
    bool full = listen->count >= MCP_LISTENERS_MAX;
    if (!closed && !full) {
        exchange->topics = asked_topics(exchange) & topics;
        acknowledge(exchange); /* under the lock: it is the first that is sent */
        mcp_exchange_hold(exchange);
        exchange->next_listener = listen->first;
        listen->first = exchange;
        listen->count++;
    }
    pthread_mutex_unlock(&listen->lock);
    if (closed) {
        answer_ended(exchange);
    } else if (full) {
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        rpc_fault_set(&fault, RPC_INTERNAL_ERROR, "%d streams listen already",
                      MCP_LISTENERS_MAX);
        mcp_exchange_answer(exchange, rpc_error(exchange->message.id, &fault), fault.code);
    }
}

/* Under the lock. True: it was there; its hold is now the caller's. */
static bool
take_out(struct mcp_listen *listen, const struct mcp_exchange *exchange)
{
    struct mcp_exchange **link = &listen->first;
    while (*link != NULL && *link != exchange) {
        link = &(*link)->next_listener;
    }
    if (*link == NULL) {
        return false;
    }
    *link = exchange->next_listener;
    listen->count--;
    return true;
}

bool
mcp_listen_leave(struct mcp_listen *listen, struct mcp_exchange *exchange)
{
    pthread_mutex_lock(&listen->lock);
    bool was_there = take_out(listen, exchange);
    pthread_mutex_unlock(&listen->lock);
    if (was_there) {
        mcp_exchange_release(exchange);
    }
    return was_there;
}

void
mcp_listen_cancel(struct mcp_listen *listen, const struct mcp_peer *peer, const json_t *id)
{
    pthread_mutex_lock(&listen->lock);
    struct mcp_exchange *one = listen->first;
    while (one != NULL && (one->peer != peer || !json_equal(one->message.id, id))) {
        one = one->next_listener;
    }
    bool was_there = one != NULL && take_out(listen, one);
    pthread_mutex_unlock(&listen->lock);
    if (was_there) {
        mcp_exchange_release(one);
    }
}

void
mcp_listen_end(struct mcp_listen *listen)
{
    pthread_mutex_lock(&listen->lock);
    struct mcp_exchange *first = listen->first;
    listen->closed = true;
    listen->first = NULL;
    listen->count = 0;
    pthread_mutex_unlock(&listen->lock);
    while (first != NULL) {
        struct mcp_exchange *next = first->next_listener;
        answer_ended(first);
        mcp_exchange_release(first);
        first = next;
    }
}
