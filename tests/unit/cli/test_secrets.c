/* test_secrets.c — cli/secrets.c. */
#include "cli/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
words_that_may_hold_a_password_are_recognized(void **state)
{
    (void)state;
    assert_true(secrets_suspected("postgresql://u:secret@h/d"));
    assert_true(secrets_suspected("postgres://u:p%40ss@h:5432/d?sslmode=require"));
    assert_true(secrets_suspected("postgresql+psycopg2://u:secret@h/d"));
    assert_true(secrets_suspected("postgresql://h/d?user=u&password=secret"));
    assert_true(secrets_suspected("host=h password=secret"));
    assert_true(secrets_suspected("host=h sslpassword = secret"));
    assert_true(secrets_suspected("host=h PASSWORD=secret"));
    assert_false(secrets_suspected("postgresql://u@h:5432/d"));
    assert_false(secrets_suspected("postgresql://h:5432/d"));
    assert_false(secrets_suspected("app.db"));
    assert_false(secrets_suspected("host=h user=u"));
    assert_false(secrets_suspected("passwords.db"));
}

static void
only_suspected_words_are_overwritten_and_the_copy_stays(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    char first[] = "app.db";
    char second[] = "postgresql://u:secret@h/d";
    char *words[] = {first, second};
    char **copy = secrets_copy_words(&arena, words, 2);
    secrets_wipe_words(words, 2);
    assert_string_equal(first, "app.db");
    assert_string_equal(second, "xxxxxxxxxxxxxxxxxxxxxxxxx");
    assert_string_equal(copy[1], "postgresql://u:secret@h/d");
    assert_null(copy[2]);
}

static void
assert_hidden(const char *text, char *word, const char *expected)
{
    char buffer[128];
    memcpy(buffer, text, strlen(text) + 1);
    secrets_hide(buffer, &word, 1);
    assert_string_equal(buffer, expected);
}

static void
a_text_that_quotes_a_word_keeps_its_password_to_itself(void **state)
{
    (void)state;
    char url[] = "postgresql://u:secret@h/d";
    assert_hidden("no \"postgresql://u:secret@h/d\" here", url,
                  "no \"postgresql://u:***\" here");
    assert_hidden("/srv/postgresql://u:secret@h/d, postgresql://u:secret@h/d", url,
                  "/srv/postgresql://u:***, postgresql://u:***");
    assert_hidden("cut short: postgresql://u:sec", url, "cut short: postgresql://u:***");
    assert_hidden("of another postgresql://u@h/d", url, "of another postgresql://u@h/d");
    assert_hidden("at host=h password=x", (char[]){"host=h password=x"},
                  "at host=h password**");
    assert_hidden("app.db", (char[]){"app.db"}, "app.db");
    assert_hidden("", url, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_may_hold_a_password_are_recognized),
        cmocka_unit_test(only_suspected_words_are_overwritten_and_the_copy_stays),
        cmocka_unit_test(a_text_that_quotes_a_word_keeps_its_password_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
