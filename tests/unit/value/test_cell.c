/* test_cell.c — value/cell.c: UTF-16 files. */
#include "base/text.h"
#include "value/cell.h"
#include "value/utf8.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const encodings[] = {"UTF-16le", "UTF-16be"};

/* The units, as they lie in a file of this encoding, as a SQL text. */
static sqlite3_value *
text_of_units(struct values *values, const uint16_t *units, size_t count, bool big_endian)
{
    char sql[256] = "SELECT CAST(x'";
    size_t at = strlen(sql);
    for (size_t i = 0; i < count; i++) {
        unsigned unit = big_endian ? units[i]
                                   : (unsigned)(uint16_t)(units[i] << 8 | units[i] >> 8);
        at += (size_t)snprintf(sql + at, sizeof sql - at, "%04x", unit);
    }
    snprintf(sql + at, sizeof sql - at, "' AS TEXT)");
    return value_of_sql(values, sql);
}

static void
well_formed_text_comes_as_utf8(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        AUTO_VALUES values;
        values_open(&values, encodings[big_endian]);
        const uint16_t units[] = {'a', 0x00E4, 0x20AC, 0xD83D, 0xDE00, 0xFFFF};
        sqlite3_value *value = text_of_units(&values, units, 6, big_endian);
        for (int twice = 0; twice < 2; twice++) {
            struct cell_bytes text = cell_text(value, true);
            assert_int_equal(text.broken_utf16, 0);
            assert_int_equal(text.size, 13);
            assert_memory_equal(text.bytes, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf",
                                13);
        }
    }
}

static void
every_character_survives(void **state)
{
    (void)state;
    AUTO_VALUES values;
    values_open(&values, "UTF-16le");
    for (uint32_t code_point = 1; code_point <= 0x10FFFF;
         code_point += code_point < 0x10000 ? 1 : 251) {
        if (code_point >= 0xD800 && code_point <= 0xDFFF) {
            continue;
        }
        uint16_t pair[] = {(uint16_t)(0xD800 + ((code_point - 0x10000) >> 10)),
                           (uint16_t)(0xDC00 + (code_point & 0x3FF))};
        uint16_t single[] = {(uint16_t)code_point};
        bool wide = code_point >= 0x10000;
        sqlite3_value *value = text_of_units(&values, wide ? pair : single, wide ? 2 : 1,
                                             false);
        struct cell_bytes text = cell_text(value, true);
        uint8_t expected[4];
        assert_int_equal(text.size, utf8_encode(code_point, expected));
        assert_memory_equal(text.bytes, expected, text.size);
    }
}

static void
a_lone_surrogate_is_never_changed_silently(void **state)
{
    (void)state;
    static const uint16_t broken[][3] = {
        {'a', 0xD800, 'b'}, {'a', 0xDC00, 'b'}, {0xDC00, 0xD800, 'a'}, {'a', 'b', 0xDBFF}};
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        AUTO_VALUES values;
        values_open(&values, encodings[big_endian]);
        for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
            sqlite3_value *value = text_of_units(&values, broken[i], 3, big_endian);
            for (int twice = 0; twice < 2; twice++) {
                struct cell_bytes text = cell_text(value, true);
                assert_int_equal(text.broken_utf16,
                                 big_endian ? SQLITE_UTF16BE : SQLITE_UTF16LE);
                assert_int_equal(text.size, 6); /* the file's own bytes */
            }
        }
    }
}

/* SQLite writes no text of three bytes in UTF-16, so a blob's record is turned into
 * one: returns a copy of the database with that done. */
static sqlite3 *
with_blob_turned_into_text(sqlite3 *database)
{
    static const uint8_t record[] = {2, 12 + 2 * 3, 0x61, 0x00, 0x62}; /* a blob of 3 bytes */
    sqlite3_int64 size;
    uint8_t *image = sqlite3_serialize(database, "main", &size, 0);
    assert_non_null(image);
    uint8_t *found = memmem(image, (size_t)size, record, sizeof record);
    assert_non_null(found);
    found[1]++;
    sqlite3 *copy = NULL;
    assert_int_equal(sqlite3_open(":memory:", &copy), SQLITE_OK);
    assert_int_equal(
        sqlite3_deserialize(copy, "main", image, size, size, SQLITE_DESERIALIZE_FREEONCLOSE),
        SQLITE_OK);
    return copy;
}

static void
an_odd_byte_is_never_dropped_silently(void **state)
{
    (void)state;
    AUTO_VALUES values;
    values_open(&values, "UTF-16le");
    const char *sql = "CREATE TABLE t(x); INSERT INTO t VALUES (x'610062')";
    assert_int_equal(sqlite3_exec(values.database, sql, NULL, NULL, NULL), SQLITE_OK);
    AUTO_VALUES copy = {.database = with_blob_turned_into_text(values.database)};
    sqlite3_value *value = value_of_sql(&copy, "SELECT x FROM t");
    assert_int_equal(sqlite3_value_type(value), SQLITE_TEXT);
    struct cell_bytes text = cell_text(value, true);
    assert_int_equal(text.broken_utf16, SQLITE_UTF16LE);
    assert_int_equal(text.size, 3);
}

static void
stripping_leaves_the_whole_characters(void **state)
{
    (void)state;
    AUTO_VALUES values;
    values_open(&values, "UTF-16be");
    const uint16_t units[] = {'a', 0xD800, 0x20AC, 0, 0xD83D, 0xDE00, 0xDC00};
    sqlite3_value *value = text_of_units(&values, units, 7, true);
    AUTO_TEXT out = {0};
    assert_int_equal(cell_add_stripped(&out, cell_text(value, true)), 3);
    assert_string_equal(text_string(&out), "a\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void
empty_text_is_empty_in_every_encoding(void **state)
{
    (void)state;
    AUTO_VALUES values;
    values_open(&values, "UTF-16le");
    struct cell_bytes text = cell_text(value_of_sql(&values, "SELECT ''"), true);
    assert_non_null(text.bytes);
    assert_int_equal(text.size, 0);
    assert_int_equal(text.broken_utf16, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_comes_as_utf8),
        cmocka_unit_test(every_character_survives),
        cmocka_unit_test(a_lone_surrogate_is_never_changed_silently),
        cmocka_unit_test(an_odd_byte_is_never_dropped_silently),
        cmocka_unit_test(stripping_leaves_the_whole_characters),
        cmocka_unit_test(empty_text_is_empty_in_every_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
