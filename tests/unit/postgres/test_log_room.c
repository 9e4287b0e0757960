/* test_log_room.c — postgres/log_room.h: how full a log is, and from when that is to be said. */
#include "postgres/log_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
a_log_is_scarce_from_three_quarters_on(void **state)
{
    (void)state;
    struct log_room room = {.waiting = 749, .max_rows = 1000};
    assert_int_equal(log_room_percent(&room), 74);
    assert_false(log_room_is_scarce(&room));
    room.waiting = 750;
    assert_int_equal(log_room_percent(&room), 75);
    assert_true(log_room_is_scarce(&room));
}

static void
what_is_beyond_the_limit_is_a_hundred_percent(void **state)
{
    (void)state;
    const struct log_room room = {.waiting = INT64_MAX, .max_rows = 1};
    assert_int_equal(log_room_percent(&room), 100);
    assert_true(log_room_is_scarce(&room));
}

static void
without_a_limit_only_a_full_log_is_scarce(void **state)
{
    (void)state;
    struct log_room room = {.waiting = INT64_MAX};
    assert_int_equal(log_room_percent(&room), 0);
    assert_false(log_room_is_scarce(&room));
    room = (struct log_room){.waiting = -1, .max_rows = 10};
    assert_int_equal(log_room_percent(&room), 0);
    assert_false(log_room_is_scarce(&room));
    room.full = true;
    assert_true(log_room_is_scarce(&room));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_scarce_from_three_quarters_on),
        cmocka_unit_test(what_is_beyond_the_limit_is_a_hundred_percent),
        cmocka_unit_test(without_a_limit_only_a_full_log_is_scarce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
