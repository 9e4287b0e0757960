/* test_copy_parse.c — postgres/copy_parse.c, on bytes written by hand from the
 * description of COPY's binary format in PostgreSQL's documentation. */
#include "postgres/copy_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
enum { HEADER_SIZE = 19 };

/* A copy of exactly the message's size, so that reading beyond it is noticed by
 * the address sanitizer. */
static uint8_t *
set_message(struct copy_reader *reader, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    reader->cursor = copy;
    reader->end = copy + size;
    return copy;
}

static void
a_row_behind_the_header_is_found(void **state)
{
    (void)state;
    static const char message[] = HEADER "\0\3\0\0\0\2hi\377\377\377\377\0\0\0\0";
    struct copy_reader reader = {0};
    struct copy_field fields[3];
    struct error err = {0};
    uint8_t *copy = set_message(&reader, message, sizeof message - 1);
    assert_int_equal(copy_parse_row(&reader, fields, 3, &err), PARSE_ROW);
    assert_int_equal(fields[0].size, 2);
    assert_memory_equal(fields[0].bytes, "hi", 2);
    assert_int_equal(fields[1].size, -1);
    assert_null(fields[1].bytes);
    assert_int_equal(fields[2].size, 0);
    assert_non_null(fields[2].bytes);
    assert_int_equal(copy_parse_row(&reader, fields, 3, &err), PARSE_NEEDS_MESSAGE);
    free(copy);
}

static void
the_header_may_come_alone_and_rows_in_groups(void **state)
{
    (void)state;
    static const char rows[] = "\0\1\0\0\0\1a\0\1\0\0\0\1b\377\377";
    struct copy_reader reader = {0};
    struct copy_field field;
    struct error err = {0};
    uint8_t *copy = set_message(&reader, HEADER, HEADER_SIZE);
    assert_int_equal(copy_parse_row(&reader, &field, 1, &err), PARSE_NEEDS_MESSAGE);
    free(copy);
    copy = set_message(&reader, rows, sizeof rows - 1);
    assert_int_equal(copy_parse_row(&reader, &field, 1, &err), PARSE_ROW);
    assert_int_equal(field.bytes[0], 'a');
    assert_int_equal(copy_parse_row(&reader, &field, 1, &err), PARSE_ROW);
    assert_int_equal(field.bytes[0], 'b');
    assert_int_equal(copy_parse_row(&reader, &field, 1, &err), PARSE_TRAILER);
    free(copy);
}

static void
a_header_extension_is_skipped(void **state)
{
    (void)state;
    static const char message[] = "PGCOPY\n\377\r\n\0\0\0\0\1\0\0\0\2zz\0\1\0\0\0\1a";
    struct copy_reader reader = {0};
    struct copy_field field;
    struct error err = {0};
    uint8_t *copy = set_message(&reader, message, sizeof message - 1);
    assert_int_equal(copy_parse_row(&reader, &field, 1, &err), PARSE_ROW);
    assert_int_equal(field.bytes[0], 'a');
    free(copy);
}

static void
a_row_of_no_fields_is_a_row(void **state)
{
    (void)state;
    static const char message[] = HEADER "\0\0";
    struct copy_reader reader = {0};
    struct copy_field none;
    struct error err = {0};
    uint8_t *copy = set_message(&reader, message, sizeof message - 1);
    assert_int_equal(copy_parse_row(&reader, &none, 0, &err), PARSE_ROW);
    free(copy);
}

static void
assert_broken(const char *message, size_t size, size_t field_count)
{
    struct copy_reader reader = {0};
    struct copy_field fields[4];
    struct error err = {0};
    uint8_t *copy = set_message(&reader, message, size);
    assert_int_equal(copy_parse_row(&reader, fields, field_count, &err), PARSE_BROKEN);
    assert_int_equal(err.kind, ERROR_TARGET);
    free(copy);
}

static void
damage_is_an_error(void **state)
{
    (void)state;
    static const char text_header[] = "PGCOPX\n\377\r\n\0\0\0\0\0\0\0\0\0\0\1";
    static const char old_oids[] = "PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0\0\1";
    static const char long_extension[] = "PGCOPY\n\377\r\n\0\0\0\0\0\377\377\377\377\0\1";
    static const char other_count[] = HEADER "\0\2\0\0\0\0\0\0\0\0";
    static const char long_field[] = HEADER "\0\1\0\0\0\2a";
    static const char negative[] = HEADER "\0\1\377\377\377\376aaaa";
    static const char huge[] = HEADER "\0\1\177\377\377\377aaaa";
    assert_broken(text_header, sizeof text_header - 1, 1);
    assert_broken(old_oids, sizeof old_oids - 1, 1);
    assert_broken(long_extension, sizeof long_extension - 1, 1);
    assert_broken(other_count, sizeof other_count - 1, 1);
    assert_broken(long_field, sizeof long_field - 1, 1);
    assert_broken(negative, sizeof negative - 1, 1);
    assert_broken(huge, sizeof huge - 1, 1);
}

static void
a_message_cut_anywhere_is_an_error(void **state)
{
    (void)state;
    static const char message[] = HEADER "\0\2\0\0\0\2hi\0\0\0\3abc";
    for (size_t size = 1; size < sizeof message - 1; size++) {
        if (size != HEADER_SIZE) {
            assert_broken(message, size, 2);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_behind_the_header_is_found),
        cmocka_unit_test(the_header_may_come_alone_and_rows_in_groups),
        cmocka_unit_test(a_header_extension_is_skipped),
        cmocka_unit_test(a_row_of_no_fields_is_a_row),
        cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(a_message_cut_anywhere_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
