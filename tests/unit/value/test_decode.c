/* test_decode.c — value/decode.h is the inverse of value/encode.h for values in their
 * column's form; and where it is not, the difference is the one that is documented. */
#include "value/decode.h"
#include "value/zone.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KIND(k) ((struct value_type){.kind = (k)})

static const char *const labels[] = {"active", "on hold", NULL};
static const struct encode_settings plain = {0};

/* There and back; NULL: it is refused on the way there. */
static sqlite3_value *
round_trip(struct values *v, sqlite3_value *value, const struct value_type *type,
           const struct source_form *form, sqlite3_stmt **statement)
{
    AUTO_TEXT row = {0};
    AUTO_TEXT scratch = {0};
    struct refusal refusal = {0};
    struct sqlite_value back;
    if (value_encoder_of(type)(value, type, &plain, &row, &refusal) == ENCODE_REFUSED) {
        return NULL;
    }
    int32_t size = (int32_t)__builtin_bswap32(*(uint32_t *)(void *)row.bytes);
    struct copy_field field = {size < 0 ? NULL : (const uint8_t *)row.bytes + 4, size};
    if (!value_decode(&field, type, form, &scratch, &back, &refusal)) {
        fail_msg("%s", refusal.reason);
    }
    sqlite3_prepare_v2(v->database, "SELECT ?1", -1, statement, NULL);
    assert_int_equal(sqlite_value_bind(*statement, 1, &back), SQLITE_OK);
    assert_int_equal(sqlite3_step(*statement), SQLITE_ROW);
    return sqlite3_value_dup(sqlite3_column_value(*statement, 0));
}

/* So that -0.0 is not 0.0. */
static uint64_t
bits_of(sqlite3_value *real)
{
    double number = sqlite3_value_double(real);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static bool
same(sqlite3_value *a, sqlite3_value *b)
{
    int storage_class = sqlite3_value_type(a);
    if (storage_class != sqlite3_value_type(b)) {
        return false;
    }
    switch (storage_class) {
    case SQLITE_INTEGER: return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    case SQLITE_FLOAT: return bits_of(a) == bits_of(b);
    case SQLITE_NULL: return true;
    default:
        return sqlite3_value_bytes(a) == sqlite3_value_bytes(b) &&
               (sqlite3_value_bytes(a) == 0 ||
                memcmp(sqlite3_value_blob(a), sqlite3_value_blob(b),
                       (size_t)sqlite3_value_bytes(a)) == 0);
    }
}

static void
check(struct values *v, const char *sql, const struct value_type *type,
      const struct source_form *given, const char *expected_sql)
{
    struct source_form form;
    sqlite3_stmt *statement = NULL;
    sqlite3_value *value = sqlite3_value_dup(value_of_sql(v, sql));
    source_form_of(value, type, false, &form);
    sqlite3_value *back = round_trip(v, value, type, given == NULL ? &form : given, &statement);
    if (back == NULL) {
        fail_msg("%s: refused by %d", sql, type->kind);
    }
    sqlite3_value *expected = value_of_sql(v, expected_sql);
    if (!same(back, expected)) {
        fail_msg("%s as %d: came back as %s", sql, type->kind,
                 (const char *)sqlite3_value_text(back));
    }
    sqlite3_value_free(value);
    sqlite3_value_free(back);
    sqlite3_finalize(statement);
}

static void
same_back(struct values *v, struct value_type type, const char *const *sql)
{
    for (; *sql != NULL; sql++) {
        check(v, *sql, &type, NULL, *sql);
    }
}
#define SAME_BACK(v, type, ...) same_back((v), (type), (const char *const[]){__VA_ARGS__, NULL})

static void
numbers_come_back_in_their_class(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const enum type_kind whole[] = {TYPE_BIGINT, TYPE_INTEGER, TYPE_SMALLINT,
                                           TYPE_TEXT,   TYPE_BYTEA,   TYPE_JSONB,
                                           TYPE_JSON,   TYPE_NUMERIC};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        SAME_BACK(&v, KIND(whole[i]), "SELECT 0", "SELECT -42", "SELECT 42.0", "SELECT '42'",
                  "SELECT NULL");
    }
    SAME_BACK(&v, KIND(TYPE_BIGINT), "SELECT 9223372036854775807",
              "SELECT -9223372036854775808", "SELECT 9007199254740993",
              "SELECT -9223372036854775808.0");
    SAME_BACK(&v, KIND(TYPE_DOUBLE), "SELECT 0.1", "SELECT -0.0", "SELECT 1e999", "SELECT 5",
              "SELECT 5.0", "SELECT 4.9e-324");
    SAME_BACK(&v, KIND(TYPE_REAL), "SELECT 0.5", "SELECT -1e999", "SELECT 5", "SELECT -0.0");
    SAME_BACK(&v, KIND(TYPE_NUMERIC), "SELECT 0.1", "SELECT 1e300", "SELECT 4.9e-324",
              "SELECT '1.50'", "SELECT '0.000'", "SELECT '10000.0001'", "SELECT '-0.00001000'",
              "SELECT '123456789012345678901234567890.5'", "SELECT 1e999", "SELECT 100000000");
    SAME_BACK(&v, KIND(TYPE_TEXT), "SELECT 0.1", "SELECT -0.0", "SELECT 1e999", "SELECT ''",
              "SELECT 'a  '", "SELECT '007'");
    struct value_type money = {TYPE_NUMERIC, .precision = 10, .scale = 2};
    SAME_BACK(&v, money, "SELECT 5", "SELECT 5.25", "SELECT 5.0", "SELECT '5.25'");
}

static void
random_reals_come_back_bit_by_bit(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const enum type_kind kinds[] = {TYPE_DOUBLE, TYPE_NUMERIC, TYPE_TEXT};
    uint64_t seed = 3;
    struct source_form form = {.of = {[FORM_CLASS] = SQLITE_FLOAT}};
    for (int i = 0; i < 3000; i++) {
        uint64_t bits = next_random(&seed);
        double real;
        memcpy(&real, &bits, sizeof real);
        if (real - real != 0) {
            continue; /* no number, or infinite */
        }
        struct value_type type = KIND(kinds[i % 3]);
        sqlite3_stmt *statement = NULL;
        sqlite3_value *value = sqlite3_value_dup(value_of_real(&v, real));
        sqlite3_value *back = round_trip(&v, value, &type, &form, &statement);
        assert_non_null(back);
        assert_true(same(back, value));
        sqlite3_value_free(value);
        sqlite3_value_free(back);
        sqlite3_finalize(statement);
    }
}

static void
words_and_uuids_keep_their_spelling(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    SAME_BACK(&v, KIND(TYPE_BOOLEAN), "SELECT 0", "SELECT 1", "SELECT '0'", "SELECT 't'",
              "SELECT 'F'", "SELECT 'True'", "SELECT 'FALSE'", "SELECT 'no'", "SELECT 'Y'",
              "SELECT 'ON'", "SELECT 'off'", "SELECT 'n'");
    SAME_BACK(&v, KIND(TYPE_UUID), "SELECT '00112233-4455-6677-8899-aabbccddeeff'",
              "SELECT '00112233-4455-6677-8899-AABBCCDDEEFF'",
              "SELECT '00112233445566778899aabbccddeeff'",
              "SELECT '00112233445566778899AABBCCDDEEFF'",
              "SELECT x'00112233445566778899aabbccddeeff'");
    struct value_type status = {TYPE_ENUM, .labels = labels};
    SAME_BACK(&v, status, "SELECT 'active'", "SELECT 'on hold'");
    SAME_BACK(&v, KIND(TYPE_INET), "SELECT '10.0.0.1'", "SELECT '10.0.0.1/32'",
              "SELECT '10.0.0.1/8'", "SELECT 'fe80::1/64'", "SELECT '::ffff:1.2.3.4'");
    SAME_BACK(&v, KIND(TYPE_CIDR), "SELECT '10.0.0.0/8'", "SELECT '10.0.0.1/32'",
              "SELECT '10.0.0.1'");
    SAME_BACK(&v, KIND(TYPE_BYTEA), "SELECT x''", "SELECT x'00ff'", "SELECT 'text'",
              "SELECT 1.5");
}

static void
moments_keep_their_spelling(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    SAME_BACK(&v, KIND(TYPE_DATE), "SELECT '2024-02-29'", "SELECT '0001-01-01'",
              "SELECT '9999-12-31'", "SELECT '1900-03-01'");
    SAME_BACK(&v, KIND(TYPE_TIME), "SELECT '00:00'", "SELECT '23:59'", "SELECT '00:00:00'",
              "SELECT '23:59:59.5'", "SELECT '12:00:00.000'", "SELECT '12:00:00.000001'");
    static const enum type_kind kinds[] = {TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ};
    for (size_t i = 0; i < 2; i++) {
        SAME_BACK(&v, KIND(kinds[i]), "SELECT '2024-02-29'", "SELECT '2024-02-29 00:00'",
                  "SELECT '2024-02-29T00:00:00'", "SELECT '2024-02-29 12:34:56.7'",
                  "SELECT '2024-02-29 12:34:56.700000'", "SELECT '1969-12-31T23:59:59.999999'",
                  "SELECT '2024-02-29 12:30'", "SELECT '0001-01-01 00:00:01'");
    }
    SAME_BACK(&v, KIND(TYPE_TIMESTAMPTZ), "SELECT '2024-02-29T12:34:56.789Z'",
              "SELECT '2024-02-29T12:34:56+02:00'", "SELECT '2024-02-29 12:34:56-0330'",
              "SELECT '2024-02-29 12:34-08'", "SELECT '2024-02-29 12:34:56.000Z'",
              "SELECT '2024-02-29 12:34:56.000 +00:00'", "SELECT '2024-02-29 12:34:56 -0330'");
}

static void
counted_moments_come_back_as_the_same_number(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    struct value_type type = {TYPE_TIMESTAMPTZ, .epoch = EPOCH_SECONDS};
    SAME_BACK(&v, type, "SELECT 0", "SELECT 1704164645", "SELECT -1",
              "SELECT 1704164645.123456", "SELECT 1704164645.0", "SELECT 0.1",
              "SELECT -0.000001");
    type.epoch = EPOCH_MILLISECONDS;
    SAME_BACK(&v, type, "SELECT 1704164645123", "SELECT 1704164645123.0", "SELECT 0.001");
    type.epoch = EPOCH_MICROSECONDS;
    SAME_BACK(&v, type, "SELECT 1704164645123456", "SELECT -1");
    type.epoch = EPOCH_JULIAN;
    SAME_BACK(&v, type, "SELECT julianday('2024-01-02 03:04:05.123')", "SELECT 2460312",
              "SELECT julianday('1000-01-02')", "SELECT julianday('9999-12-31 23:59:59.999')");
    type.epoch = EPOCH_DAYS;
    type.kind = TYPE_DATE;
    SAME_BACK(&v, type, "SELECT 0", "SELECT -19000", "SELECT 19724.0");
    struct value_type span = {TYPE_INTERVAL};
    for (int unit = INTERVAL_MICROSECONDS; unit < INTERVAL_UNIT_COUNT; unit++) {
        span.interval_unit = (enum interval_unit)unit;
        SAME_BACK(&v, span, "SELECT 0", "SELECT 90", "SELECT -90", "SELECT 90.0");
    }
    SAME_BACK(&v, span, "SELECT 1.5", "SELECT -0.25");
}

static void
random_moments_come_back(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const char *const formats[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%fZ",
                                          "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S-05:00"};
    struct value_type type = KIND(TYPE_TIMESTAMPTZ);
    uint64_t seed = 5;
    for (int i = 0; i < 2000; i++) {
        /* Years 1000 to 3000. */
        long long seconds = (long long)(next_random(&seed) % 63113904000) - 30610224000;
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT strftime('%s', %lld + 0.125, 'unixepoch')",
                 formats[i % 4], seconds);
        check(&v, sql, &type, NULL, sql);
    }
}

static void
spans_and_arrays_keep_their_spelling(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    SAME_BACK(&v, KIND(TYPE_INTERVAL), "SELECT '1 day 02:00:00'",
              "SELECT '1 year 2 mons -3 days +04:05:06.7'", "SELECT '00:00:00'",
              "SELECT '26:00:00'", "SELECT '-01:02:03.000004'", "SELECT 'P1Y2M3DT4H5M6.7S'",
              "SELECT 'PT0S'", "SELECT 'P-1DT-2H-0.5S'", "SELECT '2 days'");
    SAME_BACK(&v, KIND(TYPE_TEXT_ARRAY), "SELECT '[]'", "SELECT '[\"a\",null,\"b\"]'",
              "SELECT '[\"a\", \"b\"]'", "SELECT '[\"\\u00e9\", \"\\ud83d\\ude00\"]'",
              "SELECT '[\"é😀\"]'", "SELECT '[\"\\\"\\\\\\b\\f\\n\\r\\t\\u001f\"]'");
    SAME_BACK(&v, KIND(TYPE_INTEGER_ARRAY), "SELECT '[1,-2,null]'", "SELECT '[1, 2]'");
    SAME_BACK(&v, KIND(TYPE_BIGINT_ARRAY), "SELECT '[-9223372036854775808]'");
    SAME_BACK(&v, KIND(TYPE_JSONB), "SELECT '{\"a\": [1, 2]}'", "SELECT '{\"a\":[1,\": ,\"]}'",
              "SELECT 1.5");
}

static void
what_is_not_exact_is_so_in_the_way_that_is_said(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const struct {
        struct value_type type;
        const char *there;
        const char *back;
    } cases[] = {
        {{TYPE_BIGINT}, "SELECT -0.0", "SELECT 0.0"},
        {{TYPE_NUMERIC}, "SELECT -0.0", "SELECT 0.0"},
        {{TYPE_CHAR, .length = 5}, "SELECT 'ab '", "SELECT 'ab'"},
        {{TYPE_INTERVAL}, "SELECT 'P1W'", "SELECT 'P7D'"},
        {{TYPE_INTERVAL}, "SELECT 'PT90M'", "SELECT 'PT1H30M'"},
        {{TYPE_INTERVAL}, "SELECT '1 day, 2:00:00'", "SELECT '1 day 02:00:00'"},
        {{TYPE_INET}, "SELECT 'FE80:0::1'", "SELECT 'fe80::1'"},
        {{TYPE_TEXT_ARRAY}, "SELECT '[ \"a\" ]'", "SELECT '[\"a\"]'"},
        {{TYPE_TIMESTAMPTZ, .round = true},
         "SELECT '2024-01-01 00:00:00.1234567'",
         "SELECT '2024-01-01 00:00:00.123457'"},
        {{TYPE_TIMESTAMPTZ, .epoch = EPOCH_SECONDS, .round = true},
         "SELECT 1704164645.1234567",
         "SELECT 1704164645.123457"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(&v, cases[i].there, &cases[i].type, NULL, cases[i].back);
        int storage_class = sqlite3_value_type(value_of_sql(&v, cases[i].there));
        struct exactness_note note = value_exactness(&cases[i].type, storage_class);
        assert_int_equal(note.exactness, EXACT_IN_PART);
        assert_true(note.words[0] != '\0');
    }
}

static void
a_zone_s_texts_come_back_but_for_the_second_of_two(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    AUTO_ARENA arena = {0};
    struct error err;
    struct value_type type = KIND(TYPE_TIMESTAMPTZ);
    assert_true(zone_open(&arena, "America/New_York", &type.zone, &err));
    SAME_BACK(&v, type, "SELECT '2024-07-01 12:00:00'", "SELECT '2024-11-03 01:30:00'",
              "SELECT '2024-01-01'", "SELECT '1900-01-01 12:00:00'",
              "SELECT '2024-07-01T16:00:00Z'");
}

/* The dominant form of four values. */
static void
choose(struct values *v, const struct value_type *type, const char *const sql[4],
       struct source_form *form)
{
    struct form_tally tally = {0};
    for (size_t i = 0; i < 4; i++) {
        source_form_of(value_of_sql(v, sql[i]), type, false, form);
        form_tally_add(&tally, form);
    }
    form_tally_choose(&tally, form);
    json_t *json = source_form_to_json(form);
    struct source_form again;
    assert_true(source_form_from_json(json, &again));
    assert_memory_equal(&again, form, sizeof again);
    json_decref(json);
}

static void
a_column_s_values_come_back_by_its_dominant_form(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const struct {
        struct value_type type;
        const char *sql[4];
    } columns[] = {
        /* Python's isoformat: six digits, or none. */
        {{TYPE_TIMESTAMPTZ},
         {"SELECT '2024-01-01T10:00:00.000100+01:00'", "SELECT '2024-01-01T10:00:00+01:00'",
          "SELECT '2024-01-01T10:00:00.500000+01:00'",
          "SELECT '2024-01-01T00:00:00.250000+01:00'"}},
        /* JavaScript's toISOString: always three. */
        {{TYPE_TIMESTAMPTZ},
         {"SELECT '2024-01-01T10:00:00.000Z'", "SELECT '2024-01-01T10:00:00.500Z'",
          "SELECT '2024-01-01T00:00:00.000Z'", "SELECT '2024-01-01T10:00:00.120Z'"}},
        /* .NET: as few as will do. */
        {{TYPE_TIMESTAMP},
         {"SELECT '2024-01-01 10:00:00'", "SELECT '2024-01-01 10:00:00.5'",
          "SELECT '2024-01-01 10:00:00.123456'", "SELECT '2024-01-01 00:00:00'"}},
        {{TYPE_BOOLEAN}, {"SELECT 'True'", "SELECT 'False'", "SELECT 'True'", "SELECT NULL"}},
        {{TYPE_TEXT_ARRAY},
         {"SELECT '[]'", "SELECT '[\"a\"]'", "SELECT '[\"a\", \"b\"]'",
          "SELECT '[\"\\u00e9\"]'"}},
        {{TYPE_UUID},
         {"SELECT '00112233-4455-6677-8899-aabbccddeeff'",
          "SELECT '00000000-0000-0000-0000-000000000000'",
          "SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'", "SELECT NULL"}},
        {{TYPE_NUMERIC, .precision = 10, .scale = 2},
         {"SELECT 1.5", "SELECT 2.0", "SELECT 0.25", "SELECT NULL"}},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct source_form form;
        choose(&v, &columns[i].type, columns[i].sql, &form);
        for (size_t j = 0; j < 4; j++) {
            check(&v, columns[i].sql[j], &columns[i].type, &form, columns[i].sql[j]);
        }
    }
}

static void
what_sqlite_has_no_value_for_comes_back_as_text(void **state)
{
    (void)state;
    static const struct {
        enum type_kind kind;
        const char *field;
        int32_t size;
        const char *text;
    } cases[] = {
        {TYPE_DATE, "\x7f\xff\xff\xff", 4, "infinity"},
        {TYPE_DATE, "\x80\0\0\0", 4, "-infinity"},
        {TYPE_TIMESTAMPTZ, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8, "infinity"},
        {TYPE_DOUBLE, "\x7f\xf8\0\0\0\0\0\0", 8, "NaN"},
        {TYPE_NUMERIC, "\0\0\0\0\xc0\0\0\0", 8, "NaN"},
        {TYPE_DATE, "\xff\xf4\xdb\xf8", 4, "0001-12-31 BC"},
    };
    struct source_form form = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT scratch = {0};
        struct sqlite_value value;
        struct refusal refusal;
        struct value_type type = KIND(cases[i].kind);
        struct copy_field field = {(const uint8_t *)cases[i].field, cases[i].size};
        assert_true(value_decode(&field, &type, &form, &scratch, &value, &refusal));
        assert_int_equal(value.storage_class, SQLITE_TEXT);
        if (value.size != strlen(cases[i].text) ||
            memcmp(value.bytes, cases[i].text, value.size) != 0) {
            fail_msg("%.*s, not %s", (int)value.size, (const char *)value.bytes, cases[i].text);
        }
    }
}

static void
a_malformed_field_is_refused(void **state)
{
    (void)state;
    struct source_form form = {0};
    static const uint8_t bytes[64] = {0, 0, 0, 2, 9, 9, 9, 9};
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        if (kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_BYTEA ||
            kind == TYPE_JSON || kind == TYPE_CHAR || kind == TYPE_ENUM ||
            kind == TYPE_CITEXT) {
            continue; /* any bytes are some */
        }
        for (int32_t size = 0; size < 64; size++) {
            AUTO_TEXT scratch = {0};
            struct sqlite_value value;
            struct refusal refusal = {0};
            struct value_type type = KIND((enum type_kind)kind);
            struct copy_field field = {bytes, size};
            bool decoded = value_decode(&field, &type, &form, &scratch, &value, &refusal);
            assert_int_equal(decoded, refusal.reason[0] == '\0');
            assert_false(decoded && (size == 3 || size == 63));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_in_their_class),
        cmocka_unit_test(random_reals_come_back_bit_by_bit),
        cmocka_unit_test(words_and_uuids_keep_their_spelling),
        cmocka_unit_test(moments_keep_their_spelling),
        cmocka_unit_test(counted_moments_come_back_as_the_same_number),
        cmocka_unit_test(random_moments_come_back),
        cmocka_unit_test(spans_and_arrays_keep_their_spelling),
        cmocka_unit_test(what_is_not_exact_is_so_in_the_way_that_is_said),
        cmocka_unit_test(a_zone_s_texts_come_back_but_for_the_second_of_two),
        cmocka_unit_test(a_column_s_values_come_back_by_its_dominant_form),
        cmocka_unit_test(what_sqlite_has_no_value_for_comes_back_as_text),
        cmocka_unit_test(a_malformed_field_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
