/* test_decimal.c — value/decimal.c. */
#include "value/decimal.h"
#include "values.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
parse(const char *text, struct decimal *decimal)
{
    return decimal_parse((const uint8_t *)text, strlen(text), decimal);
}

static void
only_the_one_form_that_comes_back_is_a_decimal(void **state)
{
    (void)state;
    static const char *const good[] = {"0",   "1",       "-1",
                                       "10",  "0.5",     "-0.5",
                                       "0.0", "12.3400", "123456789012345678901234567890.1"};
    static const char *const bad[] = {"",     "-",   ".",   "1.",    ".5",  "+1", "01",
                                      "-01",  "00",  "-0",  "1e5",   "1 ",  " 1", "1,5",
                                      "-0.0", "0x1", "--1", "1.2.3", "NaN", "1-", "00.5"};
    struct decimal decimal;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(parse(good[i], &decimal));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(bad[i], &decimal)) {
            fail_msg("%s", bad[i]);
        }
    }
}

static void
digits_are_counted_where_they_matter(void **state)
{
    (void)state;
    struct decimal decimal;
    assert_true(parse("-120.0340", &decimal));
    assert_true(decimal.negative);
    assert_int_equal(decimal.integer_digits, 3);
    assert_int_equal(decimal.fraction_digits, 4);
    assert_int_equal(decimal_scale(&decimal), 3);
    assert_true(parse("0.00", &decimal));
    assert_int_equal(decimal.integer_digits, 0);
    assert_int_equal(decimal_scale(&decimal), 0);
}

static void
integers_become_digits(void **state)
{
    (void)state;
    static const int64_t edges[] = {0, 1, -1, 9, 10, 9999, 10000, INT64_MAX, INT64_MIN};
    uint64_t random = 13;
    for (int i = 0; i < 10000; i++) {
        int64_t number = i < 9 ? edges[i]
                               : (int64_t)next_random(&random) >> (next_random(&random) % 64);
        char expected[32];
        char text[INTEGER_TEXT_SIZE];
        snprintf(expected, sizeof expected, "%" PRId64, number);
        size_t size = integer_to_text(number, text);
        assert_int_equal(size, strlen(expected));
        assert_memory_equal(text, expected, size);
        struct decimal_buffer buffer;
        struct decimal decimal;
        decimal_from_integer(number, &buffer, &decimal);
        const char *digits = expected + (number < 0);
        assert_int_equal(decimal.integer_digits, number == 0 ? 0 : strlen(digits));
        assert_memory_equal(decimal.integer, digits, decimal.integer_digits);
    }
}

static void
reals_become_digits_that_read_back_the_same(void **state)
{
    (void)state;
    uint64_t random = 14;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&random);
        double number;
        memcpy(&number, &bits, sizeof number);
        if ((bits >> 52 & 0x7FF) == 0x7FF) {
            continue;
        }
        struct decimal_buffer buffer;
        struct decimal decimal;
        decimal_from_real(number, &buffer, &decimal);
        char text[800];
        snprintf(text, sizeof text, "%s%.*s.%.*s", decimal.negative ? "-" : "",
                 (int)decimal.integer_digits, decimal.integer, (int)decimal.fraction_digits,
                 decimal.fraction_digits == 0 ? "" : decimal.fraction);
        assert_true(strtod(text, NULL) == number);
        assert_true(decimal.integer_digits == 0 || decimal.integer[0] != '0');
        assert_int_equal(decimal_scale(&decimal), decimal.fraction_digits);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_one_form_that_comes_back_is_a_decimal),
        cmocka_unit_test(digits_are_counted_where_they_matter),
        cmocka_unit_test(integers_become_digits),
        cmocka_unit_test(reals_become_digits_that_read_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
