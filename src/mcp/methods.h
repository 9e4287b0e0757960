/* methods.h — the one table of methods. */
#ifndef MCP_METHODS_H
#define MCP_METHODS_H

#include "mcp/server.h"

typedef void mcp_builtin_function(const struct mcp_server *server,
                                  const struct mcp_request *request, struct mcp_reply *reply);

struct mcp_method {
    const char *name;
    unsigned eras;                 /* enum mcp_era: in which it exists */
    mcp_builtin_function *builtin; /* NULL: the service's function answers */
    size_t function;               /* its offset in struct mcp_service */
    const char *named_by;          /* the member of params that HTTP repeats in Mcp-Name */
    bool works;                    /* may take long: runs on a worker */
    bool listens;                  /* is answered when the server ends */
    int cache_ms;                  /* modern: how long a client may keep the result */
    const char *cache_scope;       /* NULL: not at all */
};

/* NULL: there is no such method in this era, or the service has none. */
const struct mcp_method *mcp_method_find(const struct mcp_server *server,
                                         const struct mcp_exchange *exchange);

/* By name alone, for what HTTP's headers must say; NULL: none. */
const struct mcp_method *mcp_method_named(const char *name);

void mcp_method_run(const struct mcp_server *server, const struct mcp_method *method,
                    const struct mcp_request *request, struct mcp_reply *reply);

#endif
