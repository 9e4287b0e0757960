/* offer.h — what `outgrow mcp` offers: the host's tools, a few resources read through them,
 * and prompts that say how to use them. */
#ifndef SERVE_OFFER_H
#define SERVE_OFFER_H

#include "base/text.h"
#include "mcp/service.h"
#include "serve/audit.h"
#include "tool/tool_table.h"

struct mcp_offer {
    struct tool_host *host; /* borrowed */
    struct audit audit;     /* of every call */
    struct arena arena;
    const struct tool *const *tools;
    size_t tool_count;
    json_t *list;               /* of tools/list */
    json_t *schemas;            /* of arguments, by name */
    struct mcp_service service; /* with context = this */
};

/* version: of the program; borrowed. audit: where a line is written for every call; -1: nowhere.
 * ERROR_INTERNAL: a tool's schema is not JSON. */
MUST_USE bool mcp_offer_open(struct mcp_offer *offer, struct tool_host *host,
                             const char *version, int audit, struct error *err);
/* Fine on the zero value. */
void mcp_offer_close(struct mcp_offer *offer);

/* The functions of its service; see struct mcp_service. */
mcp_function mcp_offer_tools_call;
mcp_function mcp_offer_resources_list;
mcp_function mcp_offer_templates_list;
mcp_function mcp_offer_resources_read;
mcp_function mcp_offer_complete;
mcp_function mcp_offer_prompts_list;
mcp_function mcp_offer_prompts_get;

/* Runs a tool on its own arguments for a resource or a completion. Its structured result, a new
 * reference; NULL: it failed, and reply->fault says why. */
json_t *mcp_offer_look(struct mcp_offer *offer, const struct tool *tool, json_t *arguments,
                       struct mcp_exchange *exchange, struct rpc_fault *fault);

#endif
