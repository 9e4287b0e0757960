/* mcp_settings.h — what `outgrow mcp` makes of its options. */
#ifndef COMMAND_MCP_SETTINGS_H
#define COMMAND_MCP_SETTINGS_H

#include "agent/host.h"
#include "command/command.h"
#include "http/server.h"

/* The environment variable with the bearer tokens: never an option, which anybody can see. */
#define MCP_TOKEN_VARIABLE "OUTGROW_MCP_TOKEN"

/* From options and operands to the host's settings; starts the private server when that is the
 * target. All strings live as long as `arena`, settings or environment. */
MUST_USE bool mcp_tool_settings(const struct settings *settings, const struct output *output,
                                struct arena *arena, struct tool_settings *tools,
                                struct error *err);

/* The same for HTTP; reads the tokens. ERROR_USAGE: a file of tokens that others may read. */
MUST_USE bool mcp_http_settings(const struct settings *settings, struct arena *arena,
                                struct http_settings *http, struct error *err);

/* The client's JSON, {"mcpServers": ...}, without secrets: where one is needed, the name of the
 * environment variable it comes from. */
MUST_USE bool mcp_print_config(const struct settings *settings, const struct output *output,
                               struct error *err);

#endif
