/* server.c — see server.h: the server's life, and a request's way from arrival to answer. */
#include "mcp/server.h"

#include "base/clock.h"
#include "base/json.h"
#include "mcp/meta.h"
#include "mcp/methods.h"

#include <string.h>

/* The members of params that a client's answers to our questions come in. */
static bool
read_inputs(struct mcp_server *server, const struct mcp_exchange *exchange,
            struct mcp_request *request, struct rpc_fault *fault)
{
    const json_t *params = request->params;
    const json_t *inputs = json_object_get(params, "inputResponses");
    const json_t *state = json_object_get(params, "requestState");
    const char *key;
    json_t *value;
    if (exchange->era == MCP_LEGACY || (inputs == NULL && state == NULL)) {
        return true;
    }
    if (inputs != NULL && !json_is_object(inputs)) {
        return rpc_fault_set(fault, RPC_INVALID_PARAMS, "\"inputResponses\" is an object");
    }
    json_object_foreach(json_unconst(inputs), key, value)
    {
        if (!json_is_object(value)) {
            return rpc_fault_set(fault, RPC_INVALID_PARAMS,
                                 "\"inputResponses.%s\" is an object", key);
        }
    }
    request->inputs = inputs;
    if (state == NULL) {
        return true;
    }
    const char *text = json_string_value(state);
    request->state = text == NULL ? NULL
                                  : mcp_state_open(&server->states, exchange->message.method,
                                                   params, text);
    return request->state != NULL ||
           rpc_fault_set(fault, RPC_INVALID_PARAMS,
                         "\"requestState\" is not ours, belongs to another call, is too old or "
                         "was used before; repeat the call without it");
}

/* What the client did not say it can do must not be asked for. */
static bool
check_capabilities(const struct mcp_exchange *exchange, const struct mcp_reply *reply,
                   struct rpc_fault *fault)
{
    static const struct {
        const char *method;
        const char *capability;
    } needs[] = {{"elicitation/create", "elicitation"},
                 {"sampling/createMessage", "sampling"},
                 {"roots/list", "roots"}};
    const char *key;
    json_t *input;
    json_object_foreach(reply->inputs, key, input)
    {
        const char *method = json_string_value(json_object_get(input, "method"));
        for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
            if (strcmp(needs[i].method, method) == 0 &&
                !mcp_exchange_client_can(exchange, needs[i].capability)) {
                rpc_fault_set(fault, RPC_MISSING_CAPABILITY,
                              "the client has not declared the capability \"%s\"",
                              needs[i].capability);
                fault->data = json_pack("{s:{s:{}}}", "requiredCapabilities",
                                        needs[i].capability);
                return false;
            }
        }
    }
    return true;
}

static json_t *
question_body(struct mcp_server *server, const struct mcp_exchange *exchange,
              const struct mcp_request *request, struct mcp_reply *reply)
{
    json_t *body = json_pack("{s:s, s:O}", "resultType", "input_required", "inputRequests",
                             reply->inputs);
    if (reply->state != NULL) {
        json_object_set_new(body, "requestState",
                            mcp_state_sign(&server->states, exchange->message.method,
                                           request->params, reply->state));
    }
    return body;
}

/* What the modern revision adds to every result. */
static void
add_modern(const struct mcp_server *server, const struct mcp_method *method, json_t *body)
{
    if (json_object_get(body, "resultType") == NULL) {
        json_object_set_new(body, "resultType", json_string("complete"));
        if (method->cache_scope != NULL) {
            json_object_set_new(body, "ttlMs", json_integer(method->cache_ms));
            json_object_set_new(body, "cacheScope", json_string(method->cache_scope));
        }
    }
    json_t *meta = json_object_get(body, "_meta");
    if (meta == NULL) {
        json_object_set_new(body, "_meta", meta = json_object());
    }
    json_object_set_new(meta, MCP_META_PREFIX "serverInfo",
                        json_pack("{s:s, s:s}", "name", server->service->name, "version",
                                  server->service->version));
}

/* A method's reply as a whole message. */
static json_t *
make_answer(struct mcp_server *server, const struct mcp_method *method,
            const struct mcp_exchange *exchange, const struct mcp_request *request,
            struct mcp_reply *reply)
{
    json_t *body = reply->result;
    json_t *id = exchange->message.id;
    if (reply->fault.code == RPC_NO_FAULT && reply->inputs != NULL &&
        check_capabilities(exchange, reply, &reply->fault)) {
        body = question_body(server, exchange, request, reply);
    }
    json_decref(reply->inputs);
    json_decref(reply->state);
    if (reply->fault.code == RPC_RESOURCE_NOT_FOUND && exchange->era == MCP_MODERN) {
        reply->fault.code = RPC_INVALID_PARAMS; /* whose revision took the other one back */
    }
    if (reply->fault.code != RPC_NO_FAULT) {
        json_decref(body);
        return rpc_error(id, &reply->fault);
    }
    if (exchange->era == MCP_MODERN) {
        add_modern(server, method, body);
    }
    return rpc_result(id, body);
}

static void
run_method(struct mcp_server *server, const struct mcp_method *method,
           struct mcp_exchange *exchange)
{
    json_t *none = json_object();
    struct mcp_reply reply = {.result = NULL};
    struct mcp_request request = {
        .exchange = exchange,
        .params = exchange->message.params == NULL ? none : exchange->message.params};
    if (read_inputs(server, exchange, &request, &reply.fault)) {
        mcp_method_run(server, method, &request, &reply);
    }
    json_t *answer = make_answer(server, method, exchange, &request, &reply);
    json_decref(json_unconst(request.state));
    json_decref(none);
    mcp_flights_leave(&server->flights, exchange); /* before the client can use its id again */
    mcp_exchange_answer(exchange, answer, reply.fault.code);
}

/* On a worker. It holds the exchange. */
static void
run_job(void *context, void *item)
{
    struct mcp_server *server = context;
    struct mcp_exchange *exchange = item;
    run_method(server, mcp_method_find(server, exchange), exchange);
    mcp_exchange_release(exchange);
}

static void
answer_fault(struct mcp_exchange *exchange, struct rpc_fault *fault)
{
    enum rpc_code code = fault->code;
    mcp_exchange_answer(exchange, rpc_error(exchange->message.id, fault), code);
}

/* NULL: `fault` says why not. */
static const struct mcp_method *
accept_request(struct mcp_server *server, const struct mcp_exchange *exchange,
               struct rpc_fault *fault)
{
    if (exchange->era == MCP_MODERN && !mcp_modern_check(&exchange->message, fault)) {
        return NULL;
    }
    const struct mcp_method *method = mcp_method_find(server, exchange);
    if (method == NULL) {
        rpc_fault_set(fault, RPC_METHOD_NOT_FOUND, "no method \"%s\"",
                      exchange->message.method);
    }
    return method;
}

static void
put_to_work(struct mcp_server *server, struct mcp_exchange *exchange)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    mcp_exchange_hold(exchange);
    if (mcp_workers_put(server->workers, exchange)) {
        return;
    }
    mcp_flights_leave(&server->flights, exchange);
    rpc_fault_set(&fault, RPC_INTERNAL_ERROR, "too many calls at once: %d wait already",
                  MCP_QUEUE_MAX);
    answer_fault(exchange, &fault);
    mcp_exchange_release(exchange);
}

void
mcp_server_take(struct mcp_server *server, struct mcp_exchange *exchange)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    const struct mcp_method *method = accept_request(server, exchange, &fault);
    if (method == NULL) {
        answer_fault(exchange, &fault);
        return;
    }
    if (method->listens) {
        mcp_listen_begin(&server->listen, exchange,
                         server->service->lists_change ? MCP_TOPIC_TOOLS | MCP_TOPIC_PROMPTS
                                                       : 0);
        return;
    }
    if (!mcp_flights_enter(&server->flights, exchange)) {
        rpc_fault_set(&fault, RPC_INVALID_REQUEST, "a request of this id is in flight");
        answer_fault(exchange, &fault);
        return;
    }
    if (method->works) {
        put_to_work(server, exchange);
    } else {
        run_method(server, method, exchange);
    }
}

void
mcp_server_notified(struct mcp_server *server, const struct mcp_peer *peer,
                    const struct rpc_message *message)
{
    const json_t *id = json_object_get(message->params, "requestId");
    if (peer != NULL && id != NULL && message->method != NULL &&
        strcmp(message->method, "notifications/cancelled") == 0) {
        mcp_flights_cancel(&server->flights, peer, id);
        mcp_listen_cancel(&server->listen, peer, id);
    }
}

bool
mcp_modern_check(const struct rpc_message *message, struct rpc_fault *fault)
{
    const json_t *version = mcp_meta_get(message->params, "protocolVersion");
    if (!json_is_string(version)) {
        return rpc_fault_set(fault, RPC_INVALID_PARAMS,
                             "params._meta[\"" MCP_META_PREFIX "protocolVersion\"] is missing");
    }
    if (!json_is_object(mcp_meta_get(message->params, "clientCapabilities"))) {
        return rpc_fault_set(fault, RPC_INVALID_PARAMS,
                             "params._meta[\"" MCP_META_PREFIX
                             "clientCapabilities\"] is missing");
    }
    if (mcp_version_is_modern(json_string_value(version))) {
        return true;
    }
    rpc_fault_set(fault, RPC_UNSUPPORTED_VERSION, "unsupported protocol version");
    fault->data = json_pack("{s:o, s:s}", "supported", mcp_versions(), "requested",
                            json_string_value(version));
    return false;
}

enum mcp_era
mcp_message_era(const struct rpc_message *message)
{
    return mcp_meta_get(message->params, "protocolVersion") == NULL ? MCP_LEGACY : MCP_MODERN;
}

bool
mcp_server_start(struct mcp_server *server, const struct mcp_service *service, size_t workers,
                 struct error *err)
{
    *server = (struct mcp_server){.service = service};
    json_object_seed(0); /* before there are threads */
    mcp_flights_init(&server->flights);
    mcp_listen_init(&server->listen);
    if (mcp_states_init(&server->states, err) &&
        mcp_workers_start(&server->workers, workers, run_job, server, err)) {
        return true;
    }
    mcp_server_free(server);
    return false;
}

bool
mcp_server_stop(struct mcp_server *server, int timeout_ms)
{
    mcp_listen_end(&server->listen);
    mcp_flights_cancel_all(&server->flights, NULL);
    return mcp_workers_stop(server->workers, timeout_ms);
}

void
mcp_server_free(struct mcp_server *server)
{
    mcp_states_free(&server->states);
    mcp_listen_free(&server->listen);
    mcp_flights_free(&server->flights);
}
