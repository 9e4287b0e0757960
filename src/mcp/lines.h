/* lines.h — a stream of bytes cut into lines of at most RPC_SIZE_MAX bytes. */
#ifndef MCP_LINES_H
#define MCP_LINES_H

#include "base/text.h"

struct mcp_lines {
    struct text line; /* what came of the current one */
    bool too_long;    /* ... which is thrown away until its end */
};

/* A line without its end; NULL: it was too long. Borrowed. */
typedef void mcp_line_function(void *context, const char *line, size_t length);

/* Calls `take` for each line that is complete now; not for empty ones. */
void mcp_lines_feed(struct mcp_lines *lines, const char *bytes, size_t size,
                    mcp_line_function *take, void *context);
/* The stream has ended: what is left counts as a line. */
void mcp_lines_end(struct mcp_lines *lines, mcp_line_function *take, void *context);

#endif
