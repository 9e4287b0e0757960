/* fuzz_rpc.c — any bytes as the lines of a client on standard input.
 *
 * Besides not crashing: every line gets an answer that is one line of JSON-RPC 2.0 with an id of
 * the client's own or null, or none at all where none is due; the modern revision's results say
 * resultType; and what is refused as a message is refused with one of JSON-RPC's codes. */
#include "fuzz.h"
#include "http/modern.h"
#include "mcp/lines.h"
#include "mcp/server.h"

#include <stdlib.h>
#include <string.h>

static void
expect(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What is expected of the answer to one request. */
struct asked {
    json_t *id;
    enum mcp_era era;
    int answers;
};

static void
check_notification(void *context, json_t *message)
{
    (void)context;
    expect(json_object_get(message, "method") != NULL &&
           json_object_get(message, "id") == NULL);
    json_decref(message);
}

static void
check_answer(void *context, json_t *message, enum rpc_code code)
{
    struct asked *asked = context;
    const json_t *result = json_object_get(message, "result");
    const json_t *error = json_object_get(message, "error");
    size_t length;
    expect(json_equal(json_object_get(message, "id"), asked->id));
    expect((result == NULL) == (code != RPC_NO_FAULT) && (result == NULL) != (error == NULL));
    expect(error == NULL || json_integer_value(json_object_get(error, "code")) == code);
    expect(asked->era == MCP_LEGACY || result == NULL ||
           json_object_get(result, "resultType") != NULL);
    char *line = rpc_dump(message, &length);
    expect(memchr(line, '\n', length) == NULL);
    free(line);
    asked->answers++;
}

static void
ask(struct mcp_server *server, struct mcp_peer *peer, struct rpc_message *message)
{
    struct asked asked = {.id = json_incref(message->id), .era = mcp_message_era(message)};
    struct mcp_way way = {
        .context = &asked, .notify = check_notification, .answer = check_answer};
    struct mcp_exchange *exchange = mcp_exchange_new(message, asked.era, peer, &way);
    mcp_server_take(server, exchange);
    mcp_listen_end(&server->listen);
    server->listen.closed = false;
    expect(asked.answers == 1);
    mcp_exchange_release(exchange);
    json_decref(asked.id);
}

/* What HTTP would make of it: any header is either the message's or not. */
static void
try_headers(const struct rpc_message *message)
{
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    struct http_headers headers = {"2026-07-28", message->method, "=?base64?YQ==?=", NULL};
    if (http_message_era(message, &headers) == MCP_MODERN &&
        http_modern_check(message, &headers, &fault)) {
        expect(mcp_message_era(message) == MCP_MODERN);
    }
    json_decref(fault.data);
}

struct client {
    struct mcp_server *server;
    struct mcp_peer peer;
};

static void
take_line(void *context, const char *line, size_t length)
{
    struct client *client = context;
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    if (line == NULL || !rpc_parse(line, length, &message, &fault)) {
        expect(line == NULL || (fault.message[0] != '\0'));
        json_decref(rpc_error(message.id, &fault));
        return;
    }
    if (message.kind == RPC_NOTIFICATION) {
        mcp_server_notified(client->server, &client->peer, &message);
    }
    if (message.kind == RPC_REQUEST) {
        try_headers(&message);
        ask(client->server, &client->peer, &message);
    }
}

static void
list_nothing(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:[]}", "tools");
}

/* Methods that a worker would answer are left out: here everything happens in one thread. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mcp_service service = {.name = "fuzzed",
                                               .version = "1",
                                               .tools_list = list_nothing,
                                               .resources_list = list_nothing,
                                               .lists_change = true,
                                               .subscribes = true};
    static struct mcp_server server;
    static bool started;
    struct error err;
    struct client client = {.server = &server};
    struct mcp_lines lines = {.too_long = false};
    if (!started) {
        started = true;
        expect(mcp_server_start(&server, &service, 1, &err));
    }
    atomic_init(&client.peer.level, MCP_INFO);
    mcp_lines_feed(&lines, (const char *)data, size, take_line, &client);
    mcp_lines_end(&lines, take_line, &client);
    return 0;
}
