/* lines.c — see lines.h. */
#include "mcp/lines.h"

#include "mcp/rpc.h"

#include <string.h>

static void
add(struct mcp_lines *lines, const char *bytes, size_t size)
{
    if (lines->line.length + size > RPC_SIZE_MAX) {
        lines->too_long = true;
        text_free(&lines->line);
    }
    if (!lines->too_long) {
        text_add_bytes(&lines->line, bytes, size);
    }
}

static void
finish(struct mcp_lines *lines, mcp_line_function *take, void *context)
{
    size_t length = lines->line.length;
    if (lines->too_long) {
        take(context, NULL, 0);
    } else {
        if (length > 0 && lines->line.bytes[length - 1] == '\r') {
            length--;
        }
        if (length > 0) {
            take(context, lines->line.bytes, length);
        }
    }
    lines->too_long = false;
    text_reset(&lines->line);
}

void
mcp_lines_feed(struct mcp_lines *lines, const char *bytes, size_t size, mcp_line_function *take,
               void *context)
{
    const char *end;
    while (size > 0 && (end = memchr(bytes, '\n', size)) != NULL) {
        size_t length = (size_t)(end - bytes);
        add(lines, bytes, length);
        finish(lines, take, context);
        bytes += length + 1;
        size -= length + 1;
    }
    add(lines, bytes, size);
}

void
mcp_lines_end(struct mcp_lines *lines, mcp_line_function *take, void *context)
{
    finish(lines, take, context);
    text_free(&lines->line);
}
