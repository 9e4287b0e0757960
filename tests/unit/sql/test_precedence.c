/* test_precedence.c — the grammar's precedences against SQLite's own: an
 * expression, and the same written with a parenthesis around every operand as
 * we understood it, must give SQLite the same values. */
#include "base/text.h"
#include "sql/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

static void write_expr(struct text *out, const struct sql_expr *expr);

static void
write_list(struct text *out, const struct sql_expr *expr, size_t from)
{
    for (size_t i = from; i < expr->arg_count; i++) {
        text_add(out, i > from ? ", " : "");
        write_expr(out, expr->args[i]);
    }
}

static void
write_case(struct text *out, const struct sql_expr *expr)
{
    text_add(out, "CASE ");
    if (expr->args[0] != NULL) {
        write_expr(out, expr->args[0]);
    }
    size_t pairs_end = expr->arg_count - (expr->has_else ? 1 : 0);
    for (size_t i = 1; i < pairs_end; i += 2) {
        text_add(out, " WHEN ");
        write_expr(out, expr->args[i]);
        text_add(out, " THEN ");
        write_expr(out, expr->args[i + 1]);
    }
    if (expr->has_else) {
        text_add(out, " ELSE ");
        write_expr(out, expr->args[pairs_end]);
    }
    text_add(out, " END");
}

/* BETWEEN and LIKE: words between the operands. */
static void
write_words(struct text *out, const struct sql_expr *expr, const char *word, const char *second)
{
    write_expr(out, expr->args[0]);
    text_printf(out, "%s %s ", expr->negated ? " NOT" : "", word);
    write_expr(out, expr->args[1]);
    if (expr->arg_count == 3) {
        text_printf(out, " %s ", second);
        write_expr(out, expr->args[2]);
    }
}

static void
write_bare(struct text *out, const struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_NULL:
    case SQL_EXPR_INTEGER:
    case SQL_EXPR_REAL:
    case SQL_EXPR_STRING:
    case SQL_EXPR_BLOB:
    case SQL_EXPR_KEYWORD:
    case SQL_EXPR_NAME:
    case SQL_EXPR_UNKNOWN: text_add(out, expr->source); break;
    case SQL_EXPR_UNARY:
        text_printf(out, "%s ", expr->op);
        write_expr(out, expr->args[0]);
        break;
    case SQL_EXPR_BINARY:
        write_expr(out, expr->args[0]);
        text_printf(out, " %s ", expr->op);
        write_expr(out, expr->args[1]);
        break;
    case SQL_EXPR_LIKE: write_words(out, expr, expr->op, "ESCAPE"); break;
    case SQL_EXPR_BETWEEN: write_words(out, expr, "BETWEEN", "AND"); break;
    case SQL_EXPR_ISNULL:
        write_expr(out, expr->args[0]);
        text_add(out, expr->negated ? " NOTNULL" : " ISNULL");
        break;
    case SQL_EXPR_IN:
        write_expr(out, expr->args[0]);
        text_add(out, expr->negated ? " NOT IN (" : " IN (");
        write_list(out, expr, 1);
        text_add(out, ")");
        break;
    case SQL_EXPR_FUNCTION:
        text_printf(out, "%s(%s%s", expr->name.text, expr->distinct ? "DISTINCT " : "",
                    expr->star ? "*" : "");
        write_list(out, expr, 0);
        text_add(out, ")");
        break;
    case SQL_EXPR_CASE: write_case(out, expr); break;
    case SQL_EXPR_CAST:
        text_add(out, "CAST(");
        write_expr(out, expr->args[0]);
        text_printf(out, " AS %s)", expr->text);
        break;
    case SQL_EXPR_COLLATE:
        write_expr(out, expr->args[0]);
        text_printf(out, " COLLATE %s", expr->name.text);
        break;
    case SQL_EXPR_PAREN: write_list(out, expr, 0); break;
    }
}

static void
write_expr(struct text *out, const struct sql_expr *expr)
{
    text_add(out, "(");
    write_bare(out, expr);
    text_add(out, ")");
}

/* Every row's value, as SQLite quotes it; NULL when SQLite refuses the text. */
static char *
values_of(struct arena *arena, sqlite3 *database, const char *expression)
{
    const char *sql = arena_printf(arena, "SELECT group_concat(quote(%s), '|') FROM v",
                                   expression);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return NULL;
    }
    char *values = arena_strdup(arena, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return values;
}

/* Returns whether SQLite knows the expression at all. */
static bool
check_expression(sqlite3 *database, const char *sql)
{
    AUTO_ARENA arena = {0};
    const char *expected = values_of(&arena, database, sql);
    if (expected == NULL) {
        return false;
    }
    struct sql_expr *expr = NULL;
    struct error err = {0};
    if (!sql_parse_expression(&arena, sql, &expr, &err)) {
        fail_msg("%s: %s", sql, err.message);
    }
    AUTO_TEXT written = {0};
    write_expr(&written, expr);
    const char *actual = values_of(&arena, database, text_string(&written));
    if (actual == NULL || strcmp(actual, expected) != 0) {
        fail_msg("%s was understood as %s: %s, not %s", sql, text_string(&written),
                 actual != NULL ? actual : sqlite3_errmsg(database), expected);
    }
    return true;
}

static int
open_values(void **state)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(database,
                     "CREATE TABLE v(a, b, c, d);"
                     "WITH x(n) AS (VALUES(0), (1), (-2), (3.5), (NULL), ('1'), ('a'), ('A'))"
                     " INSERT INTO v SELECT a.n, b.n, c.n, d.n FROM x a, x b, x c, x d"
                     " WHERE (unicode(quote(a.n)) + unicode(quote(b.n)) * 3"
                     " + unicode(quote(c.n)) * 5 + unicode(quote(d.n)) * 7) % 11 = 0",
                     NULL, NULL, NULL),
        SQLITE_OK);
    *state = database;
    return 0;
}

static int
close_values(void **state)
{
    return sqlite3_close(*state);
}

/* What may stand between two operands. */
static const char *const operators[] = {
    "OR",
    "AND",
    "=",
    "==",
    "!=",
    "<>",
    "IS",
    "IS NOT",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "LIKE",
    "NOT LIKE",
    "GLOB",
    "<",
    "<=",
    ">",
    ">=",
    "&",
    "|",
    "<<",
    ">>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "IN (1, 2) AND",
    "NOT IN (1, 2) =",
    "ISNULL +",
    "NOTNULL =",
    "NOT NULL OR",
    "BETWEEN b AND",
    "NOT BETWEEN b AND",
    "COLLATE nocase =",
    "COLLATE nocase ||",
    "AND NOT",
    "= NOT",
    "- -",
    "* ~",
    "LIKE b ESCAPE 'x' =",
    "->",
    "->>",
};

static void
every_pair_of_operators_binds_as_in_sqlite(void **state)
{
    enum { COUNT = sizeof operators / sizeof *operators };
    size_t known = 0;
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            char sql[128];
            snprintf(sql, sizeof sql, "a %s c %s d", operators[i], operators[j]);
            known += check_expression(*state, sql);
            snprintf(sql, sizeof sql, "NOT a %s - c %s d", operators[i], operators[j]);
            known += check_expression(*state, sql);
        }
    }
    assert_true(known > (size_t)COUNT * COUNT); /* not all refused */
}

static const char *const expressions[] = {
    "a",
    "-a",
    "- - a",
    "~-+a",
    "NOT NOT a",
    "-a COLLATE nocase",
    "a IS NULL",
    "a IS NOT NULL",
    "a NOT NULL AND b NOTNULL OR c ISNULL",
    "a BETWEEN b AND c AND d",
    "a BETWEEN b AND c BETWEEN d AND 1",
    "a NOT BETWEEN b + 1 AND c * 2 OR d",
    "a = b BETWEEN 0 AND 1",
    "a < b BETWEEN 0 AND 1",
    "a IN (b, c) = d",
    "a IN ()",
    "a NOT IN ()",
    "(a, b) = (c, d)",
    "(a, b) IN (VALUES(c, d))",
    "(a, b, 1) < (c, d, 2)",
    "(a, b) BETWEEN (0, 0) AND (c, d)",
    "a IN (SELECT b UNION SELECT ')')",
    "EXISTS (SELECT 1 WHERE a) AND NOT EXISTS(SELECT 1)",
    "a IN v",
    "a IN main.v",
    "(SELECT count(*) FROM v) + a",
    "CASE WHEN a THEN b ELSE c END",
    "CASE a WHEN b THEN c WHEN d THEN 1 END || a",
    "CASE WHEN a = b AND c THEN CASE d WHEN 1 THEN 2 END ELSE 3 END",
    "CAST(a AS INTEGER) + CAST(b AS VARCHAR(10)) || CAST(c AS DECIMAL(10,2))",
    "CAST(a AS \"text\")",
    "CAST(a + 1 AS UNSIGNED BIG INT) & 3",
    "max(a, b) + min(c, d, 1)",
    "coalesce(a, b, c) || 'x'",
    "ifnull(a, (b))",
    "abs(-1) + length('')",
    "substr('a''b', 2)",
    "x'0aFF' = X'0AfF'",
    "0x1F + 010",
    "1e3 + .5 + 1. + 1.5e-3 + 1E+2",
    "9223372036854775807",
    "9223372036854775808",
    "- 9223372036854775808",
    "'a' 'b'",
    "\"a\" + [b] + `c`",
    "v.a + main.v.b + \"v\".\"c\" + 'v'.d",
    "TRUE + FALSE",
    "a IS TRUE",
    "a IS NOT FALSE OR b",
    "a LIKE b LIKE c",
    "a LIKE 'x%' ESCAPE 'x'",
    "a NOT LIKE 'A' ESCAPE 'x' AND b",
    "a GLOB b || '*'",
    "a || b -> '$' ->> 'x'",
    "like('a', a)",
    "glob(a, b)",
    "replace(a, 'a', 'b')",
    "a /* c */ + -- d\n b",
    "((((a))))",
    "(((a) + b) * c)",
    "a->'$.x'",
    "a + b - c * d / 2 % 3",
    "a << 1 | b & 3 >> 1",
    "a <> b != c == d = a",
    "a OR b AND NOT c = d",
    "NOT a IS NULL",
    "NOT a IN (1)",
    "NOT a BETWEEN 0 AND 1",
    "NOT a LIKE 'a'",
    "- a IS NULL",
    "~ a + b",
    "a COLLATE binary COLLATE nocase = b",
    "a = b COLLATE nocase",
    "a || b COLLATE nocase = c",
    "a IS b IS NOT c",
    "a IS NOT (b)",
    "a is distinct from b is not distinct from c",
    "a IS NOT NOT b",
    "CURRENT_DATE > '2000'",
    "current_timestamp IS NOT NULL",
    "iif(a, b, c)",
    "typeof(a)",
    "(WITH q(n) AS (SELECT a) SELECT n FROM q)",
    "(VALUES(1),(2))",
    "a IN (1,2,'a') IS b",
};

static void
expressions_of_every_kind_mean_what_they_mean_to_sqlite(void **state)
{
    size_t known = 0;
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        known += check_expression(*state, expressions[i]);
    }
    assert_true(known > sizeof expressions / sizeof *expressions * 9 / 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_operators_binds_as_in_sqlite),
        cmocka_unit_test(expressions_of_every_kind_mean_what_they_mean_to_sqlite),
    };
    return cmocka_run_group_tests(tests, open_values, close_values);
}
