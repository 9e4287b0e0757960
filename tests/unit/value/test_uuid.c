/* test_uuid.c — value/uuid.h against RFC 9562 (appendix A.4) and Python's uuid.uuid5. */
#include "value/uuid.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t dns[UUID_SIZE] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                       0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static const struct uuid_rule rule = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                      "agents"};

static void
assert_uuid(const uint8_t uuid[UUID_SIZE], const char *expected)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_print(uuid, text);
    text[UUID_TEXT_SIZE] = '\0';
    assert_string_equal(text, expected);
}

static void
version_5_is_that_of_the_standard(void **state)
{
    (void)state;
    uint8_t uuid[UUID_SIZE];
    uuid_v5(dns, "www.example.com", 15, uuid);
    assert_uuid(uuid, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    uuid_v5(dns, "python.org", 10, uuid);
    assert_uuid(uuid, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

/* expected NULL: it stays what it is. */
static void
check(struct values *v, const char *sql, const char *expected)
{
    struct value_type type = {TYPE_UUID, .uuid_rule = &rule};
    struct encode_settings settings = {0};
    struct refusal refusal;
    uint8_t mapped[UUID_SIZE];
    AUTO_TEXT row = {0};
    bool is_mapped = value_uuid_is_mapped(value_of_sql(v, sql), &type, &settings, mapped);
    assert_int_equal(is_mapped, expected != NULL);
    assert_int_equal(
        value_encoder_of(&type)(value_of_sql(v, sql), &type, &settings, &row, &refusal),
        ENCODE_OK);
    if (expected != NULL) {
        assert_uuid(mapped, expected);
        assert_memory_equal(row.bytes + 4, mapped, UUID_SIZE);
    } else {
        assert_memory_equal(row.bytes,
                            "\0\0\0\x10\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb"
                            "\xcc\xdd\xee\xff",
                            20);
    }
}

static void
keys_that_are_uuids_stay_and_others_get_one(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    check(&v, "SELECT '00112233-4455-6677-8899-AABBCCDDEEFF'", NULL);
    check(&v, "SELECT '00112233445566778899aabbccddeeff'", NULL);
    check(&v, "SELECT x'00112233445566778899aabbccddeeff'", NULL);
    check(&v, "SELECT 'agent-1'", "50d28082-0f1b-50b8-984e-ecfd3d881328");
    check(&v, "SELECT ''", "759e9205-e627-57e9-88dd-4eccc857a3d7");
    check(&v, "SELECT 42", "91dee200-8c30-5aa0-bd59-ae09ef02cb9d");
    check(&v, "SELECT '42'", "91dee200-8c30-5aa0-bd59-ae09ef02cb9d");
    check(&v, "SELECT -9223372036854775808", "85674c72-1c68-5fb7-afd2-cf338785090e");
    check(&v, "SELECT 1.5", "64445c41-754a-5959-b7eb-54221b8274ba");
    check(&v, "SELECT x'00ff'", "76647754-fa97-5bdb-be09-2d5f7346461b");
    check(&v, "SELECT 'Ünï'", "0cd13b91-dbc5-586c-b168-a2e016844bc6");
}

static void
null_and_bad_text_get_none(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    static const char *const nulls[] = {"none", NULL};
    struct value_type type = {TYPE_UUID, .uuid_rule = &rule, .null_texts = nulls};
    struct encode_settings settings = {0};
    struct refusal refusal = {0};
    uint8_t uuid[UUID_SIZE];
    AUTO_TEXT row = {0};
    assert_false(value_uuid_is_mapped(value_of_null(&v), &type, &settings, uuid));
    assert_false(value_uuid_is_mapped(value_of_text(&v, "none"), &type, &settings, uuid));
    assert_false(value_uuid_is_mapped(value_of_text(&v, "\xff"), &type, &settings, uuid));
    assert_int_equal(
        value_encoder_of(&type)(value_of_text(&v, "\xff"), &type, &settings, &row, &refusal),
        ENCODE_REFUSED);
    assert_string_equal(refusal.reason, "text is not valid UTF-8 at byte 1");
    type.uuid_rule = NULL;
    assert_false(value_uuid_is_mapped(value_of_text(&v, "a"), &type, &settings, uuid));
}

static void
a_file_in_utf16_maps_to_the_same(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-16le");
    struct value_type type = {TYPE_UUID, .uuid_rule = &rule};
    struct encode_settings settings = {.utf16 = true};
    uint8_t uuid[UUID_SIZE];
    assert_true(value_uuid_is_mapped(value_of_text(&v, "Ünï"), &type, &settings, uuid));
    assert_uuid(uuid, "0cd13b91-dbc5-586c-b168-a2e016844bc6");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_5_is_that_of_the_standard),
        cmocka_unit_test(keys_that_are_uuids_stay_and_others_get_one),
        cmocka_unit_test(null_and_bad_text_get_none),
        cmocka_unit_test(a_file_in_utf16_maps_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
