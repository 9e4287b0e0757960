/* server.c — see server.h: the daemon's life, its connections, and the watch over them. */
#include "http/server.h"

#include "base/clock.h"
#include "base/stop.h"
#include "http/internal.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 100,
    GRACE_MS = 2000, /* for requests in flight, when we are asked to stop */
    STOP_MS = 3000,  /* for those that were given up */
    FLUSH_MS = 1000, /* for answers on their way */
    FILE_MAX = 1 << 20,
    /* Of a body we will not use, so much is read before the refusal: a client that still writes
     * might not see it otherwise. */
    DISCARD_MAX = 4 * RPC_SIZE_MAX,
};

static void
on_completed(void *context, struct MHD_Connection *connection, void **request_context,
             enum MHD_RequestTerminationCode why)
{
    struct http_request *request = *request_context;
    (void)why;
    http_connection_enter(context, connection, HTTP_RECEIVING);
    if (request != NULL) {
        json_decref(request->fault.data);
        text_free(&request->body);
        free(request);
    }
}

/* Bytes that are announced; -1: not known. */
static long long
announced_size(struct MHD_Connection *connection)
{
    const char *length = http_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length == NULL ? -1 : strtoll(length, NULL, 10);
}

static bool
waits_for_leave(struct MHD_Connection *connection)
{
    return http_header(connection, MHD_HTTP_HEADER_EXPECT) != NULL;
}

static void
refuse_large(struct http_request *request)
{
    request->too_large = true;
    request->refused = MHD_HTTP_CONTENT_TOO_LARGE;
    rpc_fault_set(&request->fault, RPC_INVALID_REQUEST, "a message has at most %d bytes",
                  RPC_SIZE_MAX);
    text_free(&request->body);
}

static enum MHD_Result
begin_request(struct http *http, struct MHD_Connection *connection, const char *path,
              const char *verb, void **context)
{
    struct http_request *request = calloc(1, sizeof *request);
    assert(request != NULL);
    *context = request;
    http_gate(http, connection, path, verb, request);
    long long size = announced_size(connection);
    if (request->refused == 0 && size > RPC_SIZE_MAX) {
        refuse_large(request);
    }
    if (request->refused != 0 && (size > DISCARD_MAX || waits_for_leave(connection))) {
        return http_refuse(http, connection, request);
    }
    return MHD_YES;
}

static void
add_body(struct http_request *request, const char *bytes, size_t size)
{
    if (request->refused != 0) {
        return;
    }
    if (request->body.length + size > RPC_SIZE_MAX) {
        refuse_large(request);
        return;
    }
    text_add_bytes(&request->body, bytes, size);
}

/* MHD wants so many parameters. */
static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size) */
on_request(void *context, struct MHD_Connection *connection, const char *path, const char *verb,
           const char *version, const char *bytes, size_t *size, void **request_context)
{
    struct http *http = context;
    struct http_request *request = *request_context;
    (void)version;
    if (request == NULL) {
        return begin_request(http, connection, path, verb, request_context);
    }
    if (*size > 0) {
        add_body(request, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    if (request->refused != 0) {
        return http_refuse(http, connection, request);
    }
    return strcmp(verb, MHD_HTTP_METHOD_DELETE) == 0 ? http_delete(http, connection, request)
                                                     : http_post(http, connection, request);
}

static bool
read_file(const char *path, char **content, struct error *err)
{
    AUTO_TEXT text = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(err, ERROR_SYSTEM, "open \"%s\"", path);
    }
    text_reserve(&text, FILE_MAX);
    text.length = fread(text.bytes, 1, FILE_MAX, file);
    bool ok = !ferror(file);
    fclose(file);
    if (!ok) {
        return error_set(err, ERROR_SYSTEM, "read \"%s\"", path);
    }
    *content = strndup(text.bytes, text.length);
    assert(*content != NULL);
    return true;
}

static bool
check_settings(const struct http *http, const struct http_address *address, struct error *err)
{
    const struct http_settings *settings = http->settings;
    if ((settings->certificate == NULL) != (settings->key == NULL)) {
        return error_set(err, ERROR_USAGE, "TLS needs both a certificate and its key");
    }
    if (address->is_loopback || (http->tokens.count > 0 && settings->certificate != NULL)) {
        return true;
    }
    error_set(err, ERROR_USAGE, "\"%s\" can be reached from other machines, and there is no %s",
              settings->address,
              http->tokens.count == 0 ? "token to ask them for" : "TLS to hide it");
    return error_hint(err, "set OUTGROW_MCP_TOKEN or --token-file, and --tls-cert with "
                           "--tls-key; or listen on 127.0.0.1 behind a proxy");
}

/* A socket that listens; -1: err. */
static int
open_socket(const struct http_settings *settings, const struct http_address *address,
            struct error *err)
{
    const int on = 1;
    int listener = socket(address->socket_address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(listener, (const struct sockaddr *)&address->socket_address, address->size) == 0 &&
        listen(listener, SOMAXCONN) == 0) {
        return listener;
    }
    int failed = errno;
    if (listener >= 0) {
        close(listener);
    }
    errno = failed;
    error_set(err, ERROR_SYSTEM, "listen on %s", settings->address);
    return -1;
}

static bool
start_daemon(struct http *http, int listener, struct error *err)
{
    const bool tls = http->certificate != NULL;
    const struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, http->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    http->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_ITC | (tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_NOTIFY_CONNECTION, http_connection_changed, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
        tls ? tls_options : none, MHD_OPTION_END);
    if (http->daemon == NULL) {
        close(listener);
        return error_set(err, tls ? ERROR_USAGE : ERROR_SYSTEM,
                         tls ? "the certificate or its key is not usable" : "start serving");
    }
    return true;
}

static void
say_ready(const struct http *http, const struct http_address *address, int listener,
          http_ready_function *ready, void *ready_context)
{
    char url[HTTP_HOST_SIZE + 40];
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    char port[NI_MAXSERV] = "?";
    getsockname(listener, (struct sockaddr *)&bound, &size);
    getnameinfo((const struct sockaddr *)&bound, size, NULL, 0, port, sizeof port,
                NI_NUMERICSERV);
    snprintf(url, sizeof url, "http%s://%s%s%s:%s" HTTP_PATH,
             http->certificate == NULL ? "" : "s", address->is_ipv6 ? "[" : "", address->host,
             address->is_ipv6 ? "]" : "", port);
    ready(ready_context, url);
}

static bool
nobody_takes(struct http *http)
{
    pthread_mutex_lock(&http->lock);
    bool none = http->taking == 0;
    pthread_mutex_unlock(&http->lock);
    return none;
}

/* True: all threads have ended. False: a tool hangs. */
static bool
stop_daemon(struct http *http)
{
    int listener = MHD_quiesce_daemon(http->daemon);
    pthread_mutex_lock(&http->lock);
    atomic_store(&http->stopping, true);
    pthread_mutex_unlock(&http->lock);
    if (listener >= 0) {
        close(listener);
    }
    mcp_flights_wait(&http->server->flights, GRACE_MS);
    while (!nobody_takes(http)) {
        usleep(1000);
    }
    if (!mcp_server_stop(http->server, STOP_MS)) {
        return false;
    }
    for (int waited = 0; http_connections_busy(http) && waited < FLUSH_MS;
         waited += LOOK_MS / 10) {
        usleep(LOOK_MS * 100);
    }
    http_connections_cut_off(http, true);
    MHD_stop_daemon(http->daemon);
    mcp_server_free(http->server);
    return true;
}

static bool
start(struct http *http, http_ready_function *ready, void *ready_context, struct error *err)
{
    struct http_address address;
    const struct http_settings *settings = http->settings;
    if (!token_set_fill(&http->tokens, settings->tokens, err) ||
        !http_address_parse(settings->address, &address, err) ||
        !check_settings(http, &address, err)) {
        return false;
    }
    if (settings->certificate != NULL &&
        (!read_file(settings->certificate, &http->certificate, err) ||
         !read_file(settings->key, &http->key, err))) {
        return false;
    }
    if (!address.is_wildcard) {
        memcpy(http->own_name, address.host, sizeof http->own_name);
    }
    int listener = open_socket(settings, &address, err);
    if (listener < 0 || !start_daemon(http, listener, err)) {
        return false;
    }
    say_ready(http, &address, listener, ready, ready_context);
    return true;
}

static void
http_free(struct http *http)
{
    sessions_free(&http->sessions);
    rate_limit_free(&http->rate);
    pthread_mutex_destroy(&http->lock);
    free(http->certificate);
    free(http->key);
    free(http);
}

bool
http_serve(struct mcp_server *server, const struct http_settings *settings,
           http_ready_function *ready, void *ready_context, bool *hung, struct error *err)
{
    struct http *http = calloc(1, sizeof *http);
    assert(http != NULL);
    http->server = server;
    http->settings = settings;
    atomic_init(&http->stopping, false);
    pthread_mutex_init(&http->lock, NULL);
    sessions_init(&http->sessions);
    rate_limit_init(&http->rate, settings->per_second);
    *hung = false;
    if (!start(http, ready, ready_context, err)) {
        *hung = !mcp_server_stop(server, STOP_MS);
        if (!*hung) {
            mcp_server_free(server);
        }
        http_free(http);
        return false;
    }
    while (!stop_requested()) {
        usleep(LOOK_MS * 1000);
        http_connections_cut_off(http, false);
    }
    *hung = !stop_daemon(http);
    if (!*hung) {
        http_free(http);
    }
    return true;
}
