/* test_fence.c — nobody but this program writes to a fenced file. */
#include "capture/fence.h"
#include "captured.h"
#include "sqlite/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE, v); CREATE TABLE k(x); "
    "CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID; "
    "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE); "
    "CREATE VIEW s AS SELECT * FROM p; "
    "CREATE TRIGGER si INSTEAD OF INSERT ON s BEGIN INSERT INTO p(v) VALUES(NEW.v); END; "
    "INSERT INTO p VALUES(1, 'a', 0), (2, 'b', 0); INSERT INTO k VALUES(1); "
    "INSERT INTO w VALUES(1, 1); INSERT INTO c VALUES(1, 1)";

static const char words[] = "it's in PostgreSQL now: \"db\"";

static void
raise_fence(struct captured *c)
{
    struct error err = {0};
    bool complete = false;
    scratch_run(c->writer.handle, "BEGIN IMMEDIATE");
    if (!fence_raise(&c->writer, &c->catalog, words, &err)) {
        fail_msg("%s", err.message);
    }
    scratch_run(c->writer.handle, "COMMIT");
    assert_true(source_checkpoint(&c->writer, &complete, &err));
}

static void
lower_fence(struct captured *c)
{
    struct error err = {0};
    scratch_run(c->writer.handle, "BEGIN IMMEDIATE");
    assert_true(fence_lower(&c->writer, &err));
    scratch_run(c->writer.handle, "COMMIT");
}

static void
assert_refused(sqlite3 *handle, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_CONSTRAINT) {
        fail_msg("%s: not refused: %s", sql, message == NULL ? "done" : message);
    }
    assert_string_equal(message, words);
    sqlite3_free(message);
}

static void
every_statement_that_writes_is_refused(void **state)
{
    static const char *const statements[] = {
        "INSERT INTO p VALUES(3, 'c', 0)",
        "INSERT OR IGNORE INTO p VALUES(3, 'c', 0)",
        "INSERT OR REPLACE INTO p VALUES(1, 'b', 0)",
        "INSERT OR FAIL INTO p VALUES(3, 'c', 0)",
        "INSERT OR ROLLBACK INTO p VALUES(3, 'c', 0)",
        "INSERT OR ABORT INTO p VALUES(3, 'c', 0)",
        "INSERT INTO p VALUES(1, 'c', 0) ON CONFLICT(id) DO UPDATE SET v = 1",
        "INSERT INTO p VALUES(3, 'c', 0) ON CONFLICT DO NOTHING",
        "INSERT INTO p SELECT id + 10, NULL, 0 FROM p",
        "UPDATE p SET v = 1",
        "UPDATE OR IGNORE p SET v = 1",
        "UPDATE OR REPLACE p SET u = 'b' WHERE id = 1",
        "DELETE FROM p",
        "DELETE FROM p WHERE id = 1",
        "PRAGMA foreign_keys=1; DELETE FROM p WHERE id = 1; PRAGMA foreign_keys=0",
        "INSERT INTO s(v) VALUES(1)",
        "INSERT INTO k VALUES(2)",
        "DELETE FROM k",
        "REPLACE INTO w VALUES(1, 2)",
        "UPDATE w SET b = 2",
        "DELETE FROM c",
        "UPDATE p SET v = 2 FROM k",
        "INSERT INTO p VALUES(9, 'z', 0) RETURNING id",
    };
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    static const char rows[] =
        "SELECT group_concat(id || u || v) || (SELECT count(*) FROM k) || "
        "(SELECT b FROM w) || (SELECT count(*) FROM c) FROM p";
    const char *before = captured_value(&c, c.app, rows);
    raise_fence(&c);
    sqlite3 *late = scratch_open(c.path);
    sqlite3_db_config(late, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(late, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        assert_refused(c.app, statements[i]);
        assert_refused(late, statements[i]);
    }
    sqlite3_close(late);
    assert_string_equal(captured_value(&c, c.app, rows), before);
    assert_string_equal(captured_keys(&c), "");
}

static void
a_prepared_statement_of_an_open_connection_is_refused(void **state)
{
    AUTO_CAPTURED c;
    AUTO_STATEMENT *statement = NULL;
    captured_open(&c, state, schema);
    assert_int_equal(sqlite3_prepare_v2(c.app, "UPDATE p SET v = v + 1", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
    raise_fence(&c);
    assert_int_equal(sqlite3_step(statement), SQLITE_CONSTRAINT);
    assert_string_equal(sqlite3_errmsg(c.app), words);
    sqlite3_reset(statement);
    lower_fence(&c);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
}

static void
a_transaction_that_began_before_cannot_write_after(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    captured_run(&c, "PRAGMA journal_mode=WAL; BEGIN; SELECT * FROM p");
    raise_fence(&c);
    assert_int_equal(sqlite3_exec(c.app, "UPDATE p SET v = 1", NULL, NULL, NULL), SQLITE_BUSY);
    captured_run(&c, "ROLLBACK");
    assert_refused(c.app, "UPDATE p SET v = 1");
}

static void
readers_and_our_own_writer_go_on(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    raise_fence(&c);
    assert_string_equal(captured_value(&c, c.app, "SELECT count(*) FROM p"), "2");
    scratch_run(c.writer.handle, "INSERT INTO p VALUES(3, 'c', 3); UPDATE k SET x = 5; "
                                 "DELETE FROM w; DELETE FROM p WHERE id = 1");
    assert_string_equal(captured_value(&c, c.app, "SELECT count(*) FROM p"), "2");
    assert_string_equal(captured_value(&c, c.app, "SELECT count(*) FROM c"), "1");
    assert_string_equal(captured_keys(&c), ""); /* nor is it logged */
}

static void
lowering_the_fence_leaves_the_schema_as_it_was(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct capture_state file;
    captured_open(&c, state, schema);
    const char *before = captured_schema(&c);
    raise_fence(&c);
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_true(file.fenced);
    assert_true(file.triggers_intact);
    assert_non_null(strstr(captured_schema(&c), "_outgrow_fence_"));
    lower_fence(&c);
    assert_string_equal(captured_schema(&c), before);
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_false(file.fenced);
    captured_run(&c, "UPDATE p SET v = 5 WHERE id = 1");
    assert_string_equal(captured_keys(&c), "p:1");
}

static void
raising_twice_and_lowering_none_do_nothing(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    const char *before = captured_schema(&c);
    lower_fence(&c);
    assert_string_equal(captured_schema(&c), before);
    raise_fence(&c);
    const char *once = captured_schema(&c);
    raise_fence(&c);
    assert_string_equal(captured_schema(&c), once);
}

static void
a_fence_that_is_rolled_back_was_never_there(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, schema);
    const char *before = captured_schema(&c);
    scratch_run(c.writer.handle, "BEGIN IMMEDIATE");
    assert_true(fence_raise(&c.writer, &c.catalog, words, &err));
    scratch_run(c.writer.handle, "ROLLBACK");
    assert_string_equal(captured_schema(&c), before);
    captured_run(&c, "UPDATE p SET v = 5");
    raise_fence(&c); /* the connection has forgotten it as well */
    assert_refused(c.app, "UPDATE p SET v = 6");
}

static void
a_fence_needs_a_transaction_and_capture(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, schema);
    assert_false(fence_raise(&c.writer, &c.catalog, words, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_false(fence_lower(&c.writer, &err));
    assert_true(capture_remove(&c.writer, &err));
    scratch_run(c.writer.handle, "BEGIN IMMEDIATE");
    assert_false(fence_raise(&c.writer, &c.catalog, words, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    scratch_run(c.writer.handle, "ROLLBACK");
}

static void
a_table_that_came_since_the_catalog_was_read_is_fenced(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    captured_run(&c, "CREATE TABLE late(x); CREATE VIRTUAL TABLE f USING fts5(x)");
    raise_fence(&c);
    assert_refused(c.app, "INSERT INTO late VALUES(1)");
    sqlite3_db_config(c.app, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    captured_run(&c, "SELECT * FROM f"); /* no trigger stands on what is behind it */
    assert_string_equal(captured_value(&c, c.app,
                                       "SELECT count(*) FROM sqlite_schema WHERE "
                                       "type = 'trigger' AND tbl_name LIKE 'f%'"),
                        "0");
}

static void
removing_capture_removes_the_fence(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, schema);
    raise_fence(&c);
    assert_true(capture_remove(&c.writer, &err));
    assert_null(strstr(captured_schema(&c), "_outgrow"));
    captured_run(&c, "UPDATE p SET v = 1");
}

static void
capture_can_be_renewed_behind_a_fence(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, schema);
    raise_fence(&c);
    captured_run(&c, "CREATE TRIGGER app AFTER UPDATE ON p BEGIN SELECT 1; END");
    captured_install(&c);
    assert_true(captured_table(&c, "p")->renewed);
    assert_false(captured_table(&c, "k")->renewed);
    assert_refused(c.app, "UPDATE p SET v = 1");
    lower_fence(&c);
    captured_run(&c, "UPDATE p SET v = 1 WHERE id = 2");
    assert_string_equal(captured_keys(&c), "p:2");
}

static void
a_checkpoint_tells_when_a_reader_is_in_its_way(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    bool complete = false;
    captured_open(&c, state, schema);
    assert_true(source_checkpoint(&c.writer, &complete, &err)); /* no WAL: nothing to do */
    assert_true(complete);
    captured_run(&c, "PRAGMA journal_mode=WAL; BEGIN; SELECT * FROM p");
    scratch_run(c.writer.handle, "UPDATE p SET v = 7");
    assert_true(source_checkpoint(&c.writer, &complete, &err));
    assert_false(complete);
    captured_run(&c, "COMMIT");
    assert_true(source_checkpoint(&c.writer, &complete, &err));
    assert_true(complete);
    char name[160];
    snprintf(name, sizeof name, "%s-wal", c.path);
    size_t size = 1;
    unsigned char *bytes = scratch_bytes(name, &size);
    assert_int_equal(size, 0);
    free(bytes);
}

static void
a_fence_survives_a_crash_right_after_its_checkpoint(void **state)
{
    AUTO_CAPTURED c;
    struct scratch *scratch = *state;
    captured_open(&c, state, schema);
    captured_run(&c, "PRAGMA journal_mode=WAL");
    raise_fence(&c);
    /* What a machine that loses power keeps for certain: the file, without its -wal. */
    char name[160];
    size_t size = 0;
    snprintf(name, sizeof name, "%s/kept.db", scratch->directory);
    unsigned char *bytes = scratch_bytes(c.path, &size);
    scratch_write(name, bytes, size);
    free(bytes);
    sqlite3 *kept = scratch_open(name);
    assert_refused(kept, "UPDATE p SET v = 1");
    sqlite3_close(kept);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_statement_that_writes_is_refused),
        SCRATCH_TEST(a_prepared_statement_of_an_open_connection_is_refused),
        SCRATCH_TEST(a_transaction_that_began_before_cannot_write_after),
        SCRATCH_TEST(readers_and_our_own_writer_go_on),
        SCRATCH_TEST(lowering_the_fence_leaves_the_schema_as_it_was),
        SCRATCH_TEST(raising_twice_and_lowering_none_do_nothing),
        SCRATCH_TEST(a_fence_that_is_rolled_back_was_never_there),
        SCRATCH_TEST(a_fence_needs_a_transaction_and_capture),
        SCRATCH_TEST(a_table_that_came_since_the_catalog_was_read_is_fenced),
        SCRATCH_TEST(removing_capture_removes_the_fence),
        SCRATCH_TEST(capture_can_be_renewed_behind_a_fence),
        SCRATCH_TEST(a_checkpoint_tells_when_a_reader_is_in_its_way),
        SCRATCH_TEST(a_fence_survives_a_crash_right_after_its_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
