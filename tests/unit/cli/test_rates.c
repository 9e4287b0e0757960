/* test_rates.c — cli/rates.c. */
#include "cli/rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool
about(double value, double expected)
{
    return value > expected * 0.999 && value < expected * 1.001;
}

static void
too_little_time_gives_no_rate(void **state)
{
    (void)state;
    struct phase_rate rate = {0};
    assert_true(phase_rate_value(&rate) <= 0);
    phase_rate_add(&rate, 1000, 0);
    phase_rate_add(&rate, 1200, 5000);
    assert_true(phase_rate_value(&rate) <= 0);
    phase_rate_add(&rate, 2000, 20000);
    assert_true(about(phase_rate_value(&rate), 20000));
}

static void
old_samples_are_forgotten(void **state)
{
    (void)state;
    struct phase_rate rate = {0};
    int64_t ms = 0;
    uint64_t done = 0;
    for (int i = 0; i < 100; i++, ms += 200) {
        phase_rate_add(&rate, ms, done);
        done += 200; /* 1,000 a second */
    }
    for (int i = 0; i < RATE_SAMPLES; i++, ms += 200) {
        phase_rate_add(&rate, ms, done);
        done += 20; /* 100 a second */
    }
    assert_true(about(phase_rate_value(&rate), 100));
}

static void
what_was_done_before_a_resume_does_not_count_as_speed(void **state)
{
    (void)state;
    struct item_rate rate = {0};
    assert_true(item_rate_update(&rate, 10000, 1000000) <= 0);
    assert_true(about(item_rate_update(&rate, 12000, 1000500), 250));
}

static void
a_counter_that_goes_back_gives_no_rate(void **state)
{
    (void)state;
    struct item_rate rate = {0};
    item_rate_update(&rate, 1000, 500);
    assert_true(item_rate_update(&rate, 3000, 100) <= 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_time_gives_no_rate),
        cmocka_unit_test(old_samples_are_forgotten),
        cmocka_unit_test(what_was_done_before_a_resume_does_not_count_as_speed),
        cmocka_unit_test(a_counter_that_goes_back_gives_no_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
