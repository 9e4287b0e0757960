/* test_modern.c — http/modern.c. */
#include "http/modern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_header_is_its_text_or_that_in_base64(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *expected;
        bool same;
    } cases[] = {
        {"abc", "abc", true},
        {" \tabc ", "abc", true},
        {"ABC", "abc", false},
        {"abc", "abcd", false},
        {NULL, "abc", false},
        {"abc", NULL, false},
        {NULL, NULL, false},
        {"", "", true},
        {"=?base64?YWJj?=", "abc", true},
        {"=?base64?YWI=?=", "ab", true},
        {"=?base64?YQ==?=", "a", true},
        {"=?base64?"
         "?=",
         "", true},
        {"=?base64?w6k=?=", "\xc3\xa9", true},
        {"=?base64?YWJj?=", "=?base64?YWJj?=", false},
        {"=?base64?YWJ?=", "ab", false},
        {"=?base64?YW J?=", "ab", false},
        {"=?base64?Y===?=", "a", false},
        {"=?base64?YQ=a?=", "a", false},
        {"=?base64?!!!!?=", "", false},
        {"=?base64?", "=?base64?", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("# %s\n", cases[i].header == NULL ? "(none)" : cases[i].header);
        assert_int_equal(http_value_is(cases[i].header, cases[i].expected), cases[i].same);
    }
}

#define MODERN "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""
#define CAN    "\"io.modelcontextprotocol/clientCapabilities\":{}"
#define CALL(meta)                                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\","      \
    "\"_meta\":{" meta "}}}"
#define LIST(meta)                                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{" meta "}" \
    "}"                                                                                        \
    "}"

static void
headers_must_say_what_the_message_says(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        struct http_headers headers;
        enum rpc_code code;
    } cases[] = {
        {LIST(MODERN "," CAN), {"2026-07-28", "tools/list"}, RPC_NO_FAULT},
        {LIST(MODERN "," CAN), {NULL, "tools/list"}, RPC_HEADER_MISMATCH},
        {LIST(MODERN "," CAN), {"2026-07-28", NULL}, RPC_HEADER_MISMATCH},
        {LIST(MODERN "," CAN), {"2026-07-28", "tools/call"}, RPC_HEADER_MISMATCH},
        {LIST(MODERN "," CAN), {"2026-07-28", "Tools/List"}, RPC_HEADER_MISMATCH},
        {LIST(MODERN "," CAN), {"2025-11-25", "tools/list"}, RPC_HEADER_MISMATCH},
        {LIST(MODERN), {"2026-07-28", "tools/list"}, RPC_INVALID_PARAMS},
        {LIST(CAN), {"2026-07-28", "tools/list"}, RPC_INVALID_PARAMS},
        {CALL(MODERN "," CAN), {"2026-07-28", "tools/call", "t"}, RPC_NO_FAULT},
        {CALL(MODERN "," CAN), {"2026-07-28", "tools/call", "=?base64?dA==?="}, RPC_NO_FAULT},
        {CALL(MODERN "," CAN), {"2026-07-28", "tools/call", NULL}, RPC_HEADER_MISMATCH},
        {CALL(MODERN "," CAN), {"2026-07-28", "tools/call", "u"}, RPC_HEADER_MISMATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        assert_true(rpc_parse(cases[i].message, strlen(cases[i].message), &message, &fault));
        bool ok = http_modern_check(&message, &cases[i].headers, &fault);
        print_message("# %zu: %s\n", i, fault.message);
        assert_int_equal(fault.code, cases[i].code);
        assert_int_equal(ok, cases[i].code == RPC_NO_FAULT);
        json_decref(fault.data);
    }
}

static void
the_era_follows_from_message_session_and_version(void **state)
{
    (void)state;
    static const char plain[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    static const char begin[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}";
    static const struct {
        const char *message;
        struct http_headers headers;
        enum mcp_era era;
    } cases[] = {
        {begin, {NULL}, MCP_LEGACY},
        {begin, {"2026-07-28"}, MCP_LEGACY},
        {plain, {NULL}, MCP_MODERN},
        {plain, {"2025-06-18"}, MCP_LEGACY},
        {plain, {"2026-07-28"}, MCP_MODERN},
        {plain, {"1999-01-01"}, MCP_MODERN},
        {plain, {.session = "x"}, MCP_LEGACY},
        {LIST(MODERN), {.session = "x"}, MCP_MODERN},
        {LIST(MODERN), {"2025-06-18"}, MCP_MODERN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        assert_true(rpc_parse(cases[i].message, strlen(cases[i].message), &message, &fault));
        print_message("# %zu\n", i);
        assert_int_equal(http_message_era(&message, &cases[i].headers), cases[i].era);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_its_text_or_that_in_base64),
        cmocka_unit_test(headers_must_say_what_the_message_says),
        cmocka_unit_test(the_era_follows_from_message_session_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
