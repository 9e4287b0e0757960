/* test_json.c — canonical/json.c; which values are equal is jansson's word, what
 * PostgreSQL prints was taken down from PostgreSQL 15. */
#include "canonical/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static bool
read_form(const char *json, struct text *form)
{
    struct canonical_json_scratch scratch = {0};
    bool ok = canonical_json_read(form, &scratch, (const uint8_t *)json, strlen(json));
    canonical_json_scratch_free(&scratch);
    return ok;
}

static bool
same_form(const struct text *a, const struct text *b)
{
    return a->length == b->length &&
           (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static bool
equal(const char *a, const char *b)
{
    AUTO_TEXT first = {0};
    AUTO_TEXT second = {0};
    if (!read_form(a, &first) || !read_form(b, &second)) {
        fail_msg("not read: %s or %s", a, b);
    }
    return same_form(&first, &second);
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
        {"{\"\\u00e9\":{\"b\":1,\"a\":2}}", "{\"\xc3\xa9\":{\"a\":2,\"b\":1}}"},
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
        {"{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}"},
        {"[{\"a\":1},{\"a\":2}]", "[{\"a\":2},{\"a\":1}]"},
        {"{\"a\":{\"x\":1},\"b\":{\"x\":2}}", "{\"a\":{\"x\":2},\"b\":{\"x\":1}}"},
        {"{\"a\":[1,2],\"b\":[]}", "{\"a\":[1],\"b\":[2]}"},
        {"{\"ab\":\"c\"}", "{\"a\":\"bc\"}"},
        {"[\"a\",\"b\"]", "[\"a\\\", \\\"b\"]"},
        {"{\"a\":1}", "\"{\\\"a\\\": 1}\""},
        {"{\"a\":null}", "{}"},
        {"[1.5]", "[15]"},
        {"1e131071", "1e131070"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (equal(pairs[i][0], pairs[i][1])) {
            fail_msg("%s and %s have one form", pairs[i][0], pairs[i][1]);
        }
    }
}

/* SELECT a::jsonb, but for zeros at the end of a fraction. */
static void
the_form_is_what_postgresql_prints(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"b\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}"},
        {"{\"aa\":[1,2],\"b\":{}}", "{\"b\": {}, \"aa\": [1, 2]}"},
        {"{\"abcdefgh2\":1,\"abcdefgh1\":2}", "{\"abcdefgh1\": 2, \"abcdefgh2\": 1}"},
        {"{\"a\":1,\"bb\":{\"a\":1,\"a\":2},\"a\":3}", "{\"a\": 3, \"bb\": {\"a\": 2}}"},
        {"{\"\":1,\" \":2,\"\":3}", "{\"\": 3, \" \": 2}"},
        {"{\"\\n\":1,\"zz\":2,\"a\":3}", "{\"\\n\": 1, \"a\": 3, \"zz\": 2}"},
        {"{\"\\u000a\":1,\"\\n\":2}", "{\"\\n\": 2}"},
        {"{\"x\\\\yyyyyyyyyy\":1,\"x\\\"yyyyyyyyyy\":2}",
         "{\"x\\\"yyyyyyyyyy\": 2, \"x\\\\yyyyyyyyyy\": 1}"},
        {"\"\\u0001\\u001F\\u0022\\u005c\\/\\u007f\"", "\"\\u0001\\u001f\\\"\\\\/\x7f\""},
        {"\"\\u20ac\\b\\f\\r\\t\"", "\"\xe2\x82\xac\\b\\f\\r\\t\""},
        {"[[],{},\"\",[[ ]]]", "[[], {}, \"\", [[]]]"},
        {"-0", "0"},
        {"-0.0", "0"},
        {"-0.50", "-0.5"},
        {"1e2", "100"},
        {"1.5e-3", "0.0015"},
        {"-12.50e1", "-125"},
        {"0.00120e2", "0.12"},
        {"1e20", "100000000000000000000"},
        {"123456789012345678901234567890.10", "123456789012345678901234567890.1"},
        {"1.000000000000000000000000000001", "1.000000000000000000000000000001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT form = {0};
        assert_true(read_form(cases[i][0], &form));
        assert_string_equal(text_string(&form), cases[i][1]);
        assert_true(canonical_json_is_form((const uint8_t *)form.bytes, form.length));
    }
}

static void
only_zeros_at_the_end_of_a_fraction_need_another_look(void **state)
{
    (void)state;
    static const char *const printed[] = {"1.50", "[1.0]", "{\"a\": \"1.0\"}", "0.0"};
    static const char *const forms[] = {"1.5",     "100",    "0.05", "{\"a.b\": \"c.\"}",
                                        "\"1.5\"", "\"0.\"", "10.01"};
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
        assert_false(canonical_json_is_form((const uint8_t *)printed[i], strlen(printed[i])));
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_true(canonical_json_is_form((const uint8_t *)forms[i], strlen(forms[i])));
    }
}

/* What no numeric holds still has one form a value, and not a billion digits. */
static void
enormous_exponents_are_told_apart(void **state)
{
    (void)state;
    assert_true(equal("1e200000", "10.0e199999"));
    assert_true(equal("1.5e-200000", "15e-200001"));
    assert_true(equal("0e999999999", "0"));
    assert_false(equal("1e200000", "1e200001"));
    assert_false(equal("1e200000", "-1e200000"));
    assert_false(equal("1e-200000", "0"));
    AUTO_TEXT form = {0};
    assert_true(read_form("[1e999999999, 1e-999999999]", &form));
    assert_true(form.length < 100);
    AUTO_TEXT digits = {0};
    assert_true(read_form("1e131071", &digits));
    assert_int_equal(digits.length, 131072);
}

/* Strings of every length up to three registers, an escape at each place of them. */
static void
long_strings_are_read_to_their_end(void **state)
{
    (void)state;
    for (int length = 0; length < 50; length++) {
        for (int at = 0; at <= length; at++) {
            AUTO_TEXT json = {0};
            AUTO_TEXT expected = {0};
            AUTO_TEXT form = {0};
            text_printf(&json, "{\"%.*s\\u0041%.*s\":\"%.*s\\n\"}", at,
                        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", length - at,
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", length,
                        "01234567890123456789012345678901234567890123456789");
            text_printf(&expected, "{\"%.*sA%.*s\": \"%.*s\\n\"}", at,
                        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", length - at,
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", length,
                        "01234567890123456789012345678901234567890123456789");
            assert_true(read_form(text_string(&json), &form));
            assert_string_equal(text_string(&form), text_string(&expected));
        }
    }
}

/* The same every time. */
static unsigned
roll(uint64_t *dice, unsigned sides)
{
    *dice = *dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*dice >> 33) % sides;
}

static const char *
choose_blank(uint64_t *dice)
{
    static const char *const blanks[] = {"", "", "", " ", "\n\t", "  \r\n"};
    return blanks[roll(dice, 6)];
}

static const char *
choose_string(uint64_t *dice)
{
    static const char *const strings[] = {
        "a",
        "b",
        "\\u0061",
        "ab",
        "\xc3\xa9",
        "\\u00e9",
        "e\xcc\x81",
        "\\n",
        "\\u000a",
        "a\\\"quoted key",
        "a longer key, 1",
        "a longer key, 2",
    };
    return strings[roll(dice, 12)];
}

/* Few different scalars, keys and shapes, so that two are often equal, and often nearly. */
static void
add_random(struct text *json, uint64_t *dice, int depth)
{
    static const char *const scalars[] = {"1", "2", "10", "-1", "0", "true", "false", "null"};
    unsigned kind = roll(dice, depth > 0 ? 5 : 2);
    text_add(json, choose_blank(dice));
    if (kind == 0) {
        text_printf(json, "\"%s\"", choose_string(dice));
    } else if (kind == 1) {
        text_add(json, scalars[roll(dice, 8)]);
    } else {
        bool object = kind > 2;
        text_add(json, object ? "{" : "[");
        for (unsigned left = roll(dice, 4); left > 0; left--) {
            if (object) {
                text_printf(json, "%s\"%s\"%s:", choose_blank(dice), choose_string(dice),
                            choose_blank(dice));
            }
            add_random(json, dice, depth - 1);
            text_add(json, left > 1 ? "," : "");
        }
        text_printf(json, "%s%s", choose_blank(dice), object ? "}" : "]");
    }
    text_add(json, choose_blank(dice));
}

static bool
same_to_both(const struct text *forms, json_t *const *values, size_t i, size_t j)
{
    bool same = same_form(&forms[i], &forms[j]);
    if (same != (json_equal(values[i], values[j]) == 1)) {
        fail_msg("%s and %s", text_string(&forms[i]), text_string(&forms[j]));
    }
    return same;
}

static void
forms_are_equal_exactly_when_jansson_finds_the_values_equal(void **state)
{
    (void)state;
    enum { DOCUMENTS = 600 };
    static struct text forms[DOCUMENTS];
    static json_t *values[DOCUMENTS];
    uint64_t dice = 20240229;
    int equals = 0;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        AUTO_TEXT json = {0};
        add_random(&json, &dice, (int)(i % 4));
        values[i] = json_loadb(json.bytes, json.length, JSON_DECODE_ANY, NULL);
        assert_non_null(values[i]);
        assert_true(read_form(text_string(&json), &forms[i]));
    }
    for (size_t i = 0; i < DOCUMENTS; i++) {
        for (size_t j = i + 1; j < DOCUMENTS; j++) {
            equals += same_to_both(forms, values, i, j) ? 1 : 0;
        }
    }
    assert_true(equals > 1000);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        json_decref(values[i]);
        text_free(&forms[i]);
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
        cmocka_unit_test(the_form_is_what_postgresql_prints),
        cmocka_unit_test(only_zeros_at_the_end_of_a_fraction_need_another_look),
        cmocka_unit_test(enormous_exponents_are_told_apart),
        cmocka_unit_test(long_strings_are_read_to_their_end),
        cmocka_unit_test(forms_are_equal_exactly_when_jansson_finds_the_values_equal),
        cmocka_unit_test(what_is_not_json_is_refused_and_adds_nothing),
        cmocka_unit_test(nesting_is_followed_a_thousand_levels_and_no_further),
        cmocka_unit_test(large_objects_are_sorted_and_later_keys_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
