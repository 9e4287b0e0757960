/* asked.c — see asked.h. */
#include "asked.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
write_down(void *context, json_t *message)
{
    struct asked *asked = context;
    size_t length;
    char *line = rpc_dump(message, &length);
    pthread_mutex_lock(&asked->lock);
    text_add_bytes(&asked->sent, line, length);
    text_add_char(&asked->sent, '\n');
    pthread_mutex_unlock(&asked->lock);
    free(line);
}

static void
write_answer(void *context, json_t *message, enum rpc_code code)
{
    struct asked *asked = context;
    if (message != NULL) {
        write_down(asked, message);
    }
    pthread_mutex_lock(&asked->lock);
    asked->answers++;
    asked->code = code;
    pthread_cond_broadcast(&asked->changed);
    pthread_mutex_unlock(&asked->lock);
}

void
asked_start(struct asked *asked, const struct mcp_service *service)
{
    struct error err;
    memset(asked, 0, sizeof *asked);
    pthread_mutex_init(&asked->lock, NULL);
    pthread_cond_init(&asked->changed, NULL);
    atomic_init(&asked->peer.level, MCP_INFO);
    if (!mcp_server_start(&asked->server, service, 4, &err)) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
}

void
asked_stop(struct asked *asked)
{
    if (!mcp_server_stop(&asked->server, 60000)) {
        abort();
    }
    mcp_server_free(&asked->server);
    text_free(&asked->sent);
    pthread_cond_destroy(&asked->changed);
    pthread_mutex_destroy(&asked->lock);
}

bool
asked_put(struct asked *asked, const char *line, struct rpc_fault *fault)
{
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct mcp_way way = {.context = asked, .notify = write_down, .answer = write_answer};
    if (!rpc_parse(line, strlen(line), &message, fault)) {
        return false;
    }
    if (message.kind == RPC_NOTIFICATION) {
        mcp_server_notified(&asked->server, &asked->peer, &message);
    }
    if (message.kind != RPC_REQUEST) {
        return false;
    }
    struct mcp_exchange *exchange = mcp_exchange_new(&message, mcp_message_era(&message),
                                                     &asked->peer, &way);
    mcp_server_take(&asked->server, exchange);
    mcp_exchange_release(exchange);
    return true;
}

void
asked_wait(struct asked *asked, int answers)
{
    pthread_mutex_lock(&asked->lock);
    while (asked->answers < answers) {
        pthread_cond_wait(&asked->changed, &asked->lock);
    }
    pthread_mutex_unlock(&asked->lock);
}

const char *
asked_ask(struct asked *asked, const char *message)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    pthread_mutex_lock(&asked->lock);
    text_reset(&asked->sent);
    int before = asked->answers;
    pthread_mutex_unlock(&asked->lock);
    if (!asked_put(asked, message, &fault)) {
        return fault.code == RPC_NO_FAULT ? "" : "not a message";
    }
    asked_wait(asked, before + 1);
    return text_string(&asked->sent);
}

const char *
modern(int id, const char *method, const char *params)
{
    static char line[2000];
    snprintf(line, sizeof line,
             "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{%s\"_meta\":{"
             "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
             "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}}}}",
             id, method, params);
    return line;
}

/* Tools of the fake: echo, fail, fault, wait (until given up), count (progress), ask. */

static void
list(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:[]}", "tools");
}

static json_t *
text(const char *words)
{
    return json_pack("{s:[{s:s, s:s}]}", "content", "type", "text", "text", words);
}

static void
wait_until_given_up(const struct mcp_request *request, struct mcp_reply *reply)
{
    while (!cancellation_fired(&request->exchange->cancellation)) {
        usleep(1000);
    }
    reply->result = text("given up");
}

static void
count(const struct mcp_request *request, struct mcp_reply *reply)
{
    static const double steps[] = {1, 2, 2, 1, 3};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        mcp_exchange_progress(request->exchange, steps[i], 3, NULL);
    }
    mcp_exchange_log(request->exchange, MCP_INFO, json_string("counted"));
    mcp_exchange_log(request->exchange, MCP_DEBUG, json_string("a detail"));
    reply->result = text("counted");
}

static void
ask(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (request->state != NULL) {
        reply->result = text(json_string_value(request->state));
        return;
    }
    reply->inputs = json_pack("{s:{s:s, s:{s:s}}}", "confirm", "method", "elicitation/create",
                              "params", "message", "sure?");
    reply->state = json_string("kept");
}

static void
call(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    const char *name = json_string_value(json_object_get(request->params, "name"));
    (void)context;
    if (name == NULL) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "unknown tool");
    } else if (strcmp(name, "wait") == 0) {
        wait_until_given_up(request, reply);
    } else if (strcmp(name, "count") == 0) {
        count(request, reply);
    } else if (strcmp(name, "ask") == 0) {
        ask(request, reply);
    } else if (strcmp(name, "sample") == 0) {
        reply->inputs = json_pack("{s:{s:s, s:{}}}", "s", "method", "sampling/createMessage",
                                  "params");
    } else {
        reply->result = text(name);
    }
}

static void
read_resource(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    rpc_fault_set(&reply->fault, RPC_RESOURCE_NOT_FOUND, "no such resource");
}

const struct mcp_service fake_service = {
    .name = "fake",
    .version = "7",
    .tools_list = list,
    .tools_call = call,
    .resources_list = list,
    .resources_read = read_resource,
    .lists_change = true,
};
