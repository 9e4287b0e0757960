/* test_lexer.c — sql/lexer.c. */
#include "sql/grammar.h"
#include "sql/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* `sql` is these tokens, and then ends. */
static void
assert_tokens(const char *sql, size_t count, const int *codes, const char *const *texts)
{
    struct sql_lexer lexer = {.at = sql};
    for (size_t i = 0; i < count; i++) {
        struct sql_token token = sql_lexer_next(&lexer);
        assert_int_equal(token.code, codes[i]);
        assert_int_equal(token.length, strlen(texts[i]));
        assert_memory_equal(token.text, texts[i], token.length);
    }
    assert_int_equal(sql_lexer_next(&lexer).code, 0);
    assert_int_equal(sql_lexer_next(&lexer).code, 0);
}

static void
assert_single(const char *sql, int code)
{
    assert_tokens(sql, 1, &code, &sql);
}

static void
assert_illegal(const char *sql)
{
    struct sql_lexer lexer = {.at = sql};
    assert_int_equal(sql_lexer_next(&lexer).code, TK_ILLEGAL);
}

static void
comments_and_spaces_of_all_kinds_are_skipped(void **state)
{
    (void)state;
    assert_tokens("\xef\xbb\xbf a -- b\n/* c \n*/ d/**/e\t\r\n\f\v", 3,
                  (const int[]){TK_ID, TK_ID, TK_ID}, (const char *const[]){"a", "d", "e"});
    assert_tokens("a /* left open", 1, (const int[]){TK_ID}, (const char *const[]){"a"});
    assert_tokens("a -- left open", 1, (const int[]){TK_ID}, (const char *const[]){"a"});
}

static void
all_four_quotes_are_read_with_doubled_quotes_inside(void **state)
{
    (void)state;
    assert_single("\"a\"\"b c\"", TK_ID);
    assert_single("`a``b`", TK_ID);
    assert_single("[a\"b'c]", TK_ID);
    assert_single("'it''s'", TK_STRING);
    assert_single("''", TK_STRING);
    assert_illegal("'open");
    assert_illegal("\"open\"\"");
    assert_illegal("[open");
}

static void
numbers_have_sqlite_s_forms(void **state)
{
    (void)state;
    assert_single("0", TK_INTEGER);
    assert_single("0x1F", TK_INTEGER);
    assert_single("1_000", TK_INTEGER);
    assert_single(".5", TK_FLOAT);
    assert_single("1.", TK_FLOAT);
    assert_single("1.5e-3", TK_FLOAT);
    assert_single("1e3", TK_FLOAT);
    assert_illegal("1e");
    assert_illegal("12abc");
    assert_illegal("1__0");
    assert_single("x'00fF'", TK_BLOB);
    assert_illegal("x'0'");
    assert_illegal("x'0g'");
}

static void
names_may_hold_dollars_and_any_high_byte(void **state)
{
    (void)state;
    assert_single("a$1", TK_ID);
    assert_single("_x", TK_ID);
    assert_single("gr\xc3\xb6\xc3\x9f"
                  "e",
                  TK_ID);
    assert_single("\xff\xfe", TK_ID);
    assert_single("$a", TK_PARAMETER);
    assert_single("?12", TK_PARAMETER);
    assert_single(":n", TK_PARAMETER);
    assert_illegal("\x01");
    assert_illegal("!");
}

static void
the_longest_operator_is_read(void **state)
{
    (void)state;
    assert_tokens("a->>b->c-d<<e<=f<>g||h|i", 17,
                  (const int[]){TK_ID, TK_ARROW, TK_ID, TK_ARROW, TK_ID, TK_MINUS, TK_ID,
                                TK_SHIFT_LEFT, TK_ID, TK_LE, TK_ID, TK_NE, TK_ID, TK_CONCAT,
                                TK_ID, TK_BIT_OR, TK_ID},
                  (const char *const[]){"a", "->>", "b", "->", "c", "-", "d", "<<", "e",
                                        "<=", "f", "<>", "g", "||", "h", "|", "i"});
}

static void
keywords_are_found_in_any_case_and_only_whole(void **state)
{
    (void)state;
    assert_single("abort", TK_ABORT); /* the first of the table */
    assert_single("Primary", TK_PRIMARY);
    assert_single("CURRENT_TIMESTAMP", TK_CURRENT_WORD);
    assert_single("wiThout", TK_WITHOUT); /* the last */
    assert_single("PRIMAR", TK_ID);
    assert_single("PRIMARYS", TK_ID);
    assert_single("CURRENT_TIMESTAMPS", TK_ID);
}

static void
a_peek_moves_nothing(void **state)
{
    (void)state;
    struct sql_lexer lexer = {.at = " a b"};
    assert_int_equal(*sql_lexer_peek(&lexer).text, 'a');
    assert_int_equal(*sql_lexer_next(&lexer).text, 'a');
    assert_int_equal(*sql_lexer_peek(&lexer).text, 'b');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_and_spaces_of_all_kinds_are_skipped),
        cmocka_unit_test(all_four_quotes_are_read_with_doubled_quotes_inside),
        cmocka_unit_test(numbers_have_sqlite_s_forms),
        cmocka_unit_test(names_may_hold_dollars_and_any_high_byte),
        cmocka_unit_test(the_longest_operator_is_read),
        cmocka_unit_test(keywords_are_found_in_any_case_and_only_whole),
        cmocka_unit_test(a_peek_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
