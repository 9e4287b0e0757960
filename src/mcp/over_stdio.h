/* over_stdio.h — MCP over standard input and output: one message a line. */
#ifndef MCP_OVER_STDIO_H
#define MCP_OVER_STDIO_H

#include "mcp/server.h"

/* Serves until the input ends, the output is closed or the process is asked to stop, and stops
 * and frees the server. Requests that were read before the end get a second to finish; then
 * they are given up. Nothing but messages is written to `output`. *hung: a tool does not come
 * back, so what it uses may not be freed; leave the process. ERROR_SYSTEM: the input cannot be
 * read. */
MUST_USE bool mcp_stdio_serve(struct mcp_server *server, int input, int output, bool *hung,
                              struct error *err);

#endif
