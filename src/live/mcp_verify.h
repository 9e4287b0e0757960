/* mcp_verify.h — what the tool verify_table does: outgrow verify for one table, reading only. */
#ifndef LIVE_MCP_VERIFY_H
#define LIVE_MCP_VERIFY_H

#include "agent/host.h"

#include <stdatomic.h>

struct mcp_verifier {
    atomic_bool busy; /* one comparison at a time: more are refused */
};

/* A table_verify_function. context: struct mcp_verifier. */
bool mcp_verify_table(void *context, const struct table_to_verify *wanted,
                      const struct tool_call *call, json_t **found, struct error *err);

#endif
