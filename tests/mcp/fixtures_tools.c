/* fixtures_tools.c — see fixtures.h: the tools that answer at once. */
#include "fixtures.h"
#include "listeners.h"

#include <string.h>
#include <unistd.h>

static const char wav[] = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

typedef void fixture_function(struct mcp_server *server, const struct mcp_request *request,
                              struct mcp_reply *reply);

static void
simple_text(struct mcp_server *server, const struct mcp_request *request,
            struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = fixtures_text("This is a simple text response for testing.");
}

static void
image(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "content", "type", "image", "data",
                              fixtures_png, "mimeType", "image/png");
}

static void
audio(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "content", "type", "audio", "data", wav,
                              "mimeType", "audio/wav");
}

static json_t *
embedded(const char *uri, const char *type, const char *text)
{
    return json_pack("{s:s, s:{s:s, s:s, s:s}}", "type", "resource", "resource", "uri", uri,
                     "mimeType", type, "text", text);
}

static void
resource(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = json_pack("{s:[o]}", "content",
                              embedded("test://embedded-resource", "text/plain",
                                       "This is an embedded resource content."));
}

static void
mixed(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    image(server, request, reply);
    json_t *content = json_object_get(reply->result, "content");
    json_array_insert_new(
        content, 0,
        json_pack("{s:s, s:s}", "type", "text", "text", "Multiple content types test:"));
    json_array_append_new(content, embedded("test://mixed-content-resource", "application/json",
                                            "{\"test\":\"data\",\"value\":123}"));
}

static void
failing(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->result = fixtures_text("This tool intentionally returns an error for testing");
    json_object_set_new(reply->result, "isError", json_true());
}

static void
logging(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    static const char *const words[] = {"Tool execution started", "Tool processing data",
                                        "Tool execution completed"};
    (void)server;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        mcp_exchange_log(request->exchange, MCP_INFO, json_string(words[i]));
        usleep(30000);
    }
    reply->result = fixtures_text("logged");
}

static void
progress(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    for (int done = 0; done <= 100; done += 50) {
        mcp_exchange_progress(request->exchange, done, 100, NULL);
        usleep(30000);
    }
    reply->result = fixtures_text("done");
}

/* Asks for sampling whatever the client said; the protocol must refuse to pass it on. */
static void
missing_capability(struct mcp_server *server, const struct mcp_request *request,
                   struct mcp_reply *reply)
{
    (void)server;
    (void)request;
    reply->inputs = json_pack("{s:{s:s, s:{s:[], s:i}}}", "sample", "method",
                              "sampling/createMessage", "params", "messages", "maxTokens", 10);
}

static void
tool_change(struct mcp_server *server, const struct mcp_request *request,
            struct mcp_reply *reply)
{
    (void)request;
    listeners_tell(&server->listen, MCP_TOPIC_TOOLS);
    reply->result = fixtures_text("told");
}

static void
prompt_change(struct mcp_server *server, const struct mcp_request *request,
              struct mcp_reply *reply)
{
    (void)request;
    listeners_tell(&server->listen, MCP_TOPIC_PROMPTS);
    reply->result = fixtures_text("told");
}

/* Until it is given up, but not for ever. */
static void
slow(struct mcp_server *server, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)server;
    for (int i = 0; i < 6000 && !cancellation_fired(&request->exchange->cancellation); i++) {
        usleep(10000);
    }
    reply->result = fixtures_text("slept");
}

static const struct {
    const char *name;
    fixture_function *run;
} fixture_table[] = {
    {"test_simple_text", simple_text},
    {"test_image_content", image},
    {"test_audio_content", audio},
    {"test_embedded_resource", resource},
    {"test_multiple_content_types", mixed},
    {"test_error_handling", failing},
    {"test_tool_with_logging", logging},
    {"test_logging_tool", logging},
    {"test_tool_with_progress", progress},
    {"test_missing_capability", missing_capability},
    {"test_trigger_tool_change", tool_change},
    {"test_trigger_prompt_change", prompt_change},
    {"test_streaming_elicitation", simple_text},
    {"json_schema_2020_12_tool", simple_text},
    {"test_slow", slow},
};
enum { FIXTURE_COUNT = sizeof fixture_table / sizeof fixture_table[0] };

static const char schema_2020_12[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\",\"properties\":{"
    "\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},\"properties\":{"
    "\"name\":"
    "{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},\"contactMethod\":{"
    "\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},\"phone\":{\"type\":\"string\"},"
    "\"email\":{\"type\":\"string\"}},\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{"
    "\"required\":[\"email\"]}]}],\"if\":{\"properties\":{\"contactMethod\":{\"const\":"
    "\"phone\"}},\"required\":[\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},"
    "\"else\":{"
    "\"required\":[\"email\"]},\"additionalProperties\":false}";

void
fixtures_tools_list(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    json_t *tools = json_array();
    (void)context;
    (void)request;
    for (size_t i = 0; i < FIXTURE_COUNT; i++) {
        const char *name = fixture_table[i].name;
        json_t *schema = strcmp(name, "json_schema_2020_12_tool") == 0
                             ? json_loads(schema_2020_12, 0, NULL)
                             : json_pack("{s:s, s:b}", "type", "object", "additionalProperties",
                                         0);
        json_array_append_new(tools, json_pack("{s:s, s:s, s:o}", "name", name, "description",
                                               name, "inputSchema", schema));
    }
    fixtures_ask_list(tools);
    reply->result = json_pack("{s:o}", "tools", tools);
}

void
fixtures_tools_call(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    const char *name = json_string_value(json_object_get(request->params, "name"));
    for (size_t i = 0; name != NULL && i < FIXTURE_COUNT; i++) {
        if (strcmp(fixture_table[i].name, name) == 0) {
            fixture_table[i].run(context, request, reply);
            return;
        }
    }
    if (name == NULL || !fixtures_ask(name, request, reply)) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "unknown tool");
    }
}
