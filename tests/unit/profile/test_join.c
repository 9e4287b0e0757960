/* test_join.c — profile/join.c, value/type.c: whatever one of two types held, the
 * joined type holds. */
#include "../value/values.h"
#include "profile/choose.h"
#include "value/encode.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct value_type types[] = {
    {TYPE_BIGINT, 0, 0, 0, EPOCH_NONE},         {TYPE_DOUBLE, 0, 0, 0, EPOCH_NONE},
    {TYPE_NUMERIC, 0, 0, 0, EPOCH_NONE},        {TYPE_NUMERIC, 0, 10, 2, EPOCH_NONE},
    {TYPE_NUMERIC, 0, 6, 4, EPOCH_NONE},        {TYPE_NUMERIC, 0, 1000, 0, EPOCH_NONE},
    {TYPE_BOOLEAN, 0, 0, 0, EPOCH_NONE},        {TYPE_TEXT, 0, 0, 0, EPOCH_NONE},
    {TYPE_VARCHAR, 3, 0, 0, EPOCH_NONE},        {TYPE_VARCHAR, 40, 0, 0, EPOCH_NONE},
    {TYPE_BYTEA, 0, 0, 0, EPOCH_NONE},          {TYPE_UUID, 0, 0, 0, EPOCH_NONE},
    {TYPE_JSON, 0, 0, 0, EPOCH_NONE},           {TYPE_JSONB, 0, 0, 0, EPOCH_NONE},
    {TYPE_DATE, 0, 0, 0, EPOCH_NONE},           {TYPE_TIME, 0, 0, 0, EPOCH_NONE},
    {TYPE_TIMESTAMP, 0, 0, 0, EPOCH_NONE},      {TYPE_TIMESTAMPTZ, 0, 0, 0, EPOCH_NONE},
    {TYPE_TIMESTAMPTZ, 0, 0, 0, EPOCH_SECONDS}, {TYPE_TIMESTAMPTZ, 0, 0, 0, EPOCH_MILLISECONDS},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static const char *const values_sql[] = {
    "SELECT 0",
    "SELECT 1",
    "SELECT 1700000000",
    "SELECT -9223372036854775808",
    "SELECT 1.5",
    "SELECT 1e300",
    "SELECT 1e999",
    "SELECT 't'",
    "SELECT 'abc'",
    "SELECT '12.5'",
    "SELECT '{}'",
    "SELECT '[1,\"\\u0000\"]'",
    "SELECT '2024-01-01'",
    "SELECT '2024-01-01 10:00'",
    "SELECT '2024-01-01 10:00Z'",
    "SELECT '10:00'",
    "SELECT '00112233-4455-6677-8899-aabbccddeeff'",
    "SELECT x'00ff'",
    "SELECT ''",
};

static bool
holds(struct values *v, const struct value_type *type, const char *sql)
{
    struct encode_settings settings = {0};
    struct refusal refusal;
    AUTO_TEXT row = {0};
    return value_encoder(type->kind)(value_of_sql(v, sql), type, &settings, &row, &refusal) ==
           ENCODE_OK;
}

static void
check_join(struct values *v, size_t one, size_t other)
{
    struct value_type joined = type_join(&types[one], &types[other]);
    for (size_t k = 0; k < sizeof values_sql / sizeof *values_sql; k++) {
        /* An epoch is only ever chosen where every value is an integer. */
        bool integer = strpbrk(values_sql[k] + strlen("SELECT "), "'.e") == NULL;
        bool held = (types[one].epoch == EPOCH_NONE || integer) &&
                    holds(v, &types[one], values_sql[k]);
        if (held && !holds(v, &joined, values_sql[k])) {
            fail_msg("%zu with %zu is %d, which refuses: %s", one, other, joined.kind,
                     values_sql[k]);
        }
    }
}

static void
the_joined_type_holds_what_either_held(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        for (size_t j = 0; j < TYPE_COUNT; j++) {
            check_join(&v, i, j);
        }
    }
}

static void
joining_is_symmetric_and_a_type_joins_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        for (size_t j = 0; j < TYPE_COUNT; j++) {
            struct value_type one = type_join(&types[i], &types[j]);
            struct value_type other = type_join(&types[j], &types[i]);
            assert_true(value_type_equal(&one, &other));
            assert_int_equal(i == j, i == j && value_type_equal(&one, &types[i]));
        }
    }
}

static void
the_narrowest_join_is_taken(void **state)
{
    (void)state;
    struct value_type numeric = type_join(&types[3], &types[4]);
    assert_int_equal(numeric.precision, 12);
    assert_int_equal(numeric.scale, 4);
    struct value_type varchar = type_join(&types[8], &types[9]);
    assert_int_equal(varchar.length, 40);
    struct value_type integers = type_join(&types[0], &types[18]);
    assert_int_equal(integers.kind, TYPE_BIGINT);
    struct value_type timestamp = type_join(&types[14], &types[16]);
    assert_int_equal(timestamp.kind, TYPE_TIMESTAMP);
}

static void
types_are_printed_as_in_ddl_and_in_the_plan(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        value_type_print(&types[i], &out);
        text_add(&out, ", ");
        value_type_print_short(&types[i], &out);
        text_add(&out, "\n");
    }
    assert_string_equal(text_string(&out), "bigint, bigint\n"
                                           "double precision, double\n"
                                           "numeric, numeric\n"
                                           "numeric(10,2), numeric(10,2)\n"
                                           "numeric(6,4), numeric(6,4)\n"
                                           "numeric(1000,0), numeric(1000,0)\n"
                                           "boolean, boolean\n"
                                           "text, text\n"
                                           "character varying(3), varchar(3)\n"
                                           "character varying(40), varchar(40)\n"
                                           "bytea, bytea\n"
                                           "uuid, uuid\n"
                                           "json, json\n"
                                           "jsonb, jsonb\n"
                                           "date, date\n"
                                           "time without time zone, time\n"
                                           "timestamp without time zone, timestamp\n"
                                           "timestamp with time zone, timestamptz\n"
                                           "timestamp with time zone, timestamptz\n"
                                           "timestamp with time zone, timestamptz\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_joined_type_holds_what_either_held),
        cmocka_unit_test(joining_is_symmetric_and_a_type_joins_itself),
        cmocka_unit_test(the_narrowest_join_is_taken),
        cmocka_unit_test(types_are_printed_as_in_ddl_and_in_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
