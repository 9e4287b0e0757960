/* test_existing.c — plan/existing*.c: the types of existing columns, and what is judged. */
#include "plan/bookkeeping.h"
#include "plan/existing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct target_type
base_type(uint32_t oid, const char *name)
{
    return (struct target_type){.oid = oid,
                                .name = name,
                                .base_name = name,
                                .base_schema = "pg_catalog",
                                .typmod = -1,
                                .precision = -1};
}

static void
the_types_modifier_is_kept(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type numeric = base_type(1700, "numeric(10,2)");
    numeric.precision = 10;
    numeric.scale = 2;
    assert_null(existing_type(&arena, &numeric, &type));
    assert_int_equal(type.kind, TYPE_NUMERIC);
    assert_int_equal(type.precision, 10);
    assert_int_equal(type.scale, 2);
    struct target_type varchar = base_type(1043, "character varying(20)");
    varchar.length = 20;
    assert_null(existing_type(&arena, &varchar, &type));
    assert_int_equal(type.kind, TYPE_VARCHAR);
    assert_int_equal(type.length, 20);
    assert_int_equal(type.precision, 0);
    struct target_type stamp = base_type(1114, "timestamp(3) without time zone");
    stamp.precision = 3;
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.tick_us, 1000);
    stamp.precision = -1;
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.tick_us, 0);
}

static void
what_the_plan_says_of_values_stays(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    static const char *const nulls[] = {"", NULL};
    struct value_type type = {
        .kind = TYPE_TIMESTAMPTZ, .epoch = EPOCH_MILLISECONDS, .null_texts = nulls};
    struct target_type stamp = base_type(1114, "timestamp without time zone");
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.kind, TYPE_TIMESTAMP);
    assert_int_equal(type.epoch, EPOCH_MILLISECONDS);
    assert_ptr_equal(type.null_texts, nulls);
}

static void
enums_arrays_and_domains_are_themselves(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    static const char *const labels[] = {"a", "b"};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type mood = base_type(70000, "public.mood");
    mood.kind = TARGET_TYPE_ENUM;
    mood.enum_labels = labels;
    mood.enum_label_count = 2;
    assert_null(existing_type(&arena, &mood, &type));
    assert_int_equal(type.kind, TYPE_ENUM);
    assert_string_equal(type.name, "public.mood");
    assert_string_equal(type.labels[1], "b");
    assert_null(type.labels[2]);
    struct target_type tags = base_type(1015, "character varying[]");
    tags.kind = TARGET_TYPE_ARRAY;
    tags.element_oid = 1043;
    assert_null(existing_type(&arena, &tags, &type));
    assert_int_equal(type.kind, TYPE_TEXT_ARRAY);
    assert_int_equal(value_type_element_oid(&type), 1043);
    assert_null(type.labels);
    struct target_type domain = base_type(25, "text");
    domain.domain = "public.email";
    assert_null(existing_type(&arena, &domain, &type));
    assert_int_equal(type.kind, TYPE_TEXT);
    assert_string_equal(type.name, "public.email");
}

static void
other_types_are_named(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type xml = base_type(142, "xml");
    assert_string_equal(existing_type(&arena, &xml, &type), "type xml is not supported");
    struct target_type range = base_type(3904, "int4range");
    range.kind = TARGET_TYPE_RANGE;
    assert_non_null(existing_type(&arena, &range, &type));
    struct target_type dates = base_type(1182, "date[]");
    dates.kind = TARGET_TYPE_ARRAY;
    dates.element_oid = 1082;
    assert_non_null(existing_type(&arena, &dates, &type));
    struct target_type odd = base_type(1700, "numeric(3,5)");
    odd.precision = 3;
    odd.scale = 5;
    assert_non_null(existing_type(&arena, &odd, &type));
}

static void
bookkeeping_is_known_in_any_case(void **state)
{
    (void)state;
    assert_string_equal(bookkeeping_tool("alembic_version"), "Alembic");
    assert_string_equal(bookkeeping_tool("SequelizeMeta"), "Sequelize");
    assert_string_equal(bookkeeping_tool("__EFMigrationsHistory"), "Entity Framework");
    assert_null(bookkeeping_tool("users"));
    assert_null(bookkeeping_tool("my_migrations"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_types_modifier_is_kept),
        cmocka_unit_test(what_the_plan_says_of_values_stays),
        cmocka_unit_test(enums_arrays_and_domains_are_themselves),
        cmocka_unit_test(other_types_are_named),
        cmocka_unit_test(bookkeeping_is_known_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
