/* test_spool.c — records in memory and in a file come back whole and in order. */
#include "sync/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A record is its length in one byte, and so many times its number. */
static void
add_record(struct spool *spool, struct spool_stream *stream, size_t number)
{
    struct error err;
    size_t length = 1 + number * 7 % 200;
    text_add_char(&stream->buffer, (char)(unsigned char)length);
    for (size_t i = 0; i < length; i++) {
        text_add_char(&stream->buffer, (char)(number & 0x7f));
    }
    assert_true(spool_settle(spool, stream, &err));
}

static size_t
bytes_of(size_t records)
{
    size_t bytes = 0;
    for (size_t i = 0; i < records; i++) {
        bytes += 2 + i * 7 % 200;
    }
    return bytes;
}

struct reader {
    size_t next;
    size_t pieces;
};

static bool
check_piece(void *context, char *bytes, size_t size, struct error *err)
{
    struct reader *reader = context;
    size_t at = 0;
    (void)err;
    reader->pieces++;
    while (at < size) {
        size_t length = (unsigned char)bytes[at++];
        assert_int_equal(length, 1 + reader->next * 7 % 200);
        assert_true(at + length <= size); /* no record is cut */
        for (size_t i = 0; i < length; i++) {
            assert_int_equal(bytes[at + i], reader->next & 0x7f);
        }
        at += length;
        reader->next++;
    }
    return true;
}

static void
fill_and_read(struct spool *spool, size_t records, size_t *pieces)
{
    struct spool_stream streams[2] = {{{0}}};
    struct error err;
    for (size_t i = 0; i < records; i++) {
        add_record(spool, &streams[0], i);
        add_record(spool, &streams[1], i);
    }
    *pieces = 0;
    for (size_t s = 0; s < 2; s++) {
        for (int again = 0; again < 2; again++) {
            struct reader reader = {0};
            assert_true(spool_each(spool, &streams[s], check_piece, &reader, &err));
            assert_int_equal(reader.next, records);
            *pieces += reader.pieces;
        }
        assert_int_equal(streams[s].record_count, records);
        assert_int_equal(streams[s].byte_count, bytes_of(records));
        spool_stream_free(&streams[s]);
    }
}

static void
few_records_stay_in_memory(void **state)
{
    AUTO_SPOOL spool = {0};
    size_t pieces;
    (void)state;
    fill_and_read(&spool, 1000, &pieces);
    assert_null(spool.file);
    assert_int_equal(pieces, 4);
}

static void
many_records_go_to_a_file_and_come_back_in_order_as_often_as_asked(void **state)
{
    AUTO_SPOOL spool = {.memory_max = 5000};
    size_t pieces;
    (void)state;
    fill_and_read(&spool, 3000, &pieces);
    assert_non_null(spool.file);
    assert_true(pieces > 100);
}

static void
an_empty_stream_has_no_pieces(void **state)
{
    AUTO_SPOOL spool = {0};
    struct spool_stream stream = {{0}};
    struct reader reader = {0};
    struct error err;
    (void)state;
    assert_true(spool_each(&spool, &stream, check_piece, &reader, &err));
    assert_int_equal(reader.pieces, 0);
}

static void
without_a_directory_for_the_file_the_error_says_what_to_do(void **state)
{
    AUTO_SPOOL spool = {.memory_max = 1};
    struct spool_stream stream = {{0}};
    struct error err = {0};
    (void)state;
    assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    text_add(&stream.buffer, "abc");
    bool settled = spool_settle(&spool, &stream, &err);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_false(settled);
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.hint, "TMPDIR"));
    spool_stream_free(&stream);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_records_stay_in_memory),
        cmocka_unit_test(many_records_go_to_a_file_and_come_back_in_order_as_often_as_asked),
        cmocka_unit_test(an_empty_stream_has_no_pieces),
        cmocka_unit_test(without_a_directory_for_the_file_the_error_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
