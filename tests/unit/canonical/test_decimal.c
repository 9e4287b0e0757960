/* test_decimal.c — canonical/decimal.c. */
#include "canonical/decimal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool
printed(const char *text, struct text *out)
{
    AUTO_TEXT form = {0};
    if (!canonical_decimal_from_text(&form, (const uint8_t *)text, strlen(text))) {
        return false;
    }
    canonical_decimal_print(out, (const uint8_t *)form.bytes, form.length);
    return true;
}

static void
numbers_lose_what_does_not_matter(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0.00", "0"},
        {"1.50", "1.5"},
        {"0001", "1"},
        {"100", "100"},
        {"1e2", "100"},
        {"1.5E-3", "0.0015"},
        {"+7", "7"},
        {"-12.340", "-12.34"},
        {".5", "0.5"},
        {"5.", "5"},
        {"0.1e1", "1"},
        {"1e30", "1e+30"},
        {"0e99999999999", "0"},
        {"120e-1", "12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT out = {0};
        assert_true(printed(cases[i][0], &out));
        assert_string_equal(text_string(&out), cases[i][1]);
    }
}

static void
what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",   "-",  ".",   "1.2.3", " 1",  "1 ",    "0x10",
                                        "1e", "e5", "1e+", "--1",   "NaN", "1_000", "1,5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_TEXT out = {0};
        if (printed(wrong[i], &out)) {
            fail_msg("read: %s", wrong[i]);
        }
    }
}

/* The expected texts are those of PostgreSQL's own shortest output (float8out). */
static void
a_double_is_its_shortest_decimal(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {2.5, "2.5"},
        {-123.456, "-123.456"},
        {5e-324, "5e-324"},
        {1e23, "1e+23"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {9007199254740993.0, "9007199254740992.0"},
        {3.0, "3.0"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {12345678901234567.0, "12345678901234568.0"},
        {-0.0, "-0.0"},
        {(double)INFINITY, "Infinity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT out = {0};
        canonical_decimal_print_double(&out, cases[i].value);
        assert_string_equal(text_string(&out), cases[i].expected);
    }
}

/* Many doubles, spread over all exponents: text and form read back the same. */
static void
every_double_reads_back(void **state)
{
    (void)state;
    uint64_t bits = 0x243F6A8885A308D3;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isnan(value) || isinf(value)) {
            continue;
        }
        AUTO_TEXT out = {0};
        AUTO_TEXT from_text = {0};
        AUTO_TEXT from_double = {0};
        canonical_decimal_print_double(&out, value);
        assert_true(strtod(text_string(&out), NULL) == value);
        assert_true(
            canonical_decimal_from_text(&from_text, (const uint8_t *)out.bytes, out.length));
        canonical_decimal_from_double(&from_double, value);
        assert_int_equal(from_text.length, from_double.length);
        assert_memory_equal(from_text.bytes, from_double.bytes, from_text.length);
    }
}

static void
integers_of_a_power_of_ten_are_exact_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int shift;
        bool whole;
        int64_t value;
    } cases[] = {
        {"1.5", 6, true, 1500000},
        {"1.5", 0, false, 0},
        {"0", 6, true, 0},
        {"-9223372036854775808", 0, true, INT64_MIN},
        {"9223372036854775807", 0, true, INT64_MAX},
        {"9223372036854775808", 0, false, 0},
        {"1e30", 0, false, 0},
        {"0.0000001", 6, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT form = {0};
        int64_t value = 0;
        assert_true(canonical_decimal_from_text(&form, (const uint8_t *)cases[i].text,
                                                strlen(cases[i].text)));
        bool whole = canonical_decimal_to_integer((const uint8_t *)form.bytes, form.length,
                                                  cases[i].shift, &value);
        assert_int_equal(whole, cases[i].whole);
        assert_true(!whole || value == cases[i].value);
    }
}

static void
malformed_numerics_are_refused(void **state)
{
    (void)state;
    static const uint8_t short_one[] = {0, 1, 0, 0, 0, 0, 0};
    static const uint8_t missing_digit[] = {0, 2, 0, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t digit_too_large[] = {0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10};
    static const uint8_t odd_sign[] = {0, 1, 0, 0, 0x12, 0, 0, 0, 0, 1};
    AUTO_TEXT form = {0};
    assert_false(canonical_decimal_from_numeric(&form, short_one, sizeof short_one));
    assert_false(canonical_decimal_from_numeric(&form, missing_digit, sizeof missing_digit));
    assert_false(
        canonical_decimal_from_numeric(&form, digit_too_large, sizeof digit_too_large));
    assert_false(canonical_decimal_from_numeric(&form, odd_sign, sizeof odd_sign));
    assert_int_equal(form.length, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_lose_what_does_not_matter),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_double_is_its_shortest_decimal),
        cmocka_unit_test(every_double_reads_back),
        cmocka_unit_test(integers_of_a_power_of_ten_are_exact_or_refused),
        cmocka_unit_test(malformed_numerics_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
