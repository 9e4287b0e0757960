/* test_capture.c — what is logged when an application writes to a captured file. */
#include "captured.h"

#include <stdio.h>
#include <string.h>

/* A table, what is done to it, and the keys that must then be in the log. */
struct write_case {
    const char *schema;
    const char *write;
    const char *keys;
};

static void
assert_logged(void **state, const struct write_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_CAPTURED c;
        struct scratch *scratch = NULL;
        assert_int_equal(scratch_setup((void **)&scratch), 0);
        captured_open(&c, (void **)&scratch, cases[i].schema);
        captured_run(&c, cases[i].write);
        const char *keys = captured_keys(&c);
        if (strcmp(keys, cases[i].keys) != 0) {
            fail_msg("%s: logged %s, not %s", cases[i].write, keys, cases[i].keys);
        }
        captured_close(&c);
        c = (struct captured){0};
        assert_int_equal(scratch_teardown((void **)&scratch), 0);
    }
    (void)state;
}
#define ASSERT_LOGGED(state, cases)                                                            \
    assert_logged((state), (cases), sizeof(cases) / sizeof *(cases))

static void
inserts_updates_and_deletes_log_their_key(void **state)
{
    static const char schema[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); "
                                 "INSERT INTO t(v) VALUES('a'), ('b'), ('c')";
    static const struct write_case cases[] = {
        {schema, "INSERT INTO t(v) VALUES('d'), ('e')", "t:4 5"},
        {schema, "UPDATE t SET v = 'z' WHERE id > 1", "t:2 3"},
        {schema, "UPDATE t SET v = v WHERE id > 10", ""},
        {schema, "DELETE FROM t WHERE id = 2", "t:2"},
        {schema, "BEGIN; DELETE FROM t; ROLLBACK", ""},
        {schema,
         "BEGIN; DELETE FROM t WHERE id=1; SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; "
         "COMMIT",
         "t:1"},
        {schema, "INSERT INTO t SELECT id + 10, v FROM t", "t:11 12 13"},
        {schema, "WITH x(a) AS (SELECT max(id) FROM t) UPDATE t SET v = 1 FROM x WHERE id = a",
         "t:3"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
delete_without_where_logs_every_row(void **state)
{
    static const struct write_case cases[] = {
        {"CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2), (3)",
         "DELETE FROM t", "t:1 2 3"},
        {"CREATE TABLE t(a TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES('x'), ('y')",
         "DELETE FROM t", "t:'x' 'y'"},
        {"CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)", "DELETE FROM t", "t:1 2"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
a_row_that_replace_removes_is_logged(void **state)
{
    static const char one[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); "
                              "INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3)";
    static const char two[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, u, v, w, UNIQUE(u, v)); "
                              "CREATE UNIQUE INDEX i ON t(w); "
                              "INSERT INTO t VALUES(1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)";
    static const char clause[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE); "
        "INSERT INTO t VALUES(1, 'a'), (2, 'b')";
    static const struct write_case cases[] = {
        {one, "INSERT OR REPLACE INTO t VALUES(4, 'a', 4)", "t:1 4"},
        {one, "REPLACE INTO t(u) VALUES('b')", "t:2 4"},
        {one, "INSERT OR REPLACE INTO t VALUES(1, 'b', 4)", "t:1 2"},
        {one, "UPDATE OR REPLACE t SET u = 'a' WHERE id = 3", "t:1 3"},
        {one, "UPDATE OR REPLACE t SET id = 1, u = 'b' WHERE id = 3", "t:1 2 3"},
        {one, "UPDATE OR REPLACE t SET u = 'z'", "t:1 2 3"},
        {one, "INSERT OR REPLACE INTO t(u) SELECT u FROM t", "t:1 2 3 4 5 6"},
        {one, "UPDATE t SET v = 7 WHERE id = 3", "t:3"},
        {two, "INSERT OR REPLACE INTO t VALUES(9, 1, 1, 2)", "t:1 2 9"},
        {two, "UPDATE OR REPLACE t SET u = 1, v = 1 WHERE id = 3", "t:1 3"},
        {two, "UPDATE OR REPLACE t SET w = 2 WHERE id = 3", "t:2 3"},
        {two, "UPDATE OR REPLACE t SET (u, v, w) = (1, 1, 2) WHERE id = 3", "t:1 2 3"},
        {clause, "INSERT INTO t VALUES(5, 'a')", "t:1 5"},
        {clause, "UPDATE t SET u = 'a' WHERE id = 2", "t:1 2"},
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, u NOT NULL DEFAULT 'a' UNIQUE); "
         "INSERT INTO t VALUES(1, 'a')",
         "INSERT OR REPLACE INTO t(id) VALUES(2)", "t:1 2"},
        {"CREATE TABLE t(u UNIQUE); INSERT INTO t(rowid, u) VALUES(-1, 'a')",
         "INSERT OR REPLACE INTO t VALUES('a')", "t:-1 0"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
victims_are_found_through_every_kind_of_unique_index(void **state)
{
    static const char partial[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u, live, w); "
        "CREATE UNIQUE INDEX i ON t(u) WHERE live = 1 -- only those\n; "
        "INSERT INTO t VALUES(1, 'a', 1, 1), (2, 'a', 0, 1), (3, 'b', 1, 1)";
    static const char expression[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b); "
                                     "CREATE UNIQUE INDEX i ON t(lower(a), b + 1); "
                                     "INSERT INTO t VALUES(1, 'Ab', 1), (2, 'Cd', 1)";
    static const char json[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, d); "
                               "CREATE UNIQUE INDEX i ON t(json_extract(d, '$.x')); "
                               "INSERT INTO t VALUES(1, '{\"x\":1}'), (2, '{\"x\":2}')";
    static const char collated[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); "
        "CREATE UNIQUE INDEX i ON t(a COLLATE NOCASE); INSERT INTO t VALUES(1, 'Ab')";
    static const char generated[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, g AS (a / 10) UNIQUE, "
        "s AS (a % 10) STORED); CREATE UNIQUE INDEX i ON t(s); "
        "INSERT INTO t VALUES(1, 11), (2, 22)";
    static const struct write_case cases[] = {
        {partial, "INSERT OR REPLACE INTO t VALUES(9, 'a', 1, 1)", "t:1 9"},
        {partial, "UPDATE OR REPLACE t SET live = 1 WHERE id = 2", "t:1 2"},
        {partial, "UPDATE OR REPLACE t SET u = 'a' WHERE id = 3", "t:1 3"},
        {partial, "UPDATE t SET w = 2 WHERE id = 3", "t:3"},
        {expression, "INSERT OR REPLACE INTO t VALUES(9, 'aB', 1)", "t:1 9"},
        {expression, "UPDATE OR REPLACE t SET a = 'AB' WHERE id = 2", "t:1 2"},
        {expression, "UPDATE t SET b = 2 WHERE id = 2", "t:2"},
        {json, "INSERT OR REPLACE INTO t VALUES(9, '{\"x\":2}')", "t:2 9"},
        {collated, "INSERT OR REPLACE INTO t VALUES(9, 'aB')", "t:1 9"},
        {generated, "INSERT OR REPLACE INTO t VALUES(9, 13)", "t:1 9"},
        {generated, "INSERT OR REPLACE INTO t VALUES(9, 32)", "t:2 9"},
        {generated, "UPDATE OR REPLACE t SET a = 15 WHERE id = 2", "t:1 2"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
a_key_that_several_texts_are_equal_to_logs_the_one_that_is_replaced(void **state)
{
    static const char nocase[] = "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, v); "
                                 "INSERT INTO t VALUES('A', 1), ('B', 2)";
    static const char pair[] =
        "CREATE TABLE t(a TEXT COLLATE RTRIM, b TEXT COLLATE NOCASE, v, PRIMARY KEY(a, b)) "
        "WITHOUT ROWID; INSERT INTO t VALUES('x', 'Y', 1)";
    static const struct write_case cases[] = {
        {nocase, "INSERT OR REPLACE INTO t VALUES('a', 9)", "t:'A' 'a'"},
        {nocase, "UPDATE t SET k = 'a' WHERE k = 'A'", "t:'A' 'a'"},
        {nocase, "UPDATE OR REPLACE t SET k = 'a' WHERE k = 'B'", "t:'A' 'B' 'a'"},
        {nocase, "INSERT OR REPLACE INTO t VALUES('A', 9)", "t:'A'"},
        {nocase, "INSERT INTO t VALUES('b', 3) ON CONFLICT(k) DO UPDATE SET v = 3", "t:'B'"},
        {pair, "INSERT OR REPLACE INTO t VALUES('x ', 'y', 2)", "t:'x','Y' 'x ','y'"},
        {pair, "UPDATE t SET a = 'x  '", "t:'x','Y' 'x  ','Y'"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
storage_classes_of_keys_stay_apart(void **state)
{
    static const char any[] = "CREATE TABLE t(k BLOB PRIMARY KEY, v) WITHOUT ROWID; "
                              "INSERT INTO t VALUES(1, 1), ('1', 2), (x'31', 3)";
    static const struct write_case cases[] = {
        {any, "UPDATE t SET v = 0", "t:1 '1' X'31'"},
        {any, "UPDATE t SET k = 1.0 WHERE k = 1", "t:1 1.0"},
        {any, "INSERT OR REPLACE INTO t VALUES(1.0, 9)", "t:1 1.0"},
        {any, "DELETE FROM t WHERE typeof(k) = 'blob'", "t:X'31'"},
        {"CREATE TABLE t(k INT PRIMARY KEY) WITHOUT ROWID",
         "INSERT INTO t VALUES('12'), (13.0), ('x'), (1.5)", "t:1.5 12 13 'x'"},
        {"CREATE TABLE t(k REAL PRIMARY KEY) WITHOUT ROWID", "INSERT INTO t VALUES(7), (1e300)",
         "t:7.0 1.0e+300"},
        {"CREATE TABLE t(k TEXT PRIMARY KEY) WITHOUT ROWID", "INSERT INTO t VALUES(7), (x'00')",
         "t:'7' X'00'"},
        {"CREATE TABLE t(k ANY PRIMARY KEY) STRICT, WITHOUT ROWID",
         "INSERT INTO t VALUES(7), ('7')", "t:7 '7'"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
upsert_logs_the_row_that_it_updates(void **state)
{
    static const char schema[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, n); "
                                 "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0)";
    static const struct write_case cases[] = {
        {schema,
         "INSERT INTO t(id, u, n) VALUES(1, 'x', 1) ON CONFLICT(id) DO UPDATE SET n = 9",
         "t:1"},
        {schema, "INSERT INTO t(u) VALUES('b') ON CONFLICT(u) DO UPDATE SET n = n + 1", "t:2"},
        {schema, "INSERT INTO t(u) VALUES('b') ON CONFLICT DO NOTHING", "t:2"},
        {schema, "INSERT INTO t(u) VALUES('b') ON CONFLICT(u) DO UPDATE SET id = 7", "t:2 7"},
        {schema, "INSERT OR IGNORE INTO t VALUES(1, 'z', 1)", ""},
    };
    ASSERT_LOGGED(state, cases);
}

static void
a_changed_key_logs_the_old_and_the_new_one(void **state)
{
    static const char alias[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v); "
                                "INSERT INTO t VALUES(1, 1), (2, 2)";
    static const char pair[] = "CREATE TABLE t(a INT, b TEXT, v, PRIMARY KEY(a, b)) "
                               "WITHOUT ROWID; INSERT INTO t VALUES(1, 'x', 1)";
    static const char keyless[] = "CREATE TABLE t(v); INSERT INTO t VALUES(1), (2)";
    static const struct write_case cases[] = {
        {alias, "UPDATE t SET id = 5 WHERE id = 1", "t:1 5"},
        {alias, "UPDATE t SET rowid = 5 WHERE id = 1", "t:1 5"},
        {alias, "UPDATE t SET _rowid_ = id + 10", "t:1 2 11 12"},
        {alias, "UPDATE t SET (v, oid) = (SELECT 9, 9) WHERE id = 2", "t:2 9"},
        {pair, "UPDATE t SET b = 'y'", "t:1,'x' 1,'y'"},
        {pair, "UPDATE t SET v = 2, a = 1", "t:1,'x'"},
        {keyless, "UPDATE t SET rowid = 7 WHERE v = 1", "t:1 7"},
        {"CREATE TABLE t(k TEXT NOT NULL UNIQUE, v); INSERT INTO t VALUES('a', 1)",
         "UPDATE t SET k = 'b'", "t:'a' 'b'"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
what_foreign_keys_do_to_children_is_logged(void **state)
{
    static const char schema[] =
        "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE); "
        "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE "
        "ON UPDATE CASCADE); "
        "CREATE TABLE g(id INTEGER PRIMARY KEY, c REFERENCES c ON DELETE SET NULL); "
        "CREATE TABLE d(id INTEGER PRIMARY KEY, u DEFAULT 'z' REFERENCES p(u) ON DELETE "
        "SET DEFAULT); "
        "INSERT INTO p VALUES(1, 'a'), (2, 'b'), (9, 'z'); INSERT INTO c VALUES(10, 1), (20, "
        "2); "
        "INSERT INTO g VALUES(100, 10), (200, 20); INSERT INTO d VALUES(5, 'a')";
    static const char keyed[] =
        "CREATE TABLE p(k TEXT PRIMARY KEY NOT NULL); "
        "CREATE TABLE c(k TEXT REFERENCES p ON UPDATE CASCADE ON DELETE CASCADE, n INT, "
        "PRIMARY KEY(k, n)) WITHOUT ROWID; INSERT INTO p VALUES('a'); "
        "INSERT INTO c VALUES('a', 1), ('a', 2)";
    static const struct write_case cases[] = {
        {schema, "PRAGMA foreign_keys=1; DELETE FROM p WHERE id = 1", "p:1 c:10 g:100 d:5"},
        {schema, "PRAGMA foreign_keys=1; UPDATE p SET id = 7 WHERE id = 2", "p:2 7 c:20"},
        {schema, "PRAGMA foreign_keys=1; INSERT OR REPLACE INTO p VALUES(3, 'b')",
         "p:2 3 c:20 g:200"},
        {schema,
         "PRAGMA foreign_keys=1; PRAGMA recursive_triggers=1; "
         "INSERT OR REPLACE INTO p VALUES(3, 'b')",
         "p:2 3 c:20 g:200"},
        {keyed, "PRAGMA foreign_keys=1; UPDATE p SET k = 'b'",
         "p:'a' 'b' c:'a',1 'a',2 'b',1 'b',2"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
what_the_applications_triggers_do_is_logged(void **state)
{
    static const char schema[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); CREATE TABLE log(x); "
        "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0); "
        "CREATE TRIGGER renumber AFTER INSERT ON t WHEN NEW.id > 10 BEGIN "
        "UPDATE t SET id = NEW.id - 10 WHERE id = NEW.id; END; "
        "CREATE TRIGGER other AFTER UPDATE OF v ON t BEGIN INSERT INTO log VALUES(NEW.v); END; "
        "CREATE TRIGGER make_room BEFORE INSERT ON t WHEN NEW.v = 'room' BEGIN "
        "UPDATE t SET u = NEW.u WHERE id = 2; END; "
        "CREATE VIEW w AS SELECT * FROM t; CREATE TRIGGER wi INSTEAD OF DELETE ON w BEGIN "
        "DELETE FROM t WHERE id = OLD.id; END";
    static const struct write_case cases[] = {
        {schema, "INSERT INTO t VALUES(15, 'x', 0)", "t:5 15"},
        {schema, "UPDATE t SET v = 1 WHERE id = 1", "t:1 log:1"},
        {schema, "INSERT OR REPLACE INTO t VALUES(3, 'q', 'room')", "t:2 3"},
        {schema, "DELETE FROM w WHERE id = 2", "t:2"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
a_trigger_that_ends_the_others_comes_after_ours(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct capture_state file;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, v); "
                  "CREATE TRIGGER old AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END");
    captured_run(&c, "INSERT INTO t VALUES(1, 1)");
    assert_string_equal(captured_keys(&c), "t:1");
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_true(file.triggers_intact);
    captured_run(&c, "CREATE TRIGGER new AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END; "
                     "INSERT INTO t VALUES(2, 2)");
    assert_string_equal(captured_keys(&c), ""); /* SQLite runs the newest first */
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_false(file.triggers_intact);
    captured_install(&c);
    assert_true(captured_table(&c, "t")->renewed);
    captured_run(&c, "INSERT INTO t VALUES(3, 3)");
    assert_string_equal(captured_keys(&c), "t:3");
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_true(file.triggers_intact);
    captured_install(&c);
    assert_false(captured_table(&c, "t")->renewed);
}

static void
conflict_clauses_of_the_statement_do_not_reach_the_log(void **state)
{
    static const char *const clauses[] = {"ABORT", "FAIL", "ROLLBACK", "IGNORE", "REPLACE"};
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); "
                  "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0)");
    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++) {
        char sql[200];
        /* The same keys again and again: a log with a unique index would refuse them. */
        snprintf(sql, sizeof sql,
                 "UPDATE OR %s t SET v = v + 1; INSERT OR %s INTO t VALUES(3, 'c', 0); "
                 "DELETE FROM t WHERE id = 3",
                 clauses[i], clauses[i]);
        captured_run(&c, sql);
        assert_string_equal(captured_keys(&c), "t:1 2 3");
    }
}

static void
a_failed_statement_leaves_no_key_that_matters_unlogged(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE); "
                  "INSERT INTO t VALUES(1, 'a'), (2, 'b'), (3, 'c')");
    captured_run(&c, "BEGIN");
    /* FAIL keeps what was changed before the conflict. */
    assert_int_equal(
        sqlite3_exec(c.app, "UPDATE OR FAIL t SET u = 'z' || (id / 2)", NULL, NULL, NULL),
        SQLITE_CONSTRAINT);
    captured_run(&c, "COMMIT");
    assert_non_null(strstr(captured_keys(&c), "t:1 2"));
}

static void
the_application_sees_its_own_numbers(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); "
                  "INSERT INTO t VALUES(500, 'a', 0)");
    captured_run(&c, "INSERT INTO t(u) VALUES('b')");
    assert_int_equal(sqlite3_last_insert_rowid(c.app), 501);
    assert_int_equal(sqlite3_changes(c.app), 1);
    captured_run(&c, "INSERT OR REPLACE INTO t(u) VALUES('a')");
    assert_int_equal(sqlite3_last_insert_rowid(c.app), 502);
    assert_int_equal(sqlite3_changes(c.app), 1);
    captured_run(&c, "UPDATE OR REPLACE t SET v = 1, u = u || '!'");
    assert_int_equal(sqlite3_changes(c.app), 2);
    assert_string_equal(captured_value(&c, c.app, "SELECT last_insert_rowid()"), "502");
    assert_string_equal(
        captured_value(&c, c.app, "INSERT INTO t(u) VALUES('q') RETURNING id || u"), "503q");
    assert_string_equal(
        captured_value(&c, c.app, "UPDATE t SET v = 8 WHERE id = 503 RETURNING v"), "8");
    captured_run(&c, "DELETE FROM t");
    assert_int_equal(sqlite3_changes(c.app), 3);
}

static void
a_connection_that_trusts_nothing_can_write(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(k BLOB PRIMARY KEY, u UNIQUE, e) WITHOUT ROWID; "
                  "CREATE UNIQUE INDEX i ON t(lower(e)) WHERE e IS NOT NULL; "
                  "CREATE TABLE n(a TEXT COLLATE NOCASE PRIMARY KEY)");
    sqlite3_db_config(c.app, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c.app, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c.app, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c.app, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    captured_run(&c,
                 "INSERT INTO t VALUES(1, 1, 'E'); INSERT OR REPLACE INTO t VALUES(2, 2, 'e');"
                 "UPDATE t SET k = 3; INSERT INTO n VALUES('x'); UPDATE n SET a = 'X'; "
                 "DELETE FROM t; DELETE FROM n");
    assert_string_equal(captured_keys(&c), "t:1 2 3 n:'X' 'x'");
}

static void
a_nullable_key_is_known_by_its_rowid_only_if_it_holds_null(void **state)
{
    static const struct write_case cases[] = {
        {"CREATE TABLE t(k TEXT PRIMARY KEY); INSERT INTO t VALUES('a')",
         "UPDATE t SET k = 'b'", "t:'a' 'b'"},
        {"CREATE TABLE t(k TEXT PRIMARY KEY); INSERT INTO t VALUES('a'), (NULL), (NULL)",
         "UPDATE t SET k = k || 'b'", "t:1 2 3"},
        {"CREATE TABLE t(k PRIMARY KEY); INSERT INTO t VALUES('1'), (1)", "DELETE FROM t",
         "t:1 2"},
        {"CREATE TABLE t(a UNIQUE, b NOT NULL UNIQUE); INSERT INTO t VALUES(1, 'x')",
         "DELETE FROM t", "t:'x'"},
        {"CREATE TABLE t(a, b); CREATE UNIQUE INDEX i ON t(a) WHERE b; INSERT INTO t VALUES(7, "
         "1)",
         "DELETE FROM t", "t:1"},
        {"CREATE TABLE t(a TEXT NOT NULL); CREATE UNIQUE INDEX i ON t(a COLLATE NOCASE); "
         "INSERT INTO t VALUES('x')",
         "DELETE FROM t", "t:1"},
    };
    ASSERT_LOGGED(state, cases);
}

static void
writes_through_another_name_of_the_file_are_logged(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE)");
    sqlite3 *other = scratch_open(":memory:");
    char sql[400];
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS far; CREATE TEMP TABLE _outgrow_log(seq, t, k1); "
             "CREATE TABLE main.t(id, u); INSERT INTO far.t VALUES(1, 'a'); "
             "INSERT OR REPLACE INTO far.t VALUES(2, 'a')",
             c.path);
    scratch_run(other, sql);
    assert_string_equal(captured_keys(&c), "t:1 2");
    sqlite3_close(other);
}

static void
a_table_named_like_the_rows_of_a_trigger_works(void **state)
{
    static const struct write_case cases[] = {
        {"CREATE TABLE new(id INTEGER PRIMARY KEY, u UNIQUE); INSERT INTO new VALUES(1, 'a'), "
         "(2, 'b')",
         "INSERT OR REPLACE INTO new VALUES(3, 'a')", "new:1 3"},
        {"CREATE TABLE old(id INTEGER PRIMARY KEY, u UNIQUE); INSERT INTO old VALUES(1, 'a'), "
         "(2, 'b')",
         "UPDATE OR REPLACE old SET u = 'b' WHERE id = 1", "old:1 2"},
        {"CREATE TABLE _outgro(k1 INTEGER PRIMARY KEY, t UNIQUE, seq); "
         "INSERT INTO _outgro VALUES(1, 1, 1)",
         "INSERT OR REPLACE INTO _outgro VALUES(2, 1, 1)", "_outgro:1 2"},
    };
    ASSERT_LOGGED(state, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inserts_updates_and_deletes_log_their_key),
        cmocka_unit_test(delete_without_where_logs_every_row),
        cmocka_unit_test(a_row_that_replace_removes_is_logged),
        cmocka_unit_test(victims_are_found_through_every_kind_of_unique_index),
        cmocka_unit_test(a_key_that_several_texts_are_equal_to_logs_the_one_that_is_replaced),
        cmocka_unit_test(storage_classes_of_keys_stay_apart),
        cmocka_unit_test(upsert_logs_the_row_that_it_updates),
        cmocka_unit_test(a_changed_key_logs_the_old_and_the_new_one),
        cmocka_unit_test(what_foreign_keys_do_to_children_is_logged),
        cmocka_unit_test(what_the_applications_triggers_do_is_logged),
        SCRATCH_TEST(a_trigger_that_ends_the_others_comes_after_ours),
        SCRATCH_TEST(conflict_clauses_of_the_statement_do_not_reach_the_log),
        SCRATCH_TEST(a_failed_statement_leaves_no_key_that_matters_unlogged),
        SCRATCH_TEST(the_application_sees_its_own_numbers),
        SCRATCH_TEST(a_connection_that_trusts_nothing_can_write),
        cmocka_unit_test(a_nullable_key_is_known_by_its_rowid_only_if_it_holds_null),
        SCRATCH_TEST(writes_through_another_name_of_the_file_are_logged),
        cmocka_unit_test(a_table_named_like_the_rows_of_a_trigger_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
