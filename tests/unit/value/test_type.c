/* test_type.c — types by the names that people and PostgreSQL give them. */
#include "value/type.h"
#include "value/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    struct value_type type;
} names[] = {
    {"bigint", {TYPE_BIGINT}},
    {"  Double   Precision ", {TYPE_DOUBLE}},
    {"numeric(10, 2)", {TYPE_NUMERIC, .precision = 10, .scale = 2}},
    {"DECIMAL(5)", {TYPE_NUMERIC, .precision = 5}},
    {"numeric", {TYPE_NUMERIC}},
    {"character varying (20)", {TYPE_VARCHAR, .length = 20}},
    {"char(3)", {TYPE_CHAR, .length = 3}},
    {"timestamptz", {TYPE_TIMESTAMPTZ}},
    {"timestamp(3) with time zone", {TYPE_TIMESTAMPTZ, .tick_us = 1000}},
    {"timestamp(0)", {TYPE_TIMESTAMP, .tick_us = 1000000}},
    {"time(6)", {TYPE_TIME}},
    {"interval(2)", {TYPE_INTERVAL, .tick_us = 10000}},
    {"int4", {TYPE_INTEGER}},
    {"int []", {TYPE_INTEGER_ARRAY}},
    {"TEXT[]", {TYPE_TEXT_ARRAY}},
    {"cidr", {TYPE_CIDR}},
};

static void
names_of_both_kinds_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct value_type type = {.kind = TYPE_UUID, .length = 7};
        if (!value_type_read(names[i].text, &type) ||
            !value_type_equal(&type, &names[i].type)) {
            fail_msg("\"%s\"", names[i].text);
        }
    }
}

static void
what_names_no_type_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "enum",
                                        "txt",
                                        "numeric(0)",
                                        "numeric(1001)",
                                        "numeric(2,3)",
                                        "varchar(0)",
                                        "varchar(10485761)",
                                        "varchar(1,2)",
                                        "varchar(",
                                        "varchar(x)",
                                        "varchar(1)(2)",
                                        "timestamp(7)",
                                        "timestamp(3,1)",
                                        "text(3)",
                                        "bigint(20)",
                                        "text[][]",
                                        "time with time zone",
                                        "numeric(1,2,3)",
                                        "varchar(999999999)",
                                        "registry.status"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct value_type type = {.kind = TYPE_UUID, .length = 7};
        if (value_type_read(wrong[i], &type)) {
            fail_msg("\"%s\" was read", wrong[i]);
        }
        assert_int_equal(type.kind, TYPE_UUID);
        assert_int_equal(type.length, 7);
    }
}

static void
every_name_that_is_printed_is_read_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        struct value_type types[] = {
            {.kind = (enum type_kind)kind},
            {.kind = (enum type_kind)kind, .length = 12},
            {.kind = (enum type_kind)kind, .precision = 12, .scale = 3},
            {.kind = (enum type_kind)kind, .tick_us = 1000},
        };
        bool sizes = kind == TYPE_VARCHAR || kind == TYPE_CHAR;
        bool times = kind == TYPE_TIME || kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ ||
                     kind == TYPE_INTERVAL;
        const bool sensible[] = {kind != TYPE_ENUM, sizes, kind == TYPE_NUMERIC, times};
        for (size_t i = 0; i < 4; i++) {
            AUTO_TEXT brief = {0};
            AUTO_TEXT sql = {0};
            struct value_type back;
            value_type_print_short(&types[i], &brief);
            value_type_print(&types[i], &sql);
            if (sensible[i]) {
                assert_true(value_type_read(text_string(&brief), &back));
                assert_true(value_type_equal(&back, &types[i]));
                assert_true(value_type_read(text_string(&sql), &back));
                assert_true(value_type_equal(&back, &types[i]));
            }
        }
    }
    AUTO_TEXT sql = {0};
    struct value_type status = {.kind = TYPE_ENUM, .name = "registry.\"Status\""};
    value_type_print(&status, &sql);
    assert_string_equal(text_string(&sql), "registry.\"Status\"");
}

static void
everything_a_type_carries_counts(void **state)
{
    (void)state;
    static const char *const a[] = {"a", NULL};
    static const char *const also_a[] = {"a", NULL};
    static const char *const b[] = {"a", "b", NULL};
    static const struct uuid_rule rules[] = {{{1}, "t"}, {{2}, "t"}, {{1}, "u"}};
    AUTO_ARENA arena = {0};
    struct error err;
    const struct zone *zones[2];
    assert_true(zone_open(&arena, "+02:00", &zones[0], &err));
    assert_true(zone_open(&arena, "+03:00", &zones[1], &err));
    const struct value_type base = {.kind = TYPE_UUID};
    const struct value_type others[] = {
        {TYPE_UUID, .epoch = EPOCH_DAYS},
        {TYPE_UUID, .interval_unit = INTERVAL_DAYS},
        {TYPE_UUID, .round = true},
        {TYPE_UUID, .tick_us = 1000},
        {TYPE_UUID, .name = "a"},
        {TYPE_UUID, .name = "b"},
        {TYPE_UUID, .labels = a},
        {TYPE_UUID, .labels = b},
        {TYPE_UUID, .null_texts = a},
        {TYPE_UUID, .null_texts = b},
        {TYPE_UUID, .zone = zones[0]},
        {TYPE_UUID, .zone = zones[1]},
        {TYPE_UUID, .uuid_rule = &rules[0]},
        {TYPE_UUID, .uuid_rule = &rules[1]},
        {TYPE_UUID, .uuid_rule = &rules[2]},
        {TYPE_UUID, .element_oid = 1043},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(value_type_equal(&base, &others[i]));
        for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
            assert_int_equal(value_type_equal(&others[i], &others[j]), i == j);
        }
    }
    struct value_type one = {TYPE_ENUM, .labels = a};
    struct value_type same = {TYPE_ENUM, .labels = also_a};
    assert_true(value_type_equal(&one, &same));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_both_kinds_are_read),
        cmocka_unit_test(what_names_no_type_is_refused_and_changes_nothing),
        cmocka_unit_test(every_name_that_is_printed_is_read_back),
        cmocka_unit_test(everything_a_type_carries_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
