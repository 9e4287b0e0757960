/* post.c — one POST or DELETE: its era, its session, its way to the server. */
#include "base/clock.h"
#include "http/internal.h"
#include "mcp/meta.h"

#include <stdlib.h>
#include <string.h>

enum MHD_Result
http_send(struct http *http, struct MHD_Connection *connection, unsigned status, char *message,
          const char *session)
{
    size_t length = message == NULL ? 0 : strlen(message);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, message,
                                                                    MHD_RESPMEM_MUST_FREE);
    if (message != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    }
    if (session != NULL) {
        MHD_add_response_header(response, "Mcp-Session-Id", session);
    }
    http_connection_enter(http, connection, HTTP_SENDING);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

unsigned
http_status_of(enum rpc_code code, enum mcp_era era)
{
    switch (code) {
    case RPC_PARSE_ERROR:
    case RPC_INVALID_REQUEST:
    case RPC_HEADER_MISMATCH:
    case RPC_MISSING_CAPABILITY:
    case RPC_UNSUPPORTED_VERSION: return MHD_HTTP_BAD_REQUEST;
    case RPC_METHOD_NOT_FOUND: return era == MCP_MODERN ? MHD_HTTP_NOT_FOUND : MHD_HTTP_OK;
    case RPC_NO_FAULT:
    case RPC_INVALID_PARAMS: /* of _meta: refused before, with 400 */
    case RPC_RESOURCE_NOT_FOUND:
    case RPC_INTERNAL_ERROR: break;
    }
    return MHD_HTTP_OK;
}

static enum MHD_Result
send_fault(struct http *http, struct MHD_Connection *connection, unsigned status, json_t *id,
           struct rpc_fault *fault)
{
    size_t length;
    return http_send(http, connection, status, rpc_dump(rpc_error(id, fault), &length), NULL);
}

/* A legacy request's session, held: an existing one, or a new one for initialize. NULL: status
 * and fault say why. */
static struct session *
find_session(struct http *http, const struct rpc_message *message,
             const struct http_headers *headers, const struct http_request *request,
             struct rpc_fault *fault)
{
    int64_t now_ms = clock_monotonic_ms();
    if (message->kind == RPC_REQUEST && strcmp(message->method, "initialize") == 0) {
        struct session *opened = session_open(&http->sessions, request->token, now_ms);
        if (opened == NULL) {
            rpc_fault_set(fault, RPC_INTERNAL_ERROR, "all %d sessions are in use",
                          SESSIONS_MAX);
        }
        return opened;
    }
    if (headers->session == NULL) {
        rpc_fault_set(fault, RPC_INVALID_REQUEST, "the header Mcp-Session-Id is missing");
        return NULL;
    }
    struct session *found = session_find(&http->sessions, headers->session, request->token,
                                         now_ms);
    if (found == NULL) {
        rpc_fault_set(fault, RPC_INVALID_REQUEST, "no such session; initialize again");
        return NULL;
    }
    if (headers->version != NULL && !mcp_version_is_legacy(headers->version)) {
        session_release(&http->sessions, found);
        rpc_fault_set(fault, RPC_INVALID_REQUEST,
                      "MCP-Protocol-Version is not one of a session's");
        return NULL;
    }
    return found;
}

/* 404 tells a client that its session is over; it then begins a new one. */
static unsigned
session_status(const struct rpc_fault *fault, const struct http_headers *headers,
               struct http *http, size_t owner)
{
    if (fault->code == RPC_INTERNAL_ERROR) {
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    struct session *found = headers->session == NULL
                                ? NULL
                                : session_find(&http->sessions, headers->session, owner,
                                               clock_monotonic_ms());
    session_release(&http->sessions, found);
    return headers->session != NULL && found == NULL ? MHD_HTTP_NOT_FOUND
                                                     : MHD_HTTP_BAD_REQUEST;
}

/* Notifications and responses: taken, never answered. */
static enum MHD_Result
take_unanswered(struct http *http, struct MHD_Connection *connection,
                const struct rpc_message *message, const struct http_headers *headers,
                const struct http_request *request)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    if (headers->session != NULL && !mcp_version_is_modern(headers->version)) {
        struct session *session = find_session(http, message, headers, request, &fault);
        if (session == NULL) {
            return send_fault(http, connection,
                              session_status(&fault, headers, http, request->token), NULL,
                              &fault);
        }
        if (message->kind == RPC_NOTIFICATION) {
            mcp_server_notified(http->server, &session->peer, message);
        }
        session_release(&http->sessions, session);
    }
    return http_send(http, connection, MHD_HTTP_ACCEPTED, NULL, NULL);
}

static bool
takes_events(struct MHD_Connection *connection)
{
    const char *accept = http_header(connection, MHD_HTTP_HEADER_ACCEPT);
    return accept != NULL &&
           (strstr(accept, "text/event-stream") != NULL || strstr(accept, "*/*") != NULL);
}

/* Hands the request over, unless the server stops. */
static bool
hand_over(struct http *http, struct mcp_exchange *exchange)
{
    pthread_mutex_lock(&http->lock);
    bool open = !atomic_load(&http->stopping);
    http->taking += open ? 1 : 0;
    pthread_mutex_unlock(&http->lock);
    if (!open) {
        return false;
    }
    mcp_server_take(http->server, exchange);
    pthread_mutex_lock(&http->lock);
    http->taking--;
    pthread_mutex_unlock(&http->lock);
    return true;
}

static enum MHD_Result
take_request(struct http *http, struct MHD_Connection *connection, struct rpc_message *message,
             enum mcp_era era, struct session *session)
{
    bool events = takes_events(connection) ||
                  strcmp(message->method, "subscriptions/listen") == 0;
    struct http_outbox *outbox = http_outbox_new(events);
    if (outbox == NULL) {
        session_release(&http->sessions, session);
        return http_send(http, connection, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, NULL);
    }
    struct mcp_way way = http_outbox_way(outbox);
    struct mcp_exchange *exchange = mcp_exchange_new(
        message, era, session == NULL ? NULL : &session->peer, &way);
    http_connection_enter(http, connection, HTTP_WORKING);
    if (!hand_over(http, exchange)) {
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        rpc_fault_set(&fault, RPC_INTERNAL_ERROR, "the server stops");
        mcp_exchange_answer(exchange, rpc_error(exchange->message.id, &fault), fault.code);
    }
    return http_reply(http, connection, exchange, outbox, session);
}

static enum MHD_Result
take_message(struct http *http, struct MHD_Connection *connection, struct rpc_message *message,
             const struct http_request *request)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    struct session *session = NULL;
    const struct http_headers headers = {
        .version = http_header(connection, "MCP-Protocol-Version"),
        .method = http_header(connection, "Mcp-Method"),
        .name = http_header(connection, "Mcp-Name"),
        .session = http_header(connection, "Mcp-Session-Id"),
    };
    if (message->kind != RPC_REQUEST) {
        return take_unanswered(http, connection, message, &headers, request);
    }
    enum mcp_era era = http_message_era(message, &headers);
    if (era == MCP_MODERN && !http_modern_check(message, &headers, &fault)) {
        return send_fault(http, connection, MHD_HTTP_BAD_REQUEST, message->id, &fault);
    }
    if (era == MCP_LEGACY) {
        session = find_session(http, message, &headers, request, &fault);
        if (session == NULL) {
            return send_fault(http, connection,
                              session_status(&fault, &headers, http, request->token),
                              message->id, &fault);
        }
    }
    return take_request(http, connection, message, era, session);
}

enum MHD_Result
http_post(struct http *http, struct MHD_Connection *connection, struct http_request *request)
{
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    if (!rpc_parse(text_string(&request->body), request->body.length, &message, &fault)) {
        return send_fault(http, connection, MHD_HTTP_BAD_REQUEST, message.id, &fault);
    }
    return take_message(http, connection, &message, request);
}

enum MHD_Result
http_delete(struct http *http, struct MHD_Connection *connection,
            const struct http_request *request)
{
    struct session *session = session_find(&http->sessions,
                                           http_header(connection, "Mcp-Session-Id"),
                                           request->token, clock_monotonic_ms());
    if (session == NULL) {
        return http_send(http, connection, MHD_HTTP_NOT_FOUND, NULL, NULL);
    }
    mcp_flights_cancel_all(&http->server->flights, &session->peer);
    session_close(&http->sessions, session);
    session_release(&http->sessions, session);
    return http_send(http, connection, MHD_HTTP_OK, NULL, NULL);
}
