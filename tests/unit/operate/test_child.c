/* test_child.c — operate/child.c. */
#include "operate/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char *const environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"SECRET=s3"},
                                    NULL};

static int
run(const char *script, struct text *words)
{
    struct error err;
    int status = -1;
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    if (!child_run(argv, environment, words, &status, &err)) {
        fail_msg("%s", err.message);
    }
    return status;
}

static void
words_of_both_outputs_and_the_status_come_back(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    assert_int_equal(run("echo out; echo err >&2; exit 3", &words), 3);
    assert_string_equal(text_string(&words), "out\nerr\n");
}

static void
the_environment_is_the_one_given_and_the_input_is_empty(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    assert_int_equal(run("echo \"$SECRET$HOME\"; cat", &words), 0);
    assert_string_equal(text_string(&words), "s3\n");
}

static void
a_signal_is_128_and_its_number(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    assert_int_equal(run("kill -9 $$", &words), 137);
}

static void
of_many_words_the_last_are_kept(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    assert_int_equal(
        run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", &words), 0);
    assert_true(words.length < (size_t)64 * 1024);
    assert_non_null(strstr(text_string(&words), "line 19999\n"));
    assert_null(strstr(text_string(&words), "line 1\n"));
}

static void
a_program_that_is_not_there_is_status_127(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    struct error err;
    int status = 0;
    const char *const argv[] = {"outgrow-no-such-program", NULL};
    assert_true(child_run(argv, environment, &words, &status, &err));
    assert_int_equal(status, 127);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_both_outputs_and_the_status_come_back),
        cmocka_unit_test(the_environment_is_the_one_given_and_the_input_is_empty),
        cmocka_unit_test(a_signal_is_128_and_its_number),
        cmocka_unit_test(of_many_words_the_last_are_kept),
        cmocka_unit_test(a_program_that_is_not_there_is_status_127),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
