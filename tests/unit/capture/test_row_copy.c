/* test_row_copy.c — a copy made row by row, while the application goes on. */
#include "capture/row_copy.h"
#include "captured.h"
#include "sqlite/writer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tables of every kind that is copied in a way of its own. */
static const char schema[] =
    "CREATE TABLE plain(id INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT UNIQUE, v BLOB);"
    "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES plain(id) ON DELETE CASCADE);"
    "CREATE TABLE keyless(a, b);"
    "CREATE TABLE pair(a INT, b TEXT, v, PRIMARY KEY(a, b)) WITHOUT ROWID;"
    "CREATE TABLE nocase(k TEXT COLLATE NOCASE PRIMARY KEY, v);"
    "CREATE TABLE made(id INTEGER PRIMARY KEY, a INT, g AS (a * 2), s AS (a + 1) STORED);"
    "CREATE TABLE hidden(rowid, oid, _rowid_, k TEXT NOT NULL UNIQUE);"
    "CREATE TABLE unseen(rowid, oid, _rowid_);"
    "CREATE INDEX plain_v ON plain(v);"
    "CREATE UNIQUE INDEX pair_v ON pair(v) WHERE v > 0;"
    "CREATE VIEW seen_view AS SELECT * FROM plain;"
    "CREATE TRIGGER app AFTER INSERT ON child BEGIN UPDATE keyless SET b = NEW.id; END;"
    "CREATE VIRTUAL TABLE words USING fts5(x);"
    "PRAGMA user_version=42; PRAGMA application_id=77;";

static const char rows[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    "INSERT INTO plain SELECT i, 'u' || i, randomblob(20) FROM n;"
    "INSERT INTO child SELECT id, id FROM plain;"
    "INSERT INTO keyless SELECT u, v FROM plain;"
    "INSERT INTO pair SELECT id % 50, u, id FROM plain;"
    "INSERT INTO nocase SELECT u, v FROM plain;"
    "INSERT INTO made(id, a) SELECT id, id FROM plain;"
    "INSERT INTO hidden SELECT 1, 2, 3, u FROM plain;"
    "INSERT INTO unseen SELECT id, 2, 3 FROM plain;"
    "INSERT INTO words SELECT u FROM plain;"
    "DELETE FROM plain WHERE id > 2990;";

static void
copy_name(char name[128], void **state)
{
    const struct scratch *scratch = *state;
    snprintf(name, 128, "%s/copy", scratch->directory);
}

static bool
try_copy(struct captured *c, const char *path, int64_t *position, struct error *err)
{
    const struct captured_source from = {&c->reader, &c->catalog, c->tables};
    return source_row_copy(&from, path, NULL, position, err);
}

static int64_t
copy_rows(struct captured *c, const char *path)
{
    struct error err = {0};
    int64_t position = -1;
    if (!try_copy(c, path, &position, &err)) {
        fail_msg("%s", err.message);
    }
    return position;
}

static void
make(struct captured *c, void **state)
{
    char sql[sizeof schema + sizeof rows];
    snprintf(sql, sizeof sql, "%s%s", schema, rows);
    captured_open(c, state, sql);
}

static void
a_copy_of_a_quiet_file_is_equal_in_everything(void **state)
{
    AUTO_CAPTURED c;
    AUTO_SOURCE copy = {0};
    char path[128];
    struct error err = {0};
    struct catalog catalog;
    make(&c, state);
    copy_name(path, state);
    assert_int_equal(copy_rows(&c, path), 0);
    assert_int_equal(captured_differences(&c, path), 0);
    assert_true(source_open(&copy, path, &err));
    assert_true(catalog_read(&copy, &c.arena, &catalog, &err));
    assert_int_equal(catalog.user_version, 42);
    assert_int_equal(catalog.application_id, 77);
    static const char objects[] = "SELECT group_concat(type || name || tbl_name || "
                                  "coalesce(sql, '-'), char(10)) FROM sqlite_schema";
    assert_string_equal(captured_value(&c, copy.handle, objects),
                        captured_value(&c, c.app, objects));
    assert_string_equal(captured_value(&c, copy.handle, "PRAGMA integrity_check"), "ok");
    assert_string_equal(captured_value(&c, copy.handle, "SELECT seq FROM sqlite_sequence"),
                        "3000");
    assert_string_equal(
        captured_value(&c, copy.handle, "SELECT count(*) FROM words WHERE words MATCH 'u77'"),
        "1");
}

static void
the_copy_shows_what_was_logged_until_its_position(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    make(&c, state);
    copy_name(path, state);
    captured_run(&c,
                 "UPDATE plain SET v = 1 WHERE id < 100; DELETE FROM keyless WHERE rowid = 7");
    assert_int_equal(copy_rows(&c, path), 100);
    assert_int_equal(captured_differences(&c, path), 0);
    captured_run(
        &c, "DELETE FROM plain WHERE id = 5; INSERT OR REPLACE INTO nocase VALUES('U9', 1)");
    captured_assert_covered(&c, path, 100);
    assert_int_equal(captured_differences(&c, path), 3);
}

/* Runs this program once more: SQLite's table of locks would survive a mere fork. */
static pid_t
start(const char *what, const char *path, const char *copy)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_row_copy", what, path, copy, (char *)NULL);
        _exit(1);
    }
    assert_true(child > 0);
    return child;
}

/* An application that writes without pause. */
__attribute__((noreturn)) static void
write_forever(const char *path)
{
    static const char *const forms[] = {
        "INSERT OR REPLACE INTO plain VALUES(?1, 'u' || ?2, 1)",
        "UPDATE OR REPLACE plain SET u = 'u' || ?1 WHERE id = ?2",
        "DELETE FROM plain WHERE id BETWEEN ?1 AND ?1 + 3 OR id = ?2",
        "UPDATE OR IGNORE plain SET id = ?1 WHERE id = ?2",
        "INSERT OR IGNORE INTO keyless(rowid, a) VALUES(?1, ?2)",
        "UPDATE OR REPLACE pair SET v = ?1 WHERE a = ?2",
        "INSERT OR REPLACE INTO pair VALUES(?1, 'x', ?2)",
        "INSERT OR REPLACE INTO nocase VALUES('U' || ?1, ?2)",
        "UPDATE OR IGNORE hidden SET k = 'u' || ?1 WHERE k = 'u' || ?2",
        "INSERT INTO unseen VALUES(?1, ?2, 1)",
        "UPDATE OR IGNORE made SET a = ?1 WHERE id = ?2",
        "INSERT INTO words VALUES('u' || ?1 || ' u' || ?2)",
    };
    sqlite3 *handle = scratch_open(path);
    unsigned random = 7;
    sqlite3_busy_timeout(handle, 20000);
    scratch_run(handle, "PRAGMA foreign_keys=1; PRAGMA synchronous=OFF");
    for (;;) {
        sqlite3_stmt *statement = NULL;
        random = random * 1103515245U + 12345U;
        const char *form = forms[(random >> 16) % (sizeof forms / sizeof *forms)];
        assert_int_equal(sqlite3_prepare_v2(handle, form, -1, &statement, NULL), SQLITE_OK);
        for (int i = 1; i <= 2; i++) {
            random = random * 1103515245U + 12345U;
            sqlite3_bind_int(statement, i, (int)(random >> 16) % 3200);
        }
        sqlite3_step(statement); /* a conflict, at times */
        sqlite3_finalize(statement);
    }
}

static int
copy_once(const char *path, const char *copy)
{
    AUTO_CAPTURED c = {.path = path};
    struct error err = {0};
    assert_true(source_open_writable(&c.writer, path, 20000, &err));
    assert_true(source_open(&c.reader, path, &err));
    captured_install(&c);
    copy_rows(&c, copy);
    return 0;
}

static void
stop_process(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
copy_under_load(void **state, const char *mode)
{
    AUTO_CAPTURED c;
    char path[128];
    char sql[64];
    make(&c, state);
    copy_name(path, state);
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s", mode);
    captured_run(&c, sql);
    pid_t writer = start("write", c.path, "");
    sqlite3_busy_timeout(c.app, 20000);
    int64_t position = copy_rows(&c, path);
    stop_process(writer);
    captured_assert_covered(&c, path, position);
    assert_string_equal(captured_value(&c, c.app, "PRAGMA integrity_check"), "ok");
}

static void
a_copy_made_while_the_application_writes_is_of_one_moment_wal(void **state)
{
    copy_under_load(state, "WAL");
}

static void
a_copy_made_while_the_application_writes_is_of_one_moment_rollback(void **state)
{
    copy_under_load(state, "DELETE");
}

static void
a_copy_that_was_killed_goes_on_where_it_was(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    make(&c, state);
    copy_name(path, state);
    for (useconds_t kill_us = 2000; kill_us < 100000; kill_us += 14000) {
        pid_t child = start("copy", c.path, path);
        usleep(kill_us);
        stop_process(child);
        captured_run(&c, "UPDATE plain SET v = random() WHERE id % 100 = 0; "
                         "DELETE FROM keyless WHERE rowid = (SELECT max(rowid) FROM keyless)");
    }
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
    assert_false(scratch_exists(path, ".rows"));
    assert_false(scratch_exists(path, ".rows-wal"));
}

static void
put_over(sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    assert_non_null(backup);
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
}

static bool
answers(const char *path, const char *question)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    bool answered = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                    sqlite3_prepare_v2(handle, question, -1, &statement, NULL) == SQLITE_OK &&
                    sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return answered;
}

/* Copies, and is killed once the unfinished copy answers the question. One that was faster than we
 * are is made once more. */
static void
copy_until(const struct captured *c, const char *path, const char *question)
{
    char partial[160];
    snprintf(partial, sizeof partial, "%s.rows", path);
    pid_t child = start("copy", c->path, path);
    while (!answers(partial, question)) {
        if (scratch_exists(path, "")) {
            assert_int_equal(waitpid(child, NULL, 0), child);
            unlink(path);
            child = start("copy", c->path, path);
        }
        usleep(1000);
    }
    stop_process(child);
}

/* Rows that were read of the state that is no more are in no log. */
static void
a_source_that_was_put_back_makes_the_copy_begin_anew(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    sqlite3 *older = NULL;
    make(&c, state);
    copy_name(path, state);
    captured_run(&c, "UPDATE plain SET v = 0 WHERE id = 1");
    assert_int_equal(sqlite3_open(":memory:", &older), SQLITE_OK);
    put_over(older, c.app);
    copy_until(&c, path, "SELECT 1 FROM _outgrow_copy WHERE k = 'settled'");
    captured_run(&c, "UPDATE plain SET v = -7; UPDATE pair SET v = -7; UPDATE made SET a = -7");
    copy_until(&c, path,
               "SELECT 1 FROM plain WHERE v = -7 UNION ALL SELECT 1 FROM pair WHERE v = -7 "
               "UNION ALL SELECT 1 FROM made WHERE a = -7");
    put_over(c.app, older);
    sqlite3_close(older);
    captured_run(&c, "UPDATE nocase SET v = 'after' WHERE k < 'u2'");
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
}

static void
vacuum_in_between_renumbers_nothing_in_the_copy(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    make(&c, state);
    copy_name(path, state);
    captured_run(&c, "DELETE FROM keyless WHERE rowid < 1000");
    pid_t child = start("copy", c.path, path);
    usleep(30000);
    stop_process(child);
    captured_run(&c, "VACUUM");
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
}

static void
an_unfinished_copy_of_another_schema_is_begun_anew(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    make(&c, state);
    copy_name(path, state);
    pid_t child = start("copy", c.path, path);
    usleep(30000);
    stop_process(child);
    captured_run(&c, "ALTER TABLE plain ADD COLUMN more DEFAULT 7; DROP TABLE child; "
                     "UPDATE plain SET more = id");
    captured_install(&c);
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
}

static void
a_log_that_was_cut_off_makes_the_copy_begin_anew(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    struct error err = {0};
    bool more = false;
    char nonce[CAPTURE_ID_SIZE];
    make(&c, state);
    copy_name(path, state);
    pid_t child = start("copy", c.path, path);
    usleep(30000);
    stop_process(child);
    captured_run(&c, "UPDATE plain SET v = 1; DELETE FROM keyless WHERE rowid % 2");
    assert_true(capture_trim(&c.writer, 2000, &more, nonce, &err));
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
}

static void
a_file_that_is_not_captured_is_refused(void **state)
{
    AUTO_CAPTURED c;
    char path[128];
    struct error err = {0};
    int64_t position = 0;
    make(&c, state);
    copy_name(path, state);
    assert_true(capture_remove(&c.writer, &err));
    assert_false(try_copy(&c, path, &position, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_false(scratch_exists(path, ""));
}

static void
a_catalog_that_is_out_of_date_is_refused(void **state)
{
    static const char *const changes[] = {"CREATE TABLE late(x)",
                                          "ALTER TABLE plain ADD COLUMN late"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_CAPTURED c;
        char path[128];
        struct error err = {0};
        int64_t position = 0;
        make(&c, state);
        copy_name(path, state);
        captured_run(&c, changes[i]);
        assert_false(try_copy(&c, path, &position, &err));
        assert_int_equal(err.kind, ERROR_SOURCE);
        assert_non_null(strstr(err.hint, "start again"));
        captured_install(&c);
        copy_rows(&c, path);
        assert_int_equal(captured_differences(&c, path), 0);
        captured_close(&c);
        c = (struct captured){0};
        unlink(path);
        unlink(((struct scratch *)*state)->path);
    }
}

static void
text_in_utf16_and_a_schema_full_of_objects_are_copied(void **state)
{
    AUTO_CAPTURED c;
    AUTO_SOURCE copy = {0};
    struct error err = {0};
    char path[128];
    captured_open(&c, state,
                  "PRAGMA encoding='UTF-16be'; PRAGMA page_size=1024;"
                  "CREATE TABLE \"odd \"\"'name\"(a TEXT PRIMARY KEY, b);"
                  "CREATE VIEW v AS SELECT a FROM \"odd \"\"'name\";"
                  "CREATE INDEX i ON \"odd \"\"'name\"(b DESC) WHERE b > 0;"
                  "CREATE TABLE last(x CHECK(x > 0));"
                  "PRAGMA ignore_check_constraints=1; INSERT INTO last VALUES(-1);"
                  "INSERT INTO \"odd \"\"'name\" VALUES('\xc3\xa4', 1), (x'00ff', NULL), "
                  "('\xf0\x9f\x90\x98', 1e300)");
    copy_name(path, state);
    copy_rows(&c, path);
    assert_int_equal(captured_differences(&c, path), 0);
    assert_true(source_open(&copy, path, &err));
    assert_true(copy.utf16);
    assert_string_equal(captured_value(&c, copy.handle, "PRAGMA page_size"), "1024");
    assert_string_equal(captured_value(&c, copy.handle, "SELECT max(a) FROM v"),
                        captured_value(&c, c.app, "SELECT max(a) FROM v"));
}

int
main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "write") == 0) {
        write_forever(argv[2]);
    }
    if (argc > 3) {
        return copy_once(argv[2], argv[3]);
    }
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_copy_of_a_quiet_file_is_equal_in_everything),
        SCRATCH_TEST(the_copy_shows_what_was_logged_until_its_position),
        SCRATCH_TEST(a_copy_made_while_the_application_writes_is_of_one_moment_wal),
        SCRATCH_TEST(a_copy_made_while_the_application_writes_is_of_one_moment_rollback),
        SCRATCH_TEST(a_copy_that_was_killed_goes_on_where_it_was),
        SCRATCH_TEST(a_source_that_was_put_back_makes_the_copy_begin_anew),
        SCRATCH_TEST(vacuum_in_between_renumbers_nothing_in_the_copy),
        SCRATCH_TEST(an_unfinished_copy_of_another_schema_is_begun_anew),
        SCRATCH_TEST(a_log_that_was_cut_off_makes_the_copy_begin_anew),
        SCRATCH_TEST(a_file_that_is_not_captured_is_refused),
        SCRATCH_TEST(a_catalog_that_is_out_of_date_is_refused),
        SCRATCH_TEST(text_in_utf16_and_a_schema_full_of_objects_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
