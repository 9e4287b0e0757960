/* test_condition.c — base/condition.c. */
#include "base/clock.h"
#include "base/condition.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int
wait_in_vain(int64_t timeout_ms)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;
    condition_init(&condition);
    struct timespec until = condition_deadline(timeout_ms);
    int waited = 0;
    pthread_mutex_lock(&lock);
    while (waited == 0) {
        waited = pthread_cond_timedwait(&condition, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&condition);
    return waited;
}

static void
what_nobody_signals_is_waited_for_until_the_deadline(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms();
    assert_int_equal(wait_in_vain(30), ETIMEDOUT);
    assert_true(clock_monotonic_ms() - before >= 29); /* both ends are cut to milliseconds */
    assert_int_equal(wait_in_vain(0), ETIMEDOUT);
}

static void
a_deadline_is_a_proper_moment(void **state)
{
    (void)state;
    struct timespec earlier = condition_deadline(0);
    for (int64_t ms = 0; ms <= 2500; ms += 250) {
        struct timespec until = condition_deadline(ms);
        struct timespec later = condition_deadline(0);
        assert_in_range(until.tv_nsec, 0, 999999999);
        int64_t ns = (int64_t)until.tv_sec * 1000000000 + until.tv_nsec - ms * 1000000;
        assert_true(ns >= (int64_t)earlier.tv_sec * 1000000000 + earlier.tv_nsec);
        assert_true(ns <= (int64_t)later.tv_sec * 1000000000 + later.tv_nsec);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_signals_is_waited_for_until_the_deadline),
        cmocka_unit_test(a_deadline_is_a_proper_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
