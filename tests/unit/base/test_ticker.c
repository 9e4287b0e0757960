/* test_ticker.c — base/ticker.c, and the wait of base/stop.c. */
#include "base/ticker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { EVERY_MS = 1, FOREVER_MS = 3600 * 1000 };

struct ticks {
    atomic_int count;
    atomic_bool heeded; /* a tick was asked to stop */
};

static void
count(void *context)
{
    struct ticks *ticks = context;
    atomic_fetch_add(&ticks->count, 1);
    if (stop_requested()) {
        atomic_store(&ticks->heeded, true);
    }
}

static void
wait_a_moment(void)
{
    struct error err;
    (void)!stop_wait(1, &err);
}

static void
it_ticks_until_it_is_stopped(void **state)
{
    (void)state;
    struct ticks ticks = {0};
    struct ticker ticker;
    struct error err;
    assert_true(ticker_start(&ticker, EVERY_MS, count, &ticks, &err));
    while (atomic_load(&ticks.count) < 3) {
        wait_a_moment();
    }
    ticker_stop(&ticker);
    int then = atomic_load(&ticks.count);
    wait_a_moment();
    assert_int_equal(atomic_load(&ticks.count), then);
    ticker_stop(&ticker);
}

static void
it_is_stopped_before_its_first_tick(void **state)
{
    (void)state;
    struct ticks ticks = {0};
    struct ticker ticker;
    struct error err;
    assert_true(ticker_start(&ticker, FOREVER_MS, count, &ticks, &err));
    ticker_stop(&ticker);
    assert_int_equal(atomic_load(&ticks.count), 0);
}

static void
it_heeds_what_its_starter_heeds(void **state)
{
    (void)state;
    struct stop_wish wish = {.made = false};
    struct ticks ticks = {0};
    struct ticker ticker;
    struct error err;
    stop_follow(&wish);
    assert_true(ticker_start(&ticker, EVERY_MS, count, &ticks, &err));
    stop_follow(NULL);
    while (atomic_load(&ticks.count) == 0) {
        wait_a_moment();
    }
    assert_false(atomic_load(&ticks.heeded));
    stop_wish_make(&wish);
    while (!atomic_load(&ticks.heeded)) {
        wait_a_moment();
    }
    ticker_stop(&ticker);
}

static void
a_wait_is_over_when_somebody_asks_to_stop(void **state)
{
    (void)state;
    struct stop_wish wish = {.made = true};
    struct error err;
    assert_true(stop_wait(0, &err));
    stop_follow(&wish);
    assert_false(stop_wait(FOREVER_MS, &err));
    stop_follow(NULL);
    assert_int_equal(err.kind, ERROR_STOPPED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ticks_until_it_is_stopped),
        cmocka_unit_test(it_is_stopped_before_its_first_tick),
        cmocka_unit_test(it_heeds_what_its_starter_heeds),
        cmocka_unit_test(a_wait_is_over_when_somebody_asks_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
