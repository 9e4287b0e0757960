/* test_printable.c — page/printable.c. */
#include "page/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
assert_shown(const char *string, const char *shown)
{
    AUTO_TEXT text = {0};
    printable_add(&text, string);
    assert_string_equal(text_string(&text), shown);
}

static void
what_could_steer_a_terminal_is_escaped(void **state)
{
    (void)state;
    assert_shown("plain", "plain");
    assert_shown("\x1b[2Jcleared", "\\x1b[2Jcleared");
    assert_shown("two\nlines\tand\rmore", "two\\nlines\\x09and\\x0dmore");
    assert_shown("\x7f", "\\x7f");
    assert_shown("\xc2\x9b"
                 "31m",
                 "\\u{9b}31m"); /* C1: CSI in one character */
    assert_shown("a\xe2\x80\xae"
                 "b",
                 "a\\u{202e}b"); /* right-to-left override */
    assert_shown("a\xe2\x80\xa8"
                 "b",
                 "a\\u{2028}b"); /* line separator */
}

static void
other_languages_are_left_alone(void **state)
{
    (void)state;
    assert_shown("größe 表 🙂", "größe 表 🙂");
}

static void
bytes_that_are_no_utf8_are_escaped_one_by_one(void **state)
{
    (void)state;
    assert_shown("\xff", "\\xff");
    assert_shown("a\xc3", "a\\xc3");                          /* cut short */
    assert_shown("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
    assert_shown("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    assert_shown("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
}

static void
columns_are_counted_as_a_terminal_shows_them(void **state)
{
    (void)state;
    assert_int_equal(printable_columns("abc"), 3);
    assert_int_equal(printable_columns("größe"), 5);
    assert_int_equal(printable_columns("表"), 2);
    assert_int_equal(printable_columns("🚀✅⭐🧪"), 8);
    assert_int_equal(printable_columns("e\xcc\x81"), 1); /* combining accent */
    assert_int_equal(printable_columns("\x1b"), 4);
}

static void
a_cut_string_fits_and_says_that_it_was_cut(void **state)
{
    (void)state;
    static const char *const strings[] = {"abcdefghij", "表表表表表", "\x1b\x1b\x1b\x1b",
                                          "größer"};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        for (size_t columns = 2; columns < 12; columns++) {
            AUTO_TEXT text = {0};
            printable_add_cut(&text, strings[i], columns);
            assert_true(printable_columns(text_string(&text)) <= columns);
            if (printable_columns(strings[i]) > columns) {
                assert_string_equal(text_string(&text) + text.length - 2, "..");
            }
        }
    }
}

static void
json_gets_the_string_itself_when_it_can(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *fine = "a\nb ü";
    assert_ptr_equal(printable_utf8(&arena, fine), fine);
    assert_string_equal(printable_utf8(&arena, "a\xff"), "a\\xff");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_steer_a_terminal_is_escaped),
        cmocka_unit_test(other_languages_are_left_alone),
        cmocka_unit_test(bytes_that_are_no_utf8_are_escaped_one_by_one),
        cmocka_unit_test(columns_are_counted_as_a_terminal_shows_them),
        cmocka_unit_test(a_cut_string_fits_and_says_that_it_was_cut),
        cmocka_unit_test(json_gets_the_string_itself_when_it_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
