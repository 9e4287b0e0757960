/* test_utf8.c — value/utf8.c against a decoder that follows the definition. */
#include "value/utf8.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 3629 by computing the code point; 0 when the sequence is not well-formed. */
static size_t
decode(const uint8_t *bytes, size_t size)
{
    size_t length = bytes[0] < 0x80   ? 1
                    : bytes[0] < 0xC0 ? 0
                    : bytes[0] < 0xE0 ? 2
                    : bytes[0] < 0xF0 ? 3
                    : bytes[0] < 0xF8 ? 4
                                      : 0;
    if (length == 0 || length > size) {
        return 0;
    }
    uint32_t code_point = length == 1 ? bytes[0] : bytes[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] >> 6 != 2) {
            return 0;
        }
        code_point = code_point << 6 | (bytes[i] & 0x3F);
    }
    static const uint32_t smallest[] = {0, 1, 0x80, 0x800, 0x10000};
    bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    return code_point >= smallest[length] && code_point <= 0x10FFFF && !surrogate ? length : 0;
}

static void
check(const uint8_t *bytes, size_t size)
{
    size_t expected = 0;
    size_t expected_characters = 0;
    for (size_t length; expected < size; expected += length) {
        length = decode(bytes + expected, size - expected);
        if (length == 0) {
            break;
        }
        expected_characters++;
    }
    size_t characters;
    assert_int_equal(utf8_valid_prefix(bytes, size, &characters), expected);
    assert_int_equal(characters, expected_characters);
}

static void
a_bad_byte_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const uint8_t bad[] = {0x00, 0x80, 0xC0, 0xC1, 0xED, 0xF5, 0xFF};
    uint8_t text[80];
    for (size_t size = 0; size <= sizeof text; size++) {
        memset(text, 'a', sizeof text);
        check(text, size);
        for (size_t at = 0; at < size * sizeof bad; at++) {
            text[at / sizeof bad] = bad[at % sizeof bad];
            check(text, size);
            text[at / sizeof bad] = 'a';
        }
    }
}

static void
every_code_point_passes_but_surrogates_and_nul(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x110000; code_point++) {
        uint8_t bytes[4];
        size_t size = utf8_encode(code_point, bytes);
        size_t characters;
        bool good = code_point != 0 && code_point <= 0x10FFFF &&
                    (code_point < 0xD800 || code_point > 0xDFFF);
        assert_int_equal(utf8_valid_prefix(bytes, size, &characters), good ? size : 0);
        check(bytes, size);
    }
}

static void
random_bytes_are_judged_as_the_definition_does(void **state)
{
    (void)state;
    /* Bytes at the edges of the ranges are more likely than chance gives. */
    static const uint8_t edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xDF,
                                    0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 'a'};
    uint64_t random = 1;
    for (int round = 0; round < 200000; round++) {
        uint8_t text[40];
        size_t size = next_random(&random) % sizeof text;
        for (size_t i = 0; i < size; i++) {
            uint64_t dice = next_random(&random);
            text[i] = dice % 4 == 0
                          ? edges[(dice >> 8) % sizeof edges]
                          : (uint8_t)(dice % 4 == 1 ? 0x80 | (dice >> 8 & 0x3F) : 'a');
        }
        check(text, size);
    }
}

/* From its second character on, the text is long enough for blocks. */
static void
two_bytes_are_judged_alike_wherever_they_stand_in_a_long_text(void **state)
{
    (void)state;
    static const char *const behind[] = {"a\0a", "\x80zz", "\xbf\x80z", "\x80\x80\x80"};
    for (unsigned pair = 0x8000; pair <= 0xFFFF; pair++) {
        for (size_t at = 34; at < 40; at++) { /* the first block is 3 to 34 */
            uint8_t text[100];
            memset(text, 'a', sizeof text);
            memcpy(text, "a\xc3\xa4", 3);
            text[at] = (uint8_t)(pair >> 8);
            text[at + 1] = (uint8_t)pair;
            memcpy(text + at + 2, behind[pair % 4], 3);
            check(text, sizeof text);
        }
    }
}

static uint32_t
random_character(uint64_t *random)
{
    static const uint32_t below[] = {0x80, 0x80, 0x800, 0x10000, 0x110000};
    uint32_t code_point = (uint32_t)(next_random(random) % below[next_random(random) % 5]);
    return code_point == 0 || code_point >> 11 == 0x1B ? 'a' : code_point;
}

static void
long_texts_are_judged_as_the_definition_does(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int round = 0; round < 30000; round++) {
        uint8_t text[300];
        size_t size = 0;
        while (size < sizeof text - 4) {
            size += utf8_encode(random_character(&random), text + size);
        }
        size_t dice = next_random(&random) % 4;
        check(text, size - dice); /* the last one cut off */
        text[next_random(&random) % size] ^= (uint8_t)(dice == 0 ? 0x80 : 1U << (4 + dice));
        check(text, size);
    }
}

static void
stripping_leaves_what_is_good(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    assert_int_equal(utf8_add_stripped(&out, (const uint8_t *)"a\0\xff\xc3\xa4\xe2\x82z", 9),
                     3);
    assert_int_equal(out.length, 4);
    assert_memory_equal(out.bytes, "a\xc3\xa4z", 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands),
        cmocka_unit_test(every_code_point_passes_but_surrogates_and_nul),
        cmocka_unit_test(random_bytes_are_judged_as_the_definition_does),
        cmocka_unit_test(two_bytes_are_judged_alike_wherever_they_stand_in_a_long_text),
        cmocka_unit_test(long_texts_are_judged_as_the_definition_does),
        cmocka_unit_test(stripping_leaves_what_is_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
