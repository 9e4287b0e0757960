/* test_canonical_json.c — verify/canonical_json.c. */
#include "verify/canonical_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool
read_form(const char *json, struct text *form)
{
    struct canonical_json_scratch scratch = {0};
    bool ok = canonical_json_read(form, &scratch, (const uint8_t *)json, strlen(json));
    canonical_json_scratch_free(&scratch);
    return ok;
}

static bool
equal(const char *a, const char *b)
{
    AUTO_TEXT first = {0};
    AUTO_TEXT second = {0};
    if (!read_form(a, &first) || !read_form(b, &second)) {
        fail_msg("not read: %s or %s", a, b);
    }
    return first.length == second.length &&
           memcmp(first.bytes, second.bytes, first.length) == 0;
}

/* Each pair was put to PostgreSQL 15: SELECT a::jsonb = b::jsonb is true. */
static void
spellings_of_one_value_have_one_form(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"{\"b\":1,\"a\":2}", " { \"a\" : 2 , \"b\" : 1 } "},
        {"{\"aa\":1,\"b\":2}", "{\"b\":2,\"aa\":1}"},
        {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
        {"{\"a\":1,\"b\":0,\"a\":{\"x\":1,\"x\":3}}", "{\"a\":{\"x\":3},\"b\":0}"},
        {"{\"\\u0061\":1,\"a\":2}", "{\"a\":2}"},
        {"1.50", "1.5"},
        {"1e2", "100"},
        {"1E+2", "100.0"},
        {"-0", "0"},
        {"0.0e5", "0"},
        {"12345678901234567890.10", "12345678901234567890.1"},
        {"\"\\u00e9\\n\\/\"", "\"\xc3\xa9\\n/\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"[ ]", "[]"},
        {"{ }", "{}"},
        {"[1,[2,{\"a\":null}]]", "[ 1 , [ 2 , { \"a\" : null } ] ]"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!equal(pairs[i][0], pairs[i][1])) {
            fail_msg("%s and %s have two forms", pairs[i][0], pairs[i][1]);
        }
    }
}

static void
other_values_have_other_forms(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"{\"a\":1}", "{\"a\":2}"},
        {"{\"a\":1,\"a\":2}", "{\"a\":1}"},
        {"[1,2]", "[2,1]"},
        {"\"1\"", "1"},
        {"null", "\"null\""},
        {"true", "false"},
        {"[]", "{}"},
        {"[[],[]]", "[[[]]]"},
        {"[\"a\",\"b\"]", "[\"ab\",\"\"]"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{},\"b\":1}"},
        {"1", "10"},
        {"0.1", "0.10000000001"},
        {"-1", "1"},
        {"12345678901234567890", "12345678901234567891"},
        {"\"\xc3\xa9\"", "\"e\xcc\x81\""},
        {"\"\\\\n\"", "\"\\n\""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (equal(pairs[i][0], pairs[i][1])) {
            fail_msg("%s and %s have one form", pairs[i][0], pairs[i][1]);
        }
    }
}

static void
what_is_not_json_is_refused_and_adds_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "nul",
        "nullx",
        "truefalse",
        "[1 2]",
        "\"a",
        "\"\x01\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "1 2",
        "\"\\ud83d\\u0041\"",
        "{\"a\" 1}",
        "{1:2}",
        "]",
        "-",
        "NaN",
        "Infinity",
        "[1]]",
        "//c\n1",
        ("\xef\xbb\xbf"
         "1"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_TEXT form = {0};
        text_add(&form, "before");
        if (read_form(wrong[i], &form)) {
            fail_msg("read: %s", wrong[i]);
        }
        assert_int_equal(form.length, strlen("before"));
    }
}

static void
nest(struct text *json, int depth)
{
    for (int i = 0; i < depth; i++) {
        text_add(json, i % 2 == 0 ? "[" : "{\"a\":");
    }
    text_add(json, "1");
    for (int i = depth; i-- > 0;) {
        text_add(json, i % 2 == 0 ? "]" : "}");
    }
}

static void
nesting_is_followed_a_thousand_levels_and_no_further(void **state)
{
    (void)state;
    AUTO_TEXT deep = {0};
    AUTO_TEXT too_deep = {0};
    AUTO_TEXT endless = {0};
    AUTO_TEXT form = {0};
    nest(&deep, CANONICAL_JSON_DEPTH_MAX);
    nest(&too_deep, CANONICAL_JSON_DEPTH_MAX + 1);
    for (int i = 0; i < 1000000; i++) {
        text_add_char(&endless, '[');
    }
    assert_true(read_form(text_string(&deep), &form));
    assert_false(read_form(text_string(&too_deep), &form));
    assert_false(read_form(text_string(&endless), &form));
}

/* 2,000 members in reverse order, each twice; the later value counts. */
static void
large_objects_are_sorted_and_later_keys_win(void **state)
{
    (void)state;
    AUTO_TEXT shuffled = {0};
    AUTO_TEXT sorted = {0};
    text_add(&shuffled, "{");
    text_add(&sorted, "{");
    for (int i = 1999; i >= 0; i--) {
        text_printf(&shuffled, "\"k%d\":\"old\",", i);
    }
    for (int i = 1999; i >= 0; i--) {
        text_printf(&shuffled, "\"k%d\":{\"v\":%d}%s", i, i, i > 0 ? "," : "}");
    }
    for (int i = 0; i < 2000; i++) {
        text_printf(&sorted, "\"k%d\":{\"v\":%d}%s", i, i, i < 1999 ? "," : "}");
    }
    assert_true(equal(text_string(&shuffled), text_string(&sorted)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_value_have_one_form),
        cmocka_unit_test(other_values_have_other_forms),
        cmocka_unit_test(what_is_not_json_is_refused_and_adds_nothing),
        cmocka_unit_test(nesting_is_followed_a_thousand_levels_and_no_further),
        cmocka_unit_test(large_objects_are_sorted_and_later_keys_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
