/* test_backup.c — sqlite/backup.c and sqlite/source_state.c. */
#include "base/stop.h"
#include "scratch.h"
#include "sqlite/backup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
backup_name(const struct scratch *scratch, char name[128])
{
    snprintf(name, 128, "%s/backup.db", scratch->directory);
}

static void
backup(struct scratch *scratch, struct progress *progress)
{
    char name[128];
    struct error err = {0};
    AUTO_SOURCE source;
    backup_name(scratch, name);
    if (!source_open(&source, scratch->path, &err) ||
        !source_backup(&source, name, progress, &err)) {
        fail_msg("%s", err.message);
    }
    assert_true(scratch_exists(name, ""));
    assert_false(scratch_exists(name, ".partial"));
    assert_false(scratch_exists(name, "-wal"));
    assert_false(scratch_exists(name, "-journal"));
}

static sqlite3_int64
ask(const char *path, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *handle = scratch_open(path);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    sqlite3_int64 answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return answer;
}

#define FILL(rows)                                                                             \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " rows ") "          \
    "INSERT INTO t SELECT i, hex(zeroblob(300)) FROM n;"

static void
a_backup_has_every_page_and_leaves_the_source_alone(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    size_t sizes[3];
    struct stat before;
    struct stat after;
    backup_name(scratch, name);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("5000"));
    unsigned char *bytes = scratch_bytes(scratch->path, &sizes[0]);
    assert_int_equal(stat(scratch->path, &before), 0);
    backup(scratch, NULL);
    assert_int_equal(stat(scratch->path, &after), 0);
    unsigned char *source = scratch_bytes(scratch->path, &sizes[1]);
    unsigned char *copy = scratch_bytes(name, &sizes[2]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_int_equal(sizes[0], sizes[2]);
    assert_memory_equal(bytes, source, sizes[0]);
    assert_true(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    assert_int_equal(ask(name, "SELECT count(*) FROM t"), 5000);
    assert_int_equal(stat(name, &after), 0);
    assert_int_equal(after.st_mode & 0777, 0600);
    free(bytes);
    free(source);
    free(copy);
}

static void
content_of_the_wal_is_in_the_backup_which_is_one_file(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    size_t size;
    backup_name(scratch, name);
    scratch_crash(scratch->path, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                                 "CREATE TABLE t(a, b);" FILL("1000"));
    backup(scratch, NULL);
    unsigned char *copy = scratch_bytes(name, &size);
    assert_int_equal(copy[18], 1);
    assert_int_equal(copy[19], 1);
    free(copy);
    assert_int_equal(ask(name, "SELECT count(*) FROM t"), 1000);
    assert_true(scratch_exists(scratch->path, "-wal"));
}

static void
an_older_backup_of_that_name_is_replaced(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    char partial[160];
    backup_name(scratch, name);
    snprintf(partial, sizeof partial, "%s.partial", name);
    scratch_write(name, "old", 3);
    scratch_write(partial, "killed", 6);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("10"));
    backup(scratch, NULL);
    assert_int_equal(ask(name, "SELECT count(*) FROM t"), 10);
}

static void
a_damaged_page_is_copied_as_it_is(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    char garbage[500];
    size_t sizes[2];
    backup_name(scratch, name);
    memset(garbage, 0xee, sizeof garbage);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("1000"));
    scratch_overwrite(scratch->path, 20 * 4096, garbage, sizeof garbage);
    backup(scratch, NULL);
    unsigned char *source = scratch_bytes(scratch->path, &sizes[0]);
    unsigned char *copy = scratch_bytes(name, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(source + 4096, copy + 4096, sizes[0] - 4096);
    free(source);
    free(copy);
}

static void
a_file_cut_off_is_copied_as_far_as_it_goes(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    backup_name(scratch, name);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("1000"));
    assert_int_equal(truncate(scratch->path, 30 * 4096), 0);
    backup(scratch, NULL);
    size_t sizes[2];
    unsigned char *source = scratch_bytes(scratch->path, &sizes[0]);
    unsigned char *copy = scratch_bytes(name, &sizes[1]);
    assert_int_equal(sizes[1], 30 * 4096);
    assert_memory_equal(source + 4096, copy + 4096, sizes[1] - 4096);
    free(source);
    free(copy);
}

static void
a_hot_journal_is_not_in_the_backup(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    backup_name(scratch, name);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("500"));
    scratch_crash(scratch->path, "PRAGMA cache_size=5; BEGIN; UPDATE t SET a = -1, b = 'x'");
    assert_true(scratch_exists(scratch->path, "-journal"));
    backup(scratch, NULL);
    assert_int_equal(ask(name, "SELECT count(*) FROM t WHERE a > 0"), 500);
    assert_true(scratch_exists(scratch->path, "-journal"));
}

struct writer {
    const char *path;
    atomic_bool finished;
    atomic_int commits;
};

/* Each commit moves 1 from one row to the other: their sum is always 100. */
static void *
write_all_the_time(void *context)
{
    struct writer *writer = context;
    sqlite3 *handle = NULL;
    sqlite3_open(writer->path, &handle);
    sqlite3_busy_timeout(handle, 10000);
    while (!atomic_load(&writer->finished)) {
        if (sqlite3_exec(handle,
                         "BEGIN IMMEDIATE; UPDATE pair SET n = n + 1 WHERE rowid = 1;"
                         "UPDATE t SET b = b WHERE rowid % 997 = 1;"
                         "UPDATE pair SET n = n - 1 WHERE rowid = 2; COMMIT",
                         NULL, NULL, NULL) == SQLITE_OK) {
            atomic_fetch_add(&writer->commits, 1);
        }
    }
    sqlite3_close(handle);
    return NULL;
}

static void
back_up_under_writes(struct scratch *scratch, const char *mode)
{
    char name[128];
    char sql[512];
    pthread_t thread;
    backup_name(scratch, name);
    snprintf(sql, sizeof sql,
             "PRAGMA journal_mode=%s; PRAGMA synchronous=OFF; CREATE TABLE t(a, b);"
             "CREATE TABLE pair(n);" FILL("30000") "INSERT INTO pair VALUES (0), (100)",
             mode);
    scratch_sql(scratch->path, sql);
    struct writer writer = {.path = scratch->path};
    assert_int_equal(pthread_create(&thread, NULL, write_all_the_time, &writer), 0);
    while (atomic_load(&writer.commits) < 2) {
        usleep(1000);
    }
    backup(scratch, NULL);
    atomic_store(&writer.finished, true);
    pthread_join(thread, NULL);
    assert_int_equal(ask(name, "SELECT sum(n) FROM pair"), 100);
    assert_int_equal(ask(name, "SELECT count(*) FROM pragma_integrity_check "
                               "WHERE integrity_check = 'ok'"),
                     1);
    assert_true(ask(scratch->path, "SELECT n FROM pair WHERE rowid = 1") >=
                ask(name, "SELECT n FROM pair WHERE rowid = 1"));
}

static void
a_backup_under_constant_writes_is_of_one_moment(void **state)
{
    back_up_under_writes(*state, "DELETE");
}

static void
a_backup_under_constant_wal_writes_is_of_one_moment(void **state)
{
    back_up_under_writes(*state, "WAL");
}

static void
progress_counts_every_page(void **state)
{
    struct scratch *scratch = *state;
    struct progress progress;
    progress_init(&progress);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("1000"));
    backup(scratch, &progress);
    assert_null(progress.phase);
}

static int
backup_stops(struct scratch *scratch)
{
    char name[128];
    struct error err = {0};
    AUTO_SOURCE source;
    backup_name(scratch, name);
    if (!source_open(&source, scratch->path, &err)) {
        return 1;
    }
    stop_request();
    return source_backup(&source, name, NULL, &err) || err.kind != ERROR_STOPPED;
}

static void
a_stopped_backup_leaves_no_file(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    backup_name(scratch, name);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("1000"));
    scratch_in_child(scratch, backup_stops);
    assert_false(scratch_exists(name, ""));
    assert_false(scratch_exists(name, ".partial"));
}

static int
backup_meets_a_limit(struct scratch *scratch)
{
    char name[128];
    struct error err = {0};
    AUTO_SOURCE source;
    backup_name(scratch, name);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {64 * 1024, 64 * 1024};
    if (!source_open(&source, scratch->path, &err) || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 1;
    }
    bool failed = !source_backup(&source, name, NULL, &err);
    print_message("# %s\n", err.message);
    return !(failed && err.kind == ERROR_SYSTEM && err.hint[0] != '\0');
}

static void
a_backup_that_does_not_fit_fails_and_leaves_no_file(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    backup_name(scratch, name);
    scratch_sql(scratch->path, "CREATE TABLE t(a, b);" FILL("1000"));
    scratch_in_child(scratch, backup_meets_a_limit);
    assert_false(scratch_exists(name, ""));
    assert_false(scratch_exists(name, ".partial"));
}

static void
a_directory_that_is_not_there_is_named(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    AUTO_SOURCE source;
    scratch_sql(scratch->path, "CREATE TABLE t(a, b)");
    assert_true(source_open(&source, scratch->path, &err));
    assert_false(source_backup(&source, "/nowhere/at/all.db", NULL, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "/nowhere/at/"));
}

static void
states_are_equal_until_something_is_written(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct source_state first;
    struct source_state second;
    static const char *const modes[] = {"DELETE", "WAL"};
    for (int i = 0; i < 2; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s; CREATE TABLE t%d(a)", modes[i], i);
        sqlite3 *writer = scratch_open(scratch->path);
        scratch_run(writer, sql);
        assert_true(source_state_read(scratch->path, &first, &err));
        backup(scratch, NULL);
        assert_true(source_state_read(scratch->path, &second, &err));
        assert_true(source_state_equal(&first, &second));
        usleep(20000); /* longer than a tick of the file system's clock */
        snprintf(sql, sizeof sql, "INSERT INTO t%d VALUES (1)", i);
        scratch_run(writer, sql);
        assert_true(source_state_read(scratch->path, &second, &err));
        assert_false(source_state_equal(&first, &second));
        sqlite3_close(writer);
    }
    unlink(scratch->path);
    assert_false(source_state_read(scratch->path, &first, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_backup_has_every_page_and_leaves_the_source_alone),
        SCRATCH_TEST(content_of_the_wal_is_in_the_backup_which_is_one_file),
        SCRATCH_TEST(an_older_backup_of_that_name_is_replaced),
        SCRATCH_TEST(a_damaged_page_is_copied_as_it_is),
        SCRATCH_TEST(a_file_cut_off_is_copied_as_far_as_it_goes),
        SCRATCH_TEST(a_hot_journal_is_not_in_the_backup),
        SCRATCH_TEST(a_backup_under_constant_writes_is_of_one_moment),
        SCRATCH_TEST(a_backup_under_constant_wal_writes_is_of_one_moment),
        SCRATCH_TEST(progress_counts_every_page),
        SCRATCH_TEST(a_stopped_backup_leaves_no_file),
        SCRATCH_TEST(a_backup_that_does_not_fit_fails_and_leaves_no_file),
        SCRATCH_TEST(a_directory_that_is_not_there_is_named),
        SCRATCH_TEST(states_are_equal_until_something_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
