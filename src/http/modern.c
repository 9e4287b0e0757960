/* modern.c — see modern.h. */
#include "http/modern.h"

#include "base/text.h"
#include "mcp/meta.h"
#include "mcp/methods.h"

#include <openssl/evp.h>
#include <string.h>

enum mcp_era
http_message_era(const struct rpc_message *message, const struct http_headers *headers)
{
    if (mcp_meta_get(message->params, "protocolVersion") != NULL) {
        return MCP_MODERN;
    }
    bool legacy = strcmp(message->method, "initialize") == 0 || headers->session != NULL ||
                  mcp_version_is_legacy(headers->version);
    return legacy ? MCP_LEGACY : MCP_MODERN;
}

/* False: not base64. */
static bool
decode(struct text *out, const char *from, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = 0;
    while (padding < 2 && padding < length && from[length - 1 - padding] == '=') {
        padding++;
    }
    if (length % 4 != 0 || strspn(from, digits) < length - padding) {
        return false;
    }
    text_reserve(out, length / 4 * 3);
    int size = EVP_DecodeBlock((unsigned char *)out->bytes, (const unsigned char *)from,
                               (int)length);
    if (size < (int)padding) {
        return false;
    }
    out->length = (size_t)size - padding;
    return true;
}

bool
http_value_is(const char *header, const char *expected)
{
    static const char prefix[] = "=?base64?";
    static const char suffix[] = "?=";
    enum { PREFIX = sizeof prefix - 1, SUFFIX = sizeof suffix - 1 };
    AUTO_TEXT decoded = {0};
    if (header == NULL || expected == NULL) {
        return false;
    }
    header += strspn(header, " \t");
    size_t length = strlen(header);
    while (length > 0 && strchr(" \t", header[length - 1]) != NULL) {
        length--;
    }
    if (length >= PREFIX + SUFFIX && strncmp(header, prefix, PREFIX) == 0 &&
        strncmp(header + length - SUFFIX, suffix, SUFFIX) == 0) {
        if (!decode(&decoded, header + PREFIX, length - PREFIX - SUFFIX)) {
            return false;
        }
        header = decoded.length == 0 ? "" : decoded.bytes;
        length = decoded.length;
    }
    return strlen(expected) == length && memcmp(header, expected, length) == 0;
}

static bool
mismatch(struct rpc_fault *fault, const char *header)
{
    return rpc_fault_set(fault, RPC_HEADER_MISMATCH,
                         "header mismatch: %s is missing or does not agree with the message",
                         header);
}

bool
http_modern_check(const struct rpc_message *message, const struct http_headers *headers,
                  struct rpc_fault *fault)
{
    const struct mcp_method *method = mcp_method_named(message->method);
    if (headers->version == NULL) {
        return mismatch(fault, "MCP-Protocol-Version");
    }
    if (!http_value_is(headers->method, message->method)) {
        return mismatch(fault, "Mcp-Method");
    }
    if (method != NULL && method->named_by != NULL &&
        !http_value_is(headers->name,
                       json_string_value(json_object_get(message->params, method->named_by)))) {
        return mismatch(fault, "Mcp-Name");
    }
    const char *version = json_string_value(mcp_meta_get(message->params, "protocolVersion"));
    if (version != NULL && !http_value_is(headers->version, version)) {
        return mismatch(fault, "MCP-Protocol-Version");
    }
    return mcp_modern_check(message, fault);
}
