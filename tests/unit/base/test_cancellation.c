/* test_cancellation.c — base/cancellation.c. */
#include "base/cancellation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct counted {
    int interrupts;
    int releases;
};

static void
interrupt(void *handle)
{
    ((struct counted *)handle)->interrupts++;
}

static void
release(void *handle)
{
    ((struct counted *)handle)->releases++;
}

static bool
arm(struct cancellation *cancellation, struct counted *counted)
{
    const struct cancellation_target target = {counted, interrupt, release};
    return cancellation_arm(cancellation, &target);
}

static void
what_is_armed_is_interrupted_and_let_go_of_once(void **state)
{
    (void)state;
    struct cancellation cancellation;
    struct counted counted = {0};
    cancellation_init(&cancellation);
    assert_true(arm(&cancellation, &counted));
    assert_false(cancellation_fired(&cancellation));
    cancellation_fire(&cancellation);
    assert_true(cancellation_fired(&cancellation));
    cancellation_disarm(&cancellation);
    cancellation_disarm(&cancellation);
    cancellation_free(&cancellation);
    assert_int_equal(counted.interrupts, 1);
    assert_int_equal(counted.releases, 1);
}

static void
after_it_was_fired_nothing_is_armed_and_all_is_let_go_of(void **state)
{
    (void)state;
    struct cancellation cancellation;
    struct counted counted = {0};
    cancellation_init(&cancellation);
    cancellation_fire(&cancellation);
    assert_false(arm(&cancellation, &counted));
    cancellation_fire(&cancellation);
    assert_int_equal(counted.interrupts, 0);
    assert_int_equal(counted.releases, 1);
    cancellation_free(&cancellation);
    assert_int_equal(counted.releases, 1);
}

static void
what_is_armed_instead_lets_go_of_what_was_and_a_borrowed_one_stays(void **state)
{
    (void)state;
    struct cancellation cancellation;
    struct counted first = {0};
    struct counted second = {0};
    const struct cancellation_target borrowed = {&second, interrupt, NULL};
    cancellation_init(&cancellation);
    assert_true(arm(&cancellation, &first));
    assert_true(cancellation_arm(&cancellation, &borrowed));
    assert_int_equal(first.releases, 1);
    cancellation_fire(&cancellation);
    cancellation_free(&cancellation);
    assert_int_equal(first.interrupts, 0);
    assert_int_equal(second.interrupts, 1);
    assert_int_equal(second.releases, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_armed_is_interrupted_and_let_go_of_once),
        cmocka_unit_test(after_it_was_fired_nothing_is_armed_and_all_is_let_go_of),
        cmocka_unit_test(what_is_armed_instead_lets_go_of_what_was_and_a_borrowed_one_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
