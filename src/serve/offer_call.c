/* offer_call.c — tools/call of `outgrow mcp`: arguments checked, the tool run, its result in
 * the protocol's form, and the question to the user where one is due. */
#include "base/clock.h"
#include "mcp/schema.h"
#include "serve/offer.h"

#include <stdlib.h>
#include <string.h>

/* The key of the one question we ask, in inputRequests and inputResponses. */
#define CONFIRM "confirm"

/* A result that the model is to read and to act upon. */
static json_t *
failed(const char *text)
{
    return json_pack("{s:[{s:s, s:s}], s:b}", "content", "type", "text", "text", text,
                     "isError", 1);
}

static json_t *
question(const char *text)
{
    return json_pack("{s:{s:s, s:{s:s, s:s, s:{s:s, s:{s:{s:s, s:s, s:s}}, s:[s]}}}}", CONFIRM,
                     "method", "elicitation/create", "params", "mode", "form", "message", text,
                     "requestedSchema", "type", "object", "properties", CONFIRM, "type",
                     "boolean", "title", "Do it?", "description",
                     "Yes to let it happen, no to leave everything as it is", "required",
                     CONFIRM);
}

enum consent { CONSENT_UNASKED, CONSENT_GIVEN, CONSENT_REFUSED };

/* Only a signed state makes an answer count: it says that we asked about exactly this call. */
static enum consent
read_consent(const struct mcp_request *request)
{
    const json_t *answer = json_object_get(request->inputs, CONFIRM);
    const char *action = json_string_value(json_object_get(answer, "action"));
    if (request->state == NULL || action == NULL) {
        return CONSENT_UNASKED;
    }
    const json_t *content = json_object_get(answer, "content");
    return strcmp(action, "accept") == 0 && json_is_true(json_object_get(content, CONFIRM))
               ? CONSENT_GIVEN
               : CONSENT_REFUSED;
}

static void
put_result(struct tool_result *result, struct mcp_reply *reply)
{
    char *text = json_dumps(result->structured, JSON_COMPACT);
    reply->result = failed(text == NULL ? "{}" : text);
    free(text);
    if (!result->is_error) {
        json_object_set_new(reply->result, "isError", json_false());
        json_object_set(reply->result, "structuredContent", result->structured);
    }
}

static void
put_error(const struct error *err, struct rpc_fault *fault)
{
    rpc_fault_set(fault, RPC_INTERNAL_ERROR, "%s%s%s", err->message,
                  err->hint[0] == '\0' ? "" : "; ", err->hint);
}

static void
log_call(struct mcp_exchange *exchange, const struct tool *tool, int64_t began_us,
         bool is_error)
{
    mcp_exchange_log(exchange, MCP_DEBUG,
                     json_pack("{s:s, s:b, s:I}", "tool", tool->name, "failed", is_error,
                               "duration_ms",
                               (json_int_t)((clock_monotonic_us() - began_us) / 1000)));
}

static bool
run_audited(struct mcp_offer *offer, const struct tool *tool, const struct tool_call *call,
            struct tool_result *result, struct error *err)
{
    int64_t began_us = clock_monotonic_us();
    bool ok = tool->run(offer->host, call, result, err);
    const struct audit_call line = {
        .tool = tool->name,
        .fingerprint = call->fingerprint,
        .verdict = ok ? audit_verdict(result->structured) : "fault",
        .structured = ok ? result->structured : NULL,
        .is_error = !ok || result->is_error,
        .took_us = clock_monotonic_us() - began_us,
    };
    audit_write(&offer->audit, &line);
    return ok;
}

/* A call that reaches no tool. */
static void
audit_refusal(struct mcp_offer *offer, const char *tool, const char *verdict)
{
    audit_write(&offer->audit,
                &(struct audit_call){.tool = tool, .verdict = verdict, .is_error = true});
}

static void
run_tool(struct mcp_offer *offer, const struct tool *tool, const struct mcp_request *request,
         const json_t *arguments, struct mcp_reply *reply)
{
    AUTO_ARENA arena = {0};
    struct error err;
    struct tool_result result = {.structured = NULL};
    struct mcp_exchange *exchange = request->exchange;
    int64_t began_us = clock_monotonic_us();
    char fingerprint[TOOL_FINGERPRINT_SIZE] = "";
    struct tool_call call = {
        .arguments = arguments,
        .arena = &arena,
        .cancellation = &exchange->cancellation,
        .progress = mcp_exchange_wants_progress(exchange) ? mcp_exchange_progress : NULL,
        .progress_context = exchange,
        .fingerprint = fingerprint,
        .may_ask = mcp_exchange_client_can(exchange, "elicitation"),
        .confirmed = read_consent(request) == CONSENT_GIVEN ||
                     json_is_true(json_object_get(arguments, "confirm")),
    };
    bool ok = run_audited(offer, tool, &call, &result, &err);
    if (!ok) {
        put_error(&err, &reply->fault);
        return;
    }
    log_call(exchange, tool, began_us, result.is_error);
    if (result.question != NULL) {
        reply->inputs = question(result.question);
        reply->state = json_string(tool->name);
    } else {
        put_result(&result, reply);
    }
    json_decref(result.structured);
}

/* What the tool would not be given. */
static bool
check_arguments(const struct mcp_offer *offer, const struct tool *tool,
                const struct mcp_request *request, const json_t *arguments,
                struct text *problem)
{
    const char *zero = request->exchange->message.zero;
    if (zero != NULL) {
        text_printf(problem, "\"%s\" holds U+0000, which no text of a database can hold", zero);
        return false;
    }
    return mcp_schema_fits(json_object_get(offer->schemas, tool->name), arguments, problem);
}

void
mcp_offer_tools_call(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    struct mcp_offer *offer = context;
    AUTO_TEXT problem = {0};
    const char *name = json_string_value(json_object_get(request->params, "name"));
    const struct tool *tool = name == NULL ? NULL : tool_host_find(offer->host, name);
    if (tool == NULL) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "unknown tool: %s",
                      name == NULL ? "\"name\" is missing" : name);
        audit_refusal(offer, NULL, "unknown");
        return;
    }
    json_t *none = json_object();
    const json_t *arguments = json_object_get(request->params, "arguments");
    if (arguments == NULL) {
        arguments = none;
    }
    if (!check_arguments(offer, tool, request, arguments, &problem)) {
        reply->result = failed(text_string(&problem));
        audit_refusal(offer, tool->name, "invalid");
    } else if (read_consent(request) == CONSENT_REFUSED) {
        reply->result = failed("the user did not agree; nothing was done");
        audit_refusal(offer, tool->name, "declined");
    } else {
        run_tool(offer, tool, request, arguments, reply);
    }
    json_decref(none);
}

json_t *
mcp_offer_look(struct mcp_offer *offer, const struct tool *tool, json_t *arguments,
               struct mcp_exchange *exchange, struct rpc_fault *fault)
{
    AUTO_ARENA arena = {0};
    struct error err;
    struct tool_result result = {.structured = NULL};
    char fingerprint[TOOL_FINGERPRINT_SIZE] = "";
    struct tool_call call = {.arguments = arguments,
                             .arena = &arena,
                             .cancellation = &exchange->cancellation,
                             .fingerprint = fingerprint};
    bool ok = run_audited(offer, tool, &call, &result, &err);
    json_decref(arguments);
    if (!ok) {
        put_error(&err, fault);
        return NULL;
    }
    if (result.is_error) {
        char *text = json_dumps(result.structured, JSON_COMPACT);
        rpc_fault_set(fault, RPC_RESOURCE_NOT_FOUND, "%s", text == NULL ? "" : text);
        free(text);
        json_decref(result.structured);
        return NULL;
    }
    return result.structured;
}
