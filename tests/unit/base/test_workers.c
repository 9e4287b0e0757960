/* test_workers.c — workers_run: everybody works, the cause is told, and a wish to stop is
 * inherited. */
#include "base/stop.h"
#include "base/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WORKERS = 8, STEPS = 20000 };

struct shared {
    atomic_int sum;
    atomic_int seen[WORKERS];
    atomic_bool failed;
    size_t failing;
};

static bool
add_steps(void *context, size_t index, struct error *err)
{
    struct shared *shared = context;
    (void)err;
    atomic_fetch_add(&shared->seen[index], 1);
    for (int i = 0; i < STEPS; i++) {
        atomic_fetch_add(&shared->sum, 1);
    }
    return true;
}

static void
every_worker_runs_once_and_is_waited_for(void **state)
{
    (void)state;
    struct shared shared = {.sum = 0};
    struct error err;
    assert_true(workers_run(WORKERS, add_steps, &shared, &err));
    assert_int_equal(atomic_load(&shared.sum), WORKERS * STEPS);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(atomic_load(&shared.seen[i]), 1);
    }
}

static bool
fail_or_stop(void *context, size_t index, struct error *err)
{
    struct shared *shared = context;
    if (index == shared->failing) {
        atomic_store(&shared->failed, true);
        return error_set(err, ERROR_TARGET, "worker %zu has failed", index);
    }
    while (!atomic_load(&shared->failed)) {
    }
    return error_set(err, ERROR_STOPPED, "another one has failed");
}

static void
the_cause_is_told_and_not_who_stopped_for_it(void **state)
{
    (void)state;
    struct shared shared = {.failing = WORKERS - 1};
    struct error err;
    assert_false(workers_run(WORKERS, fail_or_stop, &shared, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_string_equal(err.message, "worker 7 has failed");
}

static bool
work_until_stopped(void *context, size_t index, struct error *err)
{
    struct stop_wish *wish = context;
    if (index == 0) {
        stop_wish_make(wish);
    }
    while (stop_check(err)) {
    }
    return false;
}

static void
workers_stop_for_the_wish_that_their_starter_follows(void **state)
{
    (void)state;
    struct stop_wish wish = {.made = false};
    struct error err;
    stop_follow(&wish);
    assert_false(workers_run(WORKERS, work_until_stopped, &wish, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    assert_true(stop_requested());
    stop_follow(NULL);
    assert_false(stop_requested());
    assert_true(stop_check(&err));
}

static void
a_wish_for_the_whole_is_one_for_each_part_but_not_back(void **state)
{
    (void)state;
    struct stop_wish whole = {.made = false};
    struct stop_wish part = {.outer = &whole};
    stop_follow(&part);
    assert_false(stop_requested());
    stop_wish_make(&whole);
    assert_true(stop_requested());

    struct stop_wish other = {.made = false};
    part = (struct stop_wish){.outer = &other};
    stop_wish_make(&part);
    assert_true(stop_requested());
    stop_follow(&other);
    assert_false(stop_requested());
    stop_follow(NULL);
}

static bool
is_not_stopped(void *context, size_t index, struct error *err)
{
    (void)context;
    (void)index;
    return stop_check(err);
}

static void
a_wish_is_nobody_elses(void **state)
{
    (void)state;
    struct stop_wish wish = {.made = false};
    struct error err;
    stop_wish_make(&wish);
    assert_true(workers_run(WORKERS, is_not_stopped, NULL, &err));
    stop_follow(&wish);
    assert_false(workers_run(WORKERS, is_not_stopped, NULL, &err));
    stop_follow(NULL);
    stop_request();
    assert_false(workers_run(WORKERS, is_not_stopped, NULL, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_worker_runs_once_and_is_waited_for),
        cmocka_unit_test(the_cause_is_told_and_not_who_stopped_for_it),
        cmocka_unit_test(workers_stop_for_the_wish_that_their_starter_follows),
        cmocka_unit_test(a_wish_for_the_whole_is_one_for_each_part_but_not_back),
        cmocka_unit_test(a_wish_is_nobody_elses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
