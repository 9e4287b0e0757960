/* test_table_leaves.c — postgres/table_leaves.h: places, without a server. */
#include "postgres/table_leaves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LEAVES = TABLE_LEAVES_MAX };

static struct table_leaf all[LEAVES];

/* Oids up to the greatest there is. */
static struct table_leaves
many_leaves(void)
{
    for (size_t i = 0; i < LEAVES; i++) {
        all[i].oid = UINT32_MAX - (uint32_t)(LEAVES - 1 - i) * 3;
    }
    return (struct table_leaves){all, LEAVES};
}

static void
assert_comes_back(const struct table_leaves *leaves, size_t leaf, uint32_t block,
                  uint16_t number)
{
    int64_t place = table_leaves_place(leaves, leaves->leaves[leaf].oid, block, number);
    assert_true(place >= 0);
    assert_int_equal(table_leaves_place_leaf(place), leaf);
    assert_int_equal(table_leaves_place_block(place), block);
    assert_int_equal(table_leaves_place_number(place), number);
}

static void
a_place_holds_leaf_block_and_number_at_their_greatest(void **state)
{
    (void)state;
    const struct table_leaves leaves = many_leaves();
    assert_comes_back(&leaves, 0, 0, 1);
    assert_comes_back(&leaves, 0, UINT32_MAX, UINT16_MAX);
    assert_comes_back(&leaves, LEAVES - 1, 0, 0);
    assert_comes_back(&leaves, LEAVES - 1, UINT32_MAX, UINT16_MAX);
    assert_comes_back(&leaves, 12345, 0x80000000, 0x8001);
}

static void
a_table_that_is_no_leaf_has_no_place(void **state)
{
    (void)state;
    const struct table_leaves leaves = many_leaves();
    const struct table_leaves none = {0};
    assert_int_equal(table_leaves_place(&leaves, 7, 0, 1), -1);
    assert_int_equal(table_leaves_place(&leaves, UINT32_MAX - 1, 0, 1), -1);
    assert_int_equal(table_leaves_place(&none, 7, 0, 1), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_holds_leaf_block_and_number_at_their_greatest),
        cmocka_unit_test(a_table_that_is_no_leaf_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
