/* modern.h — what the modern revision's headers have to say about a message, and which era a
 * message over HTTP is of. */
#ifndef HTTP_MODERN_H
#define HTTP_MODERN_H

#include "mcp/exchange.h"

/* The headers that count; NULL: not sent. */
struct http_headers {
    const char *version; /* MCP-Protocol-Version */
    const char *method;  /* Mcp-Method */
    const char *name;    /* Mcp-Name */
    const char *session; /* Mcp-Session-Id */
};

/* Legacy: initialize, a session or a legacy version, each without the modern _meta. */
enum mcp_era http_message_era(const struct rpc_message *message,
                              const struct http_headers *headers);

/* Headers agree with the message, and _meta with both; in the order that is prescribed. */
bool http_modern_check(const struct rpc_message *message, const struct http_headers *headers,
                       struct rpc_fault *fault);

/* A header's value is `expected`, as it is or as =?base64?...?=, white space around it aside. */
bool http_value_is(const char *header, const char *expected);

#endif
