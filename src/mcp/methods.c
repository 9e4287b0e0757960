/* methods.c — see methods.h; and the methods that are the protocol's own. */
#include "mcp/methods.h"

#include "mcp/meta.h"

#include <stddef.h>
#include <string.h>

/* What the service's functions amount to. */
static json_t *
capabilities(const struct mcp_service *service, enum mcp_era era)
{
    json_t *all = json_object();
    if (service->tools_list != NULL) {
        json_object_set_new(all, "tools",
                            service->lists_change ? json_pack("{s:b}", "listChanged", 1)
                                                  : json_object());
    }
    if (service->prompts_list != NULL) {
        json_object_set_new(all, "prompts",
                            service->lists_change ? json_pack("{s:b}", "listChanged", 1)
                                                  : json_object());
    }
    if (service->resources_list != NULL) {
        json_object_set_new(all, "resources",
                            service->subscribes && era == MCP_LEGACY
                                ? json_pack("{s:b}", "subscribe", 1)
                                : json_object());
    }
    if (service->complete != NULL) {
        json_object_set_new(all, "completions", json_object());
    }
    if (era == MCP_LEGACY) {
        json_object_set_new(all, "logging", json_object());
    }
    return all;
}

static void
discover(const struct mcp_server *server, const struct mcp_request *request,
         struct mcp_reply *reply)
{
    (void)request;
    reply->result = json_pack("{s:o, s:o, s:s*}", "supportedVersions", mcp_versions(),
                              "capabilities", capabilities(server->service, MCP_MODERN),
                              "instructions", server->service->instructions);
}

static void
initialize(const struct mcp_server *server, const struct mcp_request *request,
           struct mcp_reply *reply)
{
    const struct mcp_service *service = server->service;
    const char *wanted = json_string_value(json_object_get(request->params, "protocolVersion"));
    reply->result = json_pack("{s:s, s:o, s:{s:s, s:s*, s:s}, s:s*}", "protocolVersion",
                              mcp_version_is_legacy(wanted) ? wanted : mcp_legacy_versions[0],
                              "capabilities", capabilities(service, MCP_LEGACY), "serverInfo",
                              "name", service->name, "title", service->title, "version",
                              service->version, "instructions", service->instructions);
}

static void
ping(const struct mcp_server *server, const struct mcp_request *request,
     struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = json_object();
}

static void
set_level(const struct mcp_server *server, const struct mcp_request *request,
          struct mcp_reply *reply)
{
    enum mcp_level level;
    (void)server;
    if (!mcp_level_parse(json_string_value(json_object_get(request->params, "level")),
                         &level)) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS,
                      "\"level\" is one of debug, info, notice, warning, error, critical, "
                      "alert, emergency");
        return;
    }
    if (request->exchange->peer != NULL) {
        atomic_store(&request->exchange->peer->level, (int)level);
    }
    reply->result = json_object();
}

static void
subscribe(const struct mcp_server *server, const struct mcp_request *request,
          struct mcp_reply *reply)
{
    (void)server;
    if (json_string_value(json_object_get(request->params, "uri")) == NULL) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "\"uri\" is missing");
        return;
    }
    reply->result = json_object();
}

enum { BOTH = MCP_LEGACY | MCP_MODERN, LISTS_LIVE_MS = 300000 };
#define SERVED(field) .function = offsetof(struct mcp_service, field)

static const struct mcp_method method_table[] = {
    {"server/discover", MCP_MODERN, discover, .cache_ms = LISTS_LIVE_MS,
     .cache_scope = "public"},
    {"initialize", MCP_LEGACY, initialize},
    {"ping", MCP_LEGACY, ping},
    {"logging/setLevel", MCP_LEGACY, set_level},
    {"resources/subscribe", MCP_LEGACY, subscribe},
    {"resources/unsubscribe", MCP_LEGACY, subscribe},
    {"subscriptions/listen", MCP_MODERN, .listens = true},
    {"tools/list", BOTH, SERVED(tools_list), .cache_ms = LISTS_LIVE_MS,
     .cache_scope = "public"},
    {"tools/call", BOTH, SERVED(tools_call), .named_by = "name", .works = true},
    {"resources/list", BOTH, SERVED(resources_list), .cache_ms = LISTS_LIVE_MS,
     .cache_scope = "public"},
    {"resources/templates/list", BOTH, SERVED(templates_list), .cache_ms = LISTS_LIVE_MS,
     .cache_scope = "public"},
    {"resources/read", BOTH, SERVED(resources_read), .named_by = "uri", .works = true,
     .cache_ms = 0, .cache_scope = "private"},
    {"prompts/list", BOTH, SERVED(prompts_list), .cache_ms = LISTS_LIVE_MS,
     .cache_scope = "public"},
    {"prompts/get", BOTH, SERVED(prompts_get), .named_by = "name", .works = true},
    {"completion/complete", BOTH, SERVED(complete), .works = true},
};

const struct mcp_method *
mcp_method_named(const char *name)
{
    for (size_t i = 0; i < sizeof method_table / sizeof method_table[0]; i++) {
        if (strcmp(method_table[i].name, name) == 0) {
            return &method_table[i];
        }
    }
    return NULL;
}

static mcp_function *
service_function(const struct mcp_service *service, const struct mcp_method *method)
{
    mcp_function *function;
    memcpy(&function, (const char *)service + method->function, sizeof function);
    return function;
}

/* Subscriptions to one resource are a capability of their own. */
static bool
is_served(const struct mcp_service *service, const struct mcp_method *method)
{
    if (method->builtin == subscribe) {
        return service->subscribes;
    }
    return method->builtin != NULL || method->listens ||
           service_function(service, method) != NULL;
}

const struct mcp_method *
mcp_method_find(const struct mcp_server *server, const struct mcp_exchange *exchange)
{
    const struct mcp_method *method = mcp_method_named(exchange->message.method);
    return method != NULL && (method->eras & exchange->era) != 0 &&
                   is_served(server->service, method)
               ? method
               : NULL;
}

/* Lists fit one page, so no cursor is ours. */
static bool
check_cursor(const struct mcp_request *request, struct rpc_fault *fault)
{
    const json_t *cursor = json_object_get(request->params, "cursor");
    return cursor == NULL || rpc_fault_set(fault, RPC_INVALID_PARAMS,
                                           "not a cursor of ours: the list has one page");
}

void
mcp_method_run(const struct mcp_server *server, const struct mcp_method *method,
               const struct mcp_request *request, struct mcp_reply *reply)
{
    bool is_list = method->cache_ms > 0 && method->builtin == NULL;
    if (is_list && !check_cursor(request, &reply->fault)) {
        return;
    }
    if (method->builtin != NULL) {
        method->builtin(server, request, reply);
    } else {
        service_function(server->service, method)(server->service->context, request, reply);
    }
}
