/* test_bar.c — cli/bar.c. */
#include "cli/bar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 5 };

static struct bar_item items[] = {
    {.name = "users", .done = 1000, .total = 1000, .state = PROGRESS_DONE},
    {.name = "orders",
     .done = 250000,
     .total = 1000000,
     .rate = 50000,
     .state = PROGRESS_RUNNING},
    {.name = "bad\x1b[2Jname", .done = 10, .total = 0, .state = PROGRESS_RUNNING},
    {.name = "later", .done = 0, .total = 749000, .state = PROGRESS_WAITING},
};

static struct bar_view
view_of(size_t item_count, size_t columns)
{
    return (struct bar_view){.phase = "copy",
                             .unit = "rows",
                             .items = items,
                             .item_count = item_count,
                             .rate = 50000,
                             .columns = columns,
                             .item_lines_max = LINES_MAX - 1};
}

static void
the_overall_line_adds_up_and_running_items_follow(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    size_t widths[LINES_MAX];
    size_t count = 0;
    struct bar_view view = view_of(2, 80);
    bar_render_live(&out, &view, widths, &count);
    assert_int_equal(count, 2);
    assert_string_equal(
        text_string(&out),
        "copy                   [##........]  25%  251.0k/1.0M rows  50.0k/s  0:15\n"
        "  orders               [##........]  25%  250.0k  50.0k/s  0:15\n");
}

static void
an_unknown_total_shows_counts_and_no_percentage(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    size_t widths[LINES_MAX];
    size_t count = 0;
    struct bar_view view = view_of(4, 100);
    bar_render_live(&out, &view, widths, &count);
    assert_int_equal(count, 3);
    const char *first_end = strchr(text_string(&out), '\n');
    assert_null(memchr(text_string(&out), '%', (size_t)(first_end - text_string(&out))));
    assert_non_null(strstr(text_string(&out), "251.0k rows  50.0k/s\n"));
}

static void
control_characters_in_a_name_reach_no_terminal(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    size_t widths[LINES_MAX];
    size_t count = 0;
    struct bar_view view = view_of(4, 100);
    bar_render_live(&out, &view, widths, &count);
    assert_null(strchr(text_string(&out), '\x1b'));
    assert_non_null(strstr(text_string(&out), "  bad\\x1b[2Jname"));
}

/* Every line must stay below the width, or the terminal wraps it and the block
 * cannot be erased; the reported width must be the real one. */
static void
no_line_is_ever_as_wide_as_the_terminal(void **state)
{
    (void)state;
    for (size_t columns = 20; columns < 200; columns++) {
        AUTO_TEXT out = {0};
        size_t widths[LINES_MAX];
        size_t count = 0;
        struct bar_view view = view_of(4, columns);
        bar_render_live(&out, &view, widths, &count);
        const char *line = text_string(&out);
        for (size_t i = 0; i < count; i++) {
            size_t length = strcspn(line, "\n");
            assert_true(length < columns);
            assert_int_equal(length, widths[i]);
            line += length + 1;
        }
        assert_string_equal(line, "");
    }
}

static void
color_adds_sequences_but_no_width(void **state)
{
    (void)state;
    AUTO_TEXT plain = {0};
    AUTO_TEXT colored = {0};
    size_t plain_widths[LINES_MAX];
    size_t colored_widths[LINES_MAX];
    size_t count = 0;
    struct bar_view view = view_of(2, 80);
    bar_render_live(&plain, &view, plain_widths, &count);
    view.color = true;
    bar_render_live(&colored, &view, colored_widths, &count);
    assert_true(colored.length > plain.length);
    assert_memory_equal(plain_widths, colored_widths, count * sizeof *plain_widths);
}

static void
a_plain_line_has_everything_in_words(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    struct bar_view view = view_of(2, 80);
    bar_render_plain(&out, &view);
    assert_string_equal(text_string(&out),
                        "copy: 25%, 251,000 of 1,001,000 rows, 50.0k rows/s, "
                        "0:15 left, 1 of 2 done\n");
}

static void
more_done_than_expected_is_no_more_than_everything(void **state)
{
    (void)state;
    const struct bar_item over = {
        .name = "x", .done = 150, .total = 100, .state = PROGRESS_RUNNING};
    AUTO_TEXT out = {0};
    struct bar_view view = {
        .phase = "backup", .unit = "pages", .items = &over, .item_count = 1, .columns = 80};
    bar_render_plain(&out, &view);
    assert_string_equal(text_string(&out), "backup: 100%, 150 of 150 pages\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overall_line_adds_up_and_running_items_follow),
        cmocka_unit_test(an_unknown_total_shows_counts_and_no_percentage),
        cmocka_unit_test(control_characters_in_a_name_reach_no_terminal),
        cmocka_unit_test(no_line_is_ever_as_wide_as_the_terminal),
        cmocka_unit_test(color_adds_sequences_but_no_width),
        cmocka_unit_test(a_plain_line_has_everything_in_words),
        cmocka_unit_test(more_done_than_expected_is_no_more_than_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
