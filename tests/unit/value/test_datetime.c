/* test_datetime.c — value/datetime.c against SQLite's own date functions. */
#include "value/datetime.h"
#include "values.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static bool
parse(const char *text, struct datetime *datetime)
{
    return datetime_parse((const uint8_t *)text, strlen(text), datetime);
}

static sqlite3_int64
sqlite_number(sqlite3_stmt *statement, const char *text)
{
    sqlite3_reset(statement);
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_TRANSIENT);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_type(statement, 0), SQLITE_INTEGER);
    return sqlite3_column_int64(statement, 0);
}

static sqlite3_stmt *
prepare(struct values *values, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(values->database, sql, -1, &statement, NULL),
                     SQLITE_OK);
    return statement;
}

/* Whether the day exists must be known, and which it is when it does. */
static void
check_day(struct values *values, sqlite3_stmt *days, int year, int month, int day)
{
    char text[32];
    char same[96];
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    snprintf(same, sizeof same, "SELECT date('%s', '+0 days') = '%s'", text, text);
    bool exists = day < 29 || sqlite3_value_int(value_of_sql(values, same));
    struct datetime datetime;
    if (parse(text, &datetime) != exists) {
        fail_msg("%s: exists %d", text, exists);
    }
    if (exists) {
        assert_int_equal(datetime.days, sqlite_number(days, text));
        assert_false(datetime.has_time);
    }
}

static void
days_are_those_that_sqlite_counts(void **state)
{
    (void)state;
    static const int tried[] = {1, 28, 29, 30, 31};
    AUTO_VALUES values;
    values_open(&values, "UTF-8");
    sqlite3_stmt *days = prepare(
        &values, "SELECT CAST(julianday(?1) - julianday('2000-01-01') AS INTEGER)");
    for (int year = 1; year <= 9999; year += year < 1890 || year > 2110 ? 7 : 1) {
        for (int month = 1; month <= 12; month++) {
            for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
                check_day(&values, days, year, month, tried[i]);
            }
        }
    }
    sqlite3_finalize(days);
}

static void
moments_are_those_that_sqlite_reads(void **state)
{
    (void)state;
    AUTO_VALUES values;
    values_open(&values, "UTF-8");
    sqlite3_stmt *seconds = prepare(
        &values, "SELECT CAST(strftime('%s', ?1) AS INTEGER) - strftime('%s', '2000-01-01')");
    uint64_t random = 4;
    for (int i = 0; i < 20000; i++) {
        uint64_t dice = next_random(&random);
        char zone[16] = "";
        if (dice % 3 == 1) {
            snprintf(zone, sizeof zone, "Z");
        } else if (dice % 3 == 2) {
            snprintf(zone, sizeof zone, "%c%02u:%02u", dice & 64 ? '+' : '-',
                     (unsigned)(dice >> 8) % 15, (unsigned)(dice >> 16) % 60);
        }
        char text[64];
        snprintf(text, sizeof text, "%04u-%02u-%02u%c%02u:%02u:%02u%s",
                 (unsigned)(dice >> 20) % 9997 + 2, (unsigned)(dice >> 34) % 12 + 1,
                 (unsigned)(dice >> 38) % 28 + 1, dice & 32 ? 'T' : ' ',
                 (unsigned)(dice >> 43) % 24, (unsigned)(dice >> 48) % 60,
                 (unsigned)(dice >> 54) % 60, zone);
        struct datetime datetime;
        assert_true(parse(text, &datetime));
        assert_int_equal(datetime.zoned, zone[0] != '\0');
        assert_int_equal(datetime_utc(&datetime), sqlite_number(seconds, text) * 1000000);
    }
    sqlite3_finalize(seconds);
}

static void
assert_moment(const char *text, int64_t microseconds)
{
    struct datetime datetime;
    assert_true(parse(text, &datetime));
    assert_int_equal(datetime_utc(&datetime), microseconds);
}

static void
fractions_and_zones_are_exact(void **state)
{
    (void)state;
    assert_moment("2000-01-01", 0);
    assert_moment("2000-01-01 00:00", 0);
    assert_moment("2000-01-01T00:00:00.000001", 1);
    assert_moment("2000-01-01 00:00:00.1", 100000);
    assert_moment("2000-01-01 00:00:00.123456000", 123456);
    assert_moment("1999-12-31 23:59:59.999999", -1);
    assert_moment("2000-01-01T00:00:00+01", -3600000000);
    assert_moment("2000-01-01T00:00:00-0130", 5400000000);
    assert_moment("2000-01-01T00:00+01:30", -5400000000);
    assert_moment("2000-01-01T00:00:00.5Z", 500000);
    assert_moment("2000-01-01 00:00:00.500 +01:30", -5399500000);
    assert_moment("2000-01-01 00:00:00 -0130", 5400000000);
}

static void
what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "now",
        "0000-00-00",
        "0000-01-01",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-00-10",
        "2024-13-01",
        "2024-01-00",
        "2024-04-31",
        "2024-1-1",
        "20240101",
        "24-01-01",
        "2024-01-01 ",
        " 2024-01-01",
        "2024-01-01T",
        "2024-01-01 1:00",
        "2024-01-01 24:00",
        "2024-01-01 10:60",
        "2024-01-01 10:00:60",
        "2024-01-01 10",
        "2024-01-01 10:00:",
        "2024-01-01 10:00:0",
        "2024-01-01 10:00:00.",
        "2024-01-01 10:00:00.Z",
        "2024-01-01 10:00:00.1234567",
        "2024-01-01t10:00:00",
        "2024-01-01  10:00:00",
        "2024-01-01 10:00:00z",
        "2024-01-01 10:00:00 Z",
        "2024-01-01 10:00:00 ",
        "2024-01-01 10:00:00 +01",
        "2024-01-01 10:00:00  +01:00",
        "2024-01-01 10:00:00 +01:00 ",
        "2024-01-01 10:00:00ZZ",
        "2024-01-01 10:00:00+1",
        "2024-01-01 10:00:00+15",
        "2024-01-01 10:00:00+01:60",
        "2024-01-01 10:00:00+01:0",
        "2024-01-01 10:00:00+01-00",
        "2024-01-01 10:00:00+",
        "2024-01-01Z",
        "2024-01-01 10:00:00+010000",
        "2024/01/01",
        "2024-01-01 10:00 ",
        "2024-01-01 10.00",
        "+024-01-01",
        "2024-01--1",
        "12024-01-01",
        "2024-01-01 -1:00",
        "2024-01-01 10:00:00,5",
        "2024-01-01 10:00:00.12345 ",
    };
    struct datetime datetime;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (parse(refused[i], &datetime)) {
            fail_msg("accepted: %s", refused[i]);
        }
    }
}

static void
a_time_of_day_stands_alone(void **state)
{
    (void)state;
    int64_t time;
    assert_true(time_of_day_parse((const uint8_t *)"23:59:59.999999", 15, &time));
    assert_int_equal(time, MICROSECONDS_PER_DAY - 1);
    assert_true(time_of_day_parse((const uint8_t *)"00:00", 5, &time));
    assert_int_equal(time, 0);
    assert_false(time_of_day_parse((const uint8_t *)"24:00", 5, &time));
    assert_false(time_of_day_parse((const uint8_t *)"10:00Z", 6, &time));
    assert_false(time_of_day_parse((const uint8_t *)"10:0", 4, &time));
    assert_false(time_of_day_parse((const uint8_t *)"", 0, &time));
}

/* Groups of MOMENT. */
enum { YEAR = 1, MONTH, DAY, HOUR = 5, MINUTE, SECOND = 8, FRACTION = 10, ZONE, GROUPS = 13 };

#define MOMENT                                                                                 \
    "^([0-9]{4})-([0-9]{2})-([0-9]{2})([T ]([0-9]{2}):([0-9]{2})(:([0-9]{2})(\\.([0-9]{1,6})"  \
    "0*)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?| [+-][0-9]{2}:?[0-9]{2})?)?$"

static int
group_number(const char *text, const regmatch_t *group)
{
    return group->rm_so < 0 ? 0 : (int)strtol(text + group->rm_so, NULL, 10);
}

/* Microseconds since 2000 of a text that MOMENT describes, by the C library's calendar.
 * False: no such day, or beyond the hours, minutes or seconds there are. */
static bool
moment_by_calendar(const char *text, const regmatch_t *groups, int64_t *microseconds)
{
    struct tm time = {.tm_year = group_number(text, &groups[YEAR]) - 1900,
                      .tm_mon = group_number(text, &groups[MONTH]) - 1,
                      .tm_mday = group_number(text, &groups[DAY]),
                      .tm_hour = group_number(text, &groups[HOUR]),
                      .tm_min = group_number(text, &groups[MINUTE]),
                      .tm_sec = group_number(text, &groups[SECOND])};
    struct tm wanted = time;
    int64_t seconds = timegm(&time); /* and makes 30 February a day in March */
    char fraction[] = "000000";
    if (groups[FRACTION].rm_so >= 0) {
        memcpy(fraction, text + groups[FRACTION].rm_so,
               (size_t)(groups[FRACTION].rm_eo - groups[FRACTION].rm_so));
    }
    const char *zone = groups[ZONE].rm_so < 0 ? "" : text + groups[ZONE].rm_so;
    zone += zone[0] == ' ';
    size_t length = strlen(zone);
    int hours = length < 3 ? 0 : (zone[1] - '0') * 10 + zone[2] - '0';
    int minutes = length < 5 ? 0 : (int)strtol(zone + length - 2, NULL, 10);
    int east = (hours * 60 + minutes) * (zone[0] == '-' ? -60 : 60);
    *microseconds = (seconds - 946684800 - east) * 1000000 + strtol(fraction, NULL, 10);
    return wanted.tm_year > -1900 && time.tm_mon == wanted.tm_mon &&
           time.tm_mday == wanted.tm_mday && time.tm_hour == wanted.tm_hour &&
           time.tm_min == wanted.tm_min && time.tm_sec == wanted.tm_sec && hours < 15 &&
           minutes < 60;
}

static void
check_against_calendar(const regex_t *moment, const char *text)
{
    regmatch_t groups[GROUPS];
    int64_t expected = 0;
    bool good = regexec(moment, text, GROUPS, groups, 0) == 0 &&
                moment_by_calendar(text, groups, &expected);
    struct datetime datetime;
    if (parse(text, &datetime) != good) {
        fail_msg("%s: a moment %d", text, good);
    }
    if (good) {
        assert_int_equal(datetime_utc(&datetime), expected);
        assert_int_equal(datetime.has_time, groups[HOUR].rm_so >= 0);
        assert_int_equal(datetime.zoned, groups[ZONE].rm_so >= 0);
    }
}

static void
any_byte_anywhere_is_judged_by_the_form_and_the_calendar(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "2024-02-29T23:59:59.123456Z",
        "1900-12-31 00:00:00",
        "2021-08-15T22:13:37.250+05:30",
        "0001-01-01 10:20:30-0145",
        "2023-06-30T07:08",
        "1999-10-19",
        "2021-08-15 22:13:37.250 +05:30",
        "2021-08-15 22:13:37 -0330",
    };
    regex_t moment;
    assert_int_equal(regcomp(&moment, MOMENT, REG_EXTENDED), 0);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char text[64];
        size_t size = strlen(forms[i]);
        for (size_t at = 0; at < size * 255; at++) {
            memcpy(text, forms[i], size + 1);
            text[at / 255] = (char)(at % 255 + 1);
            check_against_calendar(&moment, text);
        }
        for (size_t cut = 0; cut <= size; cut++) {
            snprintf(text, sizeof text, "%.*s", (int)cut, forms[i]);
            check_against_calendar(&moment, text);
        }
    }
    regfree(&moment);
}

static void
any_digits_are_judged_by_the_calendar(void **state)
{
    (void)state;
    uint64_t random = 8;
    regex_t moment;
    assert_int_equal(regcomp(&moment, MOMENT, REG_EXTENDED), 0);
    for (int i = 0; i < 50000; i++) {
        uint64_t dice = next_random(&random);
        char text[64];
        size_t fraction = dice % 9;
        snprintf(text, sizeof text, "%04u-%02u-%02u%c%02u:%02u:%02u%s%.*s%s",
                 (unsigned)(dice >> 8) % 10000, (unsigned)(dice >> 22) % 14,
                 (unsigned)(dice >> 26) % 33, dice & 16 ? 'T' : ' ',
                 (unsigned)(dice >> 31) % 26, (unsigned)(dice >> 36) % 62,
                 (unsigned)(dice >> 42) % 62, fraction == 0 ? "" : ".", (int)fraction,
                 dice & 32 ? "98765400" : "98765432", dice & 64 ? "Z" : "");
        check_against_calendar(&moment, text);
    }
    regfree(&moment);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_those_that_sqlite_counts),
        cmocka_unit_test(moments_are_those_that_sqlite_reads),
        cmocka_unit_test(fractions_and_zones_are_exact),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(a_time_of_day_stands_alone),
        cmocka_unit_test(any_byte_anywhere_is_judged_by_the_form_and_the_calendar),
        cmocka_unit_test(any_digits_are_judged_by_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
