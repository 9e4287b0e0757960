/* test_backup_blocks.c — sqlite/backup_blocks.c, with writers at the worst of moments. */
#include "scratch.h"
#include "sqlite/backup_blocks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than one slice. */
#define MADE "CREATE TABLE t(v); INSERT INTO t VALUES (zeroblob(20000000)), (1);"

/* Writes from another connection as soon as the copy runs a certain statement. */
struct intruder {
    const char *path;
    const char *statement; /* that it waits for */
    int after;             /* so many of them */
    const char *sql;
    int seen;
};

static int
intrude(unsigned event, void *context, void *statement, void *text)
{
    struct intruder *intruder = context;
    (void)event;
    (void)statement;
    if (strcmp(text, intruder->statement) == 0 && intruder->seen++ == intruder->after) {
        scratch_sql(intruder->path, intruder->sql);
    }
    return 0;
}

static void
copy_name(const struct scratch *scratch, char name[128])
{
    snprintf(name, 128, "%s/copy.db", scratch->directory);
    int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(descriptor >= 0);
    close(descriptor);
}

static bool
copy(struct scratch *scratch, bool wal, struct intruder *intruder)
{
    char name[128];
    struct error err = {0};
    struct progress_item item = {.name = "source"};
    AUTO_SOURCE source = {0};
    copy_name(scratch, name);
    assert_true(source_open(&source, scratch->path, &err));
    if (intruder != NULL) {
        intruder->path = scratch->path;
        sqlite3_trace_v2(source.handle, SQLITE_TRACE_STMT, intrude, intruder);
    }
    bool copied = backup_blocks(&source, wal, name, &item);
    assert_int_equal(sqlite3_get_autocommit(source.handle), 1);
    return copied;
}

static void
assert_of_copy(const struct scratch *scratch, const char *sql, int answer)
{
    char name[128];
    sqlite3_stmt *statement = NULL;
    snprintf(name, sizeof name, "%s/copy.db", scratch->directory);
    sqlite3 *handle = scratch_open(name);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), answer);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
}

static void
a_file_nobody_writes_to_is_copied_byte_by_byte(void **state)
{
    struct scratch *scratch = *state;
    char name[128];
    size_t sizes[2];
    snprintf(name, sizeof name, "%s/copy.db", scratch->directory);
    scratch_sql(scratch->path, MADE);
    assert_true(copy(scratch, false, NULL));
    unsigned char *source = scratch_bytes(scratch->path, &sizes[0]);
    unsigned char *bytes = scratch_bytes(name, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(source, bytes, sizes[0]);
    free(source);
    free(bytes);
}

static void
a_write_between_two_slices_is_noticed(void **state)
{
    struct scratch *scratch = *state;
    struct intruder intruder = {
        .statement = "BEGIN;", .after = 1, .sql = "INSERT INTO t VALUES (2)"};
    scratch_sql(scratch->path, MADE);
    assert_false(copy(scratch, false, &intruder));
    assert_int_equal(intruder.seen, 2);
}

static void
a_file_that_goes_over_to_wal_between_two_slices_is_left(void **state)
{
    struct scratch *scratch = *state;
    struct intruder intruder = {.statement = "BEGIN;",
                                .after = 1,
                                .sql = "PRAGMA journal_mode = WAL; INSERT INTO t VALUES (2)"};
    scratch_sql(scratch->path, MADE);
    assert_false(copy(scratch, false, &intruder));
    assert_int_equal(intruder.seen, 2);
}

static void
pages_in_a_wal_are_no_matter_of_blocks(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode = WAL;" MADE);
    sqlite3 *application = scratch_open(scratch->path);
    scratch_run(application, "INSERT INTO t VALUES (2)");
    assert_false(copy(scratch, true, NULL));
    sqlite3_close(application);
}

/* The application commits and wants all of it in the file at once. */
static void
commits_and_checkpoints_meanwhile_are_not_in_the_copy_of_an_empty_wal(void **state)
{
    struct scratch *scratch = *state;
    struct intruder intruder = {.statement = "PRAGMA main.page_size",
                                .sql = "UPDATE t SET v = zeroblob(19000000) WHERE rowid = 1;"
                                       "INSERT INTO t VALUES (2), (3);"
                                       "PRAGMA wal_checkpoint(PASSIVE)"};
    scratch_sql(scratch->path, "PRAGMA journal_mode = WAL;" MADE);
    assert_true(copy(scratch, true, &intruder));
    assert_int_equal(intruder.seen, 1);
    assert_of_copy(scratch, "SELECT count(*) FROM t", 2);
    assert_of_copy(scratch, "SELECT length(v) FROM t WHERE rowid = 1", 20000000);
    assert_of_copy(
        scratch, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'", 1);
}

static void
a_copy_that_cannot_be_written_is_none(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct progress_item item = {.name = "source"};
    AUTO_SOURCE source = {0};
    scratch_sql(scratch->path, MADE);
    assert_true(source_open(&source, scratch->path, &err));
    assert_false(backup_blocks(&source, false, "/dev/full", &item));
    assert_false(backup_blocks(&source, false, "/no/such/file", &item));
    assert_int_equal(sqlite3_get_autocommit(source.handle), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_file_nobody_writes_to_is_copied_byte_by_byte),
        SCRATCH_TEST(a_write_between_two_slices_is_noticed),
        SCRATCH_TEST(a_file_that_goes_over_to_wal_between_two_slices_is_left),
        SCRATCH_TEST(pages_in_a_wal_are_no_matter_of_blocks),
        SCRATCH_TEST(commits_and_checkpoints_meanwhile_are_not_in_the_copy_of_an_empty_wal),
        SCRATCH_TEST(a_copy_that_cannot_be_written_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
