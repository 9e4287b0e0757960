/* test_suggest.c — base/suggest.c. */
#include "base/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Known distances (optimal string alignment). */
static void
distances_are_those_of_the_textbook(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},         {"", "abc", 3},          {"kitten", "sitting", 3},
        {"same", "same", 0}, {"ab", "ba", 1},         {"ca", "abc", 3},
        {"flaw", "lawn", 2}, {"abcdef", "abcfde", 2}, {"verify", "vreify", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(suggest_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

static void
very_long_words_are_infinitely_far(void **state)
{
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word);
    word[sizeof word - 1] = '\0';
    assert_true(suggest_distance(word, "a") == SIZE_MAX);
    assert_true(suggest_distance("a", word) == SIZE_MAX);
}

static void
the_nearest_candidate_wins_and_a_far_one_is_none(void **state)
{
    (void)state;
    struct suggestion near = {.typed = "statsu"};
    suggest_consider(&near, "start");
    suggest_consider(&near, "status");
    assert_string_equal(near.best, "status");
    struct suggestion far = {.typed = "x"};
    suggest_consider(&far, "pg");
    suggest_consider(&far, "migrate");
    assert_null(far.best);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_the_textbook),
        cmocka_unit_test(very_long_words_are_infinitely_far),
        cmocka_unit_test(the_nearest_candidate_wins_and_a_far_one_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
