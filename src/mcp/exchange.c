/* exchange.c — see exchange.h. */
#include "mcp/exchange.h"

#include "base/clock.h"
#include "mcp/meta.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_BURST = 10, PROGRESS_PER_SECOND = 10 };

static const char *const level_words[] = {"debug", "info",     "notice", "warning",
                                          "error", "critical", "alert",  "emergency"};

bool
mcp_level_parse(const char *word, enum mcp_level *level)
{
    for (int i = MCP_DEBUG; word != NULL && i < MCP_SILENT; i++) {
        if (strcmp(level_words[i], word) == 0) {
            *level = (enum mcp_level)i;
            return true;
        }
    }
    return false;
}

struct mcp_exchange *
mcp_exchange_new(struct rpc_message *message, enum mcp_era era, struct mcp_peer *peer,
                 const struct mcp_way *way)
{
    struct mcp_exchange *exchange = calloc(1, sizeof *exchange);
    assert(exchange != NULL);
    exchange->era = era;
    exchange->message = *message;
    *message = (struct rpc_message){.kind = RPC_REQUEST};
    exchange->peer = peer;
    exchange->way = *way;
    exchange->progress = -1;
    exchange->progress_allow = PROGRESS_BURST;
    exchange->progress_ms = clock_monotonic_ms();
    cancellation_init(&exchange->cancellation);
    pthread_mutex_init(&exchange->lock, NULL);
    atomic_init(&exchange->holders, 1);
    return exchange;
}

void
mcp_exchange_hold(struct mcp_exchange *exchange)
{
    atomic_fetch_add(&exchange->holders, 1);
}

void
mcp_exchange_release(struct mcp_exchange *exchange)
{
    if (exchange == NULL || atomic_fetch_sub(&exchange->holders, 1) != 1) {
        return;
    }
    rpc_message_free(&exchange->message);
    cancellation_free(&exchange->cancellation);
    pthread_mutex_destroy(&exchange->lock);
    free(exchange);
}

/* The client's params._meta["io.modelcontextprotocol/<name>"]; NULL: none. Borrowed. */
static json_t *
mcp_exchange_meta(const struct mcp_exchange *exchange, const char *name)
{
    return mcp_meta_get(exchange->message.params, name);
}

bool
mcp_exchange_client_can(const struct mcp_exchange *exchange, const char *capability)
{
    const json_t *declared = mcp_exchange_meta(exchange, "clientCapabilities");
    return exchange->era == MCP_MODERN && json_object_get(declared, capability) != NULL;
}

static json_t *
progress_token(const struct mcp_exchange *exchange)
{
    const json_t *meta = json_object_get(exchange->message.params, "_meta");
    json_t *token = json_object_get(meta, "progressToken");
    return json_is_string(token) || json_is_integer(token) ? token : NULL;
}

bool
mcp_exchange_wants_progress(const struct mcp_exchange *exchange)
{
    return progress_token(exchange) != NULL;
}

static enum mcp_level
wanted_level(const struct mcp_exchange *exchange)
{
    enum mcp_level level;
    if (exchange->era == MCP_LEGACY) {
        return exchange->peer == NULL ? MCP_SILENT
                                      : (enum mcp_level)atomic_load(&exchange->peer->level);
    }
    const char *word = json_string_value(mcp_exchange_meta(exchange, "logLevel"));
    return mcp_level_parse(word, &level) ? level : MCP_SILENT;
}

bool
mcp_exchange_may_notify(const struct mcp_exchange *exchange)
{
    return progress_token(exchange) != NULL || wanted_level(exchange) != MCP_SILENT;
}

void
mcp_exchange_notify(struct mcp_exchange *exchange, const char *method, json_t *params)
{
    pthread_mutex_lock(&exchange->lock);
    if (exchange->over || cancellation_fired(&exchange->cancellation)) {
        json_decref(params);
    } else {
        exchange->way.notify(exchange->way.context, rpc_notification(method, params));
    }
    pthread_mutex_unlock(&exchange->lock);
}

void
mcp_exchange_log(struct mcp_exchange *exchange, enum mcp_level level, json_t *data)
{
    if (level < wanted_level(exchange)) {
        json_decref(data);
        return;
    }
    mcp_exchange_notify(exchange, "notifications/message",
                        json_pack("{s:s, s:s, s:o}", "level", level_words[level], "logger",
                                  "outgrow", "data", data));
}

/* Under the lock: is it more than before, and not too soon? */
static bool
progress_is_due(struct mcp_exchange *exchange, double done)
{
    if (done <= exchange->progress) {
        return false;
    }
    int64_t now = clock_monotonic_ms();
    exchange->progress_allow += (double)(now - exchange->progress_ms) * PROGRESS_PER_SECOND /
                                1000.0;
    exchange->progress_ms = now;
    if (exchange->progress_allow > PROGRESS_BURST) {
        exchange->progress_allow = PROGRESS_BURST;
    }
    if (exchange->progress_allow < 1) {
        return false;
    }
    exchange->progress_allow -= 1;
    exchange->progress = done;
    return true;
}

void
mcp_exchange_progress(void *context, double done, double total, const char *message)
{
    struct mcp_exchange *exchange = context;
    json_t *token = progress_token(exchange);
    if (token == NULL) {
        return;
    }
    pthread_mutex_lock(&exchange->lock);
    if (!exchange->over && !cancellation_fired(&exchange->cancellation) &&
        progress_is_due(exchange, done)) {
        json_t *params = json_pack("{s:O, s:f, s:o*, s:s*}", "progressToken", token, "progress",
                                   done, "total", total > 0 ? json_real(total) : NULL,
                                   "message", message);
        exchange->way.notify(exchange->way.context,
                             rpc_notification("notifications/progress", params));
    }
    pthread_mutex_unlock(&exchange->lock);
}

void
mcp_exchange_answer(struct mcp_exchange *exchange, json_t *message, enum rpc_code code)
{
    pthread_mutex_lock(&exchange->lock);
    exchange->over = true;
    pthread_mutex_unlock(&exchange->lock);
    if (cancellation_fired(&exchange->cancellation)) {
        json_decref(message);
        message = NULL;
    }
    exchange->way.answer(exchange->way.context, message, code);
}
