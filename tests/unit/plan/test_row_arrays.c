/* test_row_arrays.c — plan/row_arrays.c: rows as COPY has them become arrays, a column each. */
#include "plan/row_arrays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Two columns, (7, 'ab') and (NULL, ''), as the documentation of COPY says. */
static const char first[] = "\0\2\0\0\0\10\0\0\0\0\0\0\0\7\0\0\0\2ab";
static const char second[] = "\0\2\377\377\377\377\0\0\0\0";

static void
fields_go_behind_each_other_column_by_column(void **state)
{
    (void)state;
    struct row_arrays rows = {0};
    row_arrays_start(&rows, 2);
    assert_ptr_equal(row_arrays_add(&rows, first), first + sizeof first - 1);
    row_arrays_add(&rows, second);
    assert_int_equal(rows.row_count, 2);
    assert_int_equal(rows.columns[0].length, 20 + 12 + 4);
    assert_memory_equal(rows.columns[0].bytes + 20, "\0\0\0\10\0\0\0\0\0\0\0\7\377\377\377\377",
                        16);
    assert_int_equal(rows.columns[1].length, 20 + 6 + 4);
    assert_memory_equal(rows.columns[1].bytes + 20, "\0\0\0\2ab\0\0\0\0", 10);
    assert_true(rows.have_null[0]);
    assert_false(rows.have_null[1]);
    row_arrays_free(&rows);
}

static void
the_next_table_finds_nothing_of_the_one_before(void **state)
{
    (void)state;
    struct row_arrays rows = {0};
    row_arrays_start(&rows, 2);
    row_arrays_add(&rows, second);
    row_arrays_start(&rows, 3);
    assert_int_equal(rows.row_count, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows.columns[i].length, 20);
        assert_false(rows.have_null[i]);
    }
    row_arrays_free(&rows);
}

static void
only_new_tables_of_built_in_types_take_this_way(void **state)
{
    (void)state;
    struct plan_column columns[] = {
        {.name = "id", .type = {.kind = TYPE_BIGINT}},
        {.name = "doc", .type = {.kind = TYPE_JSONB}},
    };
    struct plan_table table = {.columns = columns, .column_count = 2};
    struct plan plan = {0};
    assert_true(row_arrays_possible(&plan, &table));
    plan.existing = true;
    assert_false(row_arrays_possible(&plan, &table));
    plan.existing = false;
    columns[1].type.kind = TYPE_ENUM;
    assert_false(row_arrays_possible(&plan, &table));
    columns[1].type = (struct value_type){.kind = TYPE_TEXT, .name = "app.email"};
    assert_false(row_arrays_possible(&plan, &table));
    columns[1].type.name = NULL;
    columns[1].map_old = true;
    assert_false(row_arrays_possible(&plan, &table));
    table.column_count = 0;
    assert_false(row_arrays_possible(&plan, &table));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_go_behind_each_other_column_by_column),
        cmocka_unit_test(the_next_table_finds_nothing_of_the_one_before),
        cmocka_unit_test(only_new_tables_of_built_in_types_take_this_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
