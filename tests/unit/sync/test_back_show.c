/* test_back_show.c — sync/back_show.c: values of the source as people are shown them. */
#include "sync/back_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
shows(int storage_class, const char *bytes, size_t size, const char *expected)
{
    AUTO_TEXT shown = {0};
    const struct sqlite_value value = {
        .storage_class = storage_class, .bytes = (const uint8_t *)bytes, .size = size};
    back_show(&shown, &value);
    assert_string_equal(text_string(&shown), expected);
}

static void
a_text_is_cut_between_two_characters(void **state)
{
    (void)state;
    static const char x59[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    char text[64];
    char expected[80];
    snprintf(text, sizeof text, "%s\xc3\xa9", x59);
    snprintf(expected, sizeof expected, "'%s...'", x59);
    shows(SQLITE_TEXT, text, strlen(text), expected);
    snprintf(text, sizeof text, "%s\xc3\xa9", x59 + 1);
    snprintf(expected, sizeof expected, "'%s'", text);
    shows(SQLITE_TEXT, text, strlen(text), expected);
}

static void
what_cannot_be_seen_of_a_text_is_a_question_mark(void **state)
{
    (void)state;
    shows(SQLITE_TEXT, "a\nb\xff\xc3z\0c", 8, "'a?b??z?c'");
    shows(SQLITE_TEXT, "\xc3\xa9", 2, "'\xc3\xa9'");
    shows(SQLITE_TEXT, "", 0, "''");
}

static void
a_blob_is_shown_in_hex(void **state)
{
    (void)state;
    shows(SQLITE_BLOB, "\x00\xfe", 2, "x'00fe'");
    shows(SQLITE_NULL, NULL, 0, "NULL");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_between_two_characters),
        cmocka_unit_test(what_cannot_be_seen_of_a_text_is_a_question_mark),
        cmocka_unit_test(a_blob_is_shown_in_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
