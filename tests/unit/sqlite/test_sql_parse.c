/* test_sql_parse.c — sqlite/sql_parse.c and its grammar, case by case. */
#include "sqlite/sql_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
a_table_is_parsed(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table;
    struct error err = {0};
    assert_true(sql_parse_create_table(
        &arena, "CREATE TABLE \"t\" (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x')",
        &table, &err));
    assert_int_equal(table.column_count, 2);
    assert_string_equal(table.columns[1].type, "TEXT");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
