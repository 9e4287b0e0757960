/* test_text.c — base/text.c. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
the_zero_value_is_an_empty_string(void **state)
{
    (void)state;
    AUTO_TEXT text = {0};
    assert_string_equal(text_string(&text), "");
    text_reset(&text);
    assert_int_equal(text.length, 0);
}

static void
additions_follow_each_other_and_may_hold_nul(void **state)
{
    (void)state;
    AUTO_TEXT text = {0};
    text_add(&text, "a");
    text_add_bytes(&text, "\0b", 2);
    text_add_char(&text, 'c');
    text_printf(&text, "%05d", 42);
    assert_int_equal(text.length, 9);
    assert_memory_equal(text.bytes, "a\0bc00042", 10);
}

static void
a_text_grows_far_beyond_its_first_size(void **state)
{
    (void)state;
    AUTO_TEXT text = {0};
    for (int i = 0; i < 100000; i++) {
        text_add(&text, "0123456789");
    }
    assert_int_equal(text.length, 1000000);
    assert_memory_equal(text.bytes + 999990, "0123456789", 11);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zero_value_is_an_empty_string),
        cmocka_unit_test(additions_follow_each_other_and_may_hold_nul),
        cmocka_unit_test(a_text_grows_far_beyond_its_first_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
