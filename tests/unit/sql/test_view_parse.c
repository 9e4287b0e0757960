/* test_view_parse.c — sql/view_parse.c. */
#include "sql/view_parse.h"

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
    {"CREATE VIEW v AS SELECT (SELECT 1) AS x FROM t", "SELECT within"},
    {"CREATE VIEW v AS SELECT a FROM t WHERE a IN (SELECT b FROM u)", "SELECT within"},
    {"CREATE VIEW v AS SELECT a FROM t NATURAL JOIN u", "NATURAL"},
    {"CREATE VIEW v AS SELECT a FROM t JOIN u USING (a)", "USING"},
    {"CREATE VIEW v AS SELECT a FROM (t JOIN u)", "parentheses"},
    {"CREATE VIEW v AS SELECT a FROM t WINDOW w AS ()", "WINDOW"},
    {"CREATE VIEW v AS SELECT a FROM t GROUP a", "GROUP BY"},
    {"CREATE VIEW v AS SELECT a FROM t ORDER a", "ORDER BY"},
    {"CREATE VIEW v AS SELECT a FROM t HAVING a", "HAVING"},
    {"CREATE VIEW v AS WITH x AS SELECT 1 SELECT * FROM x", "WITH"},
    {"CREATE VIEW v AS SELECT a FROM t UNION VALUES (1)", "no plain SELECT"},
    {"CREATE VIEW v AS SELECT a FROM (SELECT a FROM t", "to the end"},
    {"CREATE VIEW v AS SELECT a FROM t) SELECT 1", "to the end"},
    {"CREATE VIEW v AS VALUES (1)", "no plain SELECT"},
    {"CREATE VIEW v AS SELECT 1", "FROM"},
    {"CREATE VIEW v AS SELECT a FROM t WHERE", "expression"},
    {"CREATE VIEW v AS SELECT a FROM t, ", "name"},
    {"CREATE TABLE v (a)", "CREATE VIEW"},
    {"", "CREATE VIEW"},
};

static void
what_is_not_read_is_refused_with_its_reason(void **state)
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
    const struct sql_select *select = &view.query.parts[0].select;
    assert_int_equal(view.query.part_count, 1);
    assert_int_equal(select->item_count, 3);
    assert_null(select->items[0].expr);
    assert_string_equal(select->items[0].star_of.text, "t");
    assert_string_equal(select->items[1].alias.text, "Sum");
    assert_int_equal(select->items[1].expr->kind, SQL_EXPR_FUNCTION);
    assert_int_equal(select->items[1].expr->arg_count, 2);
    assert_int_equal(select->table_count, 3);
    assert_string_equal(select->tables[0].name.text, "t");
    assert_int_equal(select->tables[1].join, VIEW_INNER);
    assert_string_equal(select->tables[1].alias.text, "uu");
    assert_int_equal(select->tables[2].join, VIEW_LEFT);
    assert_string_equal(select->tables[2].alias.text, "x");
    assert_non_null(select->tables[2].on);
    assert_non_null(select->where);
}

static void
groups_orders_and_several_selects_are_read(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_view view;
    struct error err = {0};
    const char *sql =
        "CREATE VIEW v AS WITH x(n) AS NOT MATERIALIZED (SELECT a FROM t), y AS (SELECT 1 FROM "
        "x)\n"
        "SELECT DISTINCT a, count(*) total, desc FROM (SELECT * FROM x) AS s GROUP BY a, 2 + "
        "1\n"
        "HAVING count(*) > 1 UNION ALL SELECT b, 1, 2 FROM y ORDER BY a COLLATE NOCASE DESC\n"
        "NULLS LAST, 2 ASC LIMIT 5, 10";
    if (!sql_parse_view(&arena, sql, &view, &err)) {
        fail_msg("%s", err.message);
    }
    const struct sql_query *query = &view.query;
    const struct sql_select *select = &query->parts[0].select;
    assert_int_equal(query->common_count, 2);
    assert_string_equal(query->commons[0].columns[0].text, "n");
    assert_string_equal(query->commons[1].name.text, "y");
    assert_int_equal(query->part_count, 2);
    assert_int_equal(query->parts[1].compound, SQL_UNION_ALL);
    assert_true(select->distinct);
    assert_string_equal(select->items[1].alias.text, "total");
    assert_string_equal(select->items[2].expr->name.text, "desc");
    assert_non_null(select->tables[0].query);
    assert_string_equal(select->tables[0].alias.text, "s");
    assert_int_equal(select->group_count, 2);
    assert_non_null(select->having);
    assert_int_equal(query->order_count, 2);
    assert_int_equal(query->orders[0].expr->kind, SQL_EXPR_COLLATE);
    assert_true(query->orders[0].descending);
    assert_int_equal(query->orders[0].nulls, SQL_NULLS_LAST);
    assert_false(query->orders[1].descending);
    assert_string_equal(query->limit->text, "10");
    assert_string_equal(query->offset->text, "5");
}

static void
selects_within_each_other_are_read_to_a_depth(void **state)
{
    (void)state;
    static const int depths[] = {10, 200};
    for (size_t i = 0; i < 2; i++) {
        AUTO_ARENA arena = {0};
        struct sql_view view;
        struct error err = {0};
        char *sql = arena_strdup(&arena, "t");
        for (int d = 0; d < depths[i]; d++) {
            sql = arena_printf(&arena, "(SELECT a FROM %s)", sql);
        }
        sql = arena_printf(&arena, "CREATE VIEW v AS SELECT a FROM %s", sql);
        bool ok = sql_parse_view(&arena, sql, &view, &err);
        assert_int_equal(ok, i == 0);
        assert_true(ok || strstr(err.message, "too many") != NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_read_is_refused_with_its_reason),
        cmocka_unit_test(groups_orders_and_several_selects_are_read),
        cmocka_unit_test(selects_within_each_other_are_read_to_a_depth),
        cmocka_unit_test(a_plain_select_is_read_with_joins_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
