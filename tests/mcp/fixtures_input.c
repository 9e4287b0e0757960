/* fixtures_input.c — see fixtures.h: the tools that ask the client before they answer. */
#include "fixtures.h"

#include <string.h>

json_t *
fixtures_elicit(const char *key, const char *message, const char *member, const char *type)
{
    return json_pack("{s:{s:s, s:{s:s, s:s, s:{s:s, s:{s:{s:s}}, s:[s]}}}}", key, "method",
                     "elicitation/create", "params", "mode", "form", "message", message,
                     "requestedSchema", "type", "object", "properties", member, "type", type,
                     "required", member);
}

static json_t *
sample(const char *key, const char *text, int tokens)
{
    return json_pack("{s:{s:s, s:{s:[{s:s, s:{s:s, s:s}}], s:i}}}", key, "method",
                     "sampling/createMessage", "params", "messages", "role", "user", "content",
                     "type", "text", "text", text, "maxTokens", tokens);
}

static json_t *
roots(const char *key)
{
    return json_pack("{s:{s:s, s:{}}}", key, "method", "roots/list", "params");
}

static bool
answered(const struct mcp_request *request, const char *key)
{
    return json_object_get(request->inputs, key) != NULL;
}

static void
ask_name(const struct mcp_request *request, struct mcp_reply *reply)
{
    const json_t *answer = json_object_get(request->inputs, "user_name");
    const char *name = json_string_value(
        json_object_get(json_object_get(answer, "content"), "name"));
    if (name == NULL) {
        reply->inputs = fixtures_elicit("user_name", "What is your name?", "name", "string");
        return;
    }
    json_t *greeting = json_sprintf("Hello, %s!", name);
    reply->result = fixtures_text(json_string_value(greeting));
    json_decref(greeting);
}

static void
ask_sample(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (answered(request, "capital_question")) {
        reply->result = fixtures_text("The model has answered.");
    } else {
        reply->inputs = sample("capital_question", "What is the capital of France?", 100);
    }
}

static void
ask_roots(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (answered(request, "client_roots")) {
        reply->result = fixtures_text("Roots: file:///test/root");
    } else {
        reply->inputs = roots("client_roots");
    }
}

/* Twice: a plain signed state, and the one that a test tampers with. */
static void
ask_with_state(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (request->state != NULL && answered(request, "confirm")) {
        reply->result = fixtures_text("state-ok");
        return;
    }
    reply->inputs = fixtures_elicit("confirm", "Please confirm", "ok", "boolean");
    reply->state = json_string("asked");
}

static void
ask_three(const struct mcp_request *request, struct mcp_reply *reply)
{
    if (request->state != NULL && answered(request, "user_name") &&
        answered(request, "greeting") && answered(request, "client_roots")) {
        reply->result = fixtures_text("All three have answered.");
        return;
    }
    reply->inputs = fixtures_elicit("user_name", "What is your name?", "name", "string");
    json_object_update_new(reply->inputs, sample("greeting", "Generate a greeting", 50));
    json_object_update_new(reply->inputs, roots("client_roots"));
    reply->state = json_string("three");
}

static void
ask_twice(const struct mcp_request *request, struct mcp_reply *reply)
{
    json_int_t round = json_integer_value(request->state);
    if (round == 2 && answered(request, "step2")) {
        reply->result = fixtures_text("Both rounds are done.");
    } else if (round == 1 && answered(request, "step1")) {
        reply->inputs = fixtures_elicit("step2", "Step 2: What is your favorite color?",
                                        "color", "string");
        reply->state = json_integer(2);
    } else {
        reply->inputs = fixtures_elicit("step1", "Step 1: What is your name?", "name",
                                        "string");
        reply->state = json_integer(1);
    }
}

/* Only what the client can do. */
static void
ask_what_it_can(const struct mcp_request *request, struct mcp_reply *reply)
{
    reply->inputs = json_object();
    if (mcp_exchange_client_can(request->exchange, "elicitation")) {
        json_object_update_new(reply->inputs,
                               fixtures_elicit("name", "Your name?", "name", "string"));
    }
    if (mcp_exchange_client_can(request->exchange, "sampling")) {
        json_object_update_new(reply->inputs, sample("sample", "Say something", 10));
    }
}

static const struct {
    const char *name;
    void (*run)(const struct mcp_request *, struct mcp_reply *);
} ask_table[] = {
    {"test_input_required_result_elicitation", ask_name},
    {"test_input_required_result_sampling", ask_sample},
    {"test_input_required_result_list_roots", ask_roots},
    {"test_input_required_result_request_state", ask_with_state},
    {"test_input_required_result_tampered_state", ask_with_state},
    {"test_input_required_result_multiple_inputs", ask_three},
    {"test_input_required_result_multi_round", ask_twice},
    {"test_input_required_result_capabilities", ask_what_it_can},
};

bool
fixtures_ask(const char *name, const struct mcp_request *request, struct mcp_reply *reply)
{
    for (size_t i = 0; i < sizeof ask_table / sizeof ask_table[0]; i++) {
        if (strcmp(ask_table[i].name, name) == 0) {
            ask_table[i].run(request, reply);
            return true;
        }
    }
    return false;
}

void
fixtures_ask_list(json_t *tools)
{
    for (size_t i = 0; i < sizeof ask_table / sizeof ask_table[0]; i++) {
        json_array_append_new(tools,
                              json_pack("{s:s, s:s, s:{s:s, s:b}}", "name", ask_table[i].name,
                                        "description", ask_table[i].name, "inputSchema", "type",
                                        "object", "additionalProperties", 0));
    }
}
