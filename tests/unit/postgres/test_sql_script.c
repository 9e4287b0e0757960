/* test_sql_script.c — statements in a file, and what a program refuses to send. */
#include "base/text.h"
#include "postgres/sql_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The statements of `text`, each on a line of its own. */
static void
assert_statements(const char *text, const char *expected)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT found = {0};
    struct error err = {0};
    struct sql_script script;
    if (!sql_script_read(&arena, text, strlen(text), &script, &err)) {
        fail_msg("%s", err.message);
    }
    for (size_t i = 0; i < script.statement_count; i++) {
        text_add_bytes(&found, text + script.statements[i].start,
                       script.statements[i].end - script.statements[i].start);
        text_add_char(&found, '\n');
    }
    assert_string_equal(text_string(&found), expected);
}

static void
assert_refused(const char *text, const char *message, const char *hint)
{
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct sql_script script;
    assert_false(sql_script_read(&arena, text, strlen(text), &script, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    if (strstr(err.message, message) == NULL || strstr(err.hint, hint) == NULL) {
        fail_msg("%s / %s", err.message, err.hint);
    }
}

static void
semicolons_end_statements_only_outside_of_quotes(void **state)
{
    (void)state;
    assert_statements(
        "SELECT 1; SELECT ';', E'it\\';', \"a;b\" ;\n SELECT $$;$$, $x$;$$;$x$",
        "SELECT 1;\nSELECT ';', E'it\\';', \"a;b\" ;\nSELECT $$;$$, $x$;$$;$x$\n");
    assert_statements("SELECT 'a\\'; SELECT 2;", "SELECT 'a\\';\nSELECT 2;\n");
    assert_statements("SELECT U&'d\\;', b'1', 'it''s;';", "SELECT U&'d\\;', b'1', 'it''s;';\n");
    assert_statements("SELECT a$b$c; SELECT $1;", "SELECT a$b$c;\nSELECT $1;\n");
}

static void
comments_hold_no_statements_and_nest(void **state)
{
    (void)state;
    assert_statements("-- a; b\n/* c; /* d; */ e; */ SELECT 1 -- ;\n; -- end",
                      "SELECT 1 -- ;\n;\n");
    assert_statements("", "");
    assert_statements(" ;; -- nothing", "");
}

static void
rules_and_atomic_bodies_are_one_statement(void **state)
{
    (void)state;
    assert_statements("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
                      "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\nSELECT 3\n");
    assert_statements("CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN"
                      " true THEN 1 END; SELECT 2; END; SELECT 3;",
                      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN"
                      " true THEN 1 END; SELECT 2; END;\nSELECT 3;\n");
    assert_statements(
        "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT 2",
        "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
        "SELECT 2\n");
}

static void
transaction_control_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_refused("SELECT 1;\n\nbegin;", "line 3: begin", "leave BEGIN");
    assert_refused("CREATE TABLE t (a int);\nCOMMIT", "line 2: COMMIT", "leave BEGIN");
    assert_refused("START /* x */ TRANSACTION;", "line 1: START", "");
    assert_refused("END;", "line 1: END", "");
    assert_refused("ROLLBACK;", "ROLLBACK", "");
    assert_refused("PREPARE TRANSACTION 'x';", "PREPARE", "");
    assert_statements("SAVEPOINT a; ROLLBACK WORK TO SAVEPOINT a; PREPARE p AS SELECT 1;",
                      "SAVEPOINT a;\nROLLBACK WORK TO SAVEPOINT a;\nPREPARE p AS SELECT 1;\n");
    assert_statements("DO $$ BEGIN COMMIT; END $$; SELECT 'BEGIN';",
                      "DO $$ BEGIN COMMIT; END $$;\nSELECT 'BEGIN';\n");
}

static void
psql_commands_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_refused("SELECT 1;\n\\i other.sql\n", "line 2: \\i is a command of psql", "in SQL");
    assert_refused("\\restrict abc\nSELECT 1;", "line 1: \\restrict", "pg_dump wrote it");
    assert_refused("SELECT 1 \\gset", "\\gset", "");
    assert_refused("COPY t (a) FROM STDIN;\n1\n\\.\n", "line 1: COPY with data", "INSERT");
    assert_statements("COPY t FROM '/f'; COPY (SELECT 1) TO '/g';",
                      "COPY t FROM '/f';\nCOPY (SELECT 1) TO '/g';\n");
}

static void
what_needs_no_transaction_needs_the_mark(void **state)
{
    (void)state;
    assert_refused("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);",
                   "line 1: CREATE ... CONCURRENTLY cannot run in a transaction",
                   "-- outgrow: no-transaction");
    assert_refused("\nVACUUM t;", "line 2: VACUUM cannot", "no-transaction");
    assert_refused("CREATE DATABASE d;", "CREATE cannot", "no-transaction");
    assert_refused("ALTER SYSTEM SET a = 1;", "ALTER cannot", "no-transaction");
    assert_statements("-- outgrow: no-transaction\nVACUUM t;", "VACUUM t;\n");
    assert_statements("--outgrow:  no-transaction \r\nVACUUM t;", "VACUUM t;\n");
    assert_statements(
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v; CREATE TABLE database (a int);",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v;\n"
        "CREATE TABLE database (a int);\n");
    assert_refused("SELECT 1;\n-- outgrow: no-transaction\nVACUUM;", "line 3", "");
}

static void
quotes_that_never_end_are_named_where_they_begin(void **state)
{
    (void)state;
    assert_refused("SELECT 1;\nSELECT 'a\n;\n", "line 2: a quote or comment begins", "");
    assert_refused("/* a /* b */", "line 1: a quote", "");
    assert_refused("SELECT $a$ $b$;", "line 1: a quote", "");
}

static void
positions_are_lines_and_columns_of_characters(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct sql_script script;
    const char *text = "SELECT 'ä',\n 'öö' x;";
    size_t line;
    size_t column;
    assert_true(sql_script_read(&arena, text, strlen(text), &script, &err));
    /* The server would say 19 for the x: characters, from 1. */
    size_t offset = sql_script_offset(&script, 0, 19);
    assert_int_equal(text[offset], 'x');
    sql_script_locate(&script, offset, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 7);
}

static void
settings_are_known(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct sql_script script;
    const char *text = "set lock_timeout = 1; SELECT 1; RESET ALL;";
    assert_true(sql_script_read(&arena, text, strlen(text), &script, &err));
    assert_true(script.statements[0].setting);
    assert_false(script.statements[1].setting);
    assert_true(script.statements[2].setting);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semicolons_end_statements_only_outside_of_quotes),
        cmocka_unit_test(comments_hold_no_statements_and_nest),
        cmocka_unit_test(rules_and_atomic_bodies_are_one_statement),
        cmocka_unit_test(transaction_control_is_refused_with_its_line),
        cmocka_unit_test(psql_commands_are_refused_with_their_line),
        cmocka_unit_test(what_needs_no_transaction_needs_the_mark),
        cmocka_unit_test(quotes_that_never_end_are_named_where_they_begin),
        cmocka_unit_test(positions_are_lines_and_columns_of_characters),
        cmocka_unit_test(settings_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
