/* test_parse.c — sql/parse.c: what PRAGMAs cannot confirm (see
 * test_sql_agrees.c), errors and limits. */
#include "sql/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sql_create_table
parse_table(struct arena *arena, const char *sql)
{
    struct sql_create_table table = {0};
    struct error err = {0};
    if (!sql_parse_create_table(arena, sql, &table, &err)) {
        fail_msg("%s: %s", sql, err.message);
    }
    return table;
}

static struct sql_expr *
parse_expression(struct arena *arena, const char *sql)
{
    struct sql_expr *expr = NULL;
    struct error err = {0};
    if (!sql_parse_expression(arena, sql, &expr, &err)) {
        fail_msg("%s: %s", sql, err.message);
    }
    return expr;
}

static void
assert_table_refused(const char *sql, const char *message)
{
    AUTO_ARENA arena = {0};
    struct sql_create_table table = {.column_count = 77};
    struct error err = {0};
    assert_false(sql_parse_create_table(&arena, sql, &table, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_string_equal(err.message, message);
    assert_int_equal(table.column_count, 77); /* untouched */
}

static void
names_tell_whether_they_were_quoted(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table = parse_table(
        &arena, "CREATE TABLE main.\"T\"(a, \"B\", `c`, [d], 'e')");
    assert_string_equal(table.name.text, "T");
    assert_true(table.name.quoted);
    assert_false(table.columns[0].name.quoted);
    for (size_t i = 1; i < table.column_count; i++) {
        assert_true(table.columns[i].name.quoted);
    }
    struct sql_expr *expr = parse_expression(&arena, "t.\"x\"");
    assert_int_equal(expr->kind, SQL_EXPR_NAME);
    assert_true(expr->name.quoted);
    assert_string_equal(expr->qualifier.text, "t");
    assert_false(expr->qualifier.quoted);
}

static void
constraint_names_belong_to_the_next_constraint_only(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table = parse_table(
        &arena, "CREATE TABLE t(a CONSTRAINT n NOT NULL CHECK (a), CONSTRAINT k CHECK (a > 1),"
                " CONSTRAINT \"U\" UNIQUE (a) FOREIGN KEY (a) REFERENCES p)");
    assert_null(table.checks[0].constraint.text);
    assert_string_equal(table.checks[1].constraint.text, "k");
    assert_string_equal(table.keys[0].constraint.text, "U");
    assert_true(table.keys[0].constraint.quoted);
    assert_null(table.foreign_keys[0].constraint.text);
}

static void
keys_carry_conflict_clauses_autoincrement_and_deferral(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table = parse_table(
        &arena,
        "CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT,"
        " b UNIQUE ON CONFLICT IGNORE REFERENCES p DEFERRABLE INITIALLY DEFERRED,"
        " c REFERENCES q DEFERRABLE, d REFERENCES r NOT DEFERRABLE INITIALLY DEFERRED)");
    assert_true(table.keys[0].primary && table.keys[0].autoincrement);
    assert_int_equal(table.keys[0].on_conflict, SQL_CONFLICT_REPLACE);
    assert_int_equal(table.keys[1].on_conflict, SQL_CONFLICT_IGNORE);
    assert_false(table.keys[1].primary || table.keys[1].autoincrement);
    assert_true(table.foreign_keys[0].deferrable && table.foreign_keys[0].initially_deferred);
    assert_true(table.foreign_keys[1].deferrable && !table.foreign_keys[1].initially_deferred);
    assert_false(table.foreign_keys[2].deferrable || table.foreign_keys[2].initially_deferred);
}

static void
defaults_are_literals_words_or_expressions(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table = parse_table(
        &arena,
        "CREATE TABLE t(a DEFAULT 'it''s', b DEFAULT word, c DEFAULT TRUE, d DEFAULT - 5,"
        " e DEFAULT ( 1 + 2 ), f DEFAULT \"true\", g DEFAULT current_time,"
        " h DEFAULT X'0aFF', i DEFAULT 1_000, j)");
    static const enum sql_expr_kind kinds[] = {
        SQL_EXPR_STRING, SQL_EXPR_STRING,  SQL_EXPR_KEYWORD, SQL_EXPR_UNARY,   SQL_EXPR_BINARY,
        SQL_EXPR_STRING, SQL_EXPR_KEYWORD, SQL_EXPR_BLOB,    SQL_EXPR_INTEGER,
    };
    static const char *const texts[] = {"it's", "word",         "TRUE", NULL,  NULL,
                                        "true", "CURRENT_TIME", "0aFF", "1000"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct sql_expr *value = table.columns[i].default_value;
        assert_int_equal(value->kind, kinds[i]);
        if (texts[i] != NULL) {
            assert_string_equal(value->text, texts[i]);
        }
    }
    assert_null(table.columns[9].default_value);
    assert_string_equal(table.columns[3].default_value->source, "- 5");
    assert_string_equal(table.columns[4].default_value->source, "1 + 2");
}

static void
sources_are_the_text_as_written(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_expr *expr = parse_expression(&arena,
                                             " -- first\n a  +( b/*x*/* c ) /* last */ ;");
    assert_string_equal(expr->source, "a  +( b/*x*/* c )");
    assert_string_equal(expr->args[0]->source, "a");
    assert_string_equal(expr->args[1]->source, "( b/*x*/* c )");
    assert_string_equal(expr->args[1]->args[0]->source, "b/*x*/* c");
}

static void
operators_come_in_upper_case(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    assert_string_equal(parse_expression(&arena, "a and b")->op, "AND");
    assert_string_equal(parse_expression(&arena, "not a")->op, "NOT");
    assert_string_equal(parse_expression(&arena, "a is not distinct from b")->op,
                        "IS NOT DISTINCT FROM");
    struct sql_expr *like = parse_expression(&arena, "a not glob b");
    assert_int_equal(like->kind, SQL_EXPR_LIKE);
    assert_string_equal(like->op, "GLOB");
    assert_true(like->negated);
}

static void
queries_and_windows_are_kept_as_unknown_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "(SELECT ')' FROM t WHERE (a) = 1)",
        "EXISTS (SELECT 1)",
        "a IN (SELECT b FROM c)",
        "a NOT IN (WITH x AS (VALUES(1)) SELECT * FROM x)",
        "a IN other",
        "a IN main.f(1, 2)",
        "count(*) FILTER (WHERE a > 0)",
        "sum(a) OVER (PARTITION BY b ORDER BY c)",
        "max(a) OVER w",
        "group_concat(a ORDER BY b)",
        "RAISE(ABORT, 'no')",
        "?1",
        ":name",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AUTO_ARENA arena = {0};
        struct sql_expr *expr = parse_expression(&arena, texts[i]);
        assert_int_equal(expr->kind, SQL_EXPR_UNKNOWN);
        assert_string_equal(expr->text, texts[i]);
        assert_string_equal(expr->source, texts[i]);
    }
}

static void
with_filter_and_over_are_names_elsewhere(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_create_table table = parse_table(
        &arena,
        "CREATE TABLE t(with, filter, over, CHECK (with > 1), CHECK ((filter) = over))");
    assert_int_equal(table.column_count, 3);
    assert_int_equal(table.check_count, 2);
}

static void
case_lists_its_base_pairs_and_else(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct sql_expr *searched = parse_expression(&arena, "CASE WHEN a THEN b END");
    assert_int_equal(searched->arg_count, 3);
    assert_null(searched->args[0]);
    assert_false(searched->has_else);
    struct sql_expr *simple = parse_expression(&arena, "CASE x WHEN a THEN b ELSE c END");
    assert_int_equal(simple->arg_count, 4);
    assert_string_equal(simple->args[0]->source, "x");
    assert_string_equal(simple->args[3]->source, "c");
    assert_true(simple->has_else);
}

static void
errors_name_the_token_and_its_offset(void **state)
{
    (void)state;
    assert_table_refused("CREATE TABLE t(a, , b)", "SQL text not understood near , at byte 18");
    assert_table_refused("CREATE TABLE t(a DEFAULT 'open)",
                         "SQL text not understood near 'open) at byte 25");
    assert_table_refused("CREATE TABLE t(a \x01)", "SQL text not understood near ? at byte 17");
    assert_table_refused("CREATE TABLE t(a", "SQL text ends too early, at byte 16");
    assert_table_refused("CREATE TABLE t(a) WITHOUT OIDS",
                         "SQL text not understood near OIDS at byte 26");
    assert_table_refused("CREATE TABLE t(a AS (1) MAYBE)",
                         "SQL text not understood near MAYBE at byte 24");
    assert_table_refused("", "SQL text ends too early, at byte 0");
    assert_table_refused("CREATE INDEX i ON t(a)", "SQL text is not a CREATE TABLE");
    assert_table_refused("CREATE VIEW v AS SELECT 1",
                         "SQL text not understood near VIEW at byte 7");
    assert_table_refused("CREATE TABLE t(a CHECK (b = (SELECT 1))",
                         "SQL text ends too early, at byte 39");
    assert_table_refused(
        "CREATE TABLE t(a) a_word_that_is_much_longer_than_a_line_of_an_error_should_be",
        "SQL text not understood near a_word_that_is_much_longer_than_a_line_o... at byte 18");
}

/* `count` times `open`, then `middle`, then `count` times `close`. */
static bool
parses_nested(size_t count, const char *open, const char *middle, const char *close)
{
    AUTO_ARENA arena = {0};
    size_t open_length = strlen(open);
    size_t close_length = strlen(close);
    char *sql = arena_alloc(&arena, count * (open_length + close_length) + strlen(middle) + 1);
    char *at = sql;
    for (size_t i = 0; i < count; i++, at += open_length) {
        memcpy(at, open, open_length);
    }
    memcpy(at, middle, strlen(middle));
    at += strlen(middle);
    for (size_t i = 0; i < count; i++, at += close_length) {
        memcpy(at, close, close_length);
    }
    struct sql_expr *expr = NULL;
    struct error err = {0};
    bool parsed = sql_parse_expression(&arena, sql, &expr, &err);
    assert_true(parsed || strstr(err.message, "1000 levels") != NULL);
    return parsed;
}

static void
nesting_stops_at_a_thousand_levels_whatever_nests(void **state)
{
    (void)state;
    static const char *const nests[][3] = {
        {"(", "a", ")"},      {"- ", "a", ""},
        {"NOT ", "a", ""},    {"", "a", " + b"},
        {"f(1, ", "a", ")"},  {"CASE x WHEN b THEN ", "a", " END"},
        {"", "a", " ISNULL"}, {"", "a", " COLLATE nocase"},
        {"a || (", "b", ")"},
    };
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        assert_true(parses_nested(400, nests[i][0], nests[i][1], nests[i][2]));
        assert_false(parses_nested(1001, nests[i][0], nests[i][1], nests[i][2]));
        assert_false(parses_nested(100000, nests[i][0], nests[i][1], nests[i][2]));
    }
    assert_true(parses_nested(999, "(", "a", ")"));
    assert_true(parses_nested(999, "CASE x WHEN b THEN ", "a", " END"));
}

static void
each_level_knows_the_first_collate_below_it(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const struct sql_expr *expr = parse_expression(
        &arena, "CASE WHEN a THEN b || (c COLLATE one) || d COLLATE two ELSE e END || f");
    assert_string_equal(expr->collate->name.text, "one");
    expr = expr->args[0];
    assert_string_equal(expr->collate->name.text, "one");
    assert_null(expr->args[1]->collate);
    assert_null(expr->args[3]->collate);
    assert_string_equal(expr->args[2]->args[1]->collate->name.text, "two");
}

static void
wide_is_not_deep(void **state)
{
    (void)state;
    assert_true(parses_nested(1, "a IN (", "1", ")"));
    AUTO_ARENA arena = {0};
    enum { ITEMS = 100000 };
    char *sql = arena_alloc(&arena, ITEMS * 2 + 16);
    memcpy(sql, "f(1", 3);
    for (size_t i = 0; i < ITEMS; i++) {
        memcpy(sql + 3 + i * 2, ",1", 2);
    }
    sql[3 + ITEMS * 2] = ')';
    assert_int_equal(parse_expression(&arena, sql)->arg_count, ITEMS + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_whether_they_were_quoted),
        cmocka_unit_test(constraint_names_belong_to_the_next_constraint_only),
        cmocka_unit_test(keys_carry_conflict_clauses_autoincrement_and_deferral),
        cmocka_unit_test(defaults_are_literals_words_or_expressions),
        cmocka_unit_test(sources_are_the_text_as_written),
        cmocka_unit_test(operators_come_in_upper_case),
        cmocka_unit_test(queries_and_windows_are_kept_as_unknown_text),
        cmocka_unit_test(with_filter_and_over_are_names_elsewhere),
        cmocka_unit_test(case_lists_its_base_pairs_and_else),
        cmocka_unit_test(errors_name_the_token_and_its_offset),
        cmocka_unit_test(nesting_stops_at_a_thousand_levels_whatever_nests),
        cmocka_unit_test(each_level_knows_the_first_collate_below_it),
        cmocka_unit_test(wide_is_not_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
