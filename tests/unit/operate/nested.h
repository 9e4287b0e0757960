/* nested.h — a scratch directory that may hold directories. */
#ifndef TEST_OPERATE_NESTED_H
#define TEST_OPERATE_NESTED_H

#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static inline int
nested_remove(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline int
nested_teardown(void **state)
{
    struct scratch *scratch = *state;
    int removed = nftw(scratch->directory, nested_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(scratch);
    return removed;
}
#define NESTED_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, nested_teardown)

#endif
