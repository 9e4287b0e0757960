/* test_word.c — value/word.c. */
#include "value/word.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
assert_word(const char *text, int expected) /* -1: none */
{
    bool value;
    bool parsed = boolean_parse((const uint8_t *)text, strlen(text), &value);
    if (parsed != (expected >= 0) || (parsed && value != (expected == 1))) {
        fail_msg("%s", text);
    }
}

static void
words_for_true_and_false_are_known_in_any_case(void **state)
{
    (void)state;
    static const char *const yes[] = {"t", "T", "true", "TRUE", "True", "yes", "Y", "on", "1"};
    static const char *const no[] = {"f", "F", "false", "FALSE", "No", "n", "off", "OFF", "0"};
    static const char *const none[] = {"",       "2",    "tr",   "ye",  "of", "truee",
                                       "falsee", " t",   "t ",   "01",  "-1", "o",
                                       "\x10",   "\x11", "yess", "NULL"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        assert_word(yes[i], 1);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        assert_word(no[i], 0);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_word(none[i], -1);
    }
    bool value;
    assert_false(boolean_parse((const uint8_t *)"t\0", 2, &value));
}

static void
random_uuids_are_read_in_every_form(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int i = 0; i < 2000; i++) {
        uint64_t halves[2] = {next_random(&random), next_random(&random)};
        uint8_t expected[UUID_SIZE];
        memcpy(expected, halves, sizeof expected);
        char hex[UUID_HEX_SIZE + 1];
        for (size_t j = 0; j < UUID_SIZE; j++) {
            snprintf(hex + 2 * j, 3, i % 2 ? "%02X" : "%02x", expected[j]);
        }
        char hyphened[UUID_TEXT_SIZE + 1];
        snprintf(hyphened, sizeof hyphened, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                 hex + 16, hex + 20);
        uint8_t uuid[UUID_SIZE];
        bool canonical;
        assert_true(uuid_parse((const uint8_t *)hex, UUID_HEX_SIZE, uuid, &canonical));
        assert_memory_equal(uuid, expected, UUID_SIZE);
        assert_false(canonical);
        assert_true(uuid_parse((const uint8_t *)hyphened, UUID_TEXT_SIZE, uuid, &canonical));
        assert_memory_equal(uuid, expected, UUID_SIZE);
        assert_int_equal(canonical, strpbrk(hyphened, "ABCDEF") == NULL);
        for (size_t at = 0; at < UUID_TEXT_SIZE; at++) {
            char kept = hyphened[at];
            hyphened[at] = 'g';
            assert_false(
                uuid_parse((const uint8_t *)hyphened, UUID_TEXT_SIZE, uuid, &canonical));
            hyphened[at] = kept;
        }
        assert_false(uuid_parse((const uint8_t *)hyphened, 35, uuid, &canonical));
    }
}

static void
only_hex_digits_are_digits(void **state)
{
    (void)state;
    char hex[UUID_HEX_SIZE];
    for (int c = 0; c < 256; c++) {
        memset(hex, '0', sizeof hex);
        hex[7] = (char)c;
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        uint8_t uuid[UUID_SIZE];
        bool canonical;
        assert_int_equal(uuid_parse((const uint8_t *)hex, sizeof hex, uuid, &canonical), digit);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_for_true_and_false_are_known_in_any_case),
        cmocka_unit_test(random_uuids_are_read_in_every_form),
        cmocka_unit_test(only_hex_digits_are_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
