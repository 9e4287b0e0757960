/* test_view_parse.c — sqlite/view_parse.c. */
#include "sqlite/view_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *sql;
    const char *reason; /* a part of it */
} refused[] = {
    {"CREATE VIEW v AS SELECT a FROM t GROUP BY a", "GROUP BY"},
    {"CREATE VIEW v AS SELECT a FROM t ORDER BY a", "ORDER BY"},
    {"CREATE VIEW v AS SELECT a FROM t LIMIT 1", "LIMIT"},
    {"CREATE VIEW v AS SELECT a FROM t UNION SELECT b FROM u", "UNION"},
    {"CREATE VIEW v AS SELECT DISTINCT a FROM t", "DISTINCT"},
    {"CREATE VIEW v AS SELECT (SELECT 1) AS x FROM t", "SELECT within"},
    {"CREATE VIEW v AS SELECT a FROM (SELECT a FROM t)", "SELECT within"},
    {"CREATE VIEW v AS SELECT a FROM t NATURAL JOIN u", "NATURAL"},
    {"CREATE VIEW v AS SELECT a FROM t JOIN u USING (a)", "USING"},
    {"CREATE VIEW v AS WITH x AS (SELECT 1) SELECT * FROM x", "no plain SELECT"},
    {"CREATE VIEW v AS VALUES (1)", "no plain SELECT"},
    {"CREATE VIEW v AS SELECT 1", "FROM"},
    {"CREATE VIEW v AS SELECT a FROM t WHERE", "expression"},
    {"CREATE VIEW v AS SELECT a FROM t, ", "name"},
    {"CREATE TABLE v (a)", "CREATE VIEW"},
    {"", "CREATE VIEW"},
};

static void
what_is_more_than_a_plain_select_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        AUTO_ARENA arena = {0};
        struct sql_view view;
        struct error err = {0};
        if (sql_parse_view(&arena, refused[i].sql, &view, &err)) {
            fail_msg("was taken: %s", refused[i].sql);
        }
        if (strstr(err.message, refused[i].reason) == NULL) {
            fail_msg("%s: %s", refused[i].sql, err.message);
        }
    }
}

static void
a_plain_select_is_read_with_joins_and_names(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_view view;
    struct error err = {0};
    const char *sql = "CREATE VIEW IF NOT EXISTS main.[My v] (\"a\"\"b\", c) AS\n"
                      "SELECT t.*, max(t.a, (u.b + 1)) AS \"Sum\" /* , x */, 'from' AS w\n"
                      "FROM main.t, u AS uu LEFT OUTER JOIN w x ON x.id = uu.id AND (1 OR 0)\n"
                      "WHERE t.a > 1 AND uu.b IN (1, 2);";
    if (!sql_parse_view(&arena, sql, &view, &err)) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(view.name.text, "My v");
    assert_true(view.name.quoted);
    assert_int_equal(view.column_count, 2);
    assert_string_equal(view.columns[0].text, "a\"b");
    assert_int_equal(view.item_count, 3);
    assert_null(view.items[0].expr);
    assert_string_equal(view.items[0].star_of.text, "t");
    assert_string_equal(view.items[1].alias.text, "Sum");
    assert_int_equal(view.items[1].expr->kind, SQL_EXPR_FUNCTION);
    assert_int_equal(view.items[1].expr->arg_count, 2);
    assert_int_equal(view.table_count, 3);
    assert_string_equal(view.tables[0].name.text, "t");
    assert_int_equal(view.tables[1].join, VIEW_INNER);
    assert_string_equal(view.tables[1].alias.text, "uu");
    assert_int_equal(view.tables[2].join, VIEW_LEFT);
    assert_string_equal(view.tables[2].alias.text, "x");
    assert_non_null(view.tables[2].on);
    assert_non_null(view.where);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_more_than_a_plain_select_is_refused_with_its_reason),
        cmocka_unit_test(a_plain_select_is_read_with_joins_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
