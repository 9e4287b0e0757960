/* test_moment.c — canonical/moment.c, against SQLite's own calendar. */
#include "canonical/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

/* SQLite's strftime('%s') knows the same proleptic calendar. */
/* As microseconds since 1970 UTC; a zone only where it is allowed. */
static bool
reads(const char *text, bool zone_allowed, int64_t *moment)
{
    struct canonical_moment point;
    bool read = canonical_moment_read_point((const uint8_t *)text, strlen(text), false, &point);
    *moment = point.local - point.offset;
    return read && (zone_allowed || !point.zoned);
}

static void
days_and_seconds_are_those_of_sqlite(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    /* Every 37th day from year 1 to 9999, each at another time of day. */
    const char *sql =
        "WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 37 FROM d WHERE n < 3652000)"
        " SELECT datetime('0001-01-01', n || ' days', (n * 7919 % 86400) || ' seconds'),"
        " CAST(strftime('%s', '0001-01-01', n || ' days', (n * 7919 % 86400) || ' seconds')"
        " AS INTEGER) FROM d";
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int rows = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        int64_t moment = 0;
        AUTO_TEXT printed = {0};
        assert_true(reads((const char *)text, false, &moment));
        assert_true(moment == sqlite3_column_int64(statement, 1) * 1000000);
        canonical_moment_print_timestamp(&printed, moment);
        assert_string_equal(text_string(&printed), (const char *)text);
        rows++;
    }
    assert_true(rows > 98000);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void
zones_are_taken_off(void **state)
{
    (void)state;
    static const char *const same_moment[] = {
        "2024-03-01 00:30:00",      "2024-03-01T00:30",
        "2024-03-01 00:30:00Z",     "2024-03-01 01:30:00+01:00",
        "2024-02-29 18:30:00 -06",  "2024-03-01 06:00+0530",
        "2024-03-01T00:30:00.000z", "2024-03-01 00:30:00.000000000+00",
    };
    for (size_t i = 0; i < sizeof same_moment / sizeof *same_moment; i++) {
        int64_t moment = 0;
        assert_true(reads(same_moment[i], true, &moment));
        assert_true(moment == 1709253000LL * 1000000);
    }
}

static void
what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "now",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "0000-01-01",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "2024-1-1",
        "24-01-01",
        " 2024-01-01",
        "2024-01-01 ",
        "2024-01-01 24:00",
        "2024-01-01 12:60",
        "2024-01-01 12:00:60",
        "2024-01-01 12",
        "2024-01-01T",
        "2024-01-01 12:00:00.",
        "2024-01-01 12:00:00.1234567",
        "2024-01-01 12:00 UTC",
        "2024-01-01 12:00+99",
        "2024-01-01 12:00+1",
        "2024-01-01x12:00",
        "20240101",
        "2024-01-01 12:00ZZ",
        "-2024-01-01",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t moment = 0;
        if (reads(wrong[i], true, &moment)) {
            fail_msg("read: %s", wrong[i]);
        }
    }
    int64_t moment = 0;
    assert_false(reads("2024-01-01 12:00Z", false, &moment));
}

static void
times_of_day_have_microseconds(void **state)
{
    (void)state;
    int64_t time = 0;
    AUTO_TEXT printed = {0};
    assert_true(canonical_moment_read_time((const uint8_t *)"23:59:59.000001", 15, &time));
    assert_true(time == 86399000001);
    canonical_moment_print_time(&printed, time);
    assert_string_equal(text_string(&printed), "23:59:59.000001");
    assert_false(canonical_moment_read_time((const uint8_t *)"24:00", 5, &time));
    assert_false(canonical_moment_read_time((const uint8_t *)"1:00", 4, &time));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_seconds_are_those_of_sqlite),
        cmocka_unit_test(zones_are_taken_off),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(times_of_day_have_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
