/* test_arena.c — base/arena.c. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    arena_alloc(&arena, 3);
    unsigned char *bytes = arena_alloc(&arena, 100000);
    assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(bytes[i], 0);
    }
}

static void
appending_keeps_what_was_there_and_zeroes_what_is_new(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    int *numbers = NULL;
    size_t count = 0;
    for (int i = 0; i < 1000; i++) {
        int *added = ARENA_APPEND(&arena, numbers, count);
        assert_int_equal(*added, 0);
        *added = i;
    }
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], i);
    }
}

static void
strings_are_copied_and_printed(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    assert_null(arena_strdup(&arena, NULL));
    assert_string_equal(arena_strdup(&arena, "abc"), "abc");
    assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
    assert_string_equal(arena_printf(&arena, "%s-%d", "x", 5), "x-5");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(appending_keeps_what_was_there_and_zeroes_what_is_new),
        cmocka_unit_test(strings_are_copied_and_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
