/* reply.c — from an exchange to the client: JSON when the answer comes first, a stream of
 * events when something comes before it. */
#include "http/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Everything one reply holds; freed when MHD is done with it. */
struct reply {
    struct http *http;
    struct MHD_Connection *connection;
    struct mcp_exchange *exchange;
    struct http_outbox *outbox;
    struct session *session;
    struct text events; /* to be sent */
    size_t sent;
    bool ended; /* nothing follows */
};

static void
reply_free(void *context)
{
    struct reply *reply = context;
    http_outbox_release(reply->outbox);
    mcp_exchange_release(reply->exchange);
    session_release(&reply->http->sessions, reply->session);
    text_free(&reply->events);
    free(reply);
}

/* The client has closed the connection, which in the modern era gives the request up. */
static void
give_up(struct reply *reply)
{
    struct mcp_server *server = reply->http->server;
    if (mcp_listen_leave(&server->listen, reply->exchange)) {
        http_outbox_release(reply->outbox); /* it will not be answered */
    } else {
        cancellation_fire(&reply->exchange->cancellation);
    }
}

/* A legacy client that is gone may not have given up; its tool runs to the end. */
static int
watched_socket(const struct reply *reply)
{
    return reply->exchange->era == MCP_MODERN ? http_connection_of(reply->connection)->socket
                                              : -1;
}

static void
add_event(struct reply *reply, char *text)
{
    if (text != NULL) {
        text_add(&reply->events, "event: message\ndata: ");
        text_add(&reply->events, text);
        text_add(&reply->events, "\n\n");
    }
    free(text);
}

/* Waits for more to send. False: the client is gone. */
static bool
fill_events(struct reply *reply)
{
    char *text;
    enum rpc_code code;
    text_reset(&reply->events);
    reply->sent = 0;
    http_connection_enter(reply->http, reply->connection, HTTP_WORKING);
    switch (http_outbox_wait(reply->outbox, watched_socket(reply), HTTP_KEEP_ALIVE_MS, &text,
                             &code)) {
    case OUTBOX_ANSWERED:
        reply->ended = true;
        add_event(reply, text);
        break;
    case OUTBOX_MESSAGE: add_event(reply, text); break;
    case OUTBOX_QUIET: text_add(&reply->events, ":\n\n"); break;
    case OUTBOX_GONE: give_up(reply); return false;
    }
    http_connection_enter(reply->http, reply->connection, HTTP_SENDING);
    return true;
}

static ssize_t
read_events(void *context, uint64_t position, char *buffer, size_t size)
{
    struct reply *reply = context;
    (void)position;
    if (reply->sent == reply->events.length && !reply->ended && !fill_events(reply)) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = reply->events.length - reply->sent;
    if (left == 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size = size < left ? size : left;
    memcpy(buffer, reply->events.bytes + reply->sent, size);
    reply->sent += size;
    return (ssize_t)size;
}

static enum MHD_Result
send_stream(struct reply *reply)
{
    enum { PIECE = 16384 };
    struct MHD_Connection *connection = reply->connection;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, PIECE, read_events, reply, reply_free);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    http_connection_enter(reply->http, connection, HTTP_SENDING);
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response); /* frees the reply when it could not be queued */
    return queued;
}

/* A request that was given up by a notification has no answer: its stream just ends. When it is
 * the server that stops, say so. */
static enum MHD_Result
send_answer(struct reply *reply, char *text, enum rpc_code code)
{
    struct http *http = reply->http;
    struct MHD_Connection *connection = reply->connection;
    unsigned status = http_status_of(code, reply->exchange->era);
    bool is_new = strcmp(reply->exchange->message.method, "initialize") == 0;
    if (text == NULL && !atomic_load(&http->stopping)) {
        reply->ended = true;
        return send_stream(reply);
    }
    if (text == NULL) {
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    enum MHD_Result queued = http_send(http, connection, status, text,
                                       is_new && reply->session != NULL ? reply->session->id
                                                                        : NULL);
    reply_free(reply);
    return queued;
}

static bool
may_stream(const struct reply *reply)
{
    return mcp_exchange_may_notify(reply->exchange) ||
           strcmp(reply->exchange->message.method, "subscriptions/listen") == 0;
}

enum MHD_Result
http_reply(struct http *http, struct MHD_Connection *connection, struct mcp_exchange *exchange,
           struct http_outbox *outbox, struct session *session)
{
    char *text;
    enum rpc_code code;
    struct reply *reply = calloc(1, sizeof *reply);
    assert(reply != NULL);
    *reply = (struct reply){.http = http,
                            .connection = connection,
                            .exchange = exchange,
                            .outbox = outbox,
                            .session = session};
    switch (http_outbox_wait(outbox, watched_socket(reply),
                             may_stream(reply) ? HTTP_QUIET_MS : -1, &text, &code)) {
    case OUTBOX_ANSWERED: return send_answer(reply, text, code);
    case OUTBOX_MESSAGE: add_event(reply, text); return send_stream(reply);
    case OUTBOX_QUIET: return send_stream(reply);
    case OUTBOX_GONE: break;
    }
    give_up(reply);
    reply_free(reply);
    return MHD_NO;
}
