/* test_source.c — sqlite/source.c and the files behind it. */
#include "base/stop.h"
#include "scratch.h"
#include "sqlite/backup.h"
#include "sqlite/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
count_rows(struct source *source, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(source->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        print_message("# %s: %s\n", sql, sqlite3_errmsg(source->handle));
        sqlite3_finalize(statement);
        return -1;
    }
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static void
assert_opens(struct source *source, const char *path)
{
    struct error err = {0};
    if (!source_open(source, path, &err)) {
        fail_msg("%s", err.message);
    }
}

static void
assert_refused(const char *path, const char *words)
{
    struct error err = {0};
    AUTO_SOURCE source;
    assert_false(source_open(&source, path, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    if (strstr(err.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    }
    assert_true(err.hint[0] != '\0');
    assert_null(source.handle);
}

static void
what_is_no_database_is_named_for_what_it_is(void **state)
{
    struct scratch *scratch = *state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *words;
    } cases[] = {
        {"", 0, "is empty (0 bytes): no database was ever written there"},
        {"hello", 5, "is not a SQLite database"},
        {"\x1f\x8b\x08\0\0\0", 6, "gzip"},
        {"PK\x03\x04\0\0", 6, "zip archive"},
        {"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;", 43, "SQL text"},
        {"begin transaction;\ncreate table t(a);", 37, "SQL text"},
        {"** This file contains an SQLite 2.1 database **", 47, "SQLite 2"},
        {"SQLite format 3\0\x10\0\1\1", 20, "is cut off"},
        {"SQLite for", 10, "is cut off"},
        {"\0\0\0\0\0\0\0\0", 8, "zero bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_write(scratch->path, cases[i].bytes, cases[i].size);
        assert_refused(scratch->path, cases[i].words);
    }
    assert_refused(scratch->directory, "is a directory");
    assert_refused("/dev/null", "is not a regular file");
    unlink(scratch->path);
    assert_refused(scratch->path, "does not exist");
    assert_false(scratch_exists(scratch->path, ""));
}

static void
random_bytes_are_said_to_be_perhaps_encrypted(void **state)
{
    struct scratch *scratch = *state;
    unsigned char bytes[4096];
    uint32_t seed = 12345;
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(seed >> 24);
    }
    scratch_write(scratch->path, bytes, sizeof bytes);
    assert_refused(scratch->path, "encrypted");
    /* SQLite's own magic in plain, as some encryptions leave it */
    memcpy(bytes, "SQLite format 3", 16);
    scratch_write(scratch->path, bytes, sizeof bytes);
    assert_refused(scratch->path, "first page is unreadable");
}

static int
open_is_refused(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    return source_open(&source, scratch->path, &err) ||
           strstr(err.message, "may not be read by this user") == NULL;
}

static void
a_file_without_read_permission_is_refused(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    assert_int_equal(chmod(scratch->path, geteuid() == 0 ? 0600 : 0), 0);
    scratch_as_nobody(scratch, open_is_refused);
    assert_int_equal(chmod(scratch->path, 0644), 0);
    assert_int_equal(chmod(scratch->directory, geteuid() == 0 ? 0700 : 0), 0);
    scratch_as_nobody(scratch, open_is_refused);
    assert_int_equal(chmod(scratch->directory, 0755), 0);
}

static void
names_that_look_like_uris_are_plain_names(void **state)
{
    struct scratch *scratch = *state;
    static const char *const names[] = {"a?b=c.db", "a#b.db",    "a%41.db",
                                        "a b.db",   "file:x.db", "\xf0\x9f\x98\x80.db",
                                        "a'\"b.db"};
    scratch_sql(scratch->path, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", scratch->directory, names[i]);
        assert_int_equal(rename(scratch->path, path), 0);
        AUTO_SOURCE source;
        assert_opens(&source, path);
        assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 1);
        source_close(&source);
        assert_int_equal(rename(path, scratch->path), 0);
    }
}

static void
a_relative_name_and_a_symlink_open_too(void **state)
{
    struct scratch *scratch = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    scratch_crash(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                                 "INSERT INTO t VALUES (1), (2)");
    assert_int_equal(chdir(scratch->directory), 0);
    assert_int_equal(symlink("app.db", "link.db"), 0);
    AUTO_SOURCE source;
    assert_opens(&source, "app.db");
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 2);
    source_close(&source);
    assert_opens(&source, "link.db"); /* its -wal lies beside what it points to */
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 2);
    assert_int_equal(chdir(before), 0);
}

static void
nothing_can_be_written_through_a_source(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    assert_int_equal(sqlite3_exec(source.handle, "INSERT INTO t VALUES (1)", NULL, NULL, NULL),
                     SQLITE_READONLY);
}

static void
both_utf16_encodings_are_noticed_and_keep_their_collations(void **state)
{
    struct scratch *scratch = *state;
    static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
    for (int i = 0; i < 2; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "PRAGMA encoding='%s'; CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE);"
                 "INSERT INTO t VALUES ('h\xc3\xa9llo'), ('X')",
                 encodings[i]);
        unlink(scratch->path);
        scratch_sql(scratch->path, sql);
        AUTO_SOURCE source;
        assert_opens(&source, scratch->path);
        assert_true(source.utf16);
        assert_int_equal(count_rows(&source, "SELECT count(*) FROM t WHERE a = 'x'"), 1);
    }
    unlink(scratch->path);
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    assert_false(source.utf16);
}

static int
compare_lengths(void *context, int a_size, const void *a, int b_size, const void *b)
{
    (void)context;
    (void)a;
    (void)b;
    return a_size - b_size;
}

static void
an_unknown_collation_is_stood_in_for(void **state)
{
    struct scratch *scratch = *state;
    sqlite3 *handle = scratch_open(scratch->path);
    sqlite3_create_collation(handle, "BY_LENGTH", SQLITE_UTF8, NULL, compare_lengths);
    scratch_run(handle, "CREATE TABLE t(a TEXT COLLATE BY_LENGTH PRIMARY KEY) WITHOUT ROWID;"
                        "INSERT INTO t VALUES ('zzz'), ('y'), ('aa')");
    sqlite3_close(handle);
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t NOT INDEXED"), 3);
    assert_int_equal(count_rows(&source, "SELECT a = 'aa' FROM t ORDER BY +a"), 1);
}

static void
content_of_a_hot_wal_is_read_and_the_files_stay_as_they_are(void **state)
{
    struct scratch *scratch = *state;
    char wal[128];
    size_t sizes[4];
    scratch_crash(scratch->path, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                                 "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)");
    snprintf(wal, sizeof wal, "%s-wal", scratch->path);
    char shm[128];
    snprintf(shm, sizeof shm, "%s-shm", scratch->path);
    unlink(shm); /* as when file and -wal were copied from elsewhere */
    unsigned char *file = scratch_bytes(scratch->path, &sizes[0]);
    unsigned char *log = scratch_bytes(wal, &sizes[1]);
    assert_true(sizes[1] > 0);

    struct source source;
    assert_opens(&source, scratch->path);
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 3);
    source_close(&source);

    unsigned char *file_after = scratch_bytes(scratch->path, &sizes[2]);
    unsigned char *log_after = scratch_bytes(wal, &sizes[3]);
    assert_int_equal(sizes[0], sizes[2]);
    assert_int_equal(sizes[1], sizes[3]);
    assert_memory_equal(file, file_after, sizes[0]);
    assert_memory_equal(log, log_after, sizes[1]);
    assert_false(scratch_exists(scratch->path, "-shm"));
    free(file);
    free(log);
    free(file_after);
    free(log_after);
}

static void
a_quiet_wal_file_has_no_side_files_afterwards(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    assert_false(scratch_exists(scratch->path, "-wal"));
    struct source first;
    struct source second;
    assert_opens(&first, scratch->path);
    assert_opens(&second, scratch->path);
    source_close(&second);
    source_close(&first);
    assert_false(scratch_exists(scratch->path, "-wal"));
    assert_false(scratch_exists(scratch->path, "-shm"));
}

static void
side_files_that_an_application_uses_stay(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    struct source source;
    struct scratch_application application;
    scratch_application_start(&application, scratch->path, "INSERT INTO t VALUES (1)");
    assert_opens(&source, scratch->path);
    scratch_application_connect(&application);
    source_close(&source);
    assert_true(scratch_exists(scratch->path, "-wal"));
    assert_true(scratch_exists(scratch->path, "-shm"));
    scratch_application_kill(&application);
    assert_opens(&source, scratch->path);
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 1);
    source_close(&source);
}

/* Leaves a -journal with 100 rows' original pages, and half-written pages. */
static void
make_hot_journal(const char *path)
{
    scratch_sql(path,
                "CREATE TABLE t(a, b);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100)"
                "INSERT INTO t SELECT i, hex(zeroblob(2000)) FROM n");
    scratch_crash(path, "PRAGMA cache_size=5; PRAGMA cache_spill=1; BEGIN;"
                        "UPDATE t SET a = -1, b = 'lost'; DELETE FROM t WHERE rowid > 50");
    assert_true(scratch_exists(path, "-journal"));
}

static void
a_hot_journal_is_rolled_back_on_a_copy_only(void **state)
{
    struct scratch *scratch = *state;
    char journal[128];
    size_t sizes[4];
    make_hot_journal(scratch->path);
    snprintf(journal, sizeof journal, "%s-journal", scratch->path);
    unsigned char *file = scratch_bytes(scratch->path, &sizes[0]);
    unsigned char *log = scratch_bytes(journal, &sizes[1]);

    struct source source;
    assert_opens(&source, scratch->path);
    assert_true(source.recovered);
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t WHERE a > 0"), 100);
    source_close(&source);

    unsigned char *file_after = scratch_bytes(scratch->path, &sizes[2]);
    unsigned char *log_after = scratch_bytes(journal, &sizes[3]);
    assert_int_equal(sizes[0], sizes[2]);
    assert_int_equal(sizes[1], sizes[3]);
    assert_memory_equal(file, file_after, sizes[0]);
    assert_memory_equal(log, log_after, sizes[1]);
    free(file);
    free(log);
    free(file_after);
    free(log_after);
}

static void
a_private_copy_leaves_nothing_in_the_directory_for_it(void **state)
{
    struct scratch *scratch = *state;
    char directory[96];
    make_hot_journal(scratch->path);
    snprintf(directory, sizeof directory, "%s/private", scratch->directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    setenv("TMPDIR", directory, 1);
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(directory), 0); /* empty already while the source is open */
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t WHERE a > 0"), 100);
}

static int
reads_three_rows_as_immutable(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    if (!source_open(&source, scratch->path, &err)) {
        print_message("# %s\n", err.message);
        return 1;
    }
    return !(source.immutable && count_rows(&source, "SELECT count(*) FROM t") == 3);
}

static int
reads_three_rows(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    if (!source_open(&source, scratch->path, &err)) {
        print_message("# %s\n", err.message);
        return 1;
    }
    return count_rows(&source, "SELECT count(*) FROM t") != 3;
}

static int
reads_three_rows_recovered(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    if (!source_open(&source, scratch->path, &err)) {
        print_message("# %s\n", err.message);
        return 1;
    }
    return !(source.recovered && count_rows(&source, "SELECT count(*) FROM t") == 3);
}

static void
a_wal_file_in_a_read_only_directory_is_opened_as_immutable(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                               "INSERT INTO t VALUES (1), (2), (3)");
    assert_int_equal(chmod(scratch->directory, 0555), 0);
    scratch_as_nobody(scratch, reads_three_rows_as_immutable);
}

static int
reads_beside_a_live_writer(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    if (!source_open(&source, scratch->path, &err)) {
        print_message("# %s\n", err.message);
        return 1;
    }
    return source.immutable || source.recovered ||
           count_rows(&source, "SELECT count(*) FROM t") != 3;
}

static void
another_users_live_wal_file_is_read_where_it_is(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    struct scratch_application application;
    scratch_application_start(&application, scratch->path,
                              "INSERT INTO t VALUES (1), (2), (3)");
    scratch_application_connect(&application);
    scratch_as_nobody(scratch, reads_beside_a_live_writer);
    scratch_application_kill(&application);
}

static void
a_file_of_another_user_gets_no_side_files_of_ours(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                               "INSERT INTO t VALUES (1), (2), (3)");
    assert_int_equal(chmod(scratch->directory, 0777), 0);
    assert_int_equal(chmod(scratch->path, 0444), 0);
    scratch_as_nobody(scratch, reads_three_rows_as_immutable);
    assert_false(scratch_exists(scratch->path, "-wal"));
    assert_false(scratch_exists(scratch->path, "-shm"));
}

static void
a_crashed_wal_file_of_another_user_is_read_too(void **state)
{
    struct scratch *scratch = *state;
    scratch_crash(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                                 "INSERT INTO t VALUES (1), (2), (3)");
    assert_int_equal(chmod(scratch->directory, 0555), 0);
    scratch_as_nobody(scratch, reads_three_rows);
    assert_int_equal(chmod(scratch->directory, 0755), 0);
}

static void
a_hot_wal_in_a_read_only_directory_is_merged_in_a_copy(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    scratch_crash(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                                 "INSERT INTO t VALUES (1), (2), (3)");
    snprintf(name, sizeof name, "%s-shm", scratch->path);
    unlink(name);
    assert_int_equal(chmod(scratch->directory, 0555), 0);
    scratch_as_nobody(scratch, reads_three_rows_recovered);
    assert_int_equal(chmod(scratch->directory, 0755), 0);
    assert_true(scratch_exists(scratch->path, "-wal"));
}

static int
reads_a_hundred_rows(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    if (!source_open(&source, scratch->path, &err)) {
        print_message("# %s\n", err.message);
        return 1;
    }
    return count_rows(&source, "SELECT count(*) FROM t WHERE a > 0") != 100;
}

static int
names_the_journal_it_may_not_read(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    return source_open(&source, scratch->path, &err) || err.hint[0] == '\0' ||
           strstr(err.message, "-journal") == NULL;
}

static void
a_hot_journal_in_a_read_only_directory_is_honoured_or_named(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    make_hot_journal(scratch->path);
    snprintf(name, sizeof name, "%s-journal", scratch->path);
    assert_int_equal(chmod(scratch->directory, 0555), 0);
    scratch_as_nobody(scratch, reads_a_hundred_rows);
    assert_int_equal(chmod(name, geteuid() == 0 ? 0600 : 0), 0);
    scratch_as_nobody(scratch, names_the_journal_it_may_not_read);
}

static void
a_file_whose_tail_is_missing_opens_and_says_so(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "PRAGMA page_size=1024; CREATE TABLE t(a); INSERT INTO t VALUES (1);"
                "CREATE TABLE big(b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                "SELECT i + 1 FROM n LIMIT 100) INSERT INTO big SELECT zeroblob(900) FROM n");
    assert_int_equal(truncate(scratch->path, 50 * 1024), 0);
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    assert_non_null(strstr(source.damage, "cut off"));
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 1);
}

static void
a_schema_with_a_broken_entry_opens_and_says_so(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE TABLE u(b);"
                "PRAGMA writable_schema=ON;"
                "UPDATE sqlite_schema SET sql = 'CREATE TABLE u(b' WHERE name = 'u'");
    AUTO_SOURCE source;
    assert_opens(&source, scratch->path);
    assert_non_null(strstr(source.damage, "malformed"));
    assert_int_equal(count_rows(&source, "SELECT count(*) FROM t"), 1);
}

static int
stop_ends_the_wait_for_a_lock(struct scratch *scratch)
{
    struct error err = {0};
    AUTO_SOURCE source;
    stop_request();
    return source_open(&source, scratch->path, &err) || err.kind != ERROR_STOPPED;
}

static void
a_request_to_stop_ends_the_wait_for_a_lock(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    struct scratch_application writer;
    scratch_application_start(&writer, scratch->path, "BEGIN EXCLUSIVE");
    scratch_application_connect(&writer);
    scratch_in_child(scratch, stop_ends_the_wait_for_a_lock);
    scratch_application_kill(&writer);
}

/* Asks the kernel, as another process: SQLite readers lock 510 bytes there. */
static int
a_reader_holds_the_file(struct scratch *scratch)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
    int descriptor = open(scratch->path, O_RDWR);
    return descriptor < 0 || fcntl(descriptor, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK;
}

/* POSIX drops all locks of a process on a file when it closes any descriptor
 * of that file: no such descriptor may be opened behind SQLite's back. */
static void
opening_and_closing_another_source_keeps_the_locks_of_the_first(void **state)
{
    struct scratch *scratch = *state;
    struct error err;
    struct source_state file_state;
    scratch_sql(scratch->path, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    AUTO_SOURCE reader;
    AUTO_SOURCE other;
    assert_opens(&reader, scratch->path);
    scratch_run(reader.handle, "BEGIN; SELECT * FROM t");
    scratch_in_child(scratch, a_reader_holds_the_file);
    assert_opens(&other, scratch->path);
    source_close(&other);
    assert_true(source_state_read(scratch->path, &file_state, &err));
    scratch_in_child(scratch, a_reader_holds_the_file);
    scratch_run(reader.handle, "COMMIT");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_no_database_is_named_for_what_it_is),
        SCRATCH_TEST(random_bytes_are_said_to_be_perhaps_encrypted),
        SCRATCH_TEST(a_file_without_read_permission_is_refused),
        SCRATCH_TEST(names_that_look_like_uris_are_plain_names),
        SCRATCH_TEST(a_relative_name_and_a_symlink_open_too),
        SCRATCH_TEST(nothing_can_be_written_through_a_source),
        SCRATCH_TEST(both_utf16_encodings_are_noticed_and_keep_their_collations),
        SCRATCH_TEST(an_unknown_collation_is_stood_in_for),
        SCRATCH_TEST(content_of_a_hot_wal_is_read_and_the_files_stay_as_they_are),
        SCRATCH_TEST(a_quiet_wal_file_has_no_side_files_afterwards),
        SCRATCH_TEST(side_files_that_an_application_uses_stay),
        SCRATCH_TEST(a_hot_journal_is_rolled_back_on_a_copy_only),
        SCRATCH_TEST(a_private_copy_leaves_nothing_in_the_directory_for_it),
        SCRATCH_TEST(a_wal_file_in_a_read_only_directory_is_opened_as_immutable),
        SCRATCH_TEST(another_users_live_wal_file_is_read_where_it_is),
        SCRATCH_TEST(a_file_of_another_user_gets_no_side_files_of_ours),
        SCRATCH_TEST(a_crashed_wal_file_of_another_user_is_read_too),
        SCRATCH_TEST(a_hot_wal_in_a_read_only_directory_is_merged_in_a_copy),
        SCRATCH_TEST(a_hot_journal_in_a_read_only_directory_is_honoured_or_named),
        SCRATCH_TEST(a_file_whose_tail_is_missing_opens_and_says_so),
        SCRATCH_TEST(a_schema_with_a_broken_entry_opens_and_says_so),
        SCRATCH_TEST(a_request_to_stop_ends_the_wait_for_a_lock),
        SCRATCH_TEST(opening_and_closing_another_source_keeps_the_locks_of_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
