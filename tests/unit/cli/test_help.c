/* test_help.c — help, man page, completion, and that docs/ is what they print. */
#include "cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
read_page(const char *name, struct text *page)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.md", DOCS_DIRECTORY, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;) {
        text_add_bytes(page, buffer, got);
    }
    fclose(file);
}

static void
assert_page_is_current(const char *topic)
{
    AUTO_TEXT page = {0};
    AUTO_TEXT made = {0};
    read_page(topic, &page);
    assert_true(help_markdown(&made, topic));
    if (strcmp(text_string(&page), text_string(&made)) != 0) {
        fail_msg("docs/%s.md is out of date: outgrow help --markdown %s > docs/%s.md", topic,
                 topic, topic);
    }
}

static void
the_pages_under_docs_are_what_the_tables_say(void **state)
{
    (void)state;
    assert_page_is_current("commands");
    assert_page_is_current("options");
    assert_page_is_current("exit-codes");
    assert_page_is_current("states");
}

static void
no_help_line_is_wider_than_eighty_columns(void **state)
{
    (void)state;
    AUTO_TEXT help = {0};
    help_overview(&help);
    for (size_t i = 0; i < command_count; i++) {
        help_command(&help, &command_table[i]);
    }
    for (const char *line = text_string(&help); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        assert_true(length < 80);
        assert_true(length == 0 || line[length - 1] != ' ');
        line += length + 1;
    }
}

static void
every_error_kind_has_a_documented_exit_code(void **state)
{
    (void)state;
    for (int kind = ERROR_INTERNAL; kind <= ERROR_NOT_NOW; kind++) {
        bool found = false;
        for (size_t i = 0; i < exit_code_count; i++) {
            found = found || exit_code_table[i].code == exit_code_of((enum error_kind)kind);
        }
        assert_true(found);
    }
    assert_int_equal(exit_code_of(ERROR_USAGE), 2);
    assert_int_equal(exit_code_of(ERROR_SOURCE), 3);
    assert_int_equal(exit_code_of(ERROR_TARGET), 4);
    assert_int_equal(exit_code_of(ERROR_SYSTEM), 5);
    assert_int_equal(exit_code_of(ERROR_MISMATCH), 6);
    assert_int_equal(exit_code_of(ERROR_NOT_NOW), 8);
    assert_int_equal(exit_code_of(ERROR_STOPPED), 130);
}

static void
the_man_page_names_every_command_and_option(void **state)
{
    (void)state;
    AUTO_TEXT page = {0};
    help_man_page(&page);
    assert_true(strncmp(text_string(&page), ".TH OUTGROW 1", 13) == 0);
    for (size_t i = 0; i < command_count; i++) {
        char heading[64];
        snprintf(heading, sizeof heading, ".SS outgrow %s ", command_table[i].name);
        assert_non_null(strstr(text_string(&page), heading));
    }
    assert_non_null(strstr(text_string(&page), "\\-\\-backup\\-directory DIR"));
    assert_non_null(strstr(text_string(&page), "OUTGROW_BACKUP_DIRECTORY"));
}

static void
completion_is_there_for_three_shells_and_no_other(void **state)
{
    (void)state;
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        AUTO_TEXT script = {0};
        assert_true(help_completion(&script, shells[i]));
        assert_non_null(strstr(text_string(&script), "migrate"));
        assert_non_null(strstr(text_string(&script), "faithful evolve"));
    }
    AUTO_TEXT none = {0};
    assert_false(help_completion(&none, "tcsh"));
    assert_false(help_markdown(&none, "everything"));
    assert_int_equal(none.length, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pages_under_docs_are_what_the_tables_say),
        cmocka_unit_test(no_help_line_is_wider_than_eighty_columns),
        cmocka_unit_test(every_error_kind_has_a_documented_exit_code),
        cmocka_unit_test(the_man_page_names_every_command_and_option),
        cmocka_unit_test(completion_is_there_for_three_shells_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
