/* test_profile.c — profile/profile*.c and profile/witness.c. */
#include "../value/values.h"
#include "profile/profile.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(trait) (1U << (trait))
enum {
    NOTHING = 0,
    BOOLEAN = BIT(TRAIT_BOOLEAN),
    UUID = BIT(TRAIT_UUID),
    CANONICAL = UUID | BIT(TRAIT_UUID_CANONICAL),
    TIME = BIT(TRAIT_TIME),
    NO_ZONE = BIT(TRAIT_TIMESTAMP) | BIT(TRAIT_TIMESTAMPTZ),
    DATE = NO_ZONE | BIT(TRAIT_DATE),
    ZONED = BIT(TRAIT_TIMESTAMPTZ) | BIT(TRAIT_ZONED),
    JSON = BIT(TRAIT_JSON),
    JSONB = JSON | BIT(TRAIT_JSONB),
    CONTAINER = BIT(TRAIT_JSON_CONTAINER),
    DECIMAL = BIT(TRAIT_DECIMAL),
};

/* The traits that a column of this one value holds. */
static unsigned
traits_of(sqlite3_value *value)
{
    struct column_profile profile = {0};
    column_profile_add(&profile, value, 1, false);
    unsigned held = 0;
    for (int trait = 0; trait < TRAIT_COUNT; trait++) {
        held |= column_profile_holds(&profile, (enum trait)trait) ? BIT(trait) : 0;
    }
    return held;
}

struct text_case {
    const char *text;
    unsigned traits;
};

static const struct text_case text_cases[] = {
    {"", NOTHING},
    {"hello", NOTHING},
    {"1", BOOLEAN | JSONB | DECIMAL},
    {"2", JSONB | DECIMAL},
    {"true", BOOLEAN | JSONB},
    {"TRUE", BOOLEAN},
    {"t", BOOLEAN},
    {"-12.50", JSONB | DECIMAL},
    {"-0", JSONB},
    {"+1", NOTHING},
    {"1e5", JSONB},
    {"007", NOTHING},
    {"1.", NOTHING},
    {"00112233-4455-6677-8899-aabbccddeeff", CANONICAL},
    {"00112233-4455-6677-8899-AABBCCDDEEFF", UUID},
    {"00112233445566778899aabbccddeeff", UUID},
    {"00112233445566778899001122334455", UUID},
    {"10112233445566778899001122334455", UUID | JSONB | DECIMAL},
    {"2024-02-29", DATE},
    {"2024-02-30", NOTHING},
    {"2024-02-29 12:34", NO_ZONE},
    {"2024-02-29T12:34:56Z", ZONED},
    {"2024-02-29T12:34:56.123456+02:00", ZONED},
    {"2024-02-29 12:34:56.123 +00:00", ZONED},
    {"2024-02-29T12:34:56.1234567", NOTHING},
    {"now", NOTHING},
    {"12:34", TIME},
    {"12:34:56.5", TIME},
    {"{\"a\": [1]}", JSONB | CONTAINER},
    {"[]", JSONB | CONTAINER},
    {" \n[1]", JSONB | CONTAINER},
    {"[\"\\u0000\"]", JSON | CONTAINER},
    {"{\"a\":1,\"a\":2}", JSON | CONTAINER},
    {"1e200000", JSON},
    {"null", JSONB},
    {"{a:1}", NOTHING},
};

static void
a_text_holds_exactly_its_traits(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
        unsigned held = traits_of(value_of_text(&v, text_cases[i].text));
        if (held != text_cases[i].traits) {
            fail_msg("'%s': %x, not %x", text_cases[i].text, held, text_cases[i].traits);
        }
    }
}

static void
other_classes_hold_exactly_their_traits(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_int_equal(traits_of(value_of_integer(&v, 0)), BOOLEAN | DECIMAL);
    assert_int_equal(traits_of(value_of_integer(&v, 1)), BOOLEAN | DECIMAL);
    assert_int_equal(traits_of(value_of_integer(&v, -1)), DECIMAL);
    assert_int_equal(traits_of(value_of_integer(&v, INT64_MIN)), DECIMAL);
    assert_int_equal(traits_of(value_of_real(&v, 1.0)), DECIMAL);
    assert_int_equal(traits_of(value_of_real(&v, (double)INFINITY)), NOTHING);
    assert_int_equal(traits_of(value_of_blob(&v, "0123456789abcdef", 16)), UUID);
    assert_int_equal(traits_of(value_of_blob(&v, "true", 4)), NOTHING);
    assert_int_equal(traits_of(value_of_bytes(&v, "1\0", 2)), NOTHING);
    assert_int_equal(traits_of(value_of_bytes(&v, "\"\xff\"", 3)), NOTHING);
    assert_int_equal(traits_of(value_of_null(&v)), BIT(TRAIT_COUNT) - 1);
}

static void
a_trait_once_missed_stays_missed_with_its_first_witness(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct column_profile profile = {0};
    column_profile_add(&profile, value_of_null(&v), 1, false);
    column_profile_add(&profile, value_of_text(&v, "2024-01-01"), 2, false);
    column_profile_add(&profile, value_of_text(&v, "it's"), 3, false);
    column_profile_add(&profile, value_of_text(&v, "2024-01-01"), 4, false);
    column_profile_add(&profile, value_of_text(&v, "nothing"), 5, false);
    assert_false(column_profile_holds(&profile, TRAIT_DATE));
    assert_int_equal(profile.missing[TRAIT_DATE].position, 3);
    assert_string_equal(profile.missing[TRAIT_DATE].sample, "'it''s'");
    assert_int_equal(profile.missing[TRAIT_ZONED].position, 2);
    assert_int_equal(column_profile_values(&profile), 4);
    assert_int_equal(profile.nulls, 1);
    assert_int_equal(profile.first_of[SQLITE_TEXT - 1].position, 2);
    assert_int_equal(profile.first_of[SQLITE_NULL - 1].position, 1);
}

static void
sizes_and_digits_are_the_largest_seen(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct column_profile profile = {0};
    column_profile_add(&profile, value_of_integer(&v, -1234), 1, false);
    column_profile_add(&profile, value_of_integer(&v, 99), 2, false);
    assert_int_equal(profile.decimal_digits_max, 4);
    assert_int_equal(profile.decimal_scale_max, 0);
    column_profile_add(&profile, value_of_real(&v, 0.125), 3, false);
    assert_int_equal(profile.decimal_scale_max, 3);
    column_profile_add(&profile, value_of_real(&v, 12345.1), 4, false);
    assert_int_equal(profile.decimal_digits_max, 5);
    column_profile_add(&profile, value_of_text(&v, "1234567.12345"), 5, false);
    assert_int_equal(profile.decimal_digits_max, 7);
    assert_int_equal(profile.decimal_scale_max, 5);
    column_profile_add(&profile, value_of_real(&v, 1e23), 6, false);
    assert_int_equal(profile.decimal_digits_max, 24);
    assert_int_equal(profile.integer_min, -1234);
    assert_int_equal(profile.integer_max, 99);
    column_profile_add(&profile, value_of_text(&v, "\xc3\xa4\xe2\x82\xac and more text"), 7,
                       false);
    assert_int_equal(profile.characters_max, 16);
    assert_int_equal(profile.bytes_max, 19);
    column_profile_add(&profile, value_of_bytes(&v, "abc\0def\xff, so long a text", 24), 8,
                       false);
    assert_int_equal(profile.texts_bad, 1);
    assert_int_equal(profile.first_bad_text.position, 8);
    assert_int_equal(profile.characters_max, 22);
}

static void
a_reals_scale_is_that_of_its_shortest_text(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    uint64_t random = 9;
    struct column_profile profile = {0};
    int digits_max = 0;
    int scale_max = 0;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        uint64_t dice = next_random(&random);
        double number = (double)(dice >> (dice % 50 + 10)) / pow(10, (double)(dice >> 8 & 7));
        int digits = 1;
        for (; digits < 17; digits++) {
            snprintf(text, sizeof text, "%.*e", digits - 1, number);
            if (strtod(text, NULL) == number) {
                break;
            }
        }
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
        int scale = digits - 1 - exponent;
        digits_max = number != 0 && exponent + 1 > digits_max ? exponent + 1 : digits_max;
        scale_max = scale > scale_max ? scale : scale_max;
        column_profile_add(&profile, value_of_real(&v, number), i, false);
        assert_int_equal(profile.decimal_digits_max, digits_max);
        assert_int_equal(profile.decimal_scale_max, scale_max);
    }
}

static void
assert_sample(sqlite3_value *value, const char *expected)
{
    struct column_profile profile = {0};
    column_profile_add(&profile, value, 1, false);
    assert_string_equal(profile.first_of[sqlite3_value_type(value) - 1].sample, expected);
}

static void
samples_are_literals_that_no_terminal_obeys(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_sample(value_of_integer(&v, INT64_MIN), "-9223372036854775808");
    assert_sample(value_of_real(&v, 1.5), "1.5");
    assert_sample(value_of_text(&v, "a\x1b[31m\n\xc2\x9b"), "'a?[31m?"
                                                            "?'");
    assert_sample(value_of_bytes(&v, "a\0\xff", 3), "x'6100ff'");
    assert_sample(value_of_blob(&v, "\0\xff", 2), "x'00ff'");
    assert_sample(value_of_blob(&v, "", 0), "x''");
    assert_sample(value_of_text(&v, ""), "''");
    /* Cut between characters, never within one or within a doubled quote. */
    assert_sample(value_of_text(&v, "0123456789012345678901234567890123456789\xe2\x82\xac!"),
                  "'0123456789012345678901234567890123456789...'");
    assert_sample(value_of_text(&v, "01234567890123456789012345678901234567890'!!!"),
                  "'01234567890123456789012345678901234567890...'");
    assert_sample(value_of_blob(&v, "0123456789012345678901234", 25),
                  "x'3031323334353637383930313233343536373839...'");
}

/* A mix of everything. */
static sqlite3_value *
random_value(struct values *v, uint64_t *random)
{
    uint64_t dice = next_random(random);
    switch (dice % 7) {
    case 0: return value_of_null(v);
    case 1: return value_of_integer(v, (int64_t)(next_random(random) >> (dice >> 8 & 63)));
    case 2: return value_of_real(v, (double)(int64_t)next_random(random) / 1024);
    case 3: return value_of_blob(v, "0123456789abcdef\xff", dice >> 8 & 15);
    case 4: return value_of_bytes(v, "a\xff\0", dice >> 8 & 3);
    default: return value_of_text(v, text_cases[(dice >> 8) % 30].text);
    }
}

static void
assert_same(const struct column_profile *a, const struct column_profile *b)
{
    json_t *left = column_profile_to_json(a);
    json_t *right = column_profile_to_json(b);
    assert_true(json_equal(left, right));
    assert_int_equal(a->missed, b->missed);
    json_decref(left);
    json_decref(right);
}

static void
merged_ranges_equal_one_scan(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    uint64_t random = 10;
    for (int round = 0; round < 2000; round++) {
        struct column_profile whole = {0};
        struct column_profile parts[3] = {{0}, {0}, {0}};
        for (int i = 0; i < 9; i++) {
            sqlite3_value *value = random_value(&v, &random);
            column_profile_add(&whole, value, i, false);
            column_profile_add(&parts[i / 3], value, i, false);
        }
        column_profile_merge(&parts[0], &parts[1]);
        column_profile_merge(&parts[0], &parts[2]);
        assert_same(&whole, &parts[0]);
    }
}

static void
a_profile_survives_the_journal(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    uint64_t random = 11;
    for (int round = 0; round < 500; round++) {
        struct column_profile profile = {0};
        for (int i = 0; i < 6; i++) {
            column_profile_add(&profile, random_value(&v, &random), i, false);
        }
        json_t *json = column_profile_to_json(&profile);
        char *text = json_dumps(json, 0);
        assert_non_null(text);
        json_t *again = json_loads(text, 0, NULL);
        struct column_profile back;
        assert_true(column_profile_from_json(again, &back));
        assert_same(&profile, &back);
        free(text);
        json_decref(json);
        json_decref(again);
    }
}

static void
foreign_json_is_no_profile(void **state)
{
    (void)state;
    struct column_profile profile = {0};
    json_t *json = column_profile_to_json(&profile);
    struct column_profile back;
    assert_true(column_profile_from_json(json, &back));
    json_object_set_new(json, "first_bad_text", json_integer(1));
    assert_false(column_profile_from_json(json, &back));
    json_object_del(json, "first_bad_text");
    json_object_set_new(json, "texts", json_string("many"));
    assert_false(column_profile_from_json(json, &back));
    json_object_del(json, "texts");
    assert_false(column_profile_from_json(json, &back));
    json_decref(json);
    assert_false(column_profile_from_json(NULL, &back));
}

static void
text_of_utf16_files_is_looked_at_too(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-16le");
    struct column_profile profile = {0};
    column_profile_add(&profile, value_of_sql(&v, "SELECT '2024-01-01'"), 1, true);
    assert_true(column_profile_holds(&profile, TRAIT_DATE));
    assert_int_equal(profile.characters_max, 10);
    column_profile_add(&profile, value_of_sql(&v, "SELECT CAST(x'00d8' AS TEXT)"), 2, true);
    assert_int_equal(profile.texts_bad, 1);
    assert_string_equal(profile.first_bad_text.sample, "x'00d8'");
}

static void
the_size_of_a_value_is_that_of_its_bytes(void **state)
{
    (void)state;
    AUTO_VALUES v;
    AUTO_VALUES wide;
    struct column_profile profile = {0};
    values_open(&v, "UTF-8");
    assert_int_equal(column_profile_add(&profile, value_of_null(&v), 1, false), 0);
    assert_int_equal(column_profile_add(&profile, value_of_integer(&v, 0), 2, false), 8);
    assert_int_equal(column_profile_add(&profile, value_of_real(&v, 0.5), 3, false), 8);
    assert_int_equal(column_profile_add(&profile, value_of_text(&v, "a\xc3\xa4"), 4, false), 3);
    assert_int_equal(column_profile_add(&profile, value_of_bytes(&v, "\xff\0", 2), 5, false),
                     2);
    assert_int_equal(column_profile_add(&profile, value_of_blob(&v, "0123", 4), 6, false), 4);
    values_open(&wide, "UTF-16be");
    assert_int_equal(
        column_profile_add(&profile, value_of_sql(&wide, "SELECT 'a\xc3\xa4'"), 7, true), 3);
    assert_int_equal(column_profile_add(&profile,
                                        value_of_sql(&wide, "SELECT CAST(x'd800' AS TEXT)"), 8,
                                        true),
                     2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_holds_exactly_its_traits),
        cmocka_unit_test(other_classes_hold_exactly_their_traits),
        cmocka_unit_test(a_trait_once_missed_stays_missed_with_its_first_witness),
        cmocka_unit_test(sizes_and_digits_are_the_largest_seen),
        cmocka_unit_test(a_reals_scale_is_that_of_its_shortest_text),
        cmocka_unit_test(samples_are_literals_that_no_terminal_obeys),
        cmocka_unit_test(merged_ranges_equal_one_scan),
        cmocka_unit_test(a_profile_survives_the_journal),
        cmocka_unit_test(foreign_json_is_no_profile),
        cmocka_unit_test(text_of_utf16_files_is_looked_at_too),
        cmocka_unit_test(the_size_of_a_value_is_that_of_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
