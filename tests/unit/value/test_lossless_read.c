/* test_lossless_read.c — what lossless.c writes, value/lossless_read.c reads: class, bytes,
 * bits. */
#include "value/lossless.h"
#include "value/lossless_read.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const name[] = {"a"};

static json_t *
written(sqlite3_value *value, bool utf16)
{
    AUTO_TEXT json = {0};
    text_add(&json, "{\"a\": ");
    lossless_add_value(&json, value, utf16);
    text_add_char(&json, '}');
    json_t *row = json_loads(text_string(&json), 0, NULL);
    assert_non_null(row);
    return row;
}

/* Text is compared as the file's own bytes. */
static void
assert_same(sqlite3_value *a, sqlite3_value *b)
{
    assert_int_equal(sqlite3_value_type(a), sqlite3_value_type(b));
    if (sqlite3_value_type(a) == SQLITE_FLOAT) {
        double x = sqlite3_value_double(a);
        double y = sqlite3_value_double(b);
        assert_memory_equal(&x, &y, sizeof x);
    } else if (sqlite3_value_type(a) == SQLITE_INTEGER) {
        assert_true(sqlite3_value_int64(a) == sqlite3_value_int64(b));
    } else if (sqlite3_value_type(a) != SQLITE_NULL) {
        const void *x = sqlite3_value_blob(a);
        const void *y = sqlite3_value_blob(b);
        int size = sqlite3_value_bytes(a);
        assert_int_equal(size, sqlite3_value_bytes(b));
        if (size > 0) {
            assert_memory_equal(x, y, (size_t)size);
        }
    }
}

static void
assert_comes_back(struct lossless_reader *reader, sqlite3_value *value, bool utf16)
{
    struct error err;
    json_t *row = written(value, utf16);
    if (!lossless_reader_take(reader, row, name, 1, &err)) {
        fail_msg("%s", err.message);
    }
    if (utf16) { /* writing has turned the value into UTF-8: both are compared as written */
        json_t *again = written(lossless_reader_value(reader, 0), true);
        assert_true(json_equal(row, again));
        json_decref(again);
    } else {
        assert_same(value, lossless_reader_value(reader, 0));
    }
    json_decref(row);
}

static void
odd_values_come_back(void **state)
{
    (void)state;
    AUTO_VALUES v;
    AUTO_LOSSLESS_READER reader = {0};
    struct error err;
    values_open(&v, "UTF-8");
    assert_true(lossless_reader_open(&reader, "UTF-8", &err));
    assert_comes_back(&reader, value_of_null(&v), false);
    assert_comes_back(&reader, value_of_integer(&v, INT64_MIN), false);
    assert_comes_back(&reader, value_of_integer(&v, INT64_MAX), false);
    assert_comes_back(&reader, value_of_real(&v, 0x1p-1074), false);
    assert_comes_back(&reader, value_of_real(&v, 0x1.fffffffffffffp+1023), false);
    assert_comes_back(&reader, value_of_real(&v, -__builtin_inf()), false);
    assert_comes_back(&reader, value_of_real(&v, 3.0), false);
    assert_comes_back(&reader, value_of_text(&v, ""), false);
    assert_comes_back(&reader, value_of_text(&v, "12"), false);
    assert_comes_back(&reader, value_of_text(&v, "\"\\\n\x01\xc3\xa4\xf0\x9f\x98\x80"), false);
    assert_comes_back(&reader, value_of_bytes(&v, "a\0b", 3), false);
    assert_comes_back(&reader, value_of_bytes(&v, "\xff\xfe", 2), false);
    assert_comes_back(&reader, value_of_blob(&v, "", 0), false);
    assert_comes_back(&reader, value_of_blob(&v, "\0\xff", 2), false);
}

static void
random_values_come_back(void **state)
{
    (void)state;
    AUTO_VALUES v;
    AUTO_LOSSLESS_READER reader = {0};
    struct error err;
    uint64_t random = 20260131;
    values_open(&v, "UTF-8");
    assert_true(lossless_reader_open(&reader, "UTF-8", &err));
    for (int i = 0; i < 4000; i++) {
        uint64_t bits = next_random(&random);
        uint8_t bytes[8];
        double real;
        memcpy(bytes, &bits, sizeof bytes);
        memcpy(&real, &bits, sizeof real);
        size_t size = next_random(&random) % 9;
        assert_comes_back(&reader, value_of_integer(&v, (int64_t)bits), false);
        assert_comes_back(&reader, value_of_blob(&v, bytes, size), false);
        assert_comes_back(&reader, value_of_bytes(&v, bytes, size), false);
        if (real == real) { /* SQLite makes NULL of NaN */
            assert_comes_back(&reader, value_of_real(&v, real), false);
        }
    }
}

static void
utf16_comes_back(void **state)
{
    (void)state;
    static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_VALUES v;
        AUTO_LOSSLESS_READER reader = {0};
        struct error err;
        values_open(&v, encodings[i]);
        assert_true(lossless_reader_open(&reader, encodings[i], &err));
        assert_comes_back(&reader, value_of_sql(&v, "SELECT '\xc3\xa4\xf0\x9f\x98\x80'"), true);
        assert_comes_back(&reader, value_of_sql(&v, "SELECT CAST(x'00d8' AS TEXT)"), true);
        assert_comes_back(&reader, value_of_sql(&v, "SELECT CAST(x'd8004100' AS TEXT)"), true);
    }
}

static void
anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{\"a\": 1}",
        "{\"a\": \"1\"}",
        "{\"a\": {}}",
        "{\"a\": {\"integer\": \"1\", \"real\": \"1.0\"}}",
        "{\"a\": {\"integer\": 1}}",
        "{\"a\": {\"integer\": \"\"}}",
        "{\"a\": {\"integer\": \"1x\"}}",
        "{\"a\": {\"integer\": \"9223372036854775808\"}}",
        "{\"a\": {\"real\": \"abc\"}}",
        "{\"a\": {\"blob\": \"0\"}}",
        "{\"a\": {\"blob\": \"0g\"}}",
        "{\"a\": {\"text_utf16le_hex\": \"410042\"}}",
    };
    AUTO_LOSSLESS_READER reader = {0};
    struct error err;
    assert_true(lossless_reader_open(&reader, "UTF-8", &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *row = json_loads(rows[i], 0, NULL);
        assert_non_null(row);
        assert_false(lossless_reader_take(&reader, row, name, 1, &err));
        assert_int_equal(err.kind, ERROR_SOURCE);
        json_decref(row);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_values_come_back),
        cmocka_unit_test(random_values_come_back),
        cmocka_unit_test(utf16_comes_back),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
