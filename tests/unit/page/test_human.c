/* test_human.c — page/human.c. */
#include "page/human.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SHOWS(expected, function, ...)                                                         \
    do {                                                                                       \
        AUTO_TEXT text = {0};                                                                  \
        function(&text, __VA_ARGS__);                                                          \
        assert_string_equal(text_string(&text), expected);                                     \
    } while (0)

static void
counts_have_commas(void **state)
{
    (void)state;
    SHOWS("0", human_count, 0);
    SHOWS("999", human_count, 999);
    SHOWS("1,000", human_count, 1000);
    SHOWS("1,234,567", human_count, 1234567);
    SHOWS("18,446,744,073,709,551,615", human_count, UINT64_MAX);
    SHOWS("1 row", human_counted, 1, "row");
    SHOWS("0 rows", human_counted, 0, "row");
}

static void
short_numbers_never_round_up_to_four_digits(void **state)
{
    (void)state;
    SHOWS("0", human_short, 0.0);
    SHOWS("999", human_short, 999.0);
    SHOWS("1.0k", human_short, 999.6);
    SHOWS("1.0M", human_short, 999960.0);
    SHOWS("12.3k", human_short, 12345.0);
    SHOWS("9999.0T", human_short, 9999e12);
}

static void
bytes_have_units_of_a_thousand(void **state)
{
    (void)state;
    SHOWS("1 byte", human_bytes, 1);
    SHOWS("999 bytes", human_bytes, 999);
    SHOWS("1.0 kB", human_bytes, 1000);
    SHOWS("1.0 MB", human_bytes, 999999);
    SHOWS("18.4 EB", human_bytes, UINT64_MAX);
}

static void
times_have_two_units_at_most(void **state)
{
    (void)state;
    SHOWS("0.0 s", human_seconds, 0.0);
    SHOWS("59.9 s", human_seconds, 59.9);
    SHOWS("1 min 00 s", human_seconds, 59.99);
    SHOWS("2 min 05 s", human_seconds, 125.0);
    SHOWS("1 h 02 min", human_seconds, 3725.0);
    SHOWS("0:07", human_clock, 7);
    SHOWS("59:59", human_clock, 3599);
    SHOWS("1:00:00", human_clock, 3600);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(short_numbers_never_round_up_to_four_digits),
        cmocka_unit_test(bytes_have_units_of_a_thousand),
        cmocka_unit_test(times_have_two_units_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
