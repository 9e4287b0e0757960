/* fixtures.c — see fixtures.h: the service, its resources and prompts. */
#include "fixtures.h"

#include <string.h>

/* One red pixel. */
const char fixtures_png[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAh"
    "KmMIQAAAABJRU5ErkJggg==";

json_t *
fixtures_text(const char *text)
{
    return json_pack("{s:[{s:s, s:s}]}", "content", "type", "text", "text", text);
}

void
fixtures_resources_list(void *context, const struct mcp_request *request,
                        struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "resources", "uri",
                              "test://static-text", "name", "static-text", "mimeType",
                              "text/plain", "uri", "test://static-binary", "name",
                              "static-binary", "mimeType", "image/png");
}

void
fixtures_templates_list(void *context, const struct mcp_request *request,
                        struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "resourceTemplates", "uriTemplate",
                              "test://template/{id}/data", "name", "template", "mimeType",
                              "application/json");
}

/* The id in test://template/<id>/data; NULL: another URI. */
static json_t *
template_id(const char *uri)
{
    static const char before[] = "test://template/";
    static const char behind[] = "/data";
    size_t length = strlen(uri);
    if (strncmp(uri, before, sizeof before - 1) != 0 ||
        length < sizeof before + sizeof behind ||
        strcmp(uri + length - (sizeof behind - 1), behind) != 0) {
        return NULL;
    }
    const char *id = uri + sizeof before - 1;
    return json_stringn(id, length - (sizeof before - 1) - (sizeof behind - 1));
}

void
fixtures_resources_read(void *context, const struct mcp_request *request,
                        struct mcp_reply *reply)
{
    const char *uri = json_string_value(json_object_get(request->params, "uri"));
    json_t *id = uri == NULL ? NULL : template_id(uri);
    (void)context;
    if (uri != NULL && strcmp(uri, "test://static-text") == 0) {
        reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "contents", "uri", uri, "mimeType",
                                  "text/plain", "text",
                                  "This is the content of the static text resource.");
    } else if (uri != NULL && strcmp(uri, "test://static-binary") == 0) {
        reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "contents", "uri", uri, "mimeType",
                                  "image/png", "blob", fixtures_png);
    } else if (id != NULL) {
        const char *word = json_string_value(id);
        reply->result = json_pack(
            "{s:[{s:s, s:s, s:o}]}", "contents", "uri", uri, "mimeType", "application/json",
            "text",
            json_sprintf("{\"id\":\"%s\",\"templateTest\":true,\"data\":\"Data for ID: %s\"}",
                         word, word));
    } else {
        rpc_fault_set(&reply->fault, RPC_RESOURCE_NOT_FOUND, "resource not found");
        reply->fault.data = json_pack("{s:s}", "uri", uri == NULL ? "" : uri);
    }
    json_decref(id);
}

void
fixtures_prompts_list(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    static const char list[] =
        "[{'name': 'test_simple_prompt', 'description': 'A prompt without arguments'},"
        " {'name': 'test_prompt_with_arguments', 'description': 'A prompt with two',"
        "  'arguments': [{'name': 'arg1', 'description': 'The first', 'required': true},"
        "                {'name': 'arg2', 'description': 'The second', 'required': true}]},"
        " {'name': 'test_prompt_with_embedded_resource', 'description': 'With a resource',"
        "  'arguments': [{'name': 'resourceUri', 'description': 'Which', 'required': true}]},"
        " {'name': 'test_prompt_with_image', 'description': 'With an image'},"
        " {'name': 'test_input_required_result_prompt', 'description': 'It asks first'}]";
    char json[sizeof list];
    for (size_t i = 0; i < sizeof list; i++) {
        json[i] = list[i] == '\'' ? '"' : list[i];
    }
    (void)context;
    (void)request;
    reply->result = json_pack("{s:o}", "prompts", json_loads(json, 0, NULL));
}

/* One message of the user. Takes `content` over. */
static json_t *
said(json_t *content)
{
    return json_pack("{s:s, s:o}", "role", "user", "content", content);
}

static json_t *
said_text(json_t *text)
{
    return said(json_pack("{s:s, s:o}", "type", "text", "text", text));
}

static json_t *
argument(const struct mcp_request *request, const char *name)
{
    json_t *given = json_object_get(json_object_get(request->params, "arguments"), name);
    return given == NULL ? json_string("") : json_incref(given);
}

static json_t *
with_arguments(const struct mcp_request *request)
{
    json_t *one = argument(request, "arg1");
    json_t *two = argument(request, "arg2");
    json_t *messages = json_pack(
        "[o]", said_text(json_sprintf("Prompt with arguments: arg1='%s', arg2='%s'",
                                      json_string_value(one), json_string_value(two))));
    json_decref(one);
    json_decref(two);
    return messages;
}

static json_t *
with_resource(const struct mcp_request *request)
{
    json_t *resource = json_pack("{s:s, s:{s:o, s:s, s:s}}", "type", "resource", "resource",
                                 "uri", argument(request, "resourceUri"), "mimeType",
                                 "text/plain", "text",
                                 "Embedded resource content for testing.");
    return json_pack("[o, o]", said(resource),
                     said_text(json_string("Please process the embedded resource above.")));
}

static json_t *
with_image(const struct mcp_request *request)
{
    (void)request;
    json_t *image = json_pack("{s:s, s:s, s:s}", "type", "image", "data", fixtures_png,
                              "mimeType", "image/png");
    return json_pack("[o, o]", said(image),
                     said_text(json_string("Please analyze the image above.")));
}

static json_t *
simple(const struct mcp_request *request)
{
    (void)request;
    return json_pack("[o]", said_text(json_string("This is a simple prompt for testing.")));
}

static void
ask_for_context(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (json_object_get(request->inputs, "user_context") == NULL) {
        reply->inputs = fixtures_elicit("user_context", "What context should the prompt use?",
                                        "context", "string");
        return;
    }
    reply->result = json_pack("{s:[o]}", "messages",
                              said_text(json_string("With the context you gave.")));
}

void
fixtures_prompts_get(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    static const struct {
        const char *name;
        json_t *(*messages)(const struct mcp_request *);
    } prompts[] = {{"test_simple_prompt", simple},
                   {"test_prompt_with_arguments", with_arguments},
                   {"test_prompt_with_embedded_resource", with_resource},
                   {"test_prompt_with_image", with_image}};
    const char *name = json_string_value(json_object_get(request->params, "name"));
    (void)context;
    for (size_t i = 0; name != NULL && i < sizeof prompts / sizeof prompts[0]; i++) {
        if (strcmp(prompts[i].name, name) == 0) {
            reply->result = json_pack("{s:o}", "messages", prompts[i].messages(request));
            return;
        }
    }
    if (name != NULL && strcmp(name, "test_input_required_result_prompt") == 0) {
        ask_for_context(request, reply);
        return;
    }
    rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "unknown prompt");
}

void
fixtures_complete(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:{s:[], s:i, s:b}}", "completion", "values", "total", 0,
                              "hasMore", 0);
}

const struct mcp_service *
fixtures_service(struct mcp_server *server)
{
    static struct mcp_service service = {
        .name = "fixtures",
        .title = "Fixtures of the conformance suites",
        .version = "1.0.0",
        .instructions = "For tests alone.",
        .tools_list = fixtures_tools_list,
        .tools_call = fixtures_tools_call,
        .resources_list = fixtures_resources_list,
        .templates_list = fixtures_templates_list,
        .resources_read = fixtures_resources_read,
        .prompts_list = fixtures_prompts_list,
        .prompts_get = fixtures_prompts_get,
        .complete = fixtures_complete,
        .lists_change = true,
        .subscribes = true,
    };
    service.context = server;
    return &service;
}
