/* test_with_server.c — connections, statements, COPY both ways, against a real server. */
#include "base/stop.h"
#include "own_server.h"
#include "postgres/copy_stream.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
starting_a_running_server_again_is_fine(void **state)
{
    (void)state;
    struct error err = {0};
    assert_true(private_server_start(&own_server, &err));
    enum private_server_state found;
    assert_true(private_server_state(&own_server, &found, &err));
    assert_int_equal(found, SERVER_RUNNING);
}

static void
a_stopped_server_keeps_its_data(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    PGconn *conn = own_server_connect();
    own_server_do(conn, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
    PQfinish(conn);
    enum private_server_state found;
    assert_true(private_server_stop(&own_server, &err));
    assert_true(private_server_state(&own_server, &found, &err));
    assert_int_equal(found, SERVER_STOPPED);
    assert_true(private_server_stop(&own_server, &err));
    assert_true(private_server_start(&own_server, &err));
    conn = own_server_connect();
    assert_string_equal(own_server_ask(&arena, conn, "SELECT n FROM kept"), "42");
    PQfinish(conn);
}

static void
the_private_server_is_utf8_and_off_the_network(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    assert_string_equal(own_server_ask(&arena, conn, "SHOW server_encoding"), "UTF8");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW listen_addresses"), "");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW unix_socket_permissions"), "0700");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW wal_level"), "minimal");
}

static void
a_session_is_set_up_whatever_the_role_prefers(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    PGconn *first = own_server_connect();
    own_server_do(first, "ALTER ROLE outgrow SET DateStyle = 'German';"
                         "ALTER ROLE outgrow SET TimeZone = 'Asia/Tokyo';"
                         "ALTER ROLE outgrow SET statement_timeout = '1ms';"
                         "ALTER ROLE outgrow SET array_nulls = off;"
                         "ALTER ROLE outgrow SET search_path = pg_catalog, \"$user\", "
                         "\"pg_catalog\", \"my pg_catalog\", pg_catalog;"
                         "ALTER ROLE outgrow SET standard_conforming_strings = off");
    PQfinish(first);
    AUTO_CONNECTION *conn = own_server_connect();
    assert_string_equal(own_server_ask(&arena, conn, "SHOW DateStyle"), "ISO, YMD");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW TimeZone"), "UTC");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW statement_timeout"), "0");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW standard_conforming_strings"), "on");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW array_nulls"), "on");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW search_path"),
                        "public, \"my pg_catalog\"");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW application_name"), "outgrow");
    assert_string_equal(own_server_ask(&arena, conn, "SHOW client_encoding"), "UTF8");
    own_server_do(conn, "ALTER ROLE outgrow RESET ALL");
}

static void
an_error_carries_detail_and_sqlstate(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    own_server_do(conn,
                  "CREATE TEMP TABLE one (id int PRIMARY KEY); INSERT INTO one VALUES (7)");
    assert_false(target_execute(conn, "INSERT INTO one VALUES (7)", &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_string_equal(err.sqlstate, "23505");
    assert_string_equal(err.message, "duplicate key value violates unique constraint "
                                     "\"one_pkey\": Key (id)=(7) already exists");
}

static void
a_missing_database_says_how_to_create_it(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    PGconn *conn = NULL;
    const char *conninfo = arena_printf(&arena,
                                        "host=%s user=outgrow dbname=nowhere password=s3cret",
                                        own_server.socket_directory);
    assert_false(target_connect(conninfo, &conn, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_non_null(strstr(err.message, "database \"nowhere\" does not exist"));
    assert_non_null(strstr(err.hint, "createdb --encoding=UTF8 'nowhere'"));
    assert_null(strstr(err.message, "s3cret"));
    assert_null(strchr(err.message, '\n'));
}

static void
a_database_of_another_encoding_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    PGconn *conn = NULL;
    PGconn *admin = own_server_connect();
    own_server_do(admin, "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
                         " TEMPLATE template0");
    PQfinish(admin);
    const char *conninfo = arena_printf(&arena, "host=%s user=outgrow dbname=latin",
                                        own_server.socket_directory);
    assert_false(target_connect(conninfo, &conn, &err));
    assert_non_null(strstr(err.message, "LATIN1"));
}

static void
a_transaction_left_open_is_rolled_back(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    {
        AUTO_TRANSACTION transaction = {0};
        assert_true(target_begin(&transaction, conn, &err));
        assert_true(target_execute(conn, "CREATE TABLE gone (n int)", &err));
    }
    assert_string_equal(own_server_ask(&arena, conn, "SELECT to_regclass('gone')"), "NULL");
    assert_int_equal(PQtransactionStatus(conn), PQTRANS_IDLE);
}

static void
committing_a_failed_transaction_is_an_error(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    AUTO_TRANSACTION transaction = {0};
    assert_true(target_begin(&transaction, conn, &err));
    assert_false(target_execute(conn, "SELECT 1/0", &err));
    assert_false(target_commit(&transaction, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
}

static void
add_int32(struct text *buffer, int32_t value)
{
    char bytes[8] = {
        0, 0, 0, 4, (char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    text_add_bytes(buffer, bytes, sizeof bytes);
}

static void
add_filler(struct text *buffer, size_t size)
{
    char length[4] = {(char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size};
    text_add_bytes(buffer, length, sizeof length);
    text_reserve(buffer, size);
    memset(buffer->bytes + buffer->length, 'x', size);
    buffer->length += size;
}

/* Sizes around the size of a message, and far above it. */
static const size_t filler_sizes[] = {0,     1,     65500,  65501, 65502,
                                      65531, 65532, 200000, 5,     3000000};
enum { FILLER_COUNT = sizeof filler_sizes / sizeof filler_sizes[0], ROUNDS = 300 };

static void
rows_of_every_size_arrive_and_come_back(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    own_server_do(conn, "CREATE TEMP TABLE sized (n int, filler text)");
    AUTO_COPY_WRITER writer = {0};
    assert_true(
        copy_writer_begin(&writer, conn, "COPY sized FROM STDIN (FORMAT binary)", &err));
    for (int n = 0; n < ROUNDS + FILLER_COUNT; n++) {
        copy_row_begin(&writer.buffer, 2);
        add_int32(&writer.buffer, n);
        add_filler(&writer.buffer, n < FILLER_COUNT ? filler_sizes[n] : 1000);
        assert_true(copy_writer_flush_if_full(&writer, &err));
        assert_true(writer.buffer.length < 65531);
    }
    uint64_t rows = 0;
    assert_true(copy_writer_end(&writer, &rows, &err));
    assert_int_equal(rows, ROUNDS + FILLER_COUNT);
    assert_string_equal(
        own_server_ask(
            &arena, conn,
            "SELECT count(*) FROM sized WHERE n < 10 AND length(filler) ="
            " ('{0,1,65500,65501,65502,65531,65532,200000,5,3000000}'::int[])[n + 1]"),
        "10");

    AUTO_COPY_READER reader = {0};
    assert_true(copy_reader_begin(
        &reader, conn,
        "COPY (SELECT n, NULL, filler FROM sized ORDER BY n) TO STDOUT (FORMAT binary)", &err));
    struct copy_field fields[3];
    int n = 0;
    enum copy_read got;
    while ((got = copy_reader_next(&reader, fields, 3, &err)) == COPY_ROW) {
        assert_int_equal(fields[0].size, 4);
        assert_null(fields[1].bytes);
        assert_int_equal(fields[2].size, n < FILLER_COUNT ? filler_sizes[n] : 1000);
        n++;
    }
    assert_int_equal(got, COPY_END);
    assert_int_equal(n, ROUNDS + FILLER_COUNT);
    assert_true(target_execute(conn, "SELECT 1", &err));
}

static void
a_refused_row_tells_its_line_and_column(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    own_server_do(conn, "CREATE TEMP TABLE strict (n int, t text)");
    AUTO_COPY_WRITER writer = {0};
    assert_true(
        copy_writer_begin(&writer, conn, "COPY strict FROM STDIN (FORMAT binary)", &err));
    copy_row_begin(&writer.buffer, 2);
    add_int32(&writer.buffer, 1);
    text_add_bytes(&writer.buffer, "\0\0\0\1\377", 5);
    uint64_t rows = 0;
    assert_false(copy_writer_end(&writer, &rows, &err));
    assert_string_equal(err.sqlstate, "22021");
    assert_non_null(strstr(err.message, "COPY strict, line 1, column t"));
    assert_true(target_execute(conn, "SELECT 1", &err));
}

static void
a_writer_given_up_leaves_nothing_and_a_usable_connection(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    own_server_do(conn, "CREATE TEMP TABLE half (n int)");
    {
        AUTO_COPY_WRITER writer = {0};
        assert_true(
            copy_writer_begin(&writer, conn, "COPY half FROM STDIN (FORMAT binary)", &err));
        copy_row_begin(&writer.buffer, 1);
        add_int32(&writer.buffer, 1);
    }
    assert_string_equal(own_server_ask(&arena, conn, "SELECT count(*) FROM half"), "0");
}

static void
a_reader_closed_early_leaves_a_usable_connection(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    {
        AUTO_COPY_READER reader = {0};
        struct copy_field field;
        assert_true(copy_reader_begin(
            &reader, conn,
            "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 10000000)) TO STDOUT"
            " (FORMAT binary)",
            &err));
        assert_int_equal(copy_reader_next(&reader, &field, 1, &err), COPY_ROW);
    }
    assert_true(target_execute(conn, "SELECT 1", &err));
}

static void
an_error_in_the_middle_of_reading_is_reported(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    AUTO_COPY_READER reader = {0};
    struct copy_field field;
    assert_true(copy_reader_begin(
        &reader, conn,
        "COPY (SELECT 1 / (5 - n) FROM generate_series(1, 9) n) TO STDOUT (FORMAT binary)",
        &err));
    int rows = 0;
    enum copy_read got;
    while ((got = copy_reader_next(&reader, &field, 1, &err)) == COPY_ROW) {
        rows++;
    }
    assert_int_equal(got, COPY_FAILED);
    assert_int_equal(rows, 4);
    assert_string_equal(err.sqlstate, "22012");
    assert_true(target_execute(conn, "SELECT 1", &err));
}

static void
a_copy_in_the_wrong_format_is_refused_and_survived(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    AUTO_COPY_READER reader = {0};
    assert_false(copy_reader_begin(&reader, conn, "COPY (SELECT 1) TO STDOUT", &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_true(target_execute(conn, "SELECT 1", &err));
}

static void
a_lost_connection_is_an_error_and_not_a_crash(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    AUTO_CONNECTION *killer = own_server_connect();
    AUTO_TRANSACTION transaction = {0};
    assert_true(target_begin(&transaction, conn, &err));
    own_server_do(killer, arena_printf(&arena, "SELECT pg_terminate_backend(%d, 5000)",
                                       PQbackendPID(conn)));
    assert_false(target_execute(conn, "SELECT 1", &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_string_equal(err.sqlstate, "57P01");
    assert_non_null(strstr(err.hint, "ended this session"));
    assert_false(target_execute(conn, "SELECT 1", &err));
    assert_null(strchr(err.message, '\n'));
}

static void
a_killed_server_starts_again(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    PGconn *conn = own_server_connect();
    own_server_do(conn, "CREATE TABLE survived (n int); CHECKPOINT");
    long postmaster = strtol(
        own_server_ask(&arena, conn,
                       "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"),
        NULL, 10);
    PQfinish(conn);
    assert_true(postmaster > 1);
    assert_int_equal(kill((pid_t)postmaster, SIGKILL), 0);
    enum private_server_state found = SERVER_RUNNING;
    while (found == SERVER_RUNNING) {
        usleep(20000);
        assert_true(private_server_state(&own_server, &found, &err));
    }
    if (!private_server_start(&own_server, &err)) {
        fail_msg("%s", err.message);
    }
    conn = own_server_connect();
    assert_string_equal(own_server_ask(&arena, conn, "SELECT count(*) FROM survived"), "0");
    PQfinish(conn);
}

/* From here on the stop flag is set, and cannot be taken back. */
static void *
stop_in_a_moment(void *unused)
{
    (void)unused;
    usleep(300000);
    stop_request();
    return NULL;
}

static void
a_stop_interrupts_a_long_statement(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    AUTO_TRANSACTION transaction = {0};
    assert_true(target_begin(&transaction, conn, &err));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_in_a_moment, NULL), 0);
    assert_false(target_execute(conn, "SELECT pg_sleep(600)", &err));
    pthread_join(thread, NULL);
    assert_int_equal(err.kind, ERROR_STOPPED);
    target_transaction_close(&transaction);
    assert_int_equal(PQtransactionStatus(conn), PQTRANS_IDLE);
}

static void
a_stop_interrupts_a_reader_that_waits(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    {
        AUTO_COPY_READER reader = {0};
        struct copy_field field;
        assert_true(copy_reader_begin(
            &reader, conn, "COPY (SELECT pg_sleep(600)) TO STDOUT (FORMAT binary)", &err));
        assert_int_equal(copy_reader_next(&reader, &field, 1, &err), COPY_FAILED);
        assert_int_equal(err.kind, ERROR_STOPPED);
    }
    assert_true(target_execute(conn, "SELECT 1", &err));
}

/* A trigger that sleeps at the first row: the server takes nothing any more. */
static void
a_stop_interrupts_a_writer_whose_server_is_stuck(void **state)
{
    (void)state;
    struct error err = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    own_server_do(conn, "CREATE TABLE sticky (n int);"
                        "CREATE FUNCTION stick() RETURNS trigger LANGUAGE plpgsql AS"
                        " 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';"
                        "CREATE TRIGGER stick BEFORE INSERT ON sticky FOR EACH ROW"
                        " EXECUTE FUNCTION stick()");
    {
        AUTO_COPY_WRITER writer = {0};
        assert_true(
            copy_writer_begin(&writer, conn, "COPY sticky FROM STDIN (FORMAT binary)", &err));
        bool taken = true;
        for (int i = 0; taken && i < 1000000; i++) {
            copy_row_begin(&writer.buffer, 1);
            add_int32(&writer.buffer, i);
            taken = copy_writer_flush_if_full(&writer, &err);
        }
        assert_false(taken);
        assert_int_equal(err.kind, ERROR_STOPPED);
    }
    assert_int_equal(PQtransactionStatus(conn), PQTRANS_IDLE);
    assert_int_equal(PQisnonblocking(conn), 0);
    assert_true(target_execute(conn, "SELECT 1", &err));
}

/* 192.0.2.1 (RFC 5737) answers nobody, or is refused at once by the machine. */
static void
a_stop_interrupts_connecting(void **state)
{
    (void)state;
    struct error err = {0};
    PGconn *conn = NULL;
    assert_false(target_connect("host=192.0.2.1 connect_timeout=600 dbname=x", &conn, &err));
    assert_null(conn);
    assert_true(err.kind == ERROR_STOPPED || err.kind == ERROR_TARGET);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting_a_running_server_again_is_fine),
        cmocka_unit_test(a_stopped_server_keeps_its_data),
        cmocka_unit_test(the_private_server_is_utf8_and_off_the_network),
        cmocka_unit_test(a_session_is_set_up_whatever_the_role_prefers),
        cmocka_unit_test(an_error_carries_detail_and_sqlstate),
        cmocka_unit_test(a_missing_database_says_how_to_create_it),
        cmocka_unit_test(a_database_of_another_encoding_is_refused),
        cmocka_unit_test(a_transaction_left_open_is_rolled_back),
        cmocka_unit_test(committing_a_failed_transaction_is_an_error),
        cmocka_unit_test(rows_of_every_size_arrive_and_come_back),
        cmocka_unit_test(a_refused_row_tells_its_line_and_column),
        cmocka_unit_test(a_writer_given_up_leaves_nothing_and_a_usable_connection),
        cmocka_unit_test(a_reader_closed_early_leaves_a_usable_connection),
        cmocka_unit_test(an_error_in_the_middle_of_reading_is_reported),
        cmocka_unit_test(a_copy_in_the_wrong_format_is_refused_and_survived),
        cmocka_unit_test(a_lost_connection_is_an_error_and_not_a_crash),
        cmocka_unit_test(a_killed_server_starts_again),
        cmocka_unit_test(a_stop_interrupts_a_long_statement),
        cmocka_unit_test(a_stop_interrupts_a_reader_that_waits),
        cmocka_unit_test(a_stop_interrupts_a_writer_whose_server_is_stuck),
        cmocka_unit_test(a_stop_interrupts_connecting),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
