/* test_error.c — base/error.c. */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
setting_an_error_returns_false_and_keeps_the_words(void **state)
{
    (void)state;
    struct error err;
    assert_false(error_set(&err, ERROR_SOURCE, "row %d is odd", 7));
    assert_string_equal(err.message, "row 7 is odd");
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_string_equal(err.hint, "");
}

static void
a_system_error_remembers_errno_and_says_it(void **state)
{
    (void)state;
    struct error err;
    errno = ENOENT;
    error_set(&err, ERROR_SYSTEM, "open x");
    assert_int_equal(err.os_errno, ENOENT);
    assert_string_equal(err.message, "open x: No such file or directory");
}

static void
wrapping_puts_the_context_in_front(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, ERROR_TARGET, "connection lost");
    assert_false(error_wrap(&err, "copy table \"%s\"", "song"));
    assert_string_equal(err.message, "copy table \"song\": connection lost");
    assert_int_equal(err.kind, ERROR_TARGET);
}

static void
long_messages_are_cut_not_overrun(void **state)
{
    (void)state;
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    struct error err;
    error_set(&err, ERROR_USAGE, "%s", long_text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_wrap(&err, "%s", long_text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_hint(&err, "%s", long_text);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_returns_false_and_keeps_the_words),
        cmocka_unit_test(a_system_error_remembers_errno_and_says_it),
        cmocka_unit_test(wrapping_puts_the_context_in_front),
        cmocka_unit_test(long_messages_are_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
