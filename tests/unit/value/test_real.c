/* test_real.c — value/real.c against the C library. */
#include "value/lossless.h"
#include "value/real.h"
#include "values.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_text(double number, const char *expected)
{
    char text[REAL_TEXT_SIZE];
    size_t length = real_to_text(number, text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
}

/* Fewest digits with which printf gives the number back. */
static int
fewest_digits(double number)
{
    char text[48];
    for (int digits = 1; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number) {
            return digits;
        }
    }
    return 17;
}

static void
check(double number)
{
    char text[REAL_TEXT_SIZE];
    size_t length = real_to_text(number, text);
    assert_int_equal(length, strlen(text));
    double back = strtod(text, NULL);
    assert_memory_equal(&back, &number, sizeof number);
    assert_non_null(strpbrk(text, ".e"));
    struct real_decimal decimal;
    real_decompose(number, &decimal);
    if (number != 0) {
        assert_int_equal(digit_count(decimal.digits), fewest_digits(number));
    }
    for (int scale = 0; scale <= 25; scale++) {
        assert_true(!real_scale_suffices(number, scale) || -decimal.exponent <= scale);
    }
}

static void
reals_are_written_as_people_do(void **state)
{
    (void)state;
    assert_text(0.0, "0.0");
    assert_text(-0.0, "-0.0");
    assert_text(2.0, "2.0");
    assert_text(-1.5, "-1.5");
    assert_text(0.1, "0.1");
    assert_text(0.0001, "0.0001");
    assert_text(0.00001, "1e-05");
    assert_text(123456.789, "123456.789");
    assert_text(1e15, "1000000000000000.0");
    assert_text(1e16, "10000000000000000.0");
    assert_text(1e17, "1e+17");
    assert_text(1e22, "1e+22");
    assert_text(1e23, "1e+23");
    assert_text(9007199254740993.0, "9007199254740992.0");
    assert_text(5e-324, "5e-324");
    assert_text(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_text(-1.7976931348623157e308, "-1.7976931348623157e+308");
    assert_text(0.1 + 0.2, "0.30000000000000004");
    assert_text((double)INFINITY, "Infinity");
    assert_text(-(double)INFINITY, "-Infinity");
}

static void
any_double_reads_back_the_same_from_the_fewest_digits(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int i = 0; i < 30000; i++) {
        uint64_t bits = next_random(&random);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number)) {
            check(number);
        }
    }
}

static void
decimals_of_every_length_read_back_the_same(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int i = 0; i < 30000; i++) {
        char text[64];
        uint64_t digits = next_random(&random) >> (next_random(&random) % 64);
        int exponent = (int)(next_random(&random) % 40) - 30;
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
        check(strtod(text, NULL));
        check(nextafter(strtod(text, NULL), 1e300));
        check(-strtod(text, NULL));
    }
}

static void
the_scale_of_usual_numbers_is_told_without_their_digits(void **state)
{
    (void)state;
    static const struct {
        double number;
        int scale;
    } usual[] = {
        {0.0, 0},   {-0.0, 0},    {1.0, 0},       {0.1, 1},        {-2.5, 1},
        {19.99, 2}, {1e-9, 9},    {1e15, 0},      {123456.789, 3}, {8.1150630015054, 13},
        {1e300, 0}, {0.12345, 5}, {0.1 + 0.2, 17}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        assert_true(real_scale_suffices(usual[i].number, usual[i].scale));
        assert_true(usual[i].scale == 0 ||
                    !real_scale_suffices(usual[i].number, usual[i].scale - 1));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_written_as_people_do),
        cmocka_unit_test(any_double_reads_back_the_same_from_the_fewest_digits),
        cmocka_unit_test(decimals_of_every_length_read_back_the_same),
        cmocka_unit_test(the_scale_of_usual_numbers_is_told_without_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
