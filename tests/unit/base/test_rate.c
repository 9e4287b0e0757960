/* test_rate.c — what a rate lets through, with a clock that the tests turn. */
#include "base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fake_time {
    int64_t now_us;
    int64_t slept_us;
    unsigned sleeps;
    bool stopped;
};

static int64_t
fake_now_us(void *context)
{
    const struct fake_time *fake = context;
    return fake->now_us;
}

static bool
fake_sleep_us(void *context, int64_t us, struct error *err)
{
    struct fake_time *fake = context;
    if (fake->stopped) {
        return error_set(err, ERROR_STOPPED, "stopped");
    }
    fake->now_us += us;
    fake->slept_us += us;
    fake->sleeps++;
    return true;
}

static void
start(struct rate *rate, struct fake_time *fake, enum rate_unit unit, int64_t per_second)
{
    const struct rate_time time = {fake_now_us, fake_sleep_us, fake};
    *fake = (struct fake_time){.now_us = 1000000};
    rate_start(rate, (struct rate_limit){unit, per_second}, &time);
}

static void
test_takes_as_long_as_the_bytes_need(void **state)
{
    (void)state;
    struct rate rate;
    struct fake_time fake;
    struct error err;
    start(&rate, &fake, RATE_BYTES, 1000000);
    for (int i = 0; i < 100; i++) {
        assert_true(rate_take(&rate, 64000, 10, &err));
    }
    assert_int_equal(fake.slept_us, 6400000);
}

static void
test_counts_rows_when_rows_are_limited(void **state)
{
    (void)state;
    struct rate rate;
    struct fake_time fake;
    struct error err;
    start(&rate, &fake, RATE_ROWS, 500);
    for (int i = 0; i < 10; i++) {
        assert_true(rate_take(&rate, 1000000000, 100, &err));
    }
    assert_int_equal(fake.slept_us, 2000000);
}

static void
test_time_spent_elsewhere_counts(void **state)
{
    (void)state;
    struct rate rate;
    struct fake_time fake;
    struct error err;
    start(&rate, &fake, RATE_BYTES, 1000000);
    for (int i = 0; i < 100; i++) {
        fake.now_us += 64000; /* as slow as that anyway */
        assert_true(rate_take(&rate, 64000, 0, &err));
    }
    assert_int_equal(fake.sleeps, 0);
}

static void
test_a_long_pause_saves_up_a_tenth_of_a_second(void **state)
{
    (void)state;
    struct rate rate;
    struct fake_time fake;
    struct error err;
    start(&rate, &fake, RATE_BYTES, 1000000);
    fake.now_us += 3600 * INT64_C(1000000);
    assert_true(rate_take(&rate, 100000, 0, &err));
    assert_int_equal(fake.slept_us, 0);
    assert_true(rate_take(&rate, 100000, 0, &err));
    assert_int_equal(fake.slept_us, 100000);
}

static void
test_no_limit_never_looks_at_the_clock(void **state)
{
    (void)state;
    struct rate rate = {0};
    struct error err;
    assert_true(rate_take(NULL, UINT64_MAX, UINT64_MAX, &err));
    assert_true(rate_take(&rate, UINT64_MAX, UINT64_MAX, &err));
}

static void
test_a_wish_to_stop_ends_the_wait(void **state)
{
    (void)state;
    struct rate rate;
    struct fake_time fake;
    struct error err;
    start(&rate, &fake, RATE_BYTES, 1);
    fake.stopped = true;
    assert_false(rate_take(&rate, 1000, 0, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
}

static void
assert_parsed(const char *words, enum rate_unit unit, int64_t per_second)
{
    struct rate_limit limit = {0};
    struct error err;
    assert_true(rate_parse("--max-rate", words, &limit, &err));
    assert_int_equal(limit.unit, unit);
    assert_int_equal(limit.per_second, per_second);
}

static void
test_reads_sizes_and_rows(void **state)
{
    (void)state;
    assert_parsed("20MB", RATE_BYTES, 20000000);
    assert_parsed("500kB/s", RATE_BYTES, 500000);
    assert_parsed("1.5 GiB", RATE_BYTES, INT64_C(3) << 29);
    assert_parsed("1B", RATE_BYTES, 1);
    assert_parsed("50000rows", RATE_ROWS, 50000);
    assert_parsed("50000 rows/s", RATE_ROWS, 50000);
}

static void
test_refuses_what_is_no_rate(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",      "20",    "MB",     "-1MB", "0MB",   "0.1B",     "1e3MB",        "0x10MB",
        "nanMB", "20MBs", "20MB/m", "20mb", "1.2.3", "9e99rows", "99999999999GB"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct rate_limit limit;
        struct error err;
        assert_false(rate_parse("--max-rate", words[i], &limit, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_as_long_as_the_bytes_need),
        cmocka_unit_test(test_counts_rows_when_rows_are_limited),
        cmocka_unit_test(test_time_spent_elsewhere_counts),
        cmocka_unit_test(test_a_long_pause_saves_up_a_tenth_of_a_second),
        cmocka_unit_test(test_no_limit_never_looks_at_the_clock),
        cmocka_unit_test(test_a_wish_to_stop_ends_the_wait),
        cmocka_unit_test(test_reads_sizes_and_rows),
        cmocka_unit_test(test_refuses_what_is_no_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
