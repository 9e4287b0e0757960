/* test_server.c — mcp/server.c and methods.c, by raw messages as on standard input. */
#include "asked.h"
#include "listeners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEGACY(id, method, params)                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\",\"params\":{" params "}}"

/* Messages on their own, and what their answer holds. */
static const struct {
    const char *message;
    const char *holds;
} legacy_table[] = {
    {LEGACY(1, "initialize", "\"protocolVersion\":\"2025-06-18\""),
     "\"protocolVersion\":\"2025-06-18\""},
    {LEGACY(1, "initialize", "\"protocolVersion\":\"2024-11-05\""),
     "\"protocolVersion\":\"2024-11-05\""},
    {LEGACY(1, "initialize", "\"protocolVersion\":\"1999-01-01\""),
     "\"protocolVersion\":\"2025-11-25\""},
    {LEGACY(1, "initialize", "\"protocolVersion\":\"2026-07-28\""),
     "\"protocolVersion\":\"2025-11-25\""},
    {LEGACY(1, "initialize", ""), "\"serverInfo\":{\"name\":\"fake\",\"version\":\"7\"}"},
    {LEGACY("a", "ping", ""), "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}"},
    {LEGACY(1, "logging/setLevel", "\"level\":\"debug\""), "\"result\":{}"},
    {LEGACY(1, "logging/setLevel", "\"level\":\"loud\""), "-32602"},
    {LEGACY(1, "logging/setLevel", ""), "-32602"},
    {LEGACY(1, "tools/list", ""), "\"result\":{\"tools\":[]}"},
    {LEGACY(1, "tools/list", "\"cursor\":\"\""), "-32602"},
    {LEGACY(1, "tools/list", "\"cursor\":\"abc\""), "-32602"},
    {LEGACY(1, "tools/call", "\"name\":\"echo\""), "\"text\":\"echo\""},
    {LEGACY(1, "tools/call", ""), "-32602"},
    {LEGACY(1, "resources/read", "\"uri\":\"x\""), "-32002"},
    {LEGACY(1, "server/discover", ""), "-32601"},
    {LEGACY(1, "subscriptions/listen", ""), "-32601"},
    {LEGACY(1, "prompts/list", ""), "-32601"},
    {LEGACY(1, "completion/complete", ""), "-32601"},
    {LEGACY(1, "resources/subscribe", "\"uri\":\"x\""), "-32601"},
    {LEGACY(1, "no/such", ""), "-32601"},
    {LEGACY(1, "tools/call", "\"name\":\"sample\""), "-32021"},
};

static void
each_legacy_method_answers_as_its_revisions_say(void **state)
{
    struct asked *asked = *state;
    for (size_t i = 0; i < sizeof legacy_table / sizeof legacy_table[0]; i++) {
        const char *answer = asked_ask(asked, legacy_table[i].message);
        print_message("# %s\n# %s", legacy_table[i].message, answer);
        assert_non_null(strstr(answer, legacy_table[i].holds));
        assert_null(strstr(answer, "resultType"));
    }
}

static const struct {
    const char *method;
    const char *params;
    const char *holds;
} modern_table[] = {
    {"server/discover", "", "\"supportedVersions\":[\"2026-07-28\",\"2025-11-25\","},
    {"server/discover", "", "\"ttlMs\":300000,\"cacheScope\":\"public\""},
    {"server/discover", "", "\"resultType\":\"complete\""},
    {"server/discover", "",
     "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"fake\",\"version\":\"7\"}"},
    {"tools/list", "", "\"cacheScope\":\"public\""},
    {"tools/call", "\"name\":\"echo\",", "\"resultType\":\"complete\""},
    {"resources/read", "\"uri\":\"x\",", "-32602"},
    {"initialize", "", "-32601"},
    {"ping", "", "-32601"},
    {"logging/setLevel", "\"level\":\"info\",", "-32601"},
    {"resources/subscribe", "\"uri\":\"x\",", "-32601"},
    {"resources/unsubscribe", "\"uri\":\"x\",", "-32601"},
    {"no/such", "", "-32601"},
    {"tools/call", "\"name\":\"ask\",", "\"resultType\":\"input_required\""},
    {"tools/call", "\"name\":\"ask\",\"inputResponses\":null,", "-32602"},
    {"tools/call", "\"name\":\"ask\",\"inputResponses\":[],", "-32602"},
    {"tools/call", "\"name\":\"ask\",\"inputResponses\":{\"confirm\":7},", "-32602"},
    {"tools/call", "\"name\":\"ask\",\"requestState\":\"made up\",", "-32602"},
    {"tools/call", "\"name\":\"ask\",\"requestState\":7,", "-32602"},
    {"tools/call", "\"name\":\"sample\",", "\"requiredCapabilities\":{\"sampling\":{}}"},
};

static void
each_modern_method_answers_as_its_revision_says(void **state)
{
    struct asked *asked = *state;
    for (size_t i = 0; i < sizeof modern_table / sizeof modern_table[0]; i++) {
        const char *message = modern(5, modern_table[i].method, modern_table[i].params);
        const char *answer = asked_ask(asked, message);
        print_message("# %s\n# %s", message, answer);
        assert_non_null(strstr(answer, modern_table[i].holds));
        assert_non_null(strstr(answer, "\"id\":5"));
    }
}

#define META(members)                                                                          \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{" members  \
    "}}}"

static void
a_modern_request_must_say_its_version_and_capabilities(void **state)
{
    struct asked *asked = *state;
    static const char version[] = META(
        "\"io.modelcontextprotocol/protocolVersion\":\"2031-01-01\","
        "\"io.modelcontextprotocol/clientCapabilities\":{}");
    static const char *const bad[] = {
        META("\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""),
        META("\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
             "\"io.modelcontextprotocol/clientCapabilities\":[]"),
        META("\"io.modelcontextprotocol/protocolVersion\":7,"
             "\"io.modelcontextprotocol/clientCapabilities\":{}")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(strstr(asked_ask(asked, bad[i]), "-32602"));
    }
    const char *answer = asked_ask(asked, version);
    assert_non_null(strstr(answer, "-32022"));
    assert_non_null(strstr(answer, "\"requested\":\"2031-01-01\""));
    assert_non_null(strstr(answer, "\"supported\":[\"2026-07-28\""));
}

static void
both_eras_may_speak_on_one_pipe(void **state)
{
    struct asked *asked = *state;
    assert_null(strstr(asked_ask(asked, LEGACY(1, "tools/list", "")), "resultType"));
    assert_non_null(strstr(asked_ask(asked, modern(2, "tools/list", "")), "resultType"));
    assert_null(strstr(asked_ask(asked, LEGACY(3, "tools/list", "")), "resultType"));
}

/* The requestState of an answer; copied. */
static void
copy_state(const char *answer, char *copy, size_t size)
{
    json_t *message = json_loads(answer, 0, NULL);
    const json_t *result = json_object_get(message, "result");
    const char *signed_state = json_string_value(json_object_get(result, "requestState"));
    assert_non_null(signed_state);
    snprintf(copy, size, "%s", signed_state);
    json_decref(message);
}

/* The same call again, with an answer and the state, as JSON. */
static const char *
asked_again(struct asked *asked, int id, const char *arguments, const char *signed_state)
{
    static char params[1000];
    json_t *spelled = json_string(signed_state);
    char *text = json_dumps(spelled, JSON_ENCODE_ANY);
    snprintf(params, sizeof params,
             "\"name\":\"ask\",%s\"inputResponses\":{\"confirm\":{\"action\":\"accept\"}},"
             "\"requestState\":%s,",
             arguments, text);
    free(text);
    json_decref(spelled);
    return asked_ask(asked, modern(id, "tools/call", params));
}

static void
a_state_comes_back_once_and_for_the_same_call(void **state)
{
    struct asked *asked = *state;
    char first[300];
    char second[300];
    copy_state(asked_ask(asked, modern(1, "tools/call", "\"name\":\"ask\",")), first,
               sizeof first);
    assert_non_null(strstr(asked_again(asked, 2, "", first), "\"text\":\"kept\""));
    assert_non_null(strstr(asked_again(asked, 3, "", first), "-32602"));
    copy_state(asked_ask(asked, modern(4, "tools/call", "\"name\":\"ask\",")), second,
               sizeof second);
    assert_non_null(
        strstr(asked_again(asked, 5, "\"arguments\":{\"x\":1},", second), "-32602"));
    second[5] = second[5] == 'a' ? 'b' : 'a';
    assert_non_null(strstr(asked_again(asked, 6, "", second), "-32602"));
}

static void
progress_only_grows_and_logs_only_what_was_asked_for(void **state)
{
    struct asked *asked = *state;
    const char *sent = asked_ask(
        asked, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
               "\"name\":\"count\",\"_meta\":{\"progressToken\":\"p\","
               "\"io.modelcontextprotocol/logLevel\":\"info\","
               "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
               "\"io.modelcontextprotocol/clientCapabilities\":{}}}}");
    const char *expected[] = {"\"progress\":1.0", "\"progress\":2.0", "\"progress\":3.0",
                              "notifications/message", "\"id\":1"};
    const char *at = sent;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        at = strstr(at, expected[i]);
        assert_non_null(at);
    }
    int lines = 0;
    for (const char *c = sent; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 5);
    assert_null(strstr(sent, "a detail"));
    sent = asked_ask(asked, modern(2, "tools/call", "\"name\":\"count\","));
    assert_null(strstr(sent, "notifications/"));
}

static void
a_cancelled_request_is_never_answered(void **state)
{
    struct asked *asked = *state;
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    text_reset(&asked->sent);
    int before = asked->answers;
    assert_true(asked_put(asked, LEGACY("slow", "tools/call", "\"name\":\"wait\""), &fault));
    asked_put(asked,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
              "\"requestId\":\"other\"}}",
              &fault);
    asked_put(asked,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
              "\"requestId\":\"slow\"}}",
              &fault);
    asked_wait(asked, before + 1);
    assert_string_equal(text_string(&asked->sent), "");
    asked_put(asked,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
              "\"requestId\":\"slow\"}}",
              &fault);
    assert_non_null(strstr(asked_ask(asked, LEGACY("slow", "ping", "")), "\"result\":{}"));
}

static void
an_id_in_flight_cannot_be_used_twice(void **state)
{
    struct asked *asked = *state;
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    assert_true(asked_put(asked, LEGACY(9, "tools/call", "\"name\":\"wait\""), &fault));
    assert_non_null(strstr(asked_ask(asked, LEGACY(9, "ping", "")), "-32600"));
    int before = asked->answers;
    asked_put(asked,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
              "\"requestId\":9}}",
              &fault);
    asked_wait(asked, before + 1);
}

static void
ping_is_answered_while_every_worker_is_busy(void **state)
{
    struct asked *asked = *state;
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    char line[100];
    int before = asked->answers;
    for (int i = 100; i < 120; i++) {
        snprintf(line, sizeof line, LEGACY(% d, "tools/call", "\"name\":\"wait\""), i);
        assert_true(asked_put(asked, line, &fault));
    }
    assert_non_null(strstr(asked_ask(asked, LEGACY(1, "ping", "")), "\"result\":{}"));
    mcp_flights_cancel_all(&asked->server.flights, &asked->peer);
    asked_wait(asked, before + 21);
}

static void
a_listener_is_told_of_what_it_asked_for_and_of_nothing_else(void **state)
{
    struct asked *asked = *state;
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    text_reset(&asked->sent);
    assert_true(asked_put(
        asked,
        modern(77, "subscriptions/listen",
               "\"notifications\":{\"toolsListChanged\":true,\"resourcesListChanged\":true},"),
        &fault));
    assert_non_null(
        strstr(text_string(&asked->sent), "\"notifications\":{\"toolsListChanged\":true}"));
    listeners_tell(&asked->server.listen, MCP_TOPIC_PROMPTS);
    assert_null(strstr(text_string(&asked->sent), "list_changed"));
    listeners_tell(&asked->server.listen, MCP_TOPIC_TOOLS);
    assert_non_null(
        strstr(text_string(&asked->sent), "\"io.modelcontextprotocol/subscriptionId\":77"));
    assert_non_null(strstr(text_string(&asked->sent), "notifications/tools/list_changed"));
    int before = asked->answers;
    mcp_listen_end(&asked->server.listen);
    assert_int_equal(asked->answers, before + 1);
    const char *end = strstr(text_string(&asked->sent), "\"id\":77");
    assert_non_null(end);
    assert_non_null(strstr(end, "subscriptionId"));
}

static int
start(void **state)
{
    static struct asked asked;
    asked_start(&asked, &fake_service);
    *state = &asked;
    return 0;
}

static int
stop(void **state)
{
    asked_stop(*state);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_legacy_method_answers_as_its_revisions_say),
        TEST(each_modern_method_answers_as_its_revision_says),
        TEST(a_modern_request_must_say_its_version_and_capabilities),
        TEST(both_eras_may_speak_on_one_pipe),
        TEST(a_state_comes_back_once_and_for_the_same_call),
        TEST(progress_only_grows_and_logs_only_what_was_asked_for),
        TEST(a_cancelled_request_is_never_answered),
        TEST(an_id_in_flight_cannot_be_used_twice),
        TEST(ping_is_answered_while_every_worker_is_busy),
        TEST(a_listener_is_told_of_what_it_asked_for_and_of_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
