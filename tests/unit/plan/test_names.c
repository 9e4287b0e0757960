/* test_names.c — plan/names.c. */
#include "plan/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
unquoted_names_fold_as_postgresql_folds(void **state)
{
    (void)state;
    static const struct {
        struct sql_name name;
        enum names_mode mode;
        const char *wanted;
    } cases[] = {
        {{"Users", false}, NAMES_SOURCE, "users"},
        {{"Users", true}, NAMES_SOURCE, "Users"},
        {{"Users", true}, NAMES_FOLD, "users"},
        {{"Users", false}, NAMES_KEEP, "Users"},
        {{"\xc3\x84RGER", false}, NAMES_SOURCE, "\xc3\x84rger"}, /* multi-byte stays */
        {{"SELECT", false}, NAMES_SOURCE, "select"},
        {{"a b", true}, NAMES_FOLD, "a b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_ARENA arena = {0};
        assert_string_equal(names_wanted(&arena, &cases[i].name, cases[i].mode),
                            cases[i].wanted);
    }
}

static void
the_first_keeps_its_name_and_the_second_gets_a_hash(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct name_set set = {.arena = &arena};
    assert_string_equal(names_claim(&set, "A", "a"), "a");
    const char *second = names_claim(&set, "a", "a");
    assert_int_equal(strlen(second), 10);
    assert_memory_equal(second, "a_", 2);
    const char *third = names_claim(&set, "a", "a");
    assert_string_not_equal(second, third);
    assert_true(names_taken(&set, second));
    assert_false(names_taken(&set, "b"));
}

static void
long_names_are_cut_between_characters(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct name_set set = {.arena = &arena};
    char exact[64];
    memset(exact, 'x', 63);
    exact[63] = '\0';
    assert_string_equal(names_claim(&set, exact, exact), exact);
    /* 2 bytes a character: 54 bytes are 27 of them; after an "a", 26 and a half. */
    AUTO_TEXT umlauts = {0};
    text_add_char(&umlauts, 'a');
    for (int i = 0; i < 40; i++) {
        text_add(&umlauts, "\xc3\xa4");
    }
    const char *name = names_claim(&set, umlauts.bytes, umlauts.bytes);
    assert_int_equal(strlen(name), 1 + 26 * 2 + 9);
    assert_memory_equal(name, umlauts.bytes, 53);
    assert_int_equal(name[53], '_');
}

static void
names_postgresql_cannot_have_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *start;
    } cases[] = {{"", "unnamed_"},          {"ctid", "ctid_"}, {"xmin", "xmin_"},
                 {"tableoid", "tableoid_"}, {"a\xff", "a__"},  {"a\xed\xa0\x80", "a____"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_ARENA arena = {0};
        struct name_set set = {.arena = &arena};
        const char *name = names_claim_column(&set, cases[i].name, cases[i].name);
        assert_memory_equal(name, cases[i].start, strlen(cases[i].start));
        assert_int_equal(strlen(name), strlen(cases[i].start) + 8);
        /* The same again: names must not change from one run to the next. */
        struct name_set again = {.arena = &arena};
        assert_string_equal(names_claim_column(&again, cases[i].name, cases[i].name), name);
    }
}

static void
thousands_of_names_stay_apart(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct name_set set = {.arena = &arena};
    for (int i = 0; i < 5000; i++) {
        const char *name = arena_printf(&arena, "n%d", i);
        assert_string_equal(names_claim(&set, name, name), name);
    }
    for (int i = 0; i < 5000; i++) {
        assert_true(names_taken(&set, arena_printf(&arena, "n%d", i)));
    }
    assert_false(names_taken(&set, "n5000"));
}

/* As PostgreSQL 15 names them (makeObjectName): the longer part is cut first. */
static void
implicit_names_are_those_of_postgresql(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    assert_string_equal(names_implicit(&arena, "users", NULL, "pkey"), "users_pkey");
    assert_string_equal(names_implicit(&arena, "users", "email", "key"), "users_email_key");
    assert_string_equal(names_implicit(&arena, "a_table_name_of_exactly_forty_characters_",
                                       "a_column_name_of_30_characters", "seq"),
                        "a_table_name_of_exactly_forty_a_column_name_of_30_character_seq");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unquoted_names_fold_as_postgresql_folds),
        cmocka_unit_test(the_first_keeps_its_name_and_the_second_gets_a_hash),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(names_postgresql_cannot_have_are_replaced),
        cmocka_unit_test(thousands_of_names_stay_apart),
        cmocka_unit_test(implicit_names_are_those_of_postgresql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
