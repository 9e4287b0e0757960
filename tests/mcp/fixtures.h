/* fixtures.h — tools, resources and prompts with the names and texts that the conformance suites
 * of the Model Context Protocol look for. */
#ifndef TESTS_MCP_FIXTURES_H
#define TESTS_MCP_FIXTURES_H

#include "mcp/server.h"

/* server: told when a fixture changes a list. */
const struct mcp_service *fixtures_service(struct mcp_server *server);

/* The parts of the service. */
mcp_function fixtures_tools_call; /* fixtures_tools.c */
mcp_function fixtures_tools_list;
mcp_function fixtures_resources_list; /* fixtures.c */
mcp_function fixtures_templates_list;
mcp_function fixtures_resources_read;
mcp_function fixtures_prompts_list;
mcp_function fixtures_prompts_get;
mcp_function fixtures_complete;

/* tools/call of the tools that ask first (fixtures_input.c). False: it is none of them. */
bool fixtures_ask(const char *name, const struct mcp_request *request, struct mcp_reply *reply);
void fixtures_ask_list(json_t *tools);
/* One request for the user's text, as inputRequests[key]. */
json_t *fixtures_elicit(const char *key, const char *message, const char *member,
                        const char *type);

/* {"content": [{"type": "text", ...}]} */
json_t *fixtures_text(const char *text);

extern const char fixtures_png[];

#endif
