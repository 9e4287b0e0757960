/* test_stream.c — verify/stream.c: several readers of a file that is written to. */
#include "verify/stream.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STREAMS = 4 };

static char directory[] = "/tmp/outgrow-stream-XXXXXX";
static char path[64];
static atomic_bool over;

static void
run(sqlite3 *handle, const char *sql)
{
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3 *
open_writer(void)
{
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 10000);
    return handle;
}

static int
begin(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/s.db", directory);
    sqlite3 *writer = open_writer();
    run(writer,
        "PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (0)");
    sqlite3_close(writer);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
    return rmdir(directory);
}

static void
open_all(struct stream *streams)
{
    struct error err = {0};
    for (size_t i = 0; i < STREAMS; i++) {
        assert_true(source_open(&streams[i].source, path, &err));
    }
}

static void
close_all(struct stream *streams)
{
    for (size_t i = STREAMS; i > 0; i--) {
        stream_close(&streams[i - 1]);
    }
}

static int
read_number(struct stream *stream)
{
    AUTO_STATEMENT *statement = NULL;
    assert_int_equal(
        sqlite3_prepare_v2(stream->source.handle, "SELECT max(n) FROM t", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    return sqlite3_column_int(statement, 0);
}

static void
all_streams_see_one_state_and_keep_it(void **state)
{
    (void)state;
    struct stream streams[STREAMS] = {0};
    struct error err = {0};
    size_t shared = 0;
    sqlite3 *writer = open_writer();
    open_all(streams);
    assert_true(streams_begin_source(streams, STREAMS, &shared, &err));
    assert_int_equal(shared, STREAMS);
    run(writer, "UPDATE t SET n = n + 1");
    int seen = read_number(&streams[0]);
    for (size_t i = 1; i < STREAMS; i++) {
        assert_int_equal(read_number(&streams[i]), seen);
    }
    streams_end_source(streams, STREAMS);
    assert_int_equal(read_number(&streams[1]), seen + 1);
    close_all(streams);
    sqlite3_close(writer);
}

static void *
write_on(void *argument)
{
    (void)argument;
    sqlite3 *writer = open_writer();
    sqlite3_exec(writer, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    while (!atomic_load(&over)) {
        sqlite3_exec(writer, "UPDATE t SET n = n + 1", NULL, NULL, NULL);
    }
    sqlite3_close(writer);
    return NULL;
}

static void
under_a_constant_writer_the_streams_that_share_still_agree(void **state)
{
    (void)state;
    struct stream streams[STREAMS] = {0};
    struct error err = {0};
    pthread_t thread;
    open_all(streams);
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&thread, NULL, write_on, NULL), 0);
    for (int round = 0; round < 200; round++) {
        size_t shared = 0;
        assert_true(streams_begin_source(streams, STREAMS, &shared, &err));
        assert_true(shared == 1 || shared == STREAMS);
        int seen = read_number(&streams[0]);
        for (size_t i = 1; i < shared; i++) {
            assert_int_equal(read_number(&streams[i]), seen);
        }
        streams_end_source(streams, STREAMS);
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    close_all(streams);
}

static void
private_copies_are_never_shared(void **state)
{
    (void)state;
    struct stream streams[STREAMS] = {0};
    struct error err = {0};
    size_t shared = 0;
    open_all(streams);
    streams[0].source.recovered = true;
    assert_true(streams_begin_source(streams, STREAMS, &shared, &err));
    assert_int_equal(shared, 1);
    streams_end_source(streams, STREAMS);
    streams[0].source.recovered = false;
    close_all(streams);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_streams_see_one_state_and_keep_it),
        cmocka_unit_test(under_a_constant_writer_the_streams_that_share_still_agree),
        cmocka_unit_test(private_copies_are_never_shared),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
