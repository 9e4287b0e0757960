/* test_scan.c — sqlite/scan.c. */
#include "base/stop.h"
#include "scratch.h"
#include "sqlite/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    struct arena arena;
    struct source source;
    struct catalog catalog;
};

static void
reading_close(struct reading *reading)
{
    source_close(&reading->source);
    arena_free(&reading->arena);
}
#define AUTO_READING __attribute__((cleanup(reading_close))) struct reading

static void
read_file(struct reading *reading, const char *path)
{
    struct error err = {0};
    *reading = (struct reading){0};
    if (!source_open(&reading->source, path, &err) ||
        !catalog_read(&reading->source, &reading->arena, &reading->catalog, &err)) {
        fail_msg("%s", err.message);
    }
}

static void
read_sql(struct reading *reading, void **state, const char *sql)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, sql);
    read_file(reading, scratch->path);
}

static void
open_scan(struct scan *scan, struct reading *reading, struct scan_range range)
{
    struct error err = {0};
    if (!scan_open(scan, &reading->source, &reading->catalog.tables[0], range, &err)) {
        fail_msg("%s", err.message);
    }
}

/* "position:first column" of every row, in the order they come. */
static void
assert_rows(struct reading *reading, struct scan_range range, const char *expected)
{
    char rows[512] = "";
    struct error err = {0};
    AUTO_SCAN scan = {0};
    open_scan(&scan, reading, range);
    enum scan_step step;
    while ((step = scan_next(&scan, &err)) == SCAN_ROW) {
        size_t used = strlen(rows);
        snprintf(rows + used, sizeof rows - used, "%s%lld:%s", used == 0 ? "" : " ",
                 (long long)scan.position,
                 (const char *)sqlite3_value_text(scan_value(&scan, 0)));
    }
    assert_int_equal(step, SCAN_END);
    assert_string_equal(rows, expected);
}

static void
rows_come_in_storage_order_with_their_rowids(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a, b); CREATE INDEX covering ON t(a, b);"
             "INSERT INTO t(rowid, a) VALUES (5, 'x'), (-3, 'z'), (100, 'b'), (7, 'y')");
    assert_rows(&r, SCAN_EVERYTHING, "-3:z 5:x 7:y 100:b");
    assert_rows(&r, (struct scan_range){5, 99}, "5:x 7:y");
    assert_rows(&r, (struct scan_range){8, 8}, "");
    assert_rows(&r, (struct scan_range){INT64_MIN, 5}, "-3:z 5:x");
}

static void
a_rowid_column_gives_the_position(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a, rowid, id INTEGER PRIMARY KEY); INSERT INTO t VALUES"
             "('x', 1, 9223372036854775807), ('y', 2, -9223372036854775808)");
    assert_rows(&r, SCAN_EVERYTHING, "-9223372036854775808:y 9223372036854775807:x");
    assert_rows(&r, (struct scan_range){0, INT64_MAX}, "9223372036854775807:x");
}

static void
without_a_rowid_rows_are_numbered(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID;"
             "INSERT INTO t VALUES ('b', 1), ('a', 2), ('c', 3)");
    assert_rows(&r, SCAN_EVERYTHING, "1:a 2:b 3:c");
}

static void
generated_and_oddly_named_columns_are_read(void **state)
{
    AUTO_READING r;
    struct error err = {0};
    read_sql(&r, state,
             "CREATE TABLE \"we\"\"ird\"(\"se lect\" INT, v AS (\"se lect\" + 1),"
             " \"\" TEXT, s TEXT AS ('<' || \"\" || '>') STORED);"
             "INSERT INTO \"we\"\"ird\"(\"se lect\", \"\") VALUES (41, 'e')");
    AUTO_SCAN scan = {0};
    open_scan(&scan, &r, SCAN_EVERYTHING);
    assert_int_equal(scan_next(&scan, &err), SCAN_ROW);
    assert_int_equal(sqlite3_value_int(scan_value(&scan, 1)), 42);
    assert_string_equal((const char *)sqlite3_value_text(scan_value(&scan, 2)), "e");
    assert_string_equal((const char *)sqlite3_value_text(scan_value(&scan, 3)), "<e>");
}

static void
all_two_thousand_columns_are_read(void **state)
{
    static const char *const keys[] = {"", " PRIMARY KEY"}; /* of no rowid; of the rowid */
    for (int with_key = 0; with_key < 2; with_key++) {
        char *sql = calloc(1, 64 * 1024);
        size_t used = 0;
        used += (size_t)snprintf(sql, 64, "DROP TABLE IF EXISTS t; CREATE TABLE t(");
        for (int i = 0; i < 2000; i++) {
            used += (size_t)snprintf(sql + used, 64, "c%d INTEGER%s%s", i,
                                     i == 1999 ? keys[with_key] : "", i == 1999 ? ")" : ",");
        }
        snprintf(sql + used, 64, "; INSERT INTO t(c0, c1999) VALUES (3, 4)");
        AUTO_READING r;
        struct error err = {0};
        read_sql(&r, state, sql);
        free(sql);
        AUTO_SCAN scan = {0};
        open_scan(&scan, &r, SCAN_EVERYTHING);
        assert_int_equal(scan_next(&scan, &err), SCAN_ROW);
        assert_int_equal(sqlite3_value_int(scan_value(&scan, 0)), 3);
        assert_int_equal(sqlite3_value_int(scan_value(&scan, 1999)), 4);
        assert_true(scan.position == (with_key ? 4 : 1));
    }
}

static void
bounds_are_the_smallest_and_largest_rowid(void **state)
{
    AUTO_READING r;
    struct error err = {0};
    struct scan_range bounds;
    bool empty = true;
    read_sql(&r, state,
             "CREATE TABLE t(a); CREATE TABLE e(a);"
             "INSERT INTO t(rowid) VALUES (-7), (3), (9223372036854775807)");
    assert_true(scan_bounds(&r.source, &r.catalog.tables[0], &bounds, &empty, &err));
    assert_false(empty);
    assert_true(bounds.low == -7);
    assert_true(bounds.high == INT64_MAX);
    assert_true(scan_bounds(&r.source, &r.catalog.tables[1], &bounds, &empty, &err));
    assert_true(empty);
}

static void
answer(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sqlite3_result_int(context, 42);
}

static void
an_unknown_function_fails_that_table_by_name(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    sqlite3 *handle = scratch_open(scratch->path);
    sqlite3_create_function(handle, "own", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, answer,
                            NULL, NULL);
    scratch_run(handle, "CREATE TABLE t(a, g AS (own(a))); INSERT INTO t VALUES (1)");
    sqlite3_close(handle);
    AUTO_READING r;
    read_file(&r, scratch->path);
    AUTO_SCAN scan = {0};
    assert_false(scan_open(&scan, &r.source, &r.catalog.tables[0], SCAN_EVERYTHING, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "table \"t\""));
    assert_non_null(strstr(err.message, "own"));
}

static void
a_failing_row_is_named_by_the_one_before_it(void **state)
{
    AUTO_READING r;
    struct error err = {0};
    read_sql(&r, state,
             "CREATE TABLE t(a);"
             "INSERT INTO t(rowid, a) VALUES (11, 1), (12, -9223372036854775808);"
             "ALTER TABLE t ADD COLUMN g AS (abs(a))");
    AUTO_SCAN scan = {0};
    open_scan(&scan, &r, SCAN_EVERYTHING);
    assert_int_equal(scan_next(&scan, &err), SCAN_ROW);
    assert_int_equal(scan_next(&scan, &err), SCAN_FAILED);
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "behind rowid 11"));
    assert_non_null(strstr(err.message, "integer overflow"));
}

static void
a_corrupt_page_fails_the_scan_and_hints_at_a_backup(void **state)
{
    struct scratch *scratch = *state;
    AUTO_READING r;
    struct error err = {0};
    read_sql(&r, state,
             "PRAGMA page_size=1024; CREATE TABLE t(a);"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200)"
             "INSERT INTO t SELECT hex(zeroblob(100)) FROM n");
    char garbage[1024];
    memset(garbage, 0xee, sizeof garbage);
    scratch_overwrite(scratch->path, 20 * 1024, garbage, sizeof garbage);
    AUTO_SCAN scan = {0};
    open_scan(&scan, &r, SCAN_EVERYTHING);
    enum scan_step step;
    while ((step = scan_next(&scan, &err)) == SCAN_ROW) {
    }
    assert_int_equal(step, SCAN_FAILED);
    assert_non_null(strstr(err.message, "table \"t\", behind rowid "));
    assert_non_null(strstr(err.hint, "backup"));
}

static int
a_long_scan_stops(struct scratch *scratch)
{
    struct reading r;
    struct error err = {0};
    read_file(&r, scratch->path);
    AUTO_SCAN scan = {0};
    open_scan(&scan, &r, SCAN_EVERYTHING);
    stop_request();
    enum scan_step step;
    int rows = 0;
    while ((step = scan_next(&scan, &err)) == SCAN_ROW) {
        rows++;
    }
    bool stopped = step == SCAN_FAILED && err.kind == ERROR_STOPPED && rows < 100000;
    scan_close(&scan);
    reading_close(&r);
    return !stopped;
}

static void
a_request_to_stop_ends_a_long_scan(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "CREATE TABLE t(a);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
                "INSERT INTO t SELECT i FROM n");
    scratch_in_child(scratch, a_long_scan_stops);
}

/* Follows a visitor row by row with a scan of its own. */
struct follower {
    struct scan scan;
    size_t columns;
    size_t rows;
    size_t rows_wanted;
};

static void
assert_same_value(sqlite3_value *value, sqlite3_value *expected)
{
    assert_int_equal(sqlite3_value_type(value), sqlite3_value_type(expected));
    switch (sqlite3_value_type(expected)) {
    case SQLITE_INTEGER:
        assert_true(sqlite3_value_int64(value) == sqlite3_value_int64(expected));
        break;
    case SQLITE_FLOAT:
        assert_true(sqlite3_value_double(value) == sqlite3_value_double(expected));
        break;
    case SQLITE_TEXT:
        assert_int_equal(sqlite3_value_encoding(value), sqlite3_value_encoding(expected));
        __attribute__((fallthrough));
    default: {
        int size = sqlite3_value_bytes(value); /* of text as UTF-8, which the bytes are then */
        assert_int_equal(size, sqlite3_value_bytes(expected));
        const void *bytes = sqlite3_value_blob(value);
        const void *expected_bytes = sqlite3_value_blob(expected);
        assert_true(size == 0 || memcmp(bytes, expected_bytes, (size_t)size) == 0);
    }
    }
}

static bool
follow(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    struct follower *follower = context;
    if (follower->rows == follower->rows_wanted) {
        return error_set(err, ERROR_USAGE, "enough");
    }
    assert_int_equal(scan_next(&follower->scan, err), SCAN_ROW);
    assert_true(follower->scan.position == position);
    for (size_t i = 0; i < follower->columns; i++) {
        assert_same_value(values[i], scan_value(&follower->scan, i));
    }
    follower->rows++;
    return true;
}

/* The rows shown, compared with those that scan_next gives on another handle. */
static size_t
assert_shown_as_read(struct scratch *scratch, size_t table, struct scan_range range)
{
    AUTO_READING shown;
    AUTO_READING read;
    struct error err = {0};
    read_file(&shown, scratch->path);
    read_file(&read, scratch->path);
    const struct source_table *described = &read.catalog.tables[table];
    struct follower follower = {.columns = described->column_count, .rows_wanted = SIZE_MAX};
    const struct scan_visitor visitor = {follow, &follower};
    assert_true(scan_open(&follower.scan, &read.source, described, range, &err));
    if (!scan_each(&shown.source, &shown.catalog.tables[table], range, &visitor, &err)) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(scan_next(&follower.scan, &err), SCAN_END);
    scan_close(&follower.scan);
    return follower.rows;
}

static void
a_visitor_is_shown_what_a_scan_reads(void **state)
{
    struct scratch *scratch = *state;
    static const char *const encodings[] = {"UTF-8", "UTF-16le", "UTF-16be"};
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        unlink(scratch->path);
        char *sql = sqlite3_mprintf(
            "PRAGMA encoding = '%s'; PRAGMA page_size = 512;"
            "CREATE TABLE t(a, r REAL, b TEXT, v AS (b || a), s TEXT AS ('<' || b) STORED);"
            "CREATE INDEX covering ON t(r, a, b);"
            "INSERT INTO t(rowid, a, r, b) VALUES (-5, 1, 2, 'x'), (3, NULL, 2.5, ''),"
            " (9, x'', 1e300, 7), (10, x'00ff', NULL, '\xc3\xa4\xf0\x9f\x98\x80'),"
            " (11, zeroblob(9000), '12', hex(zeroblob(5000))), (12, 'a' || char(0), 'z', 1.5);"
            "ALTER TABLE t ADD COLUMN late TEXT DEFAULT 'since then';"
            "CREATE TABLE k(a, id INTEGER PRIMARY KEY, \"we\"\"ird\");"
            "INSERT INTO k VALUES ('x', 7, 1), ('y', -7, 2), (NULL, 8, 3);"
            "CREATE TABLE w(b, a PRIMARY KEY) WITHOUT ROWID;"
            "INSERT INTO w VALUES (1, 'b'), (2, 'a'); CREATE TABLE empty(a);",
            encodings[i]);
        scratch_sql(scratch->path, sql);
        sqlite3_free(sql);
        assert_int_equal(assert_shown_as_read(scratch, 0, SCAN_EVERYTHING), 6);
        assert_int_equal(assert_shown_as_read(scratch, 0, (struct scan_range){3, 10}), 3);
        assert_int_equal(assert_shown_as_read(scratch, 1, SCAN_EVERYTHING), 3);
        assert_int_equal(assert_shown_as_read(scratch, 1, (struct scan_range){0, 7}), 1);
        assert_int_equal(assert_shown_as_read(scratch, 2, SCAN_EVERYTHING), 2);
        assert_int_equal(assert_shown_as_read(scratch, 3, SCAN_EVERYTHING), 0);
    }
}

static void
a_visitor_is_shown_any_number_of_columns(void **state)
{
    struct scratch *scratch = *state;
    static const int counts[] = {1,   99,  100,  126,
                                 127, 128, 1000, 2000}; /* a function takes 127 */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *sql = calloc(1, 64 * 1024);
        size_t used = (size_t)snprintf(sql, 64, "DROP TABLE IF EXISTS t; CREATE TABLE t(c0");
        for (int column = 1; column < counts[i]; column++) {
            used += (size_t)snprintf(sql + used, 64, ", c%d DEFAULT %d", column, column);
        }
        snprintf(sql + used, 64, "); INSERT INTO t(c0) VALUES ('a'), ('b')");
        scratch_sql(scratch->path, sql);
        free(sql);
        assert_int_equal(assert_shown_as_read(scratch, 0, SCAN_EVERYTHING), 2);
    }
}

static void
a_visitor_may_refuse_further_rows(void **state)
{
    AUTO_READING r;
    struct error err = {0};
    read_sql(&r, state, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)");
    struct follower follower = {.columns = 0, .rows_wanted = 0};
    const struct scan_visitor visitor = {follow, &follower};
    assert_false(scan_each(&r.source, &r.catalog.tables[0], SCAN_EVERYTHING, &visitor, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "enough");
    /* The handle is as it was. */
    assert_rows(&r, SCAN_EVERYTHING, "1:1 2:2 3:3");
    assert_int_equal(sqlite3_exec(r.source.handle, "SELECT outgrow_visit(1)", NULL, NULL, NULL),
                     SQLITE_ERROR);
}

static bool
look_away(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    (void)values;
    (void)position;
    (void)err;
    (*(int *)context)++;
    return true;
}

static void
what_fails_a_scan_fails_it_before_a_visitor(void **state)
{
    AUTO_READING r;
    struct error err = {0};
    int rows = 0;
    const struct scan_visitor visitor = {look_away, &rows};
    read_sql(&r, state,
             "CREATE TABLE t(a);"
             "INSERT INTO t(rowid, a) VALUES (11, 1), (12, -9223372036854775808);"
             "ALTER TABLE t ADD COLUMN g AS (abs(a))");
    assert_false(scan_each(&r.source, &r.catalog.tables[0], SCAN_EVERYTHING, &visitor, &err));
    assert_int_equal(rows, 1);
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "behind rowid 11"));
    assert_non_null(strstr(err.message, "integer overflow"));
}

static int
a_long_visit_stops(struct scratch *scratch)
{
    struct reading r;
    struct error err = {0};
    int rows = 0;
    const struct scan_visitor visitor = {look_away, &rows};
    read_file(&r, scratch->path);
    stop_request();
    bool ended = scan_each(&r.source, &r.catalog.tables[0], SCAN_EVERYTHING, &visitor, &err);
    bool stopped = !ended && err.kind == ERROR_STOPPED && rows < 100000;
    reading_close(&r);
    return !stopped;
}

static void
a_request_to_stop_ends_a_long_visit(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "CREATE TABLE t(a);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
                "INSERT INTO t SELECT i FROM n");
    scratch_in_child(scratch, a_long_visit_stops);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(rows_come_in_storage_order_with_their_rowids),
        SCRATCH_TEST(a_rowid_column_gives_the_position),
        SCRATCH_TEST(without_a_rowid_rows_are_numbered),
        SCRATCH_TEST(generated_and_oddly_named_columns_are_read),
        SCRATCH_TEST(all_two_thousand_columns_are_read),
        SCRATCH_TEST(bounds_are_the_smallest_and_largest_rowid),
        SCRATCH_TEST(an_unknown_function_fails_that_table_by_name),
        SCRATCH_TEST(a_failing_row_is_named_by_the_one_before_it),
        SCRATCH_TEST(a_corrupt_page_fails_the_scan_and_hints_at_a_backup),
        SCRATCH_TEST(a_request_to_stop_ends_a_long_scan),
        SCRATCH_TEST(a_visitor_is_shown_what_a_scan_reads),
        SCRATCH_TEST(a_visitor_is_shown_any_number_of_columns),
        SCRATCH_TEST(a_visitor_may_refuse_further_rows),
        SCRATCH_TEST(what_fails_a_scan_fails_it_before_a_visitor),
        SCRATCH_TEST(a_request_to_stop_ends_a_long_visit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
