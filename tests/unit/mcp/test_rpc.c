/* test_rpc.c — mcp/rpc.c. */
#include "mcp/rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *line;
    enum rpc_code code; /* RPC_NO_FAULT: it is taken */
    enum rpc_kind kind;
    const char *id; /* as JSON; "null": none */
} table[] = {
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", RPC_NO_FAULT, RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"a\",\"params\":{}}", RPC_NO_FAULT,
     RPC_REQUEST, "\"x\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":-9007199254740993,\"method\":\"a\"}", RPC_NO_FAULT,
     RPC_REQUEST, "-9007199254740993"},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"a\"}", RPC_NO_FAULT, RPC_REQUEST, "\"\""},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", RPC_NO_FAULT, RPC_NOTIFICATION, "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", RPC_NO_FAULT, RPC_RESPONSE, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", RPC_NO_FAULT, RPC_RESPONSE, "1"},
    {"", RPC_PARSE_ERROR, RPC_REQUEST, "null"},
    {"{", RPC_PARSE_ERROR, RPC_REQUEST, "null"},
    {"{} {}", RPC_PARSE_ERROR, RPC_REQUEST, "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"a\"}", RPC_PARSE_ERROR, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", RPC_PARSE_ERROR, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xed\xa0\x80\"}", RPC_PARSE_ERROR, RPC_REQUEST,
     "null"},
    {"[]", RPC_INVALID_REQUEST, RPC_REQUEST, "null"},
    {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", RPC_INVALID_REQUEST, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST,
     "null"},
    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST, "1"},
    {"{\"id\":1,\"method\":\"a\"}", RPC_INVALID_REQUEST, RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", RPC_INVALID_REQUEST, RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1}", RPC_INVALID_REQUEST, RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[]}", RPC_INVALID_PARAMS,
     RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":null}", RPC_INVALID_PARAMS,
     RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"name\":\"\\u0000\"}}",
     RPC_INVALID_REQUEST, RPC_REQUEST, "1"},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\\u0000\",\"method\":\"a\"}", RPC_INVALID_REQUEST,
     RPC_REQUEST, "null"},
};

static void
each_message_is_taken_or_refused_as_json_rpc_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        print_message("# %s\n", table[i].line);
        bool taken = rpc_parse(table[i].line, strlen(table[i].line), &message, &fault);
        assert_int_equal(taken, table[i].code == RPC_NO_FAULT);
        assert_int_equal(fault.code, table[i].code);
        char *id = message.id == NULL ? strdup("null")
                                      : json_dumps(message.id, JSON_ENCODE_ANY);
        assert_string_equal(id, table[i].id);
        free(id);
        if (taken) {
            assert_int_equal(message.kind, table[i].kind);
        }
    }
}

static void
a_zero_in_an_argument_is_the_tools_to_refuse_and_named(void **state)
{
    (void)state;
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
                               "\"params\":{\"arguments\":{\"a\":1,\"sql\":[\"x\\u0000\"]}}}";
    assert_true(rpc_parse(line, sizeof line - 1, &message, &fault));
    assert_string_equal(message.zero, "sql");
}

/* {"jsonrpc":...,"params":{"a":[[[...]]]}}; the caller frees it. */
static char *
nested(size_t levels)
{
    static const char before[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"a\":";
    char *line = calloc(1, sizeof before + 2 * levels + 3);
    memcpy(line, before, sizeof before - 1);
    memset(line + sizeof before - 1, '[', levels);
    memset(line + sizeof before - 1 + levels, ']', levels);
    memcpy(line + sizeof before - 1 + 2 * levels, "}}", 3);
    return line;
}

static void
nesting_ends_at_its_limit(void **state)
{
    (void)state;
    static const struct {
        size_t levels;
        enum rpc_code code;
    } cases[] = {{RPC_DEPTH_MAX - 2, RPC_NO_FAULT},
                 {RPC_DEPTH_MAX - 1, RPC_INVALID_REQUEST},
                 {1000, RPC_INVALID_REQUEST},
                 {100000, RPC_PARSE_ERROR}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
        struct rpc_fault fault = {.code = RPC_NO_FAULT};
        char *line = nested(cases[i].levels);
        rpc_parse(line, strlen(line), &message, &fault);
        assert_int_equal(fault.code, cases[i].code);
        free(line);
    }
}

static void
more_than_the_limit_is_refused_unread(void **state)
{
    (void)state;
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    char *line = calloc(1, RPC_SIZE_MAX + 1);
    memset(line, ' ', RPC_SIZE_MAX + 1);
    assert_false(rpc_parse(line, RPC_SIZE_MAX + 1, &message, &fault));
    assert_int_equal(fault.code, RPC_INVALID_REQUEST);
    free(line);
}

static void
a_fault_is_cut_before_a_character_that_does_not_fit(void **state)
{
    (void)state;
    char long_words[3 * RPC_FAULT_MESSAGE_SIZE];
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    size_t length;
    for (size_t i = 0; i + 2 < sizeof long_words; i += 2) {
        memcpy(long_words + i, "\xc3\xa9", 3);
    }
    rpc_fault_set(&fault, RPC_INTERNAL_ERROR, "x%s", long_words);
    char *line = rpc_dump(rpc_error(NULL, &fault), &length);
    json_t *read = json_loads(line, 0, NULL);
    assert_non_null(read);
    assert_true(json_is_null(json_object_get(read, "id")));
    json_decref(read);
    free(line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_taken_or_refused_as_json_rpc_says),
        cmocka_unit_test(a_zero_in_an_argument_is_the_tools_to_refuse_and_named),
        cmocka_unit_test(nesting_ends_at_its_limit),
        cmocka_unit_test(more_than_the_limit_is_refused_unread),
        cmocka_unit_test(a_fault_is_cut_before_a_character_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
