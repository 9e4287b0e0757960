/* test_parts.c — verify/parts.c: whatever the rowids, all parts together are the table. */
#include "sqlite/source.h"
#include "verify/parts.h"
#include "verify/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/outgrow-parts-XXXXXX";
static struct arena memory;
static struct source source;
static struct catalog catalog;

static int
begin(void **state)
{
    (void)state;
    struct error err = {0};
    sqlite3 *handle = NULL;
    int file = mkstemp(path);
    if (file < 0 || close(file) != 0 || sqlite3_open(path, &handle) != SQLITE_OK) {
        return -1;
    }
    int made = sqlite3_exec(
        handle,
        "CREATE TABLE even (id INTEGER PRIMARY KEY, v);"
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 10000)"
        " INSERT INTO even SELECT i, i FROM s;"
        "CREATE TABLE ends (id INTEGER PRIMARY KEY, v);"
        "INSERT INTO ends VALUES (-9223372036854775808, 1), (0, 2), (9223372036854775807, 3);"
        "CREATE TABLE one (id INTEGER PRIMARY KEY, v);"
        "INSERT INTO one VALUES (5, 5);"
        "CREATE TABLE none (id INTEGER PRIMARY KEY, v);"
        "CREATE TABLE worded (id TEXT PRIMARY KEY, v) WITHOUT ROWID;"
        "INSERT INTO worded VALUES ('a', 1), ('b', 2);",
        NULL, NULL, NULL);
    sqlite3_close(handle);
    return made == SQLITE_OK && source_open(&source, path, &err) &&
                   catalog_read(&source, &memory, &catalog, &err)
               ? 0
               : -1;
}

static int
end(void **state)
{
    (void)state;
    source_close(&source);
    arena_free(&memory);
    return unlink(path);
}

static void
cut(size_t index, double pages, size_t streams, double sample, struct parts *parts)
{
    struct error err = {0};
    const struct source_table *source_table = &catalog.tables[index];
    struct plan_column *columns = arena_alloc(&memory, 2 * sizeof *columns);
    for (size_t i = 0; i < 2; i++) {
        columns[i] = (struct plan_column){.source = &source_table->columns[i],
                                          .source_position = (int)i,
                                          .name = source_table->columns[i].name.text,
                                          .type = {.kind = TYPE_BIGINT}};
    }
    const struct plan_table table = {.source = source_table,
                                     .schema = "public",
                                     .name = source_table->name.text,
                                     .columns = columns,
                                     .column_count = 2};
    struct shape *shape = arena_alloc(&memory, sizeof *shape);
    shape_build(&memory, &table, shape);
    const struct parts_request request = {.shape = shape,
                                          .source = &source,
                                          .pages = pages,
                                          .streams = streams,
                                          .sample = sample};
    assert_true(parts_build(&memory, &request, parts, &err));
}

/* Rows that a scan of each range finds, summed up. */
static size_t
count_rows(size_t table, struct parts *parts)
{
    struct error err = {0};
    size_t rows = 0;
    const struct scan_range *range;
    parts_restart(parts);
    while ((range = parts_next_range(parts)) != NULL) {
        AUTO_SCAN scan = {0};
        assert_true(scan_open(&scan, &source, &catalog.tables[table], *range, &err));
        while (scan_next(&scan, &err) == SCAN_ROW) {
            rows++;
        }
    }
    return rows;
}

static void
expect_gapless(const struct parts *parts)
{
    assert_true(parts->ranges[0].low == INT64_MIN);
    assert_true(parts->ranges[parts->range_count - 1].high == INT64_MAX);
    for (size_t i = 1; i < parts->range_count; i++) {
        assert_true(parts->ranges[i].low == parts->ranges[i - 1].high + 1);
        assert_true(parts->ranges[i].low <= parts->ranges[i].high);
    }
}

static void
the_ranges_of_several_streams_are_the_table(void **state)
{
    (void)state;
    static const size_t rows[] = {10000, 3, 1, 0, 2};
    for (size_t table = 0; table < 5; table++) {
        for (size_t streams = 1; streams <= 8; streams++) {
            struct parts parts;
            cut(table, 0, streams, 0, &parts);
            expect_gapless(&parts);
            assert_int_equal(count_rows(table, &parts), rows[table]);
        }
    }
}

static void
a_table_is_cut_by_place_without_a_gap_and_open_at_its_end(void **state)
{
    (void)state;
    struct parts parts;
    cut(0, 10000, 2, 0, &parts);
    assert_true(parts.select_count > 2);
    unsigned long low = 0;
    for (size_t i = 0; i < parts.select_count; i++) {
        const char *from = strstr(parts.selects[i], "WHERE ctid >= '(");
        assert_non_null(from);
        assert_int_equal(strtoul(from + strlen("WHERE ctid >= '("), NULL, 10), low);
        const char *to = strstr(parts.selects[i], "ctid < '(");
        assert_int_equal(to == NULL, i + 1 == parts.select_count);
        low = to == NULL ? low : strtoul(to + strlen("ctid < '("), NULL, 10);
    }
    assert_true(low < 10000);
}

static void
a_table_of_a_few_pages_or_of_unknown_place_is_not_cut(void **state)
{
    (void)state;
    static const double pages[] = {0, 1, 300};
    for (size_t i = 0; i < 3; i++) {
        struct parts parts;
        cut(0, pages[i], 4, 0, &parts);
        assert_int_equal(parts.select_count, 1);
        assert_string_equal(parts.selects[0],
                            "COPY (SELECT id, v FROM public.even) TO STDOUT (FORMAT binary)");
    }
}

static void
a_sample_is_about_the_part_that_was_asked_for_and_both_ends(void **state)
{
    (void)state;
    struct parts parts;
    cut(0, 10000, 4, 0.1, &parts);
    assert_true(parts.sampled);
    assert_int_equal(parts.range_count, parts.select_count);
    size_t rows = count_rows(0, &parts);
    assert_in_range(rows, 500, 2000);
    bool low = false;
    bool high = false;
    for (size_t i = 0; i < parts.range_count; i++) {
        assert_non_null(strstr(parts.selects[i], "WHERE id BETWEEN "));
        low |= parts.ranges[i].low == INT64_MIN;
        high |= parts.ranges[i].high == INT64_MAX;
    }
    assert_true(low && high);
}

static void
a_sample_of_everything_finds_every_row_once(void **state)
{
    (void)state;
    static const size_t rows[] = {10000, 3, 1};
    for (size_t table = 0; table < 3; table++) {
        struct parts parts;
        cut(table, 0, 1, 1, &parts);
        assert_int_equal(count_rows(table, &parts), rows[table]);
    }
}

static void
a_table_without_a_whole_number_as_its_key_is_compared_in_full(void **state)
{
    (void)state;
    struct parts parts;
    cut(4, 0, 1, 0.1, &parts);
    assert_false(parts.sampled);
    assert_int_equal(count_rows(4, &parts), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ranges_of_several_streams_are_the_table),
        cmocka_unit_test(a_table_is_cut_by_place_without_a_gap_and_open_at_its_end),
        cmocka_unit_test(a_table_of_a_few_pages_or_of_unknown_place_is_not_cut),
        cmocka_unit_test(a_sample_is_about_the_part_that_was_asked_for_and_both_ends),
        cmocka_unit_test(a_sample_of_everything_finds_every_row_once),
        cmocka_unit_test(a_table_without_a_whole_number_as_its_key_is_compared_in_full),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
