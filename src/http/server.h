/* server.h — MCP over streamable HTTP: one path, POST (and DELETE for legacy sessions).
 *
 * Never speaks to the world without a token and TLS, and to nobody whose Host or Origin is not
 * ours. One thread per connection; tools run on the server's workers. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "mcp/server.h"

#define HTTP_PATH "/mcp"

/* Borrowed strings. */
struct http_settings {
    const char *address;     /* HOST:PORT; port 0: the system chooses */
    const char *tokens;      /* see token.h; NULL: none is asked for */
    const char *certificate; /* a file, PEM; NULL: no TLS */
    const char *key;         /* its private key, PEM */
    const char *hosts;       /* further names we are called by; NULL: none */
    int per_second;          /* requests of one client; 0: as many as it likes */
};

/* Called once, when connections are taken. */
typedef void http_ready_function(void *context, const char *url);

/* Serves until the process is asked to stop, and stops and frees the server. Requests in flight
 * get two seconds to finish, then they are given up. *hung: as in mcp/over_stdio.h.
 * ERROR_USAGE: settings that would open the database to the world; ERROR_SYSTEM: the address
 * cannot be had. */
MUST_USE bool http_serve(struct mcp_server *server, const struct http_settings *settings,
                         http_ready_function *ready, void *ready_context, bool *hung,
                         struct error *err);

#endif
