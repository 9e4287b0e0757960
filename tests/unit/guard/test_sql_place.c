/* test_sql_place.c — guard/sql_place.h. */
#include "guard/sql_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The position of `what` in `sql`, in characters from 1, as the server counts. */
static int
position_of(const char *sql, const char *what)
{
    const char *found = strstr(sql, what);
    int position = 1;
    for (const char *c = sql; c < found; c++) {
        position += ((unsigned char)*c & 0xC0) != 0x80;
    }
    return position;
}

static void
check_column(const char *sql, const char *at, const char *column, const char *relation)
{
    AUTO_ARENA arena = {0};
    struct sql_place place;
    sql_place_find(&arena, sql, position_of(sql, at), &place);
    assert_int_equal(place.kind, PLACE_COLUMN);
    assert_string_equal(place.name, column);
    const struct sql_relation *found = sql_place_relation(&place);
    if (relation == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found->name, relation);
    }
}

static void
a_column_is_found_with_its_table(void **state)
{
    (void)state;
    check_column("SELECT nope FROM t", "nope", "nope", "t");
    check_column("SELECT 'äöü', nope FROM t", "nope", "nope", "t");
    check_column("SELECT b.nope FROM t a JOIN u b ON a.id = b.id", "b.nope", "nope", "u");
    check_column("SELECT u.nope FROM t, s.u", "u.nope", "nope", "u");
    check_column("SELECT nope FROM t, u", "nope", "nope", NULL);
    check_column("SELECT x.nope FROM t, u", "x.nope", "nope", NULL);
    check_column("SELECT \"Nope\" FROM t", "\"Nope\"", "Nope", "t");
    check_column("UPDATE t SET nope = 1 FROM u WHERE t.id = u.id", "nope", "nope", "t");
    check_column("INSERT INTO t (id, nope) SELECT 1, 2 FROM u", "nope", "nope", "t");
    check_column("DELETE FROM t WHERE nope > 3", "nope", "nope", "t");
}

static void
a_relation_is_found(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_place place;
    sql_place_find(&arena, "SELECT * FROM t, s.nowhere x", 18, &place);
    assert_int_equal(place.kind, PLACE_RELATION);
    assert_string_equal(place.name, "nowhere");
}

static void
where_nothing_known_stands_nothing_is_found(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_place place;
    sql_place_find(&arena, "SELECT 1 FROM", 8, &place); /* no SQL */
    assert_int_equal(place.kind, PLACE_NONE);
    sql_place_find(&arena, "SELECT 1 FROM t", 0, &place);
    assert_int_equal(place.kind, PLACE_NONE);
    sql_place_find(&arena, "SELECT 1 FROM t", 900, &place);
    assert_int_equal(place.kind, PLACE_NONE);
    assert_int_equal(place.relation_count, 1);
}

static void
columns_of_a_condition_come_with_those_compared_for_equality_first(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char **columns = NULL;
    size_t count;
    sql_condition_columns(&arena,
                          "((t.day > '2020-01-01'::date) AND (t.name)::text = 'x'::text AND"
                          " (t.id = 5) AND (t.day < now()) AND (lower(t.other) = 'y'))",
                          &columns, &count);
    assert_int_equal(count, 3);
    assert_string_equal(columns[0], "name");
    assert_string_equal(columns[1], "id");
    assert_string_equal(columns[2], "day");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_is_found_with_its_table),
        cmocka_unit_test(a_relation_is_found),
        cmocka_unit_test(where_nothing_known_stands_nothing_is_found),
        cmocka_unit_test(columns_of_a_condition_come_with_those_compared_for_equality_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
