/* test_chain_json.c — verify/chain_json.c. What is expected is what Python's
 * json.dumps(json.loads(x), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
 * prints, but for numbers, which stay as they are written. */
#include "verify/chain_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *json;
    const char *spelled; /* NULL: it is none */
} cases[] = {
    {"{ \"b\" : 1 , \"a\" : [ 1 , 2 ] }", "{\"a\":[1,2],\"b\":1}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
    {"{\"ab\":1,\"a\":2,\"B\":3,\"\":4}", "{\"\":4,\"B\":3,\"a\":2,\"ab\":1}"},
    {"{\"\\u00e9\":1,\"z\":2}", "{\"z\":2,\"\xc3\xa9\":1}"},
    /* A quote (0x22) comes before a letter, though its escape begins with a backslash. */
    {"{\"A\":1,\"\\\"\":2}", "{\"\\\"\":2,\"A\":1}"},
    {"[1.50, 1e+2, -0, 12345678901234567890]", "[1.50,1e+2,-0,12345678901234567890]"},
    {"\"\\u0041\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"",
     "\"A/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
    {"\"\\ud83d\\ude80\"", "\"\xf0\x9f\x9a\x80\""},
    {"{\"o\":{\"y\":{},\"x\":[]}}", "{\"o\":{\"x\":[],\"y\":{}}}"},
    {" null ", "null"},
    {"true", "true"},
    {"\"\\ud83d\"", NULL},
    {"\"\\ude80\"", NULL},
    {"{\"a\":1,}", NULL},
    {"{,}", NULL},
    {"[1,]", NULL},
    {"[1 2]", NULL},
    {"{\"a\" 1}", NULL},
    {"{a:1}", NULL},
    {"01", NULL},
    {"1.", NULL},
    {"+1", NULL},
    {"nul", NULL},
    {"\"\n\"", NULL},
    {"\"a", NULL},
    {"\"\\x\"", NULL},
    {"\"\\u00g0\"", NULL},
    {"1 1", NULL},
    {"", NULL},
};

static void
json_has_one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT out = {0};
        text_add(&out, "before");
        bool taken = chain_json_add(&out, (const uint8_t *)cases[i].json,
                                    strlen(cases[i].json));
        if (taken != (cases[i].spelled != NULL)) {
            fail_msg("%s", cases[i].json);
        }
        assert_memory_equal(out.bytes, "before", 6);
        assert_string_equal(text_string(&out) + 6, taken ? cases[i].spelled : "");
    }
}

static void
deep_nesting_is_refused(void **state)
{
    (void)state;
    AUTO_TEXT json = {0};
    AUTO_TEXT out = {0};
    for (int depth = 0; depth < CHAIN_JSON_DEPTH_MAX; depth++) {
        text_add_char(&json, '[');
    }
    for (int depth = 0; depth < CHAIN_JSON_DEPTH_MAX; depth++) {
        text_add_char(&json, ']');
    }
    assert_true(chain_json_add(&out, (const uint8_t *)json.bytes, json.length));
    assert_string_equal(text_string(&out), text_string(&json));
    text_reset(&out);
    AUTO_TEXT deeper = {0};
    text_printf(&deeper, "[%s]", text_string(&json));
    assert_false(chain_json_add(&out, (const uint8_t *)deeper.bytes, deeper.length));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_one_spelling),
        cmocka_unit_test(deep_nesting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
