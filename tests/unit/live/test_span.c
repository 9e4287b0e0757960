/* test_span.c — live/span.c. */
#include "live/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
a_length_of_time_is_a_number_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int64_t us;
    } good[] = {{"0ms", 0},        {"1us", 1},
                {"100ms", 100000}, {"2s", 2000000},
                {"5m", 300000000}, {"1h", INT64_C(3600000000)},
                {"007ms", 7000},   {"2562047788h", INT64_C(9223372036800000000)}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct error err;
        int64_t us = -1;
        assert_true(span_parse("--budget", good[i].words, &us, &err));
        assert_int_equal(us, good[i].us);
    }
}

static void
anything_else_is_a_usage_error_that_names_the_option(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "ms",   "100",         "100 ms",
                                      "-1ms", "+1ms", "1.5s",        "1s500ms",
                                      "1sec", " 1s",  "2562047789h", "99999999999999999999s"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err;
        int64_t us = 0;
        assert_false(span_parse("--budget", bad[i], &us, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, "--budget"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_of_time_is_a_number_and_a_unit),
        cmocka_unit_test(anything_else_is_a_usage_error_that_names_the_option),
    };
    return cmocka_run_group_tests_name("live/span", tests, NULL, NULL);
}
