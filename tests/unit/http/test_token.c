/* test_token.c — http/token.c. */
#include "http/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OLD "0123456789abcdef"
#define NEW "fedcba9876543210-longer"

static void
each_of_several_tokens_admits_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t which; /* TOKEN_NONE: it does not */
    } cases[] = {
        {"Bearer " OLD, 0},
        {"bearer " NEW, 1},
        {"BEARER   " NEW, 1},
        {"Bearer " NEW " ", 1},
        {NULL, TOKEN_NONE},
        {"", TOKEN_NONE},
        {"Bearer", TOKEN_NONE},
        {"Bearer ", TOKEN_NONE},
        {OLD, TOKEN_NONE},
        {"Basic " OLD, TOKEN_NONE},
        {"Bearer 0123456789abcde", TOKEN_NONE},
        {"Bearer " OLD "0", TOKEN_NONE},
        {"Bearer " OLD "," NEW, TOKEN_NONE},
        {"Bearer 0123456789ABCDEF", TOKEN_NONE},
    };
    struct token_set tokens;
    struct error err;
    assert_true(token_set_fill(&tokens, OLD ",\n" NEW "\n", &err));
    assert_int_equal(tokens.count, 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t which = 99;
        print_message("# %s\n", cases[i].header == NULL ? "(none)" : cases[i].header);
        bool admitted = token_set_admits(&tokens, cases[i].header, &which);
        assert_int_equal(admitted, cases[i].which != TOKEN_NONE);
        assert_int_equal(which, cases[i].which);
    }
}

static void
without_tokens_everybody_is_admitted(void **state)
{
    (void)state;
    struct token_set tokens;
    struct error err;
    size_t which;
    assert_true(token_set_fill(&tokens, NULL, &err));
    assert_true(token_set_admits(&tokens, NULL, &which));
    assert_true(token_set_admits(&tokens, "Bearer whatever", &which));
    assert_int_equal(which, TOKEN_NONE);
}

static void
a_weak_token_is_refused_and_never_shown(void **state)
{
    (void)state;
    static const char *const bad[] = {"secret",
                                      "",
                                      " ,\n",
                                      "0123456789abcdef,short",
                                      "0123456789abcde\303\251f",
                                      "0123456789abcdef\x01"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct token_set tokens;
        struct error err;
        assert_false(token_set_fill(&tokens, bad[i], &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_null(strstr(err.message, "secret"));
        assert_null(strstr(err.message, "0123"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_several_tokens_admits_and_nothing_else),
        cmocka_unit_test(without_tokens_everybody_is_admitted),
        cmocka_unit_test(a_weak_token_is_refused_and_never_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
