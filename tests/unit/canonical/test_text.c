/* test_text.c — canonical/text.c. */
#include "canonical/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

struct text_case {
    const uint8_t *bytes;
    size_t size;
    const char *cleaned; /* the same bytes: it was clean */
};

static const struct text_case text_cases[] = {
    {BYTES(""), ""},
    {BYTES("plain"), "plain"},
    {BYTES("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
     "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
    {BYTES("12345678\0009"), "123456789"},
    {BYTES("a\xff"
           "b"),
     "ab"},
    {BYTES("\xc3"), ""},
    {BYTES("\xc3("), "("},
    {BYTES("\xc0\xaf!"), "!"},               /* overlong */
    {BYTES("\xe0\x80\xaf!"), "!"},           /* overlong */
    {BYTES("\xf0\x80\x80\xaf!"), "!"},       /* overlong */
    {BYTES("\xed\xa0\x80!"), "!"},           /* a surrogate */
    {BYTES("\xed\x9f\xbf"), "\xed\x9f\xbf"}, /* the last before them */
    {BYTES("\xf4\x90\x80\x80!"), "!"},       /* above U+10FFFF */
    {BYTES("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"},
    {BYTES("\xf5\x80\x80\x80!"), "!"},
    {BYTES("x\xe2\x82y"), "xy"},
    {BYTES("\xc3\xff\xa9z"), "z"}, /* what is left does not grow together */
    {BYTES("\x80\x80"), ""},
};

static void
what_utf8_forbids_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
        const struct text_case *one = &text_cases[i];
        AUTO_TEXT cleaned = {0};
        canonical_text_add(&cleaned, one->bytes, one->size);
        assert_string_equal(text_string(&cleaned), one->cleaned);
        assert_int_equal(canonical_text_is(one->bytes, one->size),
                         one->size == strlen(one->cleaned));
    }
}

/* The fast path looks at eight bytes at a time: a bad byte at every place. */
static void
a_bad_byte_is_found_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        uint8_t bytes[40];
        memset(bytes, 'a', sizeof bytes);
        assert_true(canonical_text_is(bytes, sizeof bytes));
        bytes[at] = 0;
        assert_false(canonical_text_is(bytes, sizeof bytes));
        bytes[at] = 0x80;
        assert_false(canonical_text_is(bytes, sizeof bytes));
        bytes[at] = 0x7F;
        assert_true(canonical_text_is(bytes, sizeof bytes));
        bytes[at] = 0x01;
        assert_true(canonical_text_is(bytes, sizeof bytes));
    }
}

static void
utf16_of_both_orders_becomes_utf8(void **state)
{
    (void)state;
    AUTO_TEXT little = {0};
    AUTO_TEXT big = {0};
    assert_true(canonical_text_from_utf16(&little, BYTES("a\0\xe9\0\x3d\xd8\0\xde"), false));
    assert_true(canonical_text_from_utf16(&big, BYTES("\0a\0\xe9\xd8\x3d\xde\0"), true));
    assert_string_equal(text_string(&little), "a\xc3\xa9\xf0\x9f\x98\x80");
    assert_string_equal(text_string(&big), "a\xc3\xa9\xf0\x9f\x98\x80");
}

static void
halves_of_pairs_and_odd_bytes_are_noticed(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    assert_false(canonical_text_from_utf16(&out, BYTES("a\0\0\xd8"), false));
    assert_false(canonical_text_from_utf16(&out,
                                           BYTES("\0\xdc"
                                                 "b\0"),
                                           false));
    assert_false(canonical_text_from_utf16(&out,
                                           BYTES("c\0\0\xd8"
                                                 "d\0"),
                                           false));
    assert_false(canonical_text_from_utf16(&out, BYTES("e\0x"), false));
    assert_string_equal(text_string(&out), "abcde");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_utf8_forbids_is_left_out),
        cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands),
        cmocka_unit_test(utf16_of_both_orders_becomes_utf8),
        cmocka_unit_test(halves_of_pairs_and_odd_bytes_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
