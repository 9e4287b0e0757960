/* test_quote.c — postgres/quote.c. The expectations are what quote_ident() and
 * quote_literal() of PostgreSQL 15 answer, and the key words that 16 and 17 added. */
#include "postgres/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
assert_name(const char *name, const char *expected)
{
    AUTO_TEXT sql = {0};
    target_quote_name(&sql, name);
    assert_string_equal(text_string(&sql), expected);
}

static void
plain_names_stay_as_they_are(void **state)
{
    (void)state;
    assert_name("users", "users");
    assert_name("_x9", "_x9");
    assert_name("name", "name");
    assert_name("key", "key");
    assert_name("text", "text");
    assert_name("type", "type");
}

static void
odd_names_are_quoted(void **state)
{
    (void)state;
    assert_name("createdAt", "\"createdAt\"");
    assert_name("9lives", "\"9lives\"");
    assert_name("a b", "\"a b\"");
    assert_name("a\"b", "\"a\"\"b\"");
    assert_name("\"", "\"\"\"\"");
    assert_name("", "\"\"");
    assert_name("a$b", "\"a$b\"");
    assert_name("größe", "\"größe\"");
    assert_name("a\nb", "\"a\nb\"");
}

static void
key_words_of_every_server_are_quoted(void **state)
{
    (void)state;
    static const char *const words[] = {
        "all",   "analyse", "between",     "xmltable",     "order",       "group",
        "user",  "values",  "row",         "timestamp",    "left",        "json_table",
        "json",  "table",   "json_object", "merge_action", "system_user", "with",
        "char",  "natural", "window",      "tablesample",  "json_scalar", "concurrently",
        "grant", "setof",   "end",         "int",          "bit",         "authorization",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "\"%s\"", words[i]);
        assert_name(words[i], expected);
    }
    assert_name("ALL", "\"ALL\"");
    assert_name("alls", "alls");
    assert_name("orde", "orde");
}

static void
a_qualified_name_is_quoted_part_by_part(void **state)
{
    (void)state;
    AUTO_TEXT sql = {0};
    target_quote_qualified(&sql, "public", "Order");
    text_add(&sql, " ");
    target_quote_qualified(&sql, "a.b", "c");
    assert_string_equal(text_string(&sql), "public.\"Order\" \"a.b\".c");
}

static void
literals_double_quotes_and_escape_backslashes(void **state)
{
    (void)state;
    AUTO_TEXT sql = {0};
    target_quote_literal(&sql, "it's");
    text_add(&sql, " ");
    target_quote_literal(&sql, "");
    text_add(&sql, " ");
    target_quote_literal(&sql, "a\\'b");
    text_add(&sql, " ");
    target_quote_literal(&sql, "\\");
    assert_string_equal(text_string(&sql), "'it''s' '' E'a\\\\''b' E'\\\\'");
}

static void
elements_of_an_array_survive_quotes_and_backslashes(void **state)
{
    (void)state;
    AUTO_TEXT array = {0};
    target_array_add(&array, "plain, {}");
    target_array_add(&array, "a\"b\\c");
    target_array_add(&array, "");
    target_array_add(&array, NULL);
    assert_string_equal(target_array_end(&array), "{\"plain, {}\",\"a\\\"b\\\\c\",\"\",NULL}");
    AUTO_TEXT none = {0};
    assert_string_equal(target_array_end(&none), "{}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_names_stay_as_they_are),
        cmocka_unit_test(odd_names_are_quoted),
        cmocka_unit_test(key_words_of_every_server_are_quoted),
        cmocka_unit_test(a_qualified_name_is_quoted_part_by_part),
        cmocka_unit_test(literals_double_quotes_and_escape_backslashes),
        cmocka_unit_test(elements_of_an_array_survive_quotes_and_backslashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
