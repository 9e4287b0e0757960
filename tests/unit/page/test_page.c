/* test_page.c — page/page.c. */
#include "page/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
paragraphs_are_wrapped_and_indented(void **state)
{
    (void)state;
    AUTO_PAGE page = {.columns = 40};
    page_line(&page, STYLE_PLAIN, 2, "%s",
              "one two three four five six seven eight nine ten eleven");
    assert_string_equal(text_string(&page.text), "  one two three four five six seven\n"
                                                 "    eight nine ten eleven\n");
}

static void
a_word_that_fits_nowhere_is_left_whole(void **state)
{
    (void)state;
    AUTO_PAGE page = {.columns = 30};
    page_line(&page, STYLE_PLAIN, 0,
              "see /a/very/long/path/that/cannot/be/wrapped/at/all here");
    assert_string_equal(text_string(&page.text),
                        "see\n  /a/very/long/path/that/cannot/be/wrapped/at/all\n  here\n");
}

static void
columns_of_a_table_line_up_and_numbers_go_right(void **state)
{
    (void)state;
    static const char *const titles[] = {"table", ">rows", "state"};
    AUTO_PAGE page = {.columns = 80};
    struct page_table table;
    page_table_begin(&table, titles, 3);
    page_table_add(&table, "users");
    page_table_add_count(&table, 1234567);
    page_table_add(&table, "same");
    page_table_add(&table, "größe");
    page_table_add_count(&table, 7);
    page_table_add(&table, "");
    page_table_end(&table, &page);
    assert_string_equal(text_string(&page.text), "  table       rows  state\n"
                                                 "  users  1,234,567  same\n"
                                                 "  größe          7\n");
}

static void
a_wide_first_column_is_cut_to_fit_the_page(void **state)
{
    (void)state;
    static const char *const titles[] = {"table", ">rows"};
    AUTO_PAGE page = {.columns = 40};
    struct page_table table;
    page_table_begin(&table, titles, 2);
    page_table_add(&table, "a_table_with_a_name_that_is_much_longer_than_the_page");
    page_table_add_count(&table, 12);
    page_table_end(&table, &page);
    assert_string_equal(text_string(&page.text), "  table                             rows\n"
                                                 "  a_table_with_a_name_that_is_mu..    12\n");
}

static void
a_narrow_page_keeps_half_of_its_width_for_words(void **state)
{
    (void)state;
    AUTO_PAGE page = {.columns = 40};
    page_hanging(&page, 2, 34, "one two three four five six seven eight nine ten");
    assert_string_equal(text_string(&page.text), "  one two three four five six seven\n"
                                                 "                    eight nine ten\n");
}

static void
a_short_first_column_is_not_widened_on_a_page_too_narrow(void **state)
{
    (void)state;
    static const char *const titles[] = {"t", "words"};
    AUTO_PAGE page = {.columns = 10};
    struct page_table table;
    page_table_begin(&table, titles, 2);
    page_table_add(&table, "a");
    page_table_add(&table, "wider than the page");
    page_table_end(&table, &page);
    assert_string_equal(text_string(&page.text), "  t  words\n  a  wider than the page\n");
}

static void
values_cannot_break_out_of_their_line(void **state)
{
    (void)state;
    AUTO_PAGE page = {.columns = 80};
    page_line(&page, STYLE_PLAIN, 0, "value %s", "a\nb\x1b[31m");
    assert_string_equal(text_string(&page.text), "value a\\nb\\x1b[31m\n");
}

static void
color_is_there_only_when_wanted(void **state)
{
    (void)state;
    AUTO_PAGE plain = {.columns = 80};
    AUTO_PAGE colored = {.columns = 80, .color = true};
    page_line(&plain, STYLE_BAD, 0, "no");
    page_line(&colored, STYLE_BAD, 0, "no");
    assert_string_equal(text_string(&plain.text), "no\n");
    assert_string_equal(text_string(&colored.text), "\x1b[31mno\x1b[0m\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_are_wrapped_and_indented),
        cmocka_unit_test(a_word_that_fits_nowhere_is_left_whole),
        cmocka_unit_test(columns_of_a_table_line_up_and_numbers_go_right),
        cmocka_unit_test(a_wide_first_column_is_cut_to_fit_the_page),
        cmocka_unit_test(a_narrow_page_keeps_half_of_its_width_for_words),
        cmocka_unit_test(a_short_first_column_is_not_widened_on_a_page_too_narrow),
        cmocka_unit_test(values_cannot_break_out_of_their_line),
        cmocka_unit_test(color_is_there_only_when_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
