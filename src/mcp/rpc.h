/* rpc.h — JSON-RPC 2.0 messages: bytes in, one checked message out, and the way back.
 *
 * Knows nothing of MCP's methods. Thread-safe: no state. */
#ifndef MCP_RPC_H
#define MCP_RPC_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum {
    RPC_SIZE_MAX = 4 * 1024 * 1024, /* bytes of one message */
    RPC_DEPTH_MAX = 64,             /* of nesting */
    RPC_FAULT_MESSAGE_SIZE = 200,
};

/* The codes we send; MCP's own begin at -32020. */
enum rpc_code {
    RPC_NO_FAULT = 0,
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_RESOURCE_NOT_FOUND = -32002, /* legacy revisions only */
    RPC_HEADER_MISMATCH = -32020,
    RPC_MISSING_CAPABILITY = -32021,
    RPC_UNSUPPORTED_VERSION = -32022,
};

/* Why a message gets an error for an answer. */
struct rpc_fault {
    enum rpc_code code;
    char message[RPC_FAULT_MESSAGE_SIZE];
    json_t *data; /* NULL: none; owned until the answer is made, which takes it */
};

/* Fills it; returns false, so that a failing path is one statement. Text that is not UTF-8
 * is cut where it breaks. */
bool rpc_fault_set(struct rpc_fault *fault, enum rpc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum rpc_kind {
    RPC_REQUEST,
    RPC_NOTIFICATION, /* never answered */
    RPC_RESPONSE,     /* to a request of ours; we never make one */
};

struct rpc_message {
    enum rpc_kind kind;
    json_t *root; /* owns all below */
    json_t *id;   /* string or integer; NULL: none, or not usable */
    const char *method;
    json_t *params; /* an object; NULL: none */
    const char
        *zero; /* a member of params.arguments that holds U+0000; NULL: none. Elsewhere it
                         is refused */
};

/* True: *message is filled, to be freed with rpc_message_free(). False: `fault` says why not,
 * and message->id is what can be known of the id; free it all the same. */
bool rpc_parse(const char *bytes, size_t size, struct rpc_message *message,
               struct rpc_fault *fault);
void rpc_message_free(struct rpc_message *message);
#define AUTO_RPC_MESSAGE __attribute__((cleanup(rpc_message_free))) struct rpc_message

/* Whole messages; new references. id: borrowed, NULL becomes null. result and params are taken
 * over, and so is the fault's data. */
json_t *rpc_result(json_t *id, json_t *result);
json_t *rpc_error(json_t *id, struct rpc_fault *fault);
json_t *rpc_notification(const char *method, json_t *params);

/* One line without a line end; free() it. Takes the message over. */
char *rpc_dump(json_t *message, size_t *length);

#endif
