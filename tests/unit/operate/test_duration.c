/* test_duration.c — operate/duration.c. */
#include "operate/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
durations_are_a_number_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int64_t seconds;
    } good[] = {{"90m", 5400},
                {"12h", 43200},
                {"30d", 2592000},
                {"2w", 1209600},
                {"0d", 0},
                {"007d", 604800},
                {"36525d", INT64_C(3155760000)}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct error err;
        int64_t seconds = -1;
        assert_true(duration_parse("--keep", good[i].words, &seconds, &err));
        assert_int_equal(seconds, good[i].seconds);
    }
}

static void
anything_else_is_a_usage_error_that_names_the_option(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "d",
                                      "30",
                                      "30s",
                                      "30dd",
                                      "30 d",
                                      "-1d",
                                      "+1d",
                                      "1.5d",
                                      "1d12h",
                                      " 1d",
                                      "36526d",
                                      "99999999999999999999999d",
                                      "9223372036854775807w",
                                      "0x1d"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err;
        int64_t seconds = -1;
        assert_false(duration_parse("--keep", bad[i], &seconds, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, "--keep"));
        assert_int_equal(seconds, -1);
    }
}

static void
seconds_become_words_in_a_unit_that_fits(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    assert_string_equal(duration_words(&arena, 0), "0 seconds");
    assert_string_equal(duration_words(&arena, 1), "1 second");
    assert_string_equal(duration_words(&arena, 119), "119 seconds");
    assert_string_equal(duration_words(&arena, 60), "1 minute");
    assert_string_equal(duration_words(&arena, 7199), "119 minutes");
    assert_string_equal(duration_words(&arena, 86400), "1 day");
    assert_string_equal(duration_words(&arena, INT64_C(7) * 86400), "7 days");
    assert_string_equal(duration_words(&arena, 169205), "47 hours");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_a_number_and_a_unit),
        cmocka_unit_test(anything_else_is_a_usage_error_that_names_the_option),
        cmocka_unit_test(seconds_become_words_in_a_unit_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
