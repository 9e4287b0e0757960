/* test_value_json.c — agent/value_json.h. */
#include "agent/value_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BOOL = 16, INT8 = 20, TEXT = 25, FLOAT8 = 701, NUMERIC = 1700 };

static struct value_json
value_of(uint32_t type, const char *text)
{
    return (struct value_json){.bytes = text, .length = strlen(text), .type = type};
}

static void
check(uint32_t type, const char *text, const char *expected)
{
    struct value_json value = value_of(type, text);
    json_t *made = value_json_make(&value);
    char *dumped = json_dumps(made, JSON_ENCODE_ANY);
    assert_string_equal(dumped, expected);
    free(dumped);
    json_decref(made);
}

static void
numbers_are_numbers_only_where_every_reader_keeps_them(void **state)
{
    (void)state;
    check(INT8, "9007199254740992", "9007199254740992");
    check(INT8, "-9007199254740992", "-9007199254740992");
    check(INT8, "9007199254740993", "\"9007199254740993\"");
    check(INT8, "-9223372036854775808", "\"-9223372036854775808\"");
    check(FLOAT8, "1.5", "1.5");
    check(FLOAT8, "NaN", "\"NaN\"");
    check(FLOAT8, "-Infinity", "\"-Infinity\"");
    check(NUMERIC, "1.10", "\"1.10\"");
    check(BOOL, "t", "true");
    check(BOOL, "f", "false");
}

static void
null_is_null_and_no_bytes(void **state)
{
    (void)state;
    struct value_json value = {.bytes = NULL, .length = 7, .type = TEXT};
    json_t *made = value_json_make(&value);
    assert_true(json_is_null(made));
    assert_int_equal(value.length, 0);
}

static void
text_is_clipped_between_characters(void **state)
{
    (void)state;
    struct value_json value = value_of(TEXT, "aäöü");
    value.length_max = 4; /* within the second umlaut */
    json_t *made = value_json_make(&value);
    assert_string_equal(json_string_value(made), "aä");
    assert_true(value.clipped);
    assert_int_equal(value.length, 3);
    json_decref(made);
    value = value_of(TEXT, "aäöü");
    value.length_max = 7;
    made = value_json_make(&value);
    assert_false(value.clipped);
    json_decref(made);
}

static void
bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    json_t *made = value_json_text_n("a\xFFz\xC3", 4);
    assert_string_equal(json_string_value(made), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    json_decref(made);
}

static void
parameters_are_text_and_json(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    json_t *list = json_pack("[s, n, b, I, {s:[n]}]", "it's", 1, (json_int_t)-5, "a");
    assert_string_equal(value_json_parameter(&arena, json_array_get(list, 0)), "it's");
    assert_null(value_json_parameter(&arena, json_array_get(list, 1)));
    assert_string_equal(value_json_parameter(&arena, json_array_get(list, 2)), "true");
    assert_string_equal(value_json_parameter(&arena, json_array_get(list, 3)), "-5");
    assert_string_equal(value_json_parameter(&arena, json_array_get(list, 4)),
                        "{\"a\":[null]}");
    json_decref(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_numbers_only_where_every_reader_keeps_them),
        cmocka_unit_test(null_is_null_and_no_bytes),
        cmocka_unit_test(text_is_clipped_between_characters),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(parameters_are_text_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
