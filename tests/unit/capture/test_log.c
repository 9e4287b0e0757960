/* test_log.c — the log: its state, its rows, trimmed and recognised. */
#include "base/text.h"
#include "captured.h"
#include "sqlite/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct capture_state
state_of(struct captured *c)
{
    struct error err = {0};
    struct capture_state file;
    if (!capture_state_read(&c->reader, true, &file, &err)) {
        fail_msg("%s", err.message);
    }
    return file;
}

/* What the statement gives, "a,b a,b ...": quoted, in its order. */
static const char *
given(struct captured *c, sqlite3_stmt *statement)
{
    AUTO_TEXT text = {0};
    while (sqlite3_step(statement) == SQLITE_ROW) {
        text_add(&text, text.length > 0 ? " " : "");
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            char *quoted = NULL;
            int type = sqlite3_column_type(statement, i);
            quoted = type == SQLITE_NULL ? sqlite3_mprintf("NULL")
                     : type == SQLITE_TEXT
                         ? sqlite3_mprintf("%Q", sqlite3_column_text(statement, i))
                         : sqlite3_mprintf("%s", sqlite3_column_text(statement, i));
            text_printf(&text, "%s%s", i > 0 ? "," : "", quoted);
            sqlite3_free(quoted);
        }
    }
    sqlite3_finalize(statement);
    return arena_strdup(&c->arena, text_string(&text));
}

static const char *
keys_between(struct captured *c, const char *table, int64_t after, int64_t upto)
{
    struct error err = {0};
    sqlite3_stmt *statement = NULL;
    assert_true(capture_prepare_keys(&c->reader, captured_table(c, table), &statement, &err));
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, upto);
    return given(c, statement);
}

static const char *
rows_between(struct captured *c, const char *table, int64_t after, int64_t upto)
{
    struct error err = {0};
    sqlite3_stmt *statement = NULL;
    assert_true(capture_prepare_rows(&c->reader, &c->catalog, captured_table(c, table),
                                     &statement, &err));
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, upto);
    return given(c, statement);
}

static void
the_state_says_what_is_installed(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    struct capture_state file = state_of(&c);
    assert_true(file.installed);
    assert_true(file.triggers_intact);
    assert_false(file.fenced);
    assert_int_equal(file.first_seq, 0);
    assert_int_equal(file.last_seq, 0);
    assert_string_equal(file.install_id, c.id);
    assert_string_equal(file.nonce, file.previous_nonce);
    captured_run(&c, "INSERT INTO t VALUES(1), (2), (3)");
    file = state_of(&c);
    assert_int_equal(file.first_seq, 1);
    assert_int_equal(file.last_seq, 3);
    captured_run(&c, "DROP TRIGGER _outgrow_1_update");
    assert_false(state_of(&c).triggers_intact);
    captured_install(&c);
    assert_true(state_of(&c).triggers_intact);
    assert_true(capture_remove(&c.writer, &err));
    assert_false(state_of(&c).installed);
}

static void
the_state_is_read_in_the_readers_transaction(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY)");
    scratch_run(c.reader.handle, "BEGIN");
    assert_int_equal(state_of(&c).last_seq, 0);
    captured_run(&c, "INSERT INTO t VALUES(1)");
    assert_int_equal(state_of(&c).last_seq, 0);
    assert_string_equal(rows_between(&c, "t", 0, 10), "");
    scratch_run(c.reader.handle, "ROLLBACK");
    assert_int_equal(state_of(&c).last_seq, 1);
}

static void
the_backlog_counts_rows_per_table(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct capture_backlog backlog;
    captured_open(&c, state,
                  "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(x); "
                  "CREATE TABLE quiet(x)");
    captured_run(&c, "INSERT INTO b VALUES(1); INSERT INTO a VALUES(1), (2); DELETE FROM a");
    assert_true(capture_backlog_read(&c.reader, 0, 5, &c.arena, &backlog, &err));
    assert_int_equal(backlog.count, 2);
    assert_int_equal(backlog.tables[0].id, captured_table(&c, "a")->id);
    assert_int_equal(backlog.tables[0].rows, 4);
    assert_int_equal(backlog.tables[1].rows, 1);
    assert_true(capture_backlog_has(&backlog, captured_table(&c, "b")->id));
    assert_false(capture_backlog_has(&backlog, captured_table(&c, "quiet")->id));
    assert_true(capture_backlog_read(&c.reader, 1, 3, &c.arena, &backlog, &err));
    assert_int_equal(backlog.count, 1);
    assert_int_equal(backlog.tables[0].rows, 2);
    assert_true(capture_backlog_read(&c.reader, 5, 5, &c.arena, &backlog, &err));
    assert_int_equal(backlog.count, 0);
}

static void
keys_are_distinct_and_rows_are_those_of_now(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE k(v)");
    captured_run(&c, "INSERT INTO t VALUES(1, 'a'), (2, 'b'); UPDATE t SET v = v || '!'; "
                     "DELETE FROM t WHERE id = 2; INSERT INTO k VALUES('x')");
    assert_string_equal(keys_between(&c, "t", 0, 100), "1 2");
    assert_string_equal(rows_between(&c, "t", 0, 100), "1,1,1,'a!'");
    assert_string_equal(keys_between(&c, "t", 0, 1), "1");
    assert_string_equal(rows_between(&c, "t", 4, 5), "");
    assert_string_equal(rows_between(&c, "k", 0, 100), "1,1,'x'");
}

static void
a_key_finds_the_row_of_its_bytes_and_class_only(void **state)
{
    AUTO_CAPTURED c;
    captured_open(
        &c, state,
        "CREATE TABLE n(k TEXT COLLATE NOCASE PRIMARY KEY, v); "
        "CREATE TABLE a(k BLOB PRIMARY KEY, v) WITHOUT ROWID; "
        "CREATE TABLE p(k TEXT PRIMARY KEY); "
        "CREATE TABLE g(id INTEGER PRIMARY KEY, x, d AS (x * 2), s AS (x * 3) STORED)");
    captured_run(&c, "INSERT INTO n VALUES('A', 1); UPDATE n SET k = 'a', v = 2; "
                     "INSERT INTO a VALUES(1, 1), ('1', 2); UPDATE a SET k = 1.0 WHERE v = 1; "
                     "INSERT INTO p VALUES(NULL), (NULL), ('x'); INSERT INTO g(x) VALUES(7)");
    assert_string_equal(keys_between(&c, "n", 0, 100), "'A' 'a'");
    assert_string_equal(rows_between(&c, "n", 0, 100), "'a',1,'a',2");
    assert_string_equal(keys_between(&c, "a", 0, 100), "1 '1' 1.0");
    assert_string_equal(rows_between(&c, "a", 0, 100), "'1','1',2 1.0,1.0,1");
    assert_string_equal(rows_between(&c, "p", 0, 100), "NULL,1,NULL NULL,2,NULL 'x',3,'x'");
    assert_string_equal(rows_between(&c, "g", 0, 100), "1,1,1,7,14,21");
}

/* The plan, not the time: a key costs one search. */
static void
rows_are_found_through_the_index_of_the_key(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE i(id INTEGER PRIMARY KEY, v); CREATE TABLE r(v); "
                  "CREATE TABLE n(k TEXT COLLATE NOCASE PRIMARY KEY, v); "
                  "CREATE TABLE w(a INT, b TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID; "
                  "CREATE TABLE u(x, k REAL NOT NULL UNIQUE); CREATE TABLE p(k PRIMARY KEY)");
    for (size_t i = 0; i < c.catalog.table_count; i++) {
        struct error err = {0};
        AUTO_STATEMENT *rows = NULL;
        AUTO_STATEMENT *plan = NULL;
        AUTO_TEXT sql = {0};
        bool searched = false;
        assert_true(capture_prepare_rows(&c.reader, &c.catalog, &c.tables[i], &rows, &err));
        text_printf(&sql, "EXPLAIN QUERY PLAN %s", sqlite3_sql(rows));
        assert_int_equal(
            sqlite3_prepare_v2(c.reader.handle, text_string(&sql), -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            searched |= strncmp((const char *)sqlite3_column_text(plan, 3), "SEARCH c USING",
                                14) == 0;
        }
        if (!searched) {
            fail_msg("table %s is scanned", c.catalog.tables[i].name.text);
        }
    }
}

static void
trimming_keeps_the_newest_row_so_that_numbers_go_on(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    bool more = true;
    char nonce[CAPTURE_ID_SIZE];
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    captured_run(&c, "INSERT INTO t VALUES(1), (2), (3)");
    assert_true(capture_trim(&c.writer, 2, &more, nonce, &err));
    assert_false(more);
    assert_int_equal(state_of(&c).first_seq, 3);
    assert_true(capture_trim(&c.writer, 3, &more, nonce, &err));
    assert_true(capture_trim(&c.writer, 1000, &more, nonce, &err));
    assert_int_equal(state_of(&c).first_seq, 3);
    captured_run(&c, "DELETE FROM t");
    assert_int_equal(state_of(&c).last_seq, 6);
}

static void
trimming_goes_slice_by_slice(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    bool more = true;
    char nonce[CAPTURE_ID_SIZE];
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    captured_run(&c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "WHERE i < 12000) INSERT INTO t SELECT i FROM n");
    assert_true(capture_trim(&c.writer, 11000, &more, nonce, &err));
    assert_true(more);
    assert_int_equal(state_of(&c).first_seq, 5001);
    assert_true(capture_trim(&c.writer, 11000, &more, nonce, &err));
    assert_true(more);
    assert_true(capture_trim(&c.writer, 11000, &more, nonce, &err));
    assert_false(more);
    assert_int_equal(state_of(&c).first_seq, 11001);
    assert_int_equal(state_of(&c).last_seq, 12000);
}

static void
each_trim_writes_a_new_nonce_and_keeps_the_one_before(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    bool more = true;
    char nonce[CAPTURE_ID_SIZE];
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    struct capture_state before = state_of(&c);
    assert_true(capture_trim(&c.writer, 0, &more, nonce, &err));
    struct capture_state after = state_of(&c);
    assert_string_equal(after.nonce, nonce);
    assert_string_equal(after.previous_nonce, before.nonce);
    assert_string_not_equal(after.nonce, before.nonce);
    assert_string_equal(after.install_id, before.install_id);
    assert_int_equal(after.schema_version, before.schema_version);
}

static void
a_file_put_back_from_a_copy_is_recognised(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    bool more = true;
    char nonce[CAPTURE_ID_SIZE];
    const char *there = NULL;
    const char *now = NULL;
    size_t size = 0;
    captured_open(&c, state, "CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID");
    captured_run(&c, "INSERT INTO t VALUES('a', 1)");
    unsigned char *copy = scratch_bytes(c.path, &size);
    captured_run(&c, "INSERT INTO t VALUES('b', 1)");
    assert_true(capture_fingerprint(&c.reader, 2, &c.arena, &there, &err));
    assert_true(capture_trim(&c.writer, 1, &more, nonce, &err));
    char earlier[100];
    snprintf(earlier, sizeof earlier, "%s", there);
    captured_close(&c);
    scratch_write(((struct scratch *)*state)->path, copy, size);
    free(copy);
    captured_open(&c, state, "INSERT INTO t VALUES('c', 1)");
    /* The same last number, and another history. */
    struct capture_state file = state_of(&c);
    assert_int_equal(file.last_seq, 2);
    assert_string_not_equal(file.nonce, nonce);
    assert_string_not_equal(file.previous_nonce, nonce);
    assert_true(capture_fingerprint(&c.reader, 2, &c.arena, &now, &err));
    assert_string_not_equal(now, earlier);
}

static void
a_fingerprint_tells_classes_apart_and_a_missing_row(void **state)
{
    static const char *const values[] = {"1", "1.0", "'1'", "x'31'", "NULL", "'1' || char(0)"};
    AUTO_CAPTURED c;
    struct error err = {0};
    const char *prints[7];
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    for (size_t i = 0; i < 6; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO _outgrow_log VALUES(1, 1, %s)",
                 values[i]);
        captured_run(&c, sql);
        assert_true(capture_fingerprint(&c.reader, 1, &c.arena, &prints[i], &err));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(prints[i], prints[j]);
        }
    }
    assert_true(capture_fingerprint(&c.reader, 9, &c.arena, &prints[6], &err));
    assert_string_equal(prints[6], "");
    captured_run(&c, "ALTER TABLE _outgrow_log ADD COLUMN k2"); /* as a wider key does */
    assert_true(capture_fingerprint(&c.reader, 1, &c.arena, &prints[6], &err));
    assert_string_equal(prints[6], prints[5]);
}

static void
vacuum_renumbers_rowids_and_moves_the_schema_version(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE k(v); CREATE TABLE t(id INTEGER PRIMARY KEY); "
                  "INSERT INTO k VALUES(1), (2), (3); INSERT INTO t VALUES(1)");
    struct capture_state before = state_of(&c);
    captured_run(&c, "DELETE FROM k WHERE v = 1; VACUUM");
    struct capture_state after = state_of(&c);
    assert_true(after.schema_version != before.schema_version);
    assert_true(after.triggers_intact);
    assert_string_equal(captured_value(&c, c.app, "SELECT rowid FROM k WHERE v = 2"), "1");
    assert_true(captured_table(&c, "k")->rowid_moves);
    assert_false(captured_table(&c, "t")->rowid_moves);
}

static void
keys_can_be_logged_to_heal_rows(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    AUTO_STATEMENT *row = NULL;
    captured_open(&c, state,
                  "CREATE TABLE w(a INT, b TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID; "
                  "INSERT INTO w VALUES(1, 'x'), (2, 'y')");
    assert_int_equal(
        sqlite3_prepare_v2(c.app, "SELECT a, b FROM w WHERE a = 2", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    sqlite3_value *values[] = {sqlite3_column_value(row, 0), sqlite3_column_value(row, 1)};
    sqlite3_value *kept[] = {sqlite3_value_dup(values[0]), sqlite3_value_dup(values[1])};
    sqlite3_reset(row);
    assert_true(capture_log_key(&c.writer, captured_table(&c, "w"), kept, &err));
    sqlite3_value_free(kept[0]);
    sqlite3_value_free(kept[1]);
    assert_string_equal(captured_keys(&c), "w:2,'y'");
}

static void
a_busy_file_is_waited_for_as_long_as_was_said(void **state)
{
    AUTO_CAPTURED c;
    AUTO_SOURCE writer = {0};
    struct error err = {0};
    bool more = false;
    char nonce[CAPTURE_ID_SIZE];
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    assert_true(source_open_writable(&writer, c.path, 30, &err));
    captured_run(&c, "BEGIN IMMEDIATE");
    assert_false(capture_trim(&writer, 1, &more, nonce, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "locked"));
    captured_run(&c, "ROLLBACK");
    assert_true(capture_trim(&writer, 1, &more, nonce, &err));
}

static void
a_file_that_cannot_be_written_is_not_opened_to_write(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    AUTO_SOURCE writer = {0};
    assert_false(source_open_writable(&writer, scratch->path, 10, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_null(writer.handle);
    assert_false(scratch_exists(scratch->path, ""));
    scratch_write(scratch->path,
                  "no database at all, but long enough for a header ..........."
                  "..............................................",
                  100);
    assert_false(source_open_writable(&writer, scratch->path, 10, &err));
    assert_null(writer.handle);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_state_says_what_is_installed),
        SCRATCH_TEST(the_state_is_read_in_the_readers_transaction),
        SCRATCH_TEST(the_backlog_counts_rows_per_table),
        SCRATCH_TEST(keys_are_distinct_and_rows_are_those_of_now),
        SCRATCH_TEST(a_key_finds_the_row_of_its_bytes_and_class_only),
        SCRATCH_TEST(rows_are_found_through_the_index_of_the_key),
        SCRATCH_TEST(trimming_keeps_the_newest_row_so_that_numbers_go_on),
        SCRATCH_TEST(trimming_goes_slice_by_slice),
        SCRATCH_TEST(each_trim_writes_a_new_nonce_and_keeps_the_one_before),
        SCRATCH_TEST(a_file_put_back_from_a_copy_is_recognised),
        SCRATCH_TEST(a_fingerprint_tells_classes_apart_and_a_missing_row),
        SCRATCH_TEST(vacuum_renumbers_rowids_and_moves_the_schema_version),
        SCRATCH_TEST(keys_can_be_logged_to_heal_rows),
        SCRATCH_TEST(a_busy_file_is_waited_for_as_long_as_was_said),
        SCRATCH_TEST(a_file_that_cannot_be_written_is_not_opened_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
