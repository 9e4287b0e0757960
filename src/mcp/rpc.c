/* rpc.c — see rpc.h. */
#include "mcp/rpc.h"

#include "value/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool
rpc_fault_set(struct rpc_fault *fault, enum rpc_code code, const char *format, ...)
{
    va_list arguments;
    json_decref(fault->data);
    *fault = (struct rpc_fault){.code = code};
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    size_t characters;
    size_t length = strlen(fault->message);
    fault->message[utf8_valid_prefix((const uint8_t *)fault->message, length, &characters)] =
        '\0';
    return false;
}

static bool
holds_zero(const json_t *value)
{
    return json_is_string(value) &&
           memchr(json_string_value(value), '\0', json_string_length(value)) != NULL;
}

/* What one walk over a message looks for. */
struct walk {
    const json_t *arguments; /* where U+0000 is for the tool to refuse */
    const char *zero;        /* the member of `arguments` it was found in */
    bool zero_elsewhere;
};

/* False: too deep. `member`: of the arguments; NULL outside of them. */
static bool
walk(struct walk *seen, json_t *value, const char *member, int depth)
{
    if (depth > RPC_DEPTH_MAX) {
        return false;
    }
    if (holds_zero(value)) {
        seen->zero = member == NULL ? seen->zero : member;
        seen->zero_elsewhere = seen->zero_elsewhere || member == NULL;
    }
    size_t index;
    const char *key;
    json_t *inside;
    json_array_foreach(value, index, inside)
    {
        if (!walk(seen, inside, member, depth + 1)) {
            return false;
        }
    }
    json_object_foreach(value, key, inside)
    {
        if (!walk(seen, inside, value == seen->arguments ? key : member, depth + 1)) {
            return false;
        }
    }
    return true;
}

/* What JSON-RPC says about the members of a message. */
static bool
check_shape(struct rpc_message *message, struct rpc_fault *fault)
{
    json_t *root = message->root;
    if (json_is_array(root)) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST,
                             "batches are not taken: send one message at a time");
    }
    if (!json_is_object(root)) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "a message is a JSON object");
    }
    json_t *id = json_object_get(root, "id");
    if (id != NULL && !json_is_integer(id) && (!json_is_string(id) || holds_zero(id))) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "\"id\" is a string or an integer");
    }
    message->id = id;
    const char *version = json_string_value(json_object_get(root, "jsonrpc"));
    if (version == NULL || strcmp(version, "2.0") != 0) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "\"jsonrpc\" is \"2.0\"");
    }
    json_t *method = json_object_get(root, "method");
    if (method != NULL && (!json_is_string(method) || holds_zero(method))) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "\"method\" is a string");
    }
    message->method = json_string_value(method);
    message->params = json_object_get(root, "params");
    if (message->params != NULL && !json_is_object(message->params)) {
        return rpc_fault_set(fault, RPC_INVALID_PARAMS, "\"params\" is an object");
    }
    return true;
}

static bool
find_kind(struct rpc_message *message, struct rpc_fault *fault)
{
    const json_t *root = message->root;
    if (message->method != NULL) {
        message->kind = message->id == NULL ? RPC_NOTIFICATION : RPC_REQUEST;
        return true;
    }
    if (json_object_get(root, "result") == NULL && json_object_get(root, "error") == NULL) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "\"method\" is missing");
    }
    message->kind = RPC_RESPONSE;
    return true;
}

bool
rpc_parse(const char *bytes, size_t size, struct rpc_message *message, struct rpc_fault *fault)
{
    *message = (struct rpc_message){.kind = RPC_REQUEST};
    if (size > RPC_SIZE_MAX) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "a message has at most %d bytes",
                             RPC_SIZE_MAX);
    }
    json_error_t error;
    message->root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (message->root == NULL) {
        return rpc_fault_set(fault, RPC_PARSE_ERROR, "not JSON: %s", error.text);
    }
    if (!check_shape(message, fault)) {
        return false;
    }
    struct walk seen = {.arguments = json_object_get(message->params, "arguments")};
    if (!walk(&seen, message->root, NULL, 1)) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "nested deeper than %d levels",
                             RPC_DEPTH_MAX);
    }
    if (seen.zero_elsewhere) {
        return rpc_fault_set(fault, RPC_INVALID_REQUEST, "a string holds U+0000");
    }
    message->zero = seen.zero;
    return find_kind(message, fault);
}

void
rpc_message_free(struct rpc_message *message)
{
    json_decref(message->root);
    *message = (struct rpc_message){.kind = RPC_REQUEST};
}

json_t *
rpc_result(json_t *id, json_t *result)
{
    json_t *message = json_pack("{s:s, s:O?, s:o}", "jsonrpc", "2.0", "id", id, "result",
                                result);
    assert(message != NULL);
    return message;
}

json_t *
rpc_error(json_t *id, struct rpc_fault *fault)
{
    json_t *error = json_pack("{s:i, s:s}", "code", (int)fault->code, "message",
                              fault->message);
    if (fault->data != NULL) {
        json_object_set_new(error, "data", fault->data);
        fault->data = NULL;
    }
    json_t *message = json_pack("{s:s, s:o}", "jsonrpc", "2.0", "error", error);
    json_object_set_new(message, "id", id == NULL ? json_null() : json_incref(id));
    return message;
}

json_t *
rpc_notification(const char *method, json_t *params)
{
    json_t *message = json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params",
                                params);
    assert(message != NULL);
    return message;
}

char *
rpc_dump(json_t *message, size_t *length)
{
    char *line = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    assert(line != NULL); /* what we send was checked for UTF-8 when it was made */
    *length = strlen(line);
    return line;
}
