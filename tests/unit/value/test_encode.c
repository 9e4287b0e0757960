/* test_encode.c — value/encode*.c against bytes that a PostgreSQL 15 wrote, by
 * COPY (SELECT ...) TO STDOUT (FORMAT binary). */
#include "value/encode.h"
#include "values.h"

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

static const struct encode_settings plain = {0};

/* Encodes and compares with the field's bytes in hex; NULL: it must be refused. */
static void
assert_encoded(sqlite3_value *value, struct value_type type, const char *expected)
{
    AUTO_TEXT row = {0};
    text_add(&row, "before");
    struct refusal refusal = {0};
    enum encode_outcome outcome = value_encoder(type.kind)(value, &type, &plain, &row,
                                                           &refusal);
    if (expected == NULL) {
        assert_int_equal(outcome, ENCODE_REFUSED);
        assert_int_equal(row.length, 6);
        assert_true(refusal.reason[0] != '\0');
        return;
    }
    if (outcome != ENCODE_OK) {
        fail_msg("%s", refusal.reason);
    }
    size_t size = strlen(expected) / 2;
    assert_int_equal(row.length, 6 + 4 + size);
    assert_int_equal(row.bytes[row.length], '\0');
    char hex[256];
    for (size_t i = 0; i < 4 + size; i++) {
        snprintf(hex + 2 * i, 3, "%02x", (uint8_t)row.bytes[6 + i]);
    }
    char field[256];
    snprintf(field, sizeof field, "%08zx%s", size, expected);
    assert_string_equal(hex, field);
}

#define KIND(k) ((struct value_type){.kind = (k)})

static void
every_type_is_written_as_postgresql_does(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_encoded(value_of_integer(&v, 1), KIND(TYPE_BIGINT), "0000000000000001");
    assert_encoded(value_of_integer(&v, -1), KIND(TYPE_BIGINT), "ffffffffffffffff");
    assert_encoded(value_of_integer(&v, INT64_MIN), KIND(TYPE_BIGINT), "8000000000000000");
    assert_encoded(value_of_real(&v, 1.5), KIND(TYPE_DOUBLE), "3ff8000000000000");
    assert_encoded(value_of_real(&v, -0.0), KIND(TYPE_DOUBLE), "8000000000000000");
    assert_encoded(value_of_real(&v, (double)INFINITY), KIND(TYPE_DOUBLE), "7ff0000000000000");
    assert_encoded(value_of_integer(&v, 1), KIND(TYPE_BOOLEAN), "01");
    assert_encoded(value_of_text(&v, "off"), KIND(TYPE_BOOLEAN), "00");
    assert_encoded(value_of_text(&v, "\xc3\xa4"), KIND(TYPE_TEXT), "c3a4");
    assert_encoded(value_of_text(&v, ""), KIND(TYPE_TEXT), "");
    assert_encoded(value_of_text(&v, "abc"), (struct value_type){TYPE_VARCHAR, .length = 5},
                   "616263");
    assert_encoded(value_of_blob(&v, "\0\xff", 2), KIND(TYPE_BYTEA), "00ff");
    assert_encoded(value_of_text(&v, "00112233-4455-6677-8899-AABBCCDDEEFF"), KIND(TYPE_UUID),
                   "00112233445566778899aabbccddeeff");
    assert_encoded(value_of_text(&v, "{\"a\": 1}"), KIND(TYPE_JSON), "7b2261223a20317d");
    assert_encoded(value_of_text(&v, "{\"a\": 1}"), KIND(TYPE_JSONB), "017b2261223a20317d");
    assert_encoded(value_of_text(&v, "2000-01-02"), KIND(TYPE_DATE), "00000001");
    assert_encoded(value_of_text(&v, "0001-01-01"), KIND(TYPE_DATE), "fff4dbf9");
    assert_encoded(value_of_text(&v, "9999-12-31"), KIND(TYPE_DATE), "002c95d3");
    assert_encoded(value_of_text(&v, "23:59:59.999999"), KIND(TYPE_TIME), "000000141dd75fff");
    assert_encoded(value_of_text(&v, "2000-01-01 00:00:01"), KIND(TYPE_TIMESTAMP),
                   "00000000000f4240");
    assert_encoded(value_of_text(&v, "1999-12-31 23:59:59.5"), KIND(TYPE_TIMESTAMP),
                   "fffffffffff85ee0");
    assert_encoded(value_of_text(&v, "2024-02-29T12:34:56.789+02:00"), KIND(TYPE_TIMESTAMPTZ),
                   "0002b581944b3e08");
}

static void
numeric_is_written_as_postgresql_does(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const struct value_type numeric = KIND(TYPE_NUMERIC);
    assert_encoded(value_of_integer(&v, 0), numeric, "0000000000000000");
    assert_encoded(value_of_integer(&v, 1), numeric, "00010000000000000001");
    assert_encoded(value_of_integer(&v, -1), numeric, "00010000400000000001");
    assert_encoded(value_of_integer(&v, 10000), numeric, "00010001000000000001");
    assert_encoded(value_of_real(&v, 12345678.9), numeric, "000300010000000104d2162e2328");
    assert_encoded(value_of_real(&v, 0.0001), numeric, "0001ffff000000040001");
    assert_encoded(value_of_real(&v, 0.00001), numeric, "0001fffe0000000503e8");
    assert_encoded(value_of_text(&v, "1.50"), numeric, "000200000000000200011388");
    assert_encoded(value_of_integer(&v, INT64_MIN), numeric,
                   "0005000440000000039a0d2c0170156516b0");
    assert_encoded(value_of_real(&v, 1e22), numeric, "00010005000000000064");
    assert_encoded(value_of_real(&v, (double)INFINITY), numeric, "00000000d0000000");
    assert_encoded(value_of_real(&v, -(double)INFINITY), numeric, "00000000f0000000");
    assert_encoded(value_of_integer(&v, 100000000), numeric, "00010002000000000001");
    assert_encoded(value_of_text(&v, "0.10"), numeric, "0001ffff0000000203e8");
    assert_encoded(value_of_text(&v, "123.45"), (struct value_type){TYPE_NUMERIC, 0, 10, 2},
                   "0002000000000002007b1194");
    assert_encoded(value_of_real(&v, -0.0), numeric, "0000000000000000");
}

static void
null_is_null_in_every_type(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        struct value_type type = KIND((enum type_kind)kind);
        AUTO_TEXT row = {0};
        struct refusal refusal;
        assert_int_equal(
            value_encoder(type.kind)(value_of_null(&v), &type, &plain, &row, &refusal),
            ENCODE_OK);
        assert_int_equal(row.length, 4);
        assert_memory_equal(row.bytes, "\xff\xff\xff\xff", 5);
    }
}

static void
what_is_not_exact_is_refused(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const struct value_type money = {TYPE_NUMERIC, 0, 5, 2};
    assert_encoded(value_of_real(&v, 1.5), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_real(&v, 0x1p63), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_text(&v, "9223372036854775808"), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_text(&v, "-9223372036854775808"), KIND(TYPE_BIGINT),
                   "8000000000000000");
    assert_encoded(value_of_text(&v, "012"), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_text(&v, "1.0"), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_text(&v, ""), KIND(TYPE_BIGINT), NULL);
    assert_encoded(value_of_integer(&v, (INT64_C(1) << 53) + 1), KIND(TYPE_DOUBLE), NULL);
    assert_encoded(value_of_integer(&v, INT64_MAX), KIND(TYPE_DOUBLE), NULL);
    assert_encoded(value_of_integer(&v, INT64_MIN), KIND(TYPE_DOUBLE), "c3e0000000000000");
    assert_encoded(value_of_text(&v, "1.5"), KIND(TYPE_DOUBLE), NULL);
    assert_encoded(value_of_real(&v, 1.005), money, NULL);
    assert_encoded(value_of_integer(&v, 1000), money, NULL);
    assert_encoded(value_of_text(&v, "999.990"), money, "000200000000000303e726ac");
    assert_encoded(value_of_real(&v, (double)INFINITY), money, NULL);
    assert_encoded(value_of_text(&v, "1e5"), KIND(TYPE_NUMERIC), NULL);
    assert_encoded(value_of_text(&v, "-0"), KIND(TYPE_NUMERIC), NULL);
    assert_encoded(value_of_text(&v, "00.5"), KIND(TYPE_NUMERIC), NULL);
    assert_encoded(value_of_integer(&v, 2), KIND(TYPE_BOOLEAN), NULL);
    assert_encoded(value_of_real(&v, 1.0), KIND(TYPE_BOOLEAN), NULL);
    assert_encoded(value_of_text(&v, ""), KIND(TYPE_BOOLEAN), NULL);
    assert_encoded(value_of_blob(&v, "a", 1), KIND(TYPE_TEXT), NULL);
    assert_encoded(value_of_text(&v, "abcdef"), (struct value_type){TYPE_VARCHAR, .length = 5},
                   NULL);
    assert_encoded(value_of_integer(&v, 123456), (struct value_type){TYPE_VARCHAR, .length = 5},
                   NULL);
    assert_encoded(value_of_blob(&v, "123456789012345", 15), KIND(TYPE_UUID), NULL);
    assert_encoded(value_of_text(&v, "{\"a\":1,\"a\":2}"), KIND(TYPE_JSONB), NULL);
    assert_encoded(value_of_text(&v, "{a:1}"), KIND(TYPE_JSON), NULL);
    assert_encoded(value_of_text(&v, "2024-01-01 00:00"), KIND(TYPE_DATE), NULL);
    assert_encoded(value_of_text(&v, "2024-01-01 00:00Z"), KIND(TYPE_TIMESTAMP), NULL);
    assert_encoded(value_of_text(&v, "2024-01-01 00:00:00.1234567"), KIND(TYPE_TIMESTAMPTZ),
                   NULL);
    assert_encoded(value_of_integer(&v, 1700000000), KIND(TYPE_TIMESTAMPTZ), NULL);
}

static void
numbers_and_blobs_have_a_form_in_wider_types(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_encoded(value_of_integer(&v, -12), KIND(TYPE_TEXT), "2d3132");
    assert_encoded(value_of_real(&v, 2.0), KIND(TYPE_TEXT), "322e30");
    assert_encoded(value_of_integer(&v, 7), KIND(TYPE_BYTEA), "37");
    assert_encoded(value_of_text(&v, "a"), KIND(TYPE_BYTEA), "61");
    assert_encoded(value_of_bytes(&v, "a\0\xff", 3), KIND(TYPE_BYTEA), "6100ff");
    assert_encoded(value_of_blob(&v, "", 0), KIND(TYPE_BYTEA), "");
    assert_encoded(value_of_blob(&v, "0123456789abcdef", 16), KIND(TYPE_UUID),
                   "30313233343536373839616263646566");
    assert_encoded(value_of_integer(&v, 7), KIND(TYPE_JSONB), "0137");
    assert_encoded(value_of_real(&v, 2.0), KIND(TYPE_BIGINT), "0000000000000002");
}

static void
epochs_count_from_1970(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const int64_t per_unit[] = {0, 1, 1000, 1000000};
    for (int unit = EPOCH_SECONDS; unit <= EPOCH_MICROSECONDS; unit++) {
        struct value_type type = {TYPE_TIMESTAMPTZ, .epoch = (enum epoch_unit)unit};
        assert_encoded(value_of_integer(&v, 946684801 * per_unit[unit]), type,
                       "00000000000f4240");
        assert_encoded(value_of_integer(&v, INT64_MIN), type, NULL);
        assert_encoded(value_of_real(&v, 1e300), type, NULL);
        assert_encoded(value_of_text(&v, "946684801"), type, NULL);
    }
    struct value_type seconds = {TYPE_TIMESTAMPTZ, .epoch = EPOCH_SECONDS};
    assert_encoded(value_of_integer(&v, INT64_MAX / 1000000), seconds, "7ffca2fec4bc4980");
    assert_encoded(value_of_integer(&v, INT64_MAX / 1000000 + 1), seconds, NULL);
}

static void
assert_stripped(sqlite3_value *value, struct value_type type, bool utf16, const char *expected,
                const char *reason)
{
    struct encode_settings settings = {.utf16 = utf16, .bad_text = BAD_TEXT_SET_ASIDE};
    struct refusal refusal = {0};
    AUTO_TEXT row = {0};
    encode_function *encode = value_encoder(type.kind);
    assert_int_equal(encode(value, &type, &settings, &row, &refusal), ENCODE_REFUSED);
    assert_int_equal(row.length, 0);
    assert_string_equal(refusal.reason, reason);
    settings.bad_text = BAD_TEXT_STRIP;
    memset(&refusal, 0, sizeof refusal);
    assert_int_equal(encode(value, &type, &settings, &row, &refusal), ENCODE_ALTERED);
    assert_string_equal(refusal.reason, reason);
    assert_int_equal(row.length, 4 + strlen(expected));
    assert_int_equal(row.bytes[3], strlen(expected));
    assert_memory_equal(row.bytes + 4, expected, strlen(expected));
}

static void
bad_text_is_refused_or_stripped_as_asked(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    assert_stripped(value_of_bytes(&v, "a\0b", 3), KIND(TYPE_TEXT), false, "ab",
                    "text holds U+0000 at byte 2");
    assert_stripped(value_of_bytes(&v, "\xff\xc3\xa4", 3), KIND(TYPE_TEXT), false, "\xc3\xa4",
                    "text is not valid UTF-8 at byte 1");
    assert_stripped(value_of_bytes(&v, "ab\xff", 3),
                    (struct value_type){TYPE_VARCHAR, .length = 2}, false, "ab",
                    "text is not valid UTF-8 at byte 3");
    assert_encoded(value_of_bytes(&v, "\"\xff\"", 3), KIND(TYPE_JSON), NULL);
    AUTO_VALUES wide;
    values_open(&wide, "UTF-16le");
    assert_stripped(value_of_sql(&wide, "SELECT CAST(x'610000d86200' AS TEXT)"),
                    KIND(TYPE_TEXT), true, "ab", "text is not valid UTF-16");
}

/* Reads numeric's binary form back as text, by its documentation. */
static void
decode_numeric(const uint8_t *field, char *out)
{
    int groups = field[0] << 8 | field[1];
    int weight = (int16_t)(field[2] << 8 | field[3]);
    int scale = field[6] << 8 | field[7];
    char *at = out;
    if (field[4] == 0x40) {
        *at++ = '-';
    }
    for (int power = weight < 0 ? 0 : weight; power >= -((scale + 3) / 4); power--) {
        int i = weight - power;
        int group = i < 0 || i >= groups ? 0 : field[8 + 2 * i] << 8 | field[9 + 2 * i];
        if (power == -1) {
            *at++ = '.';
        }
        at += snprintf(at, 5, "%04d", group);
    }
    *at = '\0';
    char *digits = out + (out[0] == '-');
    size_t zeros = strspn(digits, "0");
    if (digits[zeros] == '.' || digits[zeros] == '\0') {
        zeros--;
    }
    memmove(digits, digits + zeros, strlen(digits + zeros) + 1);
    char *point = strchr(out, '.');
    if (point != NULL) {
        point[scale + 1] = '\0';
    }
}

static void
any_decimal_survives_numeric(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const struct value_type type = KIND(TYPE_NUMERIC);
    uint64_t random = 7;
    for (int round = 0; round < 50000; round++) {
        char text[64];
        char back[96];
        size_t before = next_random(&random) % 24;
        size_t behind = next_random(&random) % 24;
        size_t at = (size_t)snprintf(text, sizeof text, "%s",
                                     next_random(&random) % 2 ? "-" : "");
        for (size_t i = 0; i < before; i++) {
            uint64_t dice = next_random(&random);
            text[at] = (char)('0' + (dice % 3 == 0 ? 0 : (dice >> 8) % 10));
            if (i == 0 && text[at] == '0') {
                text[at] = '1';
            }
            at++;
        }
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", before == 0 ? "0" : "",
                               behind > 0 ? "." : "");
        for (size_t i = 0; i < behind; i++) {
            uint64_t dice = next_random(&random);
            text[at++] = (char)('0' + (dice % 3 == 0 ? 0 : (dice >> 8) % 10));
        }
        text[at] = '\0';
        if (text[0] == '-' && strpbrk(text, "123456789") == NULL) {
            continue;
        }
        AUTO_TEXT row = {0};
        struct refusal refusal;
        assert_int_equal(
            value_encoder(TYPE_NUMERIC)(value_of_text(&v, text), &type, &plain, &row, &refusal),
            ENCODE_OK);
        decode_numeric((const uint8_t *)row.bytes + 4, back);
        assert_string_equal(back, text);
        int16_t groups = (int16_t)((uint8_t)row.bytes[4] << 8 | (uint8_t)row.bytes[5]);
        assert_int_equal(row.length, 4 + 8 + 2 * groups);
    }
}

static void
any_real_survives_numeric(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const struct value_type type = KIND(TYPE_NUMERIC);
    uint64_t random = 8;
    for (int round = 0; round < 20000; round++) {
        uint64_t bits = next_random(&random);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number)) {
            continue;
        }
        AUTO_TEXT row = {0};
        struct refusal refusal;
        assert_int_equal(value_encoder(TYPE_NUMERIC)(value_of_real(&v, number), &type, &plain,
                                                     &row, &refusal),
                         ENCODE_OK);
        char back[800];
        decode_numeric((const uint8_t *)row.bytes + 4, back);
        assert_true(strtod(back, NULL) == number);
    }
}

static void
numeric_ends_where_postgresql_does(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    AUTO_TEXT digits = {0};
    for (int i = 0; i < 131072; i++) {
        text_add_char(&digits, '9');
    }
    const struct value_type type = KIND(TYPE_NUMERIC);
    encode_function *encode = value_encoder(TYPE_NUMERIC);
    struct refusal refusal;
    AUTO_TEXT row = {0};
    assert_int_equal(encode(value_of_text(&v, digits.bytes), &type, &plain, &row, &refusal),
                     ENCODE_OK);
    assert_int_equal(row.length, 4 + 8 + 131072 / 2);
    text_add_char(&digits, '9');
    assert_int_equal(encode(value_of_text(&v, digits.bytes), &type, &plain, &row, &refusal),
                     ENCODE_REFUSED);
    digits.bytes[0] = '0';
    digits.bytes[1] = '.';
    digits.bytes[2 + 16383] = '\0';
    assert_int_equal(encode(value_of_text(&v, digits.bytes), &type, &plain, &row, &refusal),
                     ENCODE_OK);
    digits.bytes[2 + 16383] = '9';
    digits.bytes[2 + 16384] = '\0';
    assert_int_equal(encode(value_of_text(&v, digits.bytes), &type, &plain, &row, &refusal),
                     ENCODE_REFUSED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_written_as_postgresql_does),
        cmocka_unit_test(numeric_is_written_as_postgresql_does),
        cmocka_unit_test(null_is_null_in_every_type),
        cmocka_unit_test(what_is_not_exact_is_refused),
        cmocka_unit_test(numbers_and_blobs_have_a_form_in_wider_types),
        cmocka_unit_test(epochs_count_from_1970),
        cmocka_unit_test(bad_text_is_refused_or_stripped_as_asked),
        cmocka_unit_test(any_decimal_survives_numeric),
        cmocka_unit_test(any_real_survives_numeric),
        cmocka_unit_test(numeric_ends_where_postgresql_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
