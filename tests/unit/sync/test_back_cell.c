/* test_back_cell.c — sync/back_cell.c: when a value of the source stays as it is, and what it
 * becomes when it does not. */
#include "../value/values.h"
#include "shapes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The field that `value` makes, as the server would send it back. */
static struct copy_field
field_of(sqlite3_value *value, const struct value_type *type, struct text *bytes)
{
    static const struct encode_settings settings = {.utf16 = false};
    struct refusal refusal;
    text_reset(bytes);
    assert_int_equal(value_encoder_of(type)(value, type, &settings, bytes, &refusal),
                     ENCODE_OK);
    if (bytes->length == 4 && (uint8_t)bytes->bytes[0] == 0xFF) {
        return (struct copy_field){NULL, -1};
    }
    return (struct copy_field){(const uint8_t *)bytes->bytes + 4, (int32_t)bytes->length - 4};
}

/* Whether `there`, in the source, agrees with what `sent` becomes in the target. */
static bool
agrees(const struct value_type *type, const char *there, const char *sent)
{
    AUTO_VALUES values = {0};
    AUTO_VALUES others = {0};
    AUTO_TEXT bytes = {0};
    AUTO_TEXT scratch = {0};
    const struct plan_column plan = {.type = *type};
    const struct copied_column copied = {.encode = value_encoder_of(type), .type = &plan.type};
    const struct back_column column = {.plan = &plan, .copied = &copied};
    values_open(&values, "UTF-8");
    values_open(&others, "UTF-8");
    const struct copy_field field = field_of(value_of_sql(&others, sent), type, &bytes);
    return back_cell_agrees(&column, value_of_sql(&values, there), &field, &scratch);
}

static void
what_says_the_same_stays_however_it_is_written(void **state)
{
    (void)state;
    static const struct value_type numeric = {.kind = TYPE_NUMERIC};
    static const struct value_type character = {.kind = TYPE_CHAR, .length = 5};
    static const struct value_type moment = {.kind = TYPE_TIMESTAMP};
    static const struct value_type truth = {.kind = TYPE_BOOLEAN};
    assert_true(agrees(&numeric, "SELECT '1.5'", "SELECT '1.50'"));
    assert_true(agrees(&numeric, "SELECT 100", "SELECT '100.00'"));
    assert_false(agrees(&numeric, "SELECT '1.5'", "SELECT '1.51'"));
    assert_false(agrees(&numeric, "SELECT '-1.5'", "SELECT '1.5'"));
    assert_true(agrees(&character, "SELECT 'a  '", "SELECT 'a'"));
    assert_false(agrees(&character, "SELECT ' a'", "SELECT 'a'"));
    assert_true(agrees(&moment, "SELECT '2024-01-01'", "SELECT '2024-01-01 00:00:00'"));
    assert_true(
        agrees(&moment, "SELECT '2024-01-01T00:00'", "SELECT '2024-01-01 00:00:00.000'"));
    assert_false(agrees(&moment, "SELECT '2024-01-01'", "SELECT '2024-01-02'"));
    assert_true(agrees(&truth, "SELECT 'Yes'", "SELECT 1"));
    assert_false(agrees(&truth, "SELECT 'no'", "SELECT 1"));
}

static void
null_agrees_with_null_alone(void **state)
{
    (void)state;
    static const struct value_type text = {.kind = TYPE_TEXT};
    assert_true(agrees(&text, "SELECT NULL", "SELECT NULL"));
    assert_false(agrees(&text, "SELECT NULL", "SELECT ''"));
    assert_false(agrees(&text, "SELECT ''", "SELECT NULL"));
}

static void
what_could_never_have_been_sent_does_not_agree(void **state)
{
    (void)state;
    static const struct value_type whole = {.kind = TYPE_BIGINT};
    assert_false(agrees(&whole, "SELECT 'twelve'", "SELECT 12"));
}

/* Decodes one uuid whose old text is `old`, in a column of that class. */
static struct sqlite_value
undone(const char *old, uint8_t storage_class, struct text *scratch)
{
    static const struct uuid_rule rule = {.table = "t"};
    static const uint8_t uuid[16] = {0xAB, 1};
    struct shape_fixture f;
    struct sqlite_value value;
    struct error err = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_UUID, .uuid_rule = &rule}, false);
    f.back[0].form.of[FORM_CLASS] = storage_class;
    struct copy_field fields[5] = {{NULL, -1}, {NULL, -1}, {uuid, 16}, {NULL, -1}, {NULL, -1}};
    if (old != NULL) {
        fields[3] = (struct copy_field){(const uint8_t *)old, (int32_t)strlen(old)};
    }
    assert_true(back_cell_decode(&f.shape, 0, fields, scratch, &value, &err));
    return value;
}

static void
a_uuid_becomes_what_it_was_in_the_class_of_its_column(void **state)
{
    (void)state;
    AUTO_TEXT scratch = {0};
    struct sqlite_value value = undone("12", SQLITE_INTEGER, &scratch);
    assert_int_equal(value.storage_class, SQLITE_INTEGER);
    assert_int_equal(value.integer, 12);
    value = undone("12", SQLITE_TEXT, &scratch);
    assert_int_equal(value.storage_class, SQLITE_TEXT);
    assert_memory_equal(value.bytes, "12", 2);
    value = undone("x'00ff'", SQLITE_BLOB, &scratch);
    assert_int_equal(value.storage_class, SQLITE_BLOB);
    assert_int_equal(value.size, 2);
    assert_memory_equal(value.bytes, "\0\xFF", 2);
    value = undone("chief", SQLITE_INTEGER, &scratch);
    assert_int_equal(value.storage_class, SQLITE_TEXT);
}

static void
a_uuid_of_the_targets_own_stays_its_text(void **state)
{
    (void)state;
    AUTO_TEXT scratch = {0};
    struct sqlite_value value = undone(NULL, SQLITE_TEXT, &scratch);
    assert_int_equal(value.storage_class, SQLITE_TEXT);
    assert_int_equal(value.size, 36);
    assert_memory_equal(value.bytes, "ab010000-0000-0000-0000-000000000000", 36);
}

static void
equality_is_of_class_and_bytes(void **state)
{
    (void)state;
    AUTO_VALUES values = {0};
    values_open(&values, "UTF-8");
    struct sqlite_value one = {.storage_class = SQLITE_INTEGER, .integer = 1};
    struct sqlite_value zero = {.storage_class = SQLITE_FLOAT, .real = 0.0};
    struct sqlite_value text = {
        .storage_class = SQLITE_TEXT, .bytes = (const uint8_t *)"a\0b", .size = 3};
    assert_true(back_value_equals(&one, value_of_integer(&values, 1)));
    assert_false(back_value_equals(&one, value_of_real(&values, 1.0)));
    assert_false(back_value_equals(&one, value_of_text(&values, "1")));
    assert_false(back_value_equals(&zero, value_of_real(&values, -0.0)));
    assert_true(back_value_equals(&text, value_of_bytes(&values, "a\0b", 3)));
    assert_false(back_value_equals(&text, value_of_blob(&values, "a\0b", 3)));
    assert_false(back_value_equals(&text, value_of_text(&values, "a")));
}

static void
texts_that_stand_in_for_a_value_are_known_by_the_type(void **state)
{
    (void)state;
    static const struct value_type real = {.kind = TYPE_DOUBLE};
    static const struct value_type day = {.kind = TYPE_DATE};
    static const struct value_type text = {.kind = TYPE_TEXT};
    const struct sqlite_value nan = {
        .storage_class = SQLITE_TEXT, .bytes = (const uint8_t *)"NaN", .size = 3};
    const struct sqlite_value never = {
        .storage_class = SQLITE_TEXT, .bytes = (const uint8_t *)"infinity", .size = 8};
    const struct sqlite_value infinite = {.storage_class = SQLITE_FLOAT, .real = HUGE_VAL};
    assert_true(back_value_is_stand_in(&nan, &real));
    assert_true(back_value_is_stand_in(&never, &day));
    assert_false(back_value_is_stand_in(&nan, &text));
    assert_false(back_value_is_stand_in(&infinite, &real));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_says_the_same_stays_however_it_is_written),
        cmocka_unit_test(null_agrees_with_null_alone),
        cmocka_unit_test(what_could_never_have_been_sent_does_not_agree),
        cmocka_unit_test(a_uuid_becomes_what_it_was_in_the_class_of_its_column),
        cmocka_unit_test(a_uuid_of_the_targets_own_stays_its_text),
        cmocka_unit_test(equality_is_of_class_and_bytes),
        cmocka_unit_test(texts_that_stand_in_for_a_value_are_known_by_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
