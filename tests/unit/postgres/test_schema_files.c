/* test_schema_files.c — numbered SQL files in a directory, against a real server. */
#include "own_server.h"
#include "postgres/schema_files.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RACERS = 4 };

/* Each test begins with an empty directory and without tables. */
struct bench {
    PGconn *conn;
    struct arena arena;
    struct error err;
    char directory[64];
    struct schema_file_list list;
    struct schema_file_status *statuses;
    size_t count;
    bool allow;
};

static int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, "DROP SCHEMA IF EXISTS outgrow CASCADE;"
                               "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const char *temporary = getenv("TMPDIR");
    snprintf(bench->directory, sizeof bench->directory, "%s/files-XXXXXX",
             temporary != NULL && strlen(temporary) < 40 ? temporary : "/tmp");
    assert_non_null(mkdtemp(bench->directory));
    bench->list.series = "schema";
    *state = bench;
    return 0;
}

static int
tear_down(void **state)
{
    struct bench *bench = *state;
    DIR *directory = opendir(bench->directory);
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
    rmdir(bench->directory);
    PQfinish(bench->conn);
    arena_free(&bench->arena);
    free(bench);
    return 0;
}

static void
write_bytes(const struct bench *bench, const char *name, const char *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", bench->directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void
write_file(const struct bench *bench, const char *name, const char *sql)
{
    write_bytes(bench, name, sql, strlen(sql));
}

static bool
read_directory(struct bench *bench)
{
    return schema_files_read_directory(&bench->arena, bench->directory, &bench->list,
                                       &bench->err);
}

static bool
apply(struct bench *bench)
{
    const struct schema_files_request request = {.list = &bench->list,
                                                 .allow_out_of_order = bench->allow};
    return read_directory(bench) &&
           schema_files_apply(bench->conn, &bench->arena, &request, &bench->statuses,
                              &bench->count, &bench->err);
}

static void
must_apply(struct bench *bench)
{
    if (!apply(bench)) {
        fail_msg("%s (%s)", bench->err.message, bench->err.hint);
    }
}

static void
must_fail(struct bench *bench, enum error_kind kind, const char *words)
{
    assert_false(apply(bench));
    if (bench->err.kind != kind || strstr(bench->err.message, words) == NULL) {
        fail_msg("%s (%s)", bench->err.message, bench->err.hint);
    }
    assert_int_equal(PQtransactionStatus(bench->conn), PQTRANS_IDLE);
}

static const char *
ask(struct bench *bench, const char *sql)
{
    return own_server_ask(&bench->arena, bench->conn, sql);
}

static void
files_run_once_in_the_order_of_their_numbers(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "10-last.sql", "INSERT INTO seen VALUES (10)");
    write_file(bench, "V2__two.sql",
               "INSERT INTO seen VALUES (2); INSERT INTO seen VALUES (3)");
    write_file(bench, "001_first.sql",
               "\xef\xbb\xbf"
               "CREATE TABLE seen (n int, at serial);");
    write_file(bench, "002_undo.down.sql", "DROP TABLE seen");
    write_file(bench, "README.md", "not SQL");
    bench->allow = true; /* 3 to 9 are missing */
    must_apply(bench);
    assert_int_equal(bench->count, 3);
    assert_true(bench->statuses[2].applied_now);
    assert_int_equal(bench->list.left_out_count, 1);
    assert_string_equal(ask(bench, "SELECT string_agg(n::text, ' ' ORDER BY at) FROM seen"),
                        "2 3 10");
    assert_string_equal(
        ask(bench, "SELECT string_agg(number || ' ' || name, ', ' ORDER BY number) FROM"
                   " outgrow.schema_files WHERE applied_at IS NOT NULL AND series = 'schema'"),
        "1 001_first.sql, 2 V2__two.sql, 10 10-last.sql");
    must_apply(bench);
    assert_false(bench->statuses[2].applied_now);
    assert_string_equal(ask(bench, "SELECT count(*) FROM seen"), "3");
}

static void
a_record_holds_the_files_own_checksum(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "SELECT 1");
    must_apply(bench);
    /* sha256sum of the eight bytes "SELECT 1" */
    assert_string_equal(ask(bench, "SELECT sha256 FROM outgrow.schema_files"),
                        "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5");
}

static void
an_error_names_file_line_and_column_and_leaves_nothing(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1_ok.sql", "CREATE TABLE kept (a int)");
    write_file(bench, "2_bad.sql",
               "CREATE TABLE gone (a int);\nINSERT INTO kept\n  VALUES (ä);");
    must_fail(bench, ERROR_TARGET, "2_bad.sql:3:11: column \"ä\" does not exist");
    assert_string_equal(bench->err.sqlstate, "42703");
    assert_string_equal(ask(bench, "SELECT to_regclass('gone') IS NULL"), "t");
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.schema_files"), "1");
    write_file(bench, "2_bad.sql", "CREATE TABLE gone (a int);");
    must_apply(bench);
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.schema_files"), "2");
}

static void
an_error_without_a_position_names_its_statement(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE a (n int);\nSELECT 1;\nCREATE TABLE a (n int);\n");
    must_fail(bench, ERROR_TARGET, "1.sql:3:1: relation \"a\" already exists");
    write_file(bench, "1.sql", "SELECT 1;\nDO $$\nBEGIN\n RAISE 'no %', 'way';\nEND $$;");
    must_fail(bench, ERROR_TARGET,
              "1.sql:2:1: no way (PL/pgSQL function inline_code_block line"
              " 3 at RAISE)");
}

static void
a_deferred_constraint_that_fails_names_the_file(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql",
               "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p"
               " DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (7);");
    must_fail(bench, ERROR_TARGET, "1.sql: commit: ");
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.schema_files"), "0");
}

static void
an_edited_file_stops_everything(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE a (n int)");
    must_apply(bench);
    write_file(bench, "1.sql", "CREATE TABLE a (n bigint)");
    write_file(bench, "2.sql", "CREATE TABLE b (n int)");
    must_fail(bench, ERROR_USAGE, "1.sql: was edited since it ran on 2");
    bench->allow = true;
    must_fail(bench, ERROR_USAGE, "1.sql: was edited");
    assert_string_equal(ask(bench, "SELECT to_regclass('b') IS NULL"), "t");
}

static void
order_is_kept_unless_allowed_otherwise(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "10_a.sql", "SELECT 1");
    write_file(bench, "30_c.sql", "SELECT 3");
    must_apply(bench);
    write_file(bench, "20_b.sql", "CREATE TABLE late (n int)");
    must_fail(bench, ERROR_USAGE, "20_b.sql: has not run, but a file with a higher number has");
    bench->allow = true;
    must_apply(bench);
    assert_string_equal(ask(bench, "SELECT to_regclass('late') IS NOT NULL"), "t");
    bench->allow = false;
    must_apply(bench);
}

static void
gaps_and_files_that_are_gone_are_refused(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "001.sql", "SELECT 1");
    write_file(bench, "003.sql", "SELECT 3");
    must_fail(bench, ERROR_USAGE, "003.sql: the number before it is missing");
    write_file(bench, "002.sql", "SELECT 2");
    must_apply(bench);
    char path[256];
    snprintf(path, sizeof path, "%s/002.sql", bench->directory);
    unlink(path);
    must_fail(bench, ERROR_USAGE, "002.sql: ran, and is no longer among the files");
    write_file(bench, "002.sql", "SELECT 2");
    snprintf(path, sizeof path, "%s/003.sql", bench->directory);
    unlink(path);
    must_apply(bench); /* an older program beside a newer one */
    assert_int_equal(bench->statuses[2].state, SCHEMA_FILE_NEWER);
}

static void
names_that_cannot_be_ordered_are_refused(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1_a.sql", "");
    write_file(bench, "V01__b.sql", "");
    must_fail(bench, ERROR_USAGE, "1_a.sql and V01__b.sql have the same number");
    write_file(bench, "seed.sql", "");
    must_fail(bench, ERROR_USAGE, "seed.sql: has no number");
}

static void
files_that_are_no_text_are_refused(void **state)
{
    struct bench *bench = *state;
    write_bytes(bench, "1.sql", "S\0E\0", 4);
    must_fail(bench, ERROR_USAGE, "1.sql: is not UTF-8 text");
    write_bytes(bench, "1.sql", "SELECT '\xe9'", 10);
    must_fail(bench, ERROR_TARGET, "1.sql: invalid byte sequence");
    write_file(bench, "1.sql", "SELECT 1;\n\\i x.sql\n");
    must_fail(bench, ERROR_USAGE, "1.sql: line 2: \\i is a command of psql");
}

static void
a_marked_file_runs_outside_of_a_transaction_and_goes_on_where_it_failed(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
    write_file(bench, "2.sql",
               "-- outgrow: no-transaction\nSET lock_timeout = '77s';\n"
               "CREATE INDEX CONCURRENTLY i ON t (a);\n"
               "INSERT INTO t SELECT 5 FROM nowhere;\nVACUUM t;\n");
    must_fail(bench, ERROR_TARGET, "2.sql:4:29: relation \"nowhere\" does not exist");
    assert_string_equal(ask(bench, "SELECT statements_done || ' ' || (applied_at IS NULL) FROM"
                                   " outgrow.schema_files WHERE number = 2"),
                        "2 true");
    assert_string_equal(ask(bench, "SHOW lock_timeout"), "0");
    write_file(bench, "2.sql",
               "-- outgrow: no-transaction\nSET lock_timeout = '88s';\n"
               "CREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\n");
    must_fail(bench, ERROR_USAGE, "2.sql: its first 2 statements ran, and are something else");
    write_file(
        bench, "2.sql",
        "-- outgrow: no-transaction\nSET lock_timeout = '77s';\n"
        "CREATE INDEX CONCURRENTLY i ON t (a);\n"
        "CREATE TABLE went AS SELECT current_setting('lock_timeout') AS x;\nVACUUM t;\n");
    must_apply(bench);
    assert_string_equal(ask(bench, "SELECT x FROM went"), "77s");
    assert_string_equal(ask(bench, "SELECT indisvalid FROM pg_index WHERE indexrelid ="
                                   " 'i'::regclass"),
                        "t");
    must_apply(bench);
    assert_int_equal(bench->statuses[1].state, SCHEMA_FILE_APPLIED);
}

static void
what_a_file_does_to_the_session_ends_with_it(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "DROP ROLE IF EXISTS modest; CREATE ROLE modest;"
                               "GRANT CREATE, USAGE ON SCHEMA public TO modest");
    write_file(bench, "1.sql",
               "SELECT pg_catalog.set_config('search_path', '', false);"
               "SET DateStyle = 'German'; SET ROLE modest;"
               "CREATE TABLE public.theirs (n int)");
    write_file(bench, "2.sql", "CREATE TABLE ours (n int)");
    must_apply(bench);
    assert_string_equal(ask(bench, "SHOW DateStyle"), "ISO, YMD");
    assert_string_equal(ask(bench,
                            "SELECT string_agg(tablename || ' ' || tableowner, ', '"
                            " ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"),
                        "ours outgrow, theirs modest");
    own_server_do(bench->conn, "DROP OWNED BY modest; DROP ROLE modest");
}

static void
tables_do_not_end_up_in_the_journals_schema(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "ALTER ROLE outgrow SET search_path = \"$user\", public");
    PQfinish(bench->conn);
    bench->conn = own_server_connect();
    write_file(bench, "1.sql", "CREATE TABLE mine (n int)");
    write_file(bench, "2.sql", "CREATE TABLE mine_too (n int)");
    must_apply(bench);
    own_server_do(bench->conn, "ALTER ROLE outgrow RESET ALL");
    assert_string_equal(
        ask(bench, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "2");
}

static void
series_do_not_know_of_each_other(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE IF NOT EXISTS a (n int)");
    must_apply(bench);
    bench->list.series = "other";
    must_apply(bench);
    assert_true(bench->statuses[0].applied_now);
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.schema_files"), "2");
}

static void
paths_are_numbered_as_they_come(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "schema.sql", "CREATE TABLE s (n int)");
    write_file(bench, "also.sql", "ALTER TABLE s ADD m int");
    const char *const paths[] = {arena_printf(&bench->arena, "%s/schema.sql", bench->directory),
                                 arena_printf(&bench->arena, "%s/also.sql", bench->directory)};
    const struct schema_files_request request = {.list = &bench->list};
    assert_true(schema_files_read_paths(&bench->arena, paths, 2, &bench->list, &bench->err));
    assert_true(schema_files_apply(bench->conn, &bench->arena, &request, &bench->statuses,
                                   &bench->count, &bench->err));
    assert_string_equal(ask(bench, "SELECT string_agg(number || name, ' ' ORDER BY number) FROM"
                                   " outgrow.schema_files"),
                        "1schema.sql 2also.sql");
}

static void
comparing_changes_nothing(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE a (n int)");
    assert_true(read_directory(bench));
    assert_true(schema_files_compare(bench->conn, &bench->arena, &bench->list, &bench->statuses,
                                     &bench->count, &bench->err));
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench->statuses[0].state, SCHEMA_FILE_PENDING);
    assert_string_equal(ask(bench, "SELECT to_regnamespace('outgrow') IS NULL"), "t");
}

static void *
race(void *context)
{
    struct bench *bench = context;
    struct bench own = {.conn = own_server_connect(), .list.series = "schema"};
    memcpy(own.directory, bench->directory, sizeof own.directory);
    bool ok = apply(&own);
    uintptr_t ran = 0;
    for (size_t i = 0; ok && i < own.count; i++) {
        ran += own.statuses[i].applied_now ? 1 : 0;
    }
    PQfinish(own.conn);
    arena_free(&own.arena);
    return (void *)(ok ? ran + 1 : 0); /* NULL: failed */
}

static void
of_several_at_once_one_runs_and_the_others_find_it_done(void **state)
{
    struct bench *bench = *state;
    write_file(bench, "1.sql", "CREATE TABLE raced (n int); SELECT pg_sleep(0.2)");
    write_file(bench, "2.sql",
               "-- outgrow: no-transaction\n"
               "CREATE INDEX CONCURRENTLY raced_n ON raced (n)");
    pthread_t racers[RACERS];
    uintptr_t total = 0;
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&racers[i], NULL, race, bench), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        void *result;
        pthread_join(racers[i], &result);
        assert_non_null(result);
        total += (uintptr_t)result - 1;
    }
    assert_int_equal(total, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(files_run_once_in_the_order_of_their_numbers),
        TEST(a_record_holds_the_files_own_checksum),
        TEST(an_error_names_file_line_and_column_and_leaves_nothing),
        TEST(an_error_without_a_position_names_its_statement),
        TEST(a_deferred_constraint_that_fails_names_the_file),
        TEST(an_edited_file_stops_everything),
        TEST(order_is_kept_unless_allowed_otherwise),
        TEST(gaps_and_files_that_are_gone_are_refused),
        TEST(names_that_cannot_be_ordered_are_refused),
        TEST(files_that_are_no_text_are_refused),
        TEST(a_marked_file_runs_outside_of_a_transaction_and_goes_on_where_it_failed),
        TEST(what_a_file_does_to_the_session_ends_with_it),
        TEST(tables_do_not_end_up_in_the_journals_schema),
        TEST(series_do_not_know_of_each_other),
        TEST(paths_are_numbered_as_they_come),
        TEST(comparing_changes_nothing),
        TEST(of_several_at_once_one_runs_and_the_others_find_it_done),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
