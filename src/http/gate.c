/* gate.c — who may ask at all: Host and Origin, path and verb, token, rate. */
#include "base/clock.h"
#include "http/internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void
refuse(struct http_request *request, unsigned status, const char *why)
{
    request->refused = status;
    rpc_fault_set(&request->fault, RPC_INVALID_REQUEST, "%s", why);
}

/* The bucket of this client: its token, and the address it comes from. */
static void
name_client(struct MHD_Connection *connection, size_t token, char name[RATE_CLIENT_SIZE])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char address[INET6_ADDRSTRLEN] = "?";
    if (info != NULL && info->client_addr->sa_family == AF_INET) {
        inet_ntop(AF_INET,
                  (const char *)info->client_addr + offsetof(struct sockaddr_in, sin_addr),
                  address, sizeof address);
    } else if (info != NULL && info->client_addr->sa_family == AF_INET6) {
        inet_ntop(AF_INET6,
                  (const char *)info->client_addr + offsetof(struct sockaddr_in6, sin6_addr),
                  address, sizeof address);
    }
    snprintf(name, RATE_CLIENT_SIZE, "%zu@%s", token, address);
}

static bool
check_client(struct http *http, struct MHD_Connection *connection, struct http_request *request)
{
    char client[RATE_CLIENT_SIZE];
    bool admitted = token_set_admits(
        &http->tokens, http_header(connection, MHD_HTTP_HEADER_AUTHORIZATION), &request->token);
    name_client(connection, request->token, client);
    if (!rate_limit_take(&http->rate, client, clock_monotonic_ms(), &request->wait_s)) {
        refuse(request, MHD_HTTP_TOO_MANY_REQUESTS, "too many requests; wait a moment");
        return false;
    }
    if (!admitted) {
        refuse(request, MHD_HTTP_UNAUTHORIZED, "a bearer token is needed");
    }
    return admitted;
}

static bool
names_are_ours(const struct http *http, const char *host, const char *origin)
{
    const char *hosts = http->settings->hosts;
    return (http_host_is_ours(host, hosts) || http_host_is_ours(host, http->own_name)) &&
           (http_origin_is_ours(origin, hosts) || http_origin_is_ours(origin, http->own_name));
}

void
http_gate(struct http *http, struct MHD_Connection *connection, const char *path,
          const char *verb, struct http_request *request)
{
    if (!names_are_ours(http, http_header(connection, MHD_HTTP_HEADER_HOST),
                        http_header(connection, MHD_HTTP_HEADER_ORIGIN))) {
        refuse(request, MHD_HTTP_FORBIDDEN, "this Host or Origin is not ours");
    } else if (strcmp(path, HTTP_PATH) != 0) {
        refuse(request, MHD_HTTP_NOT_FOUND, "the path is " HTTP_PATH);
    } else if (strcmp(verb, MHD_HTTP_METHOD_POST) != 0 &&
               (strcmp(verb, MHD_HTTP_METHOD_DELETE) != 0 ||
                http_header(connection, "Mcp-Session-Id") == NULL)) {
        refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "POST is for messages");
    } else if (atomic_load(&http->stopping)) {
        refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the server stops");
    } else {
        check_client(http, connection, request);
    }
}

/* RFC 6750: one that was shown and is not good is told apart from none at all. */
static const char *
challenge(struct MHD_Connection *connection)
{
    return http_header(connection, MHD_HTTP_HEADER_AUTHORIZATION) == NULL
               ? "Bearer realm=\"outgrow\""
               : "Bearer realm=\"outgrow\", error=\"invalid_token\"";
}

enum MHD_Result
http_refuse(struct http *http, struct MHD_Connection *connection, struct http_request *request)
{
    char seconds[16];
    size_t length;
    char *text = rpc_dump(rpc_error(NULL, &request->fault), &length);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text,
                                                                    MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (request->refused == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                                challenge(connection));
    }
    if (request->refused == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "POST, DELETE");
    }
    if (request->refused == MHD_HTTP_TOO_MANY_REQUESTS) {
        snprintf(seconds, sizeof seconds, "%d", request->wait_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    http_connection_enter(http, connection, HTTP_SENDING);
    enum MHD_Result queued = MHD_queue_response(connection, request->refused, response);
    MHD_destroy_response(response);
    return queued;
}
