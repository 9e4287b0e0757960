/* test_rate_limit.c — http/rate_limit.c. */
#include "http/rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
taken_of(struct rate_limit *limit, const char *client, int asked, int64_t now_ms)
{
    int taken = 0;
    int wait_s = 0;
    for (int i = 0; i < asked; i++) {
        taken += rate_limit_take(limit, client, now_ms, &wait_s) ? 1 : 0;
    }
    return taken;
}

static void
a_client_gets_its_burst_and_then_its_rate(void **state)
{
    (void)state;
    static struct rate_limit limit;
    int wait_s = 0;
    rate_limit_init(&limit, 10);
    assert_int_equal(taken_of(&limit, "a", 100, 1000), 10 * RATE_BURST_SECONDS);
    assert_false(rate_limit_take(&limit, "a", 1000, &wait_s));
    assert_int_equal(wait_s, 1);
    assert_int_equal(taken_of(&limit, "a", 100, 1500), 5);
    assert_int_equal(taken_of(&limit, "a", 100, 1000000), 10 * RATE_BURST_SECONDS);
    rate_limit_free(&limit);
}

static void
clients_do_not_take_from_each_other(void **state)
{
    (void)state;
    static struct rate_limit limit;
    rate_limit_init(&limit, 1);
    assert_int_equal(taken_of(&limit, "a", 100, 0), RATE_BURST_SECONDS);
    assert_int_equal(taken_of(&limit, "b", 100, 0), RATE_BURST_SECONDS);
    rate_limit_free(&limit);
}

static void
a_new_client_takes_the_place_of_whoever_was_away_longest(void **state)
{
    (void)state;
    static struct rate_limit limit;
    char name[32];
    rate_limit_init(&limit, 1);
    for (int i = 0; i < RATE_CLIENTS_MAX; i++) {
        snprintf(name, sizeof name, "client %d", i);
        assert_int_equal(taken_of(&limit, name, 10, 100 + i), RATE_BURST_SECONDS);
    }
    assert_int_equal(taken_of(&limit, "new", 10, 1100), RATE_BURST_SECONDS);
    assert_int_equal(taken_of(&limit, "client 1", 10, 1101), 1);
    assert_int_equal(taken_of(&limit, "client 0", 10, 1101), RATE_BURST_SECONDS);
    rate_limit_free(&limit);
}

static void
zero_is_no_limit(void **state)
{
    (void)state;
    static struct rate_limit limit;
    rate_limit_init(&limit, 0);
    assert_int_equal(taken_of(&limit, "a", 10000, 0), 10000);
    rate_limit_free(&limit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_gets_its_burst_and_then_its_rate),
        cmocka_unit_test(clients_do_not_take_from_each_other),
        cmocka_unit_test(a_new_client_takes_the_place_of_whoever_was_away_longest),
        cmocka_unit_test(zero_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
