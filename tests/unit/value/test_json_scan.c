/* test_json_scan.c — value/json_scan.c against PostgreSQL's verdicts and jansson's. */
#include "value/json_scan.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

struct verdict {
    const char *text;
    bool json;  /* PostgreSQL 15: SELECT text::json works */
    bool jsonb; /* ... ::jsonb */
};

/* Asked of PostgreSQL 15.20 once. */
static const struct verdict verdicts[] = {
    {"", false, false},
    {" ", false, false},
    {"1", true, true},
    {"-0", true, true},
    {"-0.0", true, true},
    {"01", false, false},
    {"-", false, false},
    {"+1", false, false},
    {".5", false, false},
    {"1.", false, false},
    {"1.0", true, true},
    {"1e5", true, true},
    {"1E+5", true, true},
    {"1e", false, false},
    {"1e+", false, false},
    {"1.5e-3", true, true},
    {"0x10", false, false},
    {"NaN", false, false},
    {"Infinity", false, false},
    {"true", true, true},
    {"TRUE", false, false},
    {"truex", false, false},
    {"false", true, true},
    {"null", true, true},
    {"nul", false, false},
    {"\"a\"", true, true},
    {"\"a", false, false},
    {"'a'", false, false},
    {"\"\\u0041\"", true, true},
    {"\"\\u004\"", false, false},
    {"\"\\u00zz\"", false, false},
    {"\"\\u0000\"", true, false},
    {"\"\\ud800\"", true, false},
    {"\"\\udc00\"", true, false},
    {"\"\\ud83d\\ude00\"", true, true},
    {"\"\\ud83dx\"", true, false},
    {"\"\\ud83d\\u0041\"", true, false},
    {"\"\\ude00\\ud83d\"", true, false},
    {"\"\\x41\"", false, false},
    {"\"\\/\"", true, true},
    {"\"\\b\\f\\n\\r\\t\\\\\\\"\"", true, true},
    {"\"\011\"", false, false},
    {"\"\012\"", false, false},
    {"\"\177\"", true, true},
    {"\"\001\"", false, false},
    {"\"\303\244\342\202\254\360\237\230\200\"", true, true},
    {"[]", true, true},
    {"[ ]", true, true},
    {"[1,2]", true, true},
    {"[1,]", false, false},
    {"[,1]", false, false},
    {"[1 2]", false, false},
    {"[", false, false},
    {"]", false, false},
    {"{}", true, true},
    {"{ }", true, true},
    {"{\"a\":1}", true, true},
    {"{\"a\" : 1 , \"b\" : [ { } ] }", true, true},
    {"{\"a\":1,}", false, false},
    {"{a:1}", false, false},
    {"{'a':1}", false, false},
    {"{\"a\"}", false, false},
    {"{\"a\":}", false, false},
    {"{1:2}", false, false},
    {"{\"a\":1 \"b\":2}", false, false},
    {"{\"a\":1", false, false},
    {"{\"a\":1}}", false, false},
    {"{\"a\":1} x", false, false},
    {"{\"a\":1} {\"b\":2}", false, false},
    {"{\"a\":1,\"a\":2}", true, true},
    {"{\"a\":1,\"\\u0061\":2}", true, true},
    {"{\"a\":{\"a\":1}}", true, true},
    {"[1]//c", false, false},
    {" \011\012\0151 \011\012\015", true, true},
    {"\0131", false, false},
    {"\0141", false, false},
    {"\302\2401", false, false},
    {"\357\273\2771", false, false},
    {"1e131071", true, true},
    {"1e131072", true, false},
    {"9e131071", true, true},
    {"10e131071", true, false},
    {"0.1e131072", true, true},
    {"1e-16383", true, true},
    {"1e-16384", true, false},
    {"0.1e-16382", true, true},
    {"0.1e-16383", true, false},
    {"0e-16383", true, true},
    {"0e-16384", true, false},
    {"0e999999", true, true},
    {"0e999999999", true, true},
    {"0e1000000000", true, true},
    {"1e999999999999", true, false},
    {"-1e131071", true, true},
    {"-1e131072", true, false},
    {"0.0e5", true, true},
    {"1.0e-16382", true, true},
    {"1.0e-16383", true, false},
    {"123abc", false, false},
    {"1-", false, false},
    {"1e5.5", false, false},
    {"[1e5,]", false, false},
    {"\"\\uD834\\uDD1E\"", true, true},
    {"\"\\u0000x\"", true, false},
    {"{\"\\u0000\":1}", true, false},
    {"{\"\":1}", true, true},
    {"{\"\":1,\"\":2}", true, true},
    {"\"\"", true, true},
    {"--1", false, false},
    {"[-]", false, false},
    {"[1e]", false, false},
    {"2.e3", false, false},
    {"-01", false, false},
    {"-.5", false, false},
    {"\"\\u\"", false, false},
    {"\"\\uD800\\u\"", false, false},
    {"[true,false,null]", true, true},
    {"[truefalse]", false, false},
    {"nulll", false, false},
    {"[[[[[[]]]]]]", true, true},
};

/* Troubles for which jsonb does not refuse the text, but loses something. */
enum { SILENT_TROUBLES = JSON_DUPLICATE_KEY };

static bool
scan(const char *text, struct json_facts *facts)
{
    return json_scan((const uint8_t *)text, strlen(text), facts);
}

static void
postgresql_gives_the_same_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct json_facts facts;
        bool json = scan(verdicts[i].text, &facts);
        bool jsonb = json && (facts.troubles & ~(unsigned)SILENT_TROUBLES) == 0;
        if (json != verdicts[i].json || jsonb != verdicts[i].jsonb) {
            fail_msg("%s: json %d, jsonb %d", verdicts[i].text, json, jsonb);
        }
    }
}

static unsigned
troubles(const char *text)
{
    struct json_facts facts;
    assert_true(scan(text, &facts));
    return facts.troubles;
}

static void
keys_are_compared_as_they_read_unescaped(void **state)
{
    (void)state;
    static const char *const twice[] = {
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"b\":3,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"\\u0061\":1,\"a\":2}",
        "{\"\\n\":1,\"\\u000a\":2}",
        "{\"/\":1,\"\\/\":2}",
        "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
        "{\"\\u00e4\":1,\"\xc3\xa4\":2}",
        "{\"\":1,\"\":2}",
        "[{\"x\":{\"a\":1,\"a\":2}}]",
        "{\"a\":{\"b\":1},\"c\":1,\"a\":{}}",
    };
    static const char *const once[] = {
        "{\"a\":1,\"b\":2}",
        "{\"a\":{\"a\":1}}",
        "[{\"a\":1},{\"a\":1}]",
        "{\"a\":1,\"\\u0041\":2}",
        "{\"ab\":1,\"abb\":2}",
        "{\"a\\\\\":1,\"a\":2}",
        "{\"axb\":1,\"ayb\":2}",
        "{\"a\":{\"b\":1},\"b\":1}",
        "{\"\\u00e4\":1,\"\xc3\xa5\":2}",
    };
    for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) {
        assert_int_equal(troubles(twice[i]), JSON_DUPLICATE_KEY);
    }
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        assert_int_equal(troubles(once[i]), 0);
    }
}

/* Objects of short keys that are often alike: compared as strings, each with each. */
static void
a_key_twice_is_found_among_keys_that_are_alike(void **state)
{
    (void)state;
    uint64_t random = 9;
    int repeats = 0;
    enum { ROUNDS = 20000, KEYS_MAX = 24 };
    for (int round = 0; round < ROUNDS; round++) {
        char keys[KEYS_MAX][8];
        char text[512] = "{";
        size_t used = 1;
        size_t count = next_random(&random) % KEYS_MAX + 1;
        bool twice = false;
        for (size_t i = 0; i < count; i++) {
            size_t size = next_random(&random) % sizeof *keys;
            for (size_t j = 0; j < size; j++) {
                keys[i][j] = (char)('a' + next_random(&random) % 4);
            }
            keys[i][size] = '\0';
            for (size_t j = 0; j < i; j++) {
                twice |= strcmp(keys[i], keys[j]) == 0;
            }
            used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%s\":[{}]",
                                     i == 0 ? "" : ", ", keys[i]);
        }
        snprintf(text + used, sizeof text - used, "}");
        assert_int_equal(troubles(text), twice ? JSON_DUPLICATE_KEY : 0);
        repeats += twice;
    }
    assert_true(repeats > ROUNDS / 10 && repeats < ROUNDS * 9 / 10);
}

/* {"k0":0,"k1":0,...}; with `twice`, the first key again at the end. */
static char *
object_of(size_t keys, bool twice)
{
    char *text = malloc(keys * 24 + 64);
    assert_non_null(text);
    size_t at = 0;
    for (size_t i = 0; i < keys; i++) {
        at += (size_t)snprintf(text + at, 24, "%c\"k%zu\":0", i == 0 ? '{' : ',', i);
    }
    snprintf(text + at, 64, "%s}", twice ? ",\"\\u006b0\":1" : "");
    return text;
}

static void
large_objects_are_searched_too(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 15, 16, 17, 47, 48, 49, 1000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *once = object_of(sizes[i], false);
        char *twice = object_of(sizes[i], true);
        assert_int_equal(troubles(once), 0);
        assert_int_equal(troubles(twice), JSON_DUPLICATE_KEY);
        free(once);
        free(twice);
    }
    char *huge = object_of(JSON_KEYS_MAX + 1, false);
    assert_int_equal(troubles(huge), JSON_TOO_MANY_KEYS);
    free(huge);
}

static void
nesting_has_a_limit(void **state)
{
    (void)state;
    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        char *text = malloc(2 * depth + 1);
        assert_non_null(text);
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        struct json_facts facts;
        assert_int_equal(scan(text, &facts), depth <= JSON_DEPTH_MAX);
        assert_int_equal(facts.depth, depth);
        free(text);
    }
}

static void
what_may_outgrow_jsonb_is_in_trouble(void **state)
{
    (void)state;
    size_t count = 12000000;
    char *text = malloc(2 * count + 2);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = i == 0 ? '[' : ',';
        text[2 * i + 1] = '1';
    }
    memcpy(text + 2 * count, "]", 2);
    assert_int_equal(troubles(text), JSON_TOO_LARGE);
    free(text);
}

/* A random document, then random damage. */
static size_t
random_document(uint64_t *random, char *text, size_t room)
{
    static const char *const pieces[] = {
        "{",       "}",
        "[",       "]",
        ",",       ":",
        "\"a\"",   "\"b\":",
        "\"a\":",  "1",
        "-2.5",    "true",
        "null",    " ",
        "\n",      "\"\\u00e4\"",
        "{\"a\":", "[1,",
        "\"\\n\"", "\"",
        "\\",      "\"\\u0061\":",
        "1E+2 ",   "false",
        "0",       "\"long enough for a whole vector\"",
    };
    size_t at = 0;
    size_t count = next_random(random) % 12;
    for (size_t i = 0; i <= count; i++) {
        const char *piece = pieces[next_random(random) % (sizeof pieces / sizeof *pieces)];
        at += (size_t)snprintf(text + at, room - at, "%s", piece);
    }
    return at;
}

static void
jansson_gives_the_same_verdict(void **state)
{
    (void)state;
    uint64_t random = 6;
    int valid = 0;
    for (int round = 0; round < 400000; round++) {
        char text[512];
        size_t size = random_document(&random, text, sizeof text);
        struct json_facts facts;
        bool json = json_scan((const uint8_t *)text, size, &facts);
        json_t *parsed = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        bool same = (json && facts.troubles == 0) == (parsed != NULL);
        if (!same) {
            fail_msg("%.*s", (int)size, text);
        }
        if (parsed != NULL) {
            assert_int_equal(facts.container, json_is_object(parsed) || json_is_array(parsed));
        }
        valid += parsed != NULL;
        json_decref(parsed);
    }
    assert_true(valid > 1000); /* the documents are worth something */
}

static void
an_error_says_where_and_what(void **state)
{
    (void)state;
    struct json_facts facts;
    assert_false(scan("{\"a\": 01}", &facts));
    assert_string_equal(facts.error, "not a JSON number");
    assert_int_equal(facts.error_at, 8);
    assert_string_equal(json_trouble_text(JSON_NUL_ESCAPE | JSON_TOO_LARGE), "holds \\u0000");
    assert_string_equal(json_trouble_text(JSON_TOO_LARGE), "is too large for jsonb");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postgresql_gives_the_same_verdict),
        cmocka_unit_test(keys_are_compared_as_they_read_unescaped),
        cmocka_unit_test(a_key_twice_is_found_among_keys_that_are_alike),
        cmocka_unit_test(large_objects_are_searched_too),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(what_may_outgrow_jsonb_is_in_trouble),
        cmocka_unit_test(jansson_gives_the_same_verdict),
        cmocka_unit_test(an_error_says_where_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
