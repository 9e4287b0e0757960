/* test_lossless.c — value/lossless.c, read back with jansson. */
#include "value/lossless.h"
#include "values.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void
assert_json(sqlite3_value *value, bool utf16, const char *expected)
{
    AUTO_TEXT json = {0};
    lossless_add_value(&json, value, utf16);
    assert_string_equal(text_string(&json), expected);
    json_decref(json_loads(text_string(&json), JSON_DECODE_ANY, NULL));
}

static void
every_class_is_told_apart(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_json(value_of_null(&v), false, "null");
    assert_json(value_of_integer(&v, INT64_MIN), false,
                "{\"integer\": \"-9223372036854775808\"}");
    assert_json(value_of_real(&v, 0.1), false, "{\"real\": \"0.1\"}");
    assert_json(value_of_real(&v, 2.0), false, "{\"real\": \"2.0\"}");
    assert_json(value_of_real(&v, -(double)INFINITY), false, "{\"real\": \"-Infinity\"}");
    assert_json(value_of_text(&v, ""), false, "{\"text\": \"\"}");
    assert_json(value_of_text(&v, "a\"\\\n\x01\xc3\xa4"), false,
                "{\"text\": \"a\\\"\\\\\\u000a\\u0001\xc3\xa4\"}");
    assert_json(value_of_bytes(&v, "a\0", 2), false, "{\"text_hex\": \"6100\"}");
    assert_json(value_of_bytes(&v, "\xff", 1), false, "{\"text_hex\": \"ff\"}");
    assert_json(value_of_blob(&v, "\x00\xab", 2), false, "{\"blob\": \"00ab\"}");
    assert_json(value_of_blob(&v, "", 0), false, "{\"blob\": \"\"}");
}

static void
broken_utf16_keeps_the_files_bytes(void **state)
{
    (void)state;
    AUTO_VALUES little;
    values_open(&little, "UTF-16le");
    assert_json(value_of_sql(&little, "SELECT '\xc3\xa4'"), true, "{\"text\": \"\xc3\xa4\"}");
    assert_json(value_of_sql(&little, "SELECT CAST(x'00d8' AS TEXT)"), true,
                "{\"text_utf16le_hex\": \"00d8\"}");
    AUTO_VALUES big;
    values_open(&big, "UTF-16be");
    assert_json(value_of_sql(&big, "SELECT CAST(x'd800' AS TEXT)"), true,
                "{\"text_utf16be_hex\": \"d800\"}");
}

static void
any_text_reads_back_the_same(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    uint64_t random = 12;
    for (int round = 0; round < 5000; round++) {
        char text[64];
        size_t size = next_random(&random) % sizeof text;
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)(next_random(&random) % 127 + 1);
        }
        AUTO_TEXT json = {0};
        lossless_add_value(&json, value_of_bytes(&v, text, size), false);
        json_t *object = json_loads(text_string(&json), 0, NULL);
        json_t *member = json_object_get(object, "text");
        assert_int_equal(json_string_length(member), size);
        assert_memory_equal(json_string_value(member), text, size);
        json_decref(object);
    }
}

static void
names_are_escaped(void **state)
{
    (void)state;
    AUTO_TEXT json = {0};
    lossless_add_name(&json, "it's \"q\"\n");
    assert_string_equal(text_string(&json), "\"it's \\\"q\\\"\\u000a\": ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_told_apart),
        cmocka_unit_test(broken_utf16_keeps_the_files_bytes),
        cmocka_unit_test(any_text_reads_back_the_same),
        cmocka_unit_test(names_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
