/* test_encode_kinds.c — the types that plans and existing tables ask for, against bytes
 * that a PostgreSQL 15 wrote, by COPY (SELECT ...) TO STDOUT (FORMAT binary). */
#include "value/encode.h"
#include "value/zone.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KIND(k) ((struct value_type){.kind = (k)})

static const struct encode_settings plain = {0};

/* The field in hex; "" refused; "null". */
static void
encoded(struct values *v, const char *sql, struct value_type type, enum encode_outcome expected,
        char hex[256])
{
    AUTO_TEXT row = {0};
    struct refusal refusal = {0};
    enum encode_outcome outcome = value_encoder_of(&type)(value_of_sql(v, sql), &type, &plain,
                                                          &row, &refusal);
    if (outcome != expected) {
        fail_msg("%s: outcome %d, %s", sql, outcome, refusal.reason);
    }
    assert_int_equal(outcome == ENCODE_OK, refusal.reason[0] == '\0');
    hex[0] = '\0';
    if (outcome == ENCODE_REFUSED) {
        assert_int_equal(row.length, 0);
        return;
    }
    if (row.length == 4 && row.bytes[0] == (char)0xFF) {
        snprintf(hex, 256, "null");
        return;
    }
    assert_int_equal(row.length, 4 + (uint8_t)row.bytes[3]);
    for (size_t i = 4; i < row.length; i++) {
        snprintf(hex + 2 * (i - 4), 3, "%02x", (uint8_t)row.bytes[i]);
    }
}

static void
assert_hex(struct values *v, const char *sql, struct value_type type, const char *expected)
{
    char hex[256];
    encoded(v, sql, type, *expected == '\0' ? ENCODE_REFUSED : ENCODE_OK, hex);
    if (strcmp(hex, expected) != 0) {
        fail_msg("%s: %s, not %s", sql, hex, expected);
    }
}

static void
narrow_numbers_are_exact_or_refused(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_hex(&v, "SELECT 42", KIND(TYPE_INTEGER), "0000002a");
    assert_hex(&v, "SELECT '-1'", KIND(TYPE_INTEGER), "ffffffff");
    assert_hex(&v, "SELECT 42.0", KIND(TYPE_INTEGER), "0000002a");
    assert_hex(&v, "SELECT 2147483648", KIND(TYPE_INTEGER), "");
    assert_hex(&v, "SELECT -2147483649", KIND(TYPE_INTEGER), "");
    assert_hex(&v, "SELECT 1.5", KIND(TYPE_INTEGER), "");
    assert_hex(&v, "SELECT '042'", KIND(TYPE_INTEGER), "");
    assert_hex(&v, "SELECT -32768", KIND(TYPE_SMALLINT), "8000");
    assert_hex(&v, "SELECT 32768", KIND(TYPE_SMALLINT), "");
    assert_hex(&v, "SELECT 1.5", KIND(TYPE_REAL), "3fc00000");
    assert_hex(&v, "SELECT 1e999", KIND(TYPE_REAL), "7f800000");
    assert_hex(&v, "SELECT 0.1", KIND(TYPE_REAL), "");
    assert_hex(&v, "SELECT 1e300", KIND(TYPE_REAL), "");
    assert_hex(&v, "SELECT 16777217", KIND(TYPE_REAL), "");
    assert_hex(&v, "SELECT NULL", KIND(TYPE_REAL), "null");
}

static void
texts_of_set_length_lose_only_blanks_at_the_end(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct value_type three = {TYPE_CHAR, .length = 3};
    assert_hex(&v, "SELECT 'ab '", three, "6162");
    assert_hex(&v, "SELECT 'abc   '", three, "616263");
    assert_hex(&v, "SELECT 'abcd'", three, "");
    assert_hex(&v, "SELECT 'ääö'", three, "c3a4c3a4c3b6");
    assert_hex(&v, "SELECT 'ab'", KIND(TYPE_CHAR), "");
    assert_hex(&v, "SELECT 'Ab'", KIND(TYPE_CITEXT), "4162");
}

static void
addresses_are_read_as_inet_reads_them(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_hex(&v, "SELECT '10.1.2.3/8'", KIND(TYPE_INET), "020800040a010203");
    assert_hex(&v, "SELECT '10.1.2.3'", KIND(TYPE_INET), "022000040a010203");
    assert_hex(&v, "SELECT '10.0.0.0/8'", KIND(TYPE_CIDR), "020801040a000000");
    assert_hex(&v, "SELECT 'fe80::1/64'", KIND(TYPE_INET),
               "03400010fe800000000000000000000000000001");
    assert_hex(&v, "SELECT '::ffff:1.2.3.4'", KIND(TYPE_INET),
               "0380001000000000000000000000ffff01020304");
    assert_hex(&v, "SELECT '::'", KIND(TYPE_INET), "0380001000000000000000000000000000000000");
    static const char *const wrong[] = {"SELECT '10.1.2'",
                                        "SELECT '10.1.2.256'",
                                        "SELECT '10.1.2.3/33'",
                                        "SELECT ' 10.1.2.3'",
                                        "SELECT '10.1.2.3/'",
                                        "SELECT '::/129'",
                                        "SELECT ':::'",
                                        "SELECT '1::2::3'",
                                        "SELECT 'fe80::1%eth0'",
                                        "SELECT ''",
                                        "SELECT 1",
                                        "SELECT '10.1.2.3/08'"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_hex(&v, wrong[i], KIND(TYPE_INET), "");
    }
    assert_hex(&v, "SELECT '10.1.2.3/8'", KIND(TYPE_CIDR), "");
}

static void
intervals_are_read_in_all_their_forms(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct value_type type = KIND(TYPE_INTERVAL);
    assert_hex(&v, "SELECT '1 day 02:00:00'", type, "00000001ad2748000000000100000000");
    assert_hex(&v, "SELECT '1 day, 2:00:00'", type, "00000001ad2748000000000100000000");
    assert_hex(&v, "SELECT 'P1DT2H'", type, "00000001ad2748000000000100000000");
    assert_hex(&v, "SELECT 'P1Y2M3W4DT5H6M7.5S'", type, "0000000446c9cee0000000190000000e");
    assert_hex(&v, "SELECT '26:00:00'", type, "00000015cafea8000000000000000000");
    assert_hex(&v, "SELECT '-1 day +23:00:00'", type, "000000134743bc00ffffffff00000000");
    assert_hex(&v, "SELECT '-00:00:00.000001'", type, "ffffffffffffffff0000000000000000");
    assert_hex(&v, "SELECT '1 year 2 mons -3 days +04:05:06.7'", type,
               "000000036c966ee0fffffffd0000000e");
    assert_hex(&v, "SELECT '@ 3 hours ago'", type, "fffffffd7c4514000000000000000000");
    assert_hex(&v, "SELECT 26", type, "");
    static const char *const wrong[] = {"SELECT ''",
                                        "SELECT '5'",
                                        "SELECT 'P'",
                                        "SELECT 'PT'",
                                        "SELECT 'P1H'",
                                        "SELECT 'P1D1Y'",
                                        "SELECT 'PT0.0000001S'",
                                        "SELECT '1.5 days'",
                                        "SELECT '1:60:00'",
                                        "SELECT '1:2:3:4'",
                                        "SELECT '1 day '",
                                        "SELECT '1 fortnight'",
                                        "SELECT '99999999999 days'",
                                        "SELECT '1:00 ago x'"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_hex(&v, wrong[i], type, "");
    }
}

static void
numbers_of_a_unit_are_intervals(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const char *const sql[INTERVAL_UNIT_COUNT] = {
        NULL,           "SELECT 93600000000", "SELECT 93600000.0",
        "SELECT 93600", "SELECT 1560",        "SELECT 26"};
    for (int unit = INTERVAL_MICROSECONDS; unit <= INTERVAL_HOURS; unit++) {
        struct value_type type = {TYPE_INTERVAL, .interval_unit = (enum interval_unit)unit};
        assert_hex(&v, sql[unit], type, "00000015cafea8000000000000000000");
    }
    struct value_type days = {TYPE_INTERVAL, .interval_unit = INTERVAL_DAYS};
    assert_hex(&v, "SELECT 3", days, "00000000000000000000000300000000");
    assert_hex(&v, "SELECT 1.0 + 1.0 / 12", days, "00000001ad2748000000000100000000");
    assert_hex(&v, "SELECT 4294967296", days, "");
    struct value_type seconds = {TYPE_INTERVAL, .interval_unit = INTERVAL_SECONDS};
    assert_hex(&v, "SELECT -0.000001", seconds, "ffffffffffffffff0000000000000000");
    assert_hex(&v, "SELECT 0.0000001", seconds, "");
}

static void
json_arrays_become_arrays_of_one_dimension(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_hex(&v, "SELECT '[\"a\", null,\"\\u00e9\\\"\\\\\" ]'", KIND(TYPE_TEXT_ARRAY),
               "00000001000000010000001900000003000000010000000161ffffffff00000004c3a9225c");
    assert_hex(&v, "SELECT ' [ ] '", KIND(TYPE_TEXT_ARRAY), "000000000000000000000019");
    assert_hex(
        &v, "SELECT '[1,null,-3]'", KIND(TYPE_INTEGER_ARRAY),
        "00000001000000010000001700000003000000010000000400000001ffffffff00000004fffffffd");
    assert_hex(&v, "SELECT '[9223372036854775807]'", KIND(TYPE_BIGINT_ARRAY),
               "0000000100000000000000140000000100000001000000087fffffffffffffff");
    assert_hex(&v, "SELECT '[\"x\"]'",
               (struct value_type){TYPE_TEXT_ARRAY, .element_oid = 1043},
               "00000001000000000000041300000001000000010000000178");
    static const char *const wrong[] = {"SELECT '[1]'",
                                        "SELECT '[\"a\",[\"b\"]]'",
                                        "SELECT '{\"a\":1}'",
                                        "SELECT '\"a\"'",
                                        "SELECT '[\"a\"'",
                                        "SELECT '[\"\\u0000\"]'",
                                        "SELECT '[\"\\ud800\"]'",
                                        "SELECT '[true]'",
                                        "SELECT ''",
                                        "SELECT '{a,b}'",
                                        "SELECT x'5b5d'",
                                        "SELECT CAST(x'5b22ff225d' AS TEXT)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_hex(&v, wrong[i], KIND(TYPE_TEXT_ARRAY), "");
    }
    assert_hex(&v, "SELECT '[1.0]'", KIND(TYPE_BIGINT_ARRAY), "");
    assert_hex(&v, "SELECT '[\"1\"]'", KIND(TYPE_BIGINT_ARRAY), "");
    assert_hex(&v, "SELECT '[2147483648]'", KIND(TYPE_INTEGER_ARRAY), "");
    assert_hex(&v, "SELECT '[9223372036854775808]'", KIND(TYPE_BIGINT_ARRAY), "");
}

static void
labels_must_be_the_enum_s(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const char *const labels[] = {"active", "on hold", NULL};
    struct value_type type = {TYPE_ENUM, .labels = labels, .name = "registry.status"};
    assert_hex(&v, "SELECT 'on hold'", type, "6f6e20686f6c64");
    assert_hex(&v, "SELECT 'Active'", type, "");
    assert_hex(&v, "SELECT 'activ'", type, "");
    assert_hex(&v, "SELECT 1", type, "");
}

static void
texts_that_mean_null_become_null_in_every_type(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const char *const nulls[] = {"", "N/A", NULL};
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        struct value_type type = {(enum type_kind)kind, .null_texts = nulls};
        assert_hex(&v, "SELECT ''", type, "null");
        assert_hex(&v, "SELECT 'N/A'", type, "null");
    }
    struct value_type text = {TYPE_TEXT, .null_texts = nulls};
    assert_hex(&v, "SELECT 'n/a'", text, "6e2f61");
    assert_hex(&v, "SELECT x''", text, "");
    AUTO_VALUES wide;
    values_open(&wide, "UTF-16be");
    AUTO_TEXT row = {0};
    struct refusal refusal;
    const struct encode_settings utf16 = {.utf16 = true};
    value_encoder_of (&text)(value_of_text(&wide, "N/A"), &text, &utf16, &row, &refusal);
    assert_memory_equal(row.bytes, "\xff\xff\xff\xff", 4);
}

static void
reals_count_moments_when_they_are_exact(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct value_type seconds = {TYPE_TIMESTAMPTZ, .epoch = EPOCH_SECONDS};
    struct value_type milliseconds = {TYPE_TIMESTAMPTZ, .epoch = EPOCH_MILLISECONDS};
    struct value_type julian = {TYPE_TIMESTAMPTZ, .epoch = EPOCH_JULIAN};
    assert_hex(&v, "SELECT 1704164645.123456", seconds, "0002b0ec8517d580");
    assert_hex(&v, "SELECT 1704164645.1234567", seconds, "");
    assert_hex(&v, "SELECT 1704164645123.456", milliseconds, "0002b0ec8517d580");
    assert_hex(&v, "SELECT julianday('2024-01-02 03:04:05.123')", julian, "0002b0ec8517d3b8");
    assert_hex(&v, "SELECT 2460311.627837", julian, "");
    assert_hex(&v, "SELECT 1e400", seconds, "");
    seconds.round = true;
    assert_hex(&v, "SELECT 1704164645.1234563", seconds, "0002b0ec8517d580");
    julian.round = true;
    assert_hex(&v, "SELECT 2460311.627837", julian, "0002b0ec8517bc48");
    struct value_type date = {TYPE_DATE, .epoch = EPOCH_JULIAN};
    assert_hex(&v, "SELECT julianday('2024-01-02')", date, "0000223f");
    assert_hex(&v, "SELECT 2460312", date, ""); /* noon */
    date.epoch = EPOCH_DAYS;
    assert_hex(&v, "SELECT 19724", date, "0000223f");
    date.epoch = EPOCH_MILLISECONDS;
    assert_hex(&v, "SELECT 19724 * 86400000", date, "0000223f");
    assert_hex(&v, "SELECT 19724 * 86400000 + 1", date, "");
}

static void
a_coarser_type_refuses_or_rounds(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct value_type type = {TYPE_TIMESTAMPTZ, .tick_us = 1000};
    assert_hex(&v, "SELECT '2024-01-02 03:04:05.123'", type, "0002b0ec8517d3b8");
    assert_hex(&v, "SELECT '2024-01-02 03:04:05.123456'", type, "");
    type.round = true;
    assert_hex(&v, "SELECT '2024-01-02 03:04:05.123456'", type, "0002b0ec8517d3b8");
    assert_hex(&v, "SELECT '2024-01-02T03:04:05.1229999Z'", type, "0002b0ec8517d3b8");
    type.tick_us = 0;
    assert_hex(&v, "SELECT '2024-01-02 05:04:05.1234564999+02:00'", type, "0002b0ec8517d580");
    assert_hex(&v, "SELECT '2024-01-02 03:04:04.9999995'", type, "0002b0ec8515f340");
    assert_hex(&v, "SELECT '2024-01-02 03:04:05.12345x'", type, "");
}

static void
texts_without_a_zone_are_read_in_the_column_s(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    AUTO_ARENA arena = {0};
    struct error err;
    struct value_type type = {TYPE_TIMESTAMPTZ};
    char hex[256];
    assert_true(zone_open(&arena, "America/New_York", &type.zone, &err));
    assert_hex(&v, "SELECT '2024-07-01 12:00:00'", type, "0002bf307541c000");
    assert_hex(&v, "SELECT '2024-07-01 16:00:00Z'", type, "0002bf307541c000");
    assert_hex(&v, "SELECT '2024-03-10 02:30:00'", type, "");
    encoded(&v, "SELECT '2024-11-03 01:30:00'", type, ENCODE_ALTERED, hex);
    assert_string_equal(hex, "0002c8fa3a5d6600");
    assert_true(zone_open(&arena, "Europe/Berlin", &type.zone, &err));
    assert_hex(&v, "SELECT '2100-07-01 12:00'", type, "000b44671cd72800");
    assert_hex(&v, "SELECT '1900-01-01'", type, "fff4c9eda577dc00");
    assert_true(zone_open(&arena, "Australia/Lord_Howe", &type.zone, &err));
    assert_hex(&v, "SELECT '2050-12-31 23:59:59'", type, "0005b7c2337e31c0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_numbers_are_exact_or_refused),
        cmocka_unit_test(texts_of_set_length_lose_only_blanks_at_the_end),
        cmocka_unit_test(addresses_are_read_as_inet_reads_them),
        cmocka_unit_test(intervals_are_read_in_all_their_forms),
        cmocka_unit_test(numbers_of_a_unit_are_intervals),
        cmocka_unit_test(json_arrays_become_arrays_of_one_dimension),
        cmocka_unit_test(labels_must_be_the_enum_s),
        cmocka_unit_test(texts_that_mean_null_become_null_in_every_type),
        cmocka_unit_test(reals_count_moments_when_they_are_exact),
        cmocka_unit_test(a_coarser_type_refuses_or_rounds),
        cmocka_unit_test(texts_without_a_zone_are_read_in_the_column_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
