/* service.h — what an MCP server offers, behind the protocol: tools, resources, prompts.
 *
 * `outgrow mcp` offers one (serve/offer.h); the tests of the protocol another. A service knows no
 * transport and no revision; the protocol knows neither SQL nor what a tool does. */
#ifndef MCP_SERVICE_H
#define MCP_SERVICE_H

#include "mcp/exchange.h"

/* What a method's function is given; all borrowed. */
struct mcp_request {
    struct mcp_exchange *exchange; /* for progress, log and cancellation */
    const json_t *params;          /* an object, never NULL */
    const json_t *inputs;          /* what the client's user answered, by key; NULL: nothing */
    const json_t *state;           /* the mcp_reply's of the question, checked; NULL: none */
};

/* What it gives back, all taken over; exactly one of result, inputs and fault.code. */
struct mcp_reply {
    json_t *result; /* the body, without what the revision adds */
    json_t *inputs; /* requests to the client, by key, to be answered with the same call */
    json_t *state;  /* with them: comes back signed, for the same call alone; NULL: none */
    struct rpc_fault fault;
};

typedef void mcp_function(void *context, const struct mcp_request *request,
                          struct mcp_reply *reply);

/* Functions may run on several threads at once. NULL: the method is not served, and the
 * capability is not declared. */
struct mcp_service {
    void *context;
    const char *name;
    const char *title;
    const char *version;
    const char *instructions;
    mcp_function *tools_list;
    mcp_function *tools_call;
    mcp_function *resources_list;
    mcp_function *templates_list;
    mcp_function *resources_read;
    mcp_function *prompts_list;
    mcp_function *prompts_get;
    mcp_function *complete;
    bool lists_change; /* tools and prompts come and go; those of outgrow do not */
    bool subscribes;   /* legacy resources/subscribe is taken */
};

#endif
