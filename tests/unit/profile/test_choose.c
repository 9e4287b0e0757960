/* test_choose.c — profile/choose*.c, profile/intent.c, profile/lift.c. */
#include "../value/values.h"
#include "profile/choose.h"
#include "value/encode.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { VALUES_MAX = 4 };

/* A column with these values (SQL literals), and the types to be chosen. */
struct choice_case {
    const char *declared;
    enum affinity affinity;
    const char *values[VALUES_MAX];
    const char *faithful;
    const char *evolve; /* NULL: the same */
    int64_t witness;    /* row, 1.. ; 0: none expected; in faithful mode */
};

#define UUID_LOWER "'00112233-4455-6677-8899-aabbccddeeff'"
#define UUID_UPPER "'00112233-4455-6677-8899-AABBCCDDEEFF'"

static const struct choice_case cases[] = {
    /* nothing but NULL */
    {"INTEGER", AFFINITY_INTEGER, {"NULL"}, "bigint", NULL, 0},
    {"BOOLEAN", AFFINITY_NUMERIC, {"NULL"}, "boolean", NULL, 0},
    {"DATETIME", AFFINITY_NUMERIC, {0}, "timestamp", "timestamptz", 0},
    {"timestamp with  time zone", AFFINITY_NUMERIC, {0}, "timestamptz", NULL, 0},
    {"DATE", AFFINITY_NUMERIC, {0}, "date", NULL, 0},
    {"TIME", AFFINITY_NUMERIC, {0}, "time", NULL, 0},
    {"JSONB", AFFINITY_BLOB, {0}, "jsonb", NULL, 0},
    {"UUID", AFFINITY_NUMERIC, {0}, "uuid", NULL, 0},
    {"DECIMAL(10, 2)", AFFINITY_NUMERIC, {0}, "numeric(10,2)", NULL, 0},
    {"numeric", AFFINITY_NUMERIC, {0}, "numeric", NULL, 0},
    {"NUMERIC(2000,2)", AFFINITY_NUMERIC, {0}, "numeric", NULL, 0},
    {"DOUBLE PRECISION", AFFINITY_REAL, {0}, "double", NULL, 0},
    {"CHARACTER VARYING(20)", AFFINITY_TEXT, {0}, "varchar(20)", NULL, 0},
    {"nchar (55)", AFFINITY_TEXT, {0}, "varchar(55)", NULL, 0},
    {"VARCHAR", AFFINITY_TEXT, {0}, "text", NULL, 0},
    {"VARCHAR(99999999)", AFFINITY_TEXT, {0}, "text", NULL, 0},
    {"TEXT", AFFINITY_TEXT, {0}, "text", NULL, 0},
    {"BLOB", AFFINITY_BLOB, {0}, "bytea", NULL, 0},
    {"", AFFINITY_BLOB, {0}, "text", NULL, 0},
    {"STRING", AFFINITY_NUMERIC, {0}, "text", NULL, 0},
    /* numbers */
    {"INT", AFFINITY_INTEGER, {"1", "-9223372036854775808"}, "bigint", NULL, 0},
    {"SMALLINT", AFFINITY_INTEGER, {"70000"}, "bigint", NULL, 0},
    {"", AFFINITY_BLOB, {"1"}, "bigint", NULL, 0},
    {"BLOB", AFFINITY_BLOB, {"1"}, "bigint", NULL, 0},
    {"REAL", AFFINITY_REAL, {"1.5", "1e999"}, "double", NULL, 0},
    {"", AFFINITY_BLOB, {"1.5", "3"}, "double", NULL, 0},
    {"", AFFINITY_BLOB, {"1.5", "9007199254740992"}, "double", NULL, 0},
    {"", AFFINITY_BLOB, {"1.5", "9007199254740993"}, "numeric", NULL, 0},
    {"", AFFINITY_BLOB, {"1.5", "-9223372036854775808"}, "numeric", NULL, 0},
    {"NUMERIC", AFFINITY_NUMERIC, {"1", "2.5"}, "numeric", NULL, 0},
    {"DECIMAL(5,2)", AFFINITY_NUMERIC, {"1", "999.99"}, "numeric(5,2)", NULL, 0},
    {"DECIMAL(5,2)", AFFINITY_NUMERIC, {"1", "1.005"}, "numeric", NULL, 0},
    {"DECIMAL(5,2)", AFFINITY_NUMERIC, {"1000"}, "numeric", NULL, 0},
    {"DECIMAL(5,2)", AFFINITY_NUMERIC, {"1e999"}, "double", NULL, 1},
    {"DECIMAL(5,2)", AFFINITY_NUMERIC, {"1", "'n/a'"}, "text", NULL, 2},
    {"DECIMAL", AFFINITY_NUMERIC, {"'12345678901234567890.123'"}, "numeric", NULL, 0},
    /* several classes */
    {"INTEGER", AFFINITY_INTEGER, {"1", "2", "'abc'"}, "text", NULL, 3},
    {"INTEGER", AFFINITY_INTEGER, {"1", "'a'", "'b'"}, "text", NULL, 1},
    {"TEXT", AFFINITY_TEXT, {"'a'", "'b'", "x'00'"}, "bytea", NULL, 3},
    {"BLOB", AFFINITY_BLOB, {"x'00'", "x'01'", "'a'"}, "bytea", NULL, 3},
    {"BLOB", AFFINITY_BLOB, {"x'00'", "x'01'", "2.5"}, "bytea", NULL, 3},
    {"BLOB", AFFINITY_BLOB, {"x'00'"}, "bytea", NULL, 0},
    /* booleans */
    {"BOOLEAN", AFFINITY_NUMERIC, {"0", "1", "'t'", "'False'"}, "boolean", NULL, 0},
    {"BOOL", AFFINITY_NUMERIC, {"0", "2"}, "bigint", NULL, 2},
    {"BOOLEAN", AFFINITY_NUMERIC, {"0", "1", "''"}, "text", NULL, 3},
    {"INTEGER", AFFINITY_INTEGER, {"0", "1"}, "bigint", NULL, 0},
    /* UUIDs */
    {"UUID", AFFINITY_NUMERIC, {UUID_LOWER, UUID_UPPER}, "uuid", NULL, 0},
    {"GUID", AFFINITY_NUMERIC, {UUID_LOWER, "zeroblob(16)"}, "uuid", NULL, 0},
    {"UUID", AFFINITY_NUMERIC, {UUID_LOWER, "'x'"}, "text", NULL, 2},
    {"CHAR(36)", AFFINITY_TEXT, {UUID_LOWER}, "varchar(36)", NULL, 0},
    /* JSON */
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "'[1]'", "'\"a\"'"}, "jsonb", NULL, 0},
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "'[\"\\u0000\"]'"}, "json", NULL, 2},
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "'{\"a\":1,\"a\":2}'"}, "json", NULL, 2},
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "'{'"}, "text", NULL, 2},
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "''"}, "text", NULL, 2},
    {"JSON", AFFINITY_NUMERIC, {"'{}'", "1"}, "text", NULL, 2},
    {"TEXT", AFFINITY_TEXT, {"'{}'", "'[1]'"}, "text", "jsonb", 0},
    {"TEXT", AFFINITY_TEXT, {"'1'", "'true'"}, "text", NULL, 0},
    {"TEXT", AFFINITY_TEXT, {"'{\"a\":1,\"a\":2}'"}, "text", NULL, 0},
    /* points in time */
    {"DATETIME",
     AFFINITY_NUMERIC,
     {"'2024-01-01'", "'2024-01-01 10:00'"},
     "timestamp",
     "timestamptz",
     0},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01T10:00:00Z'"}, "timestamptz", NULL, 0},
    {"DATETIME",
     AFFINITY_NUMERIC,
     {"'2024-01-01T10:00:00Z'", "'2024-01-01'"},
     "timestamptz",
     NULL,
     2},
    {"TIMESTAMPTZ", AFFINITY_NUMERIC, {"'2024-01-01'"}, "timestamptz", NULL, 1},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01'", "''"}, "text", NULL, 2},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01'", "'now'"}, "text", NULL, 2},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01'", "'0000-00-00'"}, "text", NULL, 2},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01 00:00:00.1234567'"}, "text", NULL, 1},
    {"DATETIME", AFFINITY_NUMERIC, {"'2024-01-01'", "1700000000"}, "text", NULL, 2},
    {"DATETIME", AFFINITY_NUMERIC, {"1700000000", "1800000000"}, "bigint", "timestamptz", 0},
    {"DATETIME", AFFINITY_NUMERIC, {"1700000000000"}, "bigint", "timestamptz", 0},
    {"DATETIME", AFFINITY_NUMERIC, {"1700000000000000"}, "bigint", "timestamptz", 0},
    {"DATETIME", AFFINITY_NUMERIC, {"1700000000", "1700000000000"}, "bigint", NULL, 0},
    {"DATETIME", AFFINITY_NUMERIC, {"20240102"}, "bigint", NULL, 0},
    {"TIMESTAMP", AFFINITY_NUMERIC, {"2460000.5"}, "double", NULL, 1},
    {"DATE", AFFINITY_NUMERIC, {"'2024-01-01'"}, "date", NULL, 0},
    {"DATE",
     AFFINITY_NUMERIC,
     {"'2024-01-01'", "'2024-01-01 10:00'"},
     "timestamp",
     "timestamptz",
     0},
    {"DATE", AFFINITY_NUMERIC, {"'2024-01-01'", "'2024-02-30'"}, "text", NULL, 2},
    {"TIME", AFFINITY_NUMERIC, {"'10:00'", "'23:59:59.5'"}, "time", NULL, 0},
    {"TIME", AFFINITY_NUMERIC, {"'10:00'", "'24:00'"}, "text", NULL, 2},
    /* lengths are of characters */
    {"VARCHAR(3)",
     AFFINITY_TEXT,
     {"'abc'", "'\xc3\xa4\xc3\xa4\xc3\xa4'"},
     "varchar(3)",
     NULL,
     0},
    {"VARCHAR(3)", AFFINITY_TEXT, {"'abcd'"}, "text", NULL, 0},
    {"CHAR(3)", AFFINITY_TEXT, {"'a'"}, "varchar(3)", NULL, 0},
    {"VARCHAR(3)", AFFINITY_TEXT, {"'a'", "x'00'"}, "bytea", NULL, 1},
    {"TEXT", AFFINITY_TEXT, {"CAST(x'ff' AS TEXT)", "'a'"}, "text", NULL, 1},
};

static void
profile_values(struct values *v, const char *const *literals, struct column_profile *profile)
{
    memset(profile, 0, sizeof *profile);
    for (int i = 0; i < VALUES_MAX && literals[i] != NULL; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "SELECT %s", literals[i]);
        column_profile_add(profile, value_of_sql(v, sql), i + 1, false);
    }
}

/* What was chosen really holds every value. */
static void
assert_holds_all(struct values *v, const char *const *literals, const struct value_type *type)
{
    for (int i = 0; i < VALUES_MAX && literals[i] != NULL; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "SELECT %s", literals[i]);
        struct encode_settings settings = {.bad_text = BAD_TEXT_STRIP};
        struct refusal refusal;
        AUTO_TEXT row = {0};
        enum encode_outcome outcome = value_encoder(type->kind)(value_of_sql(v, sql), type,
                                                                &settings, &row, &refusal);
        if (outcome == ENCODE_REFUSED) {
            fail_msg("%s: %s", literals[i], refusal.reason);
        }
    }
}

static void
check_choice(struct values *v, const struct choice_case *c, enum types_mode mode,
             const char *name, const char *expected)
{
    struct column_profile profile;
    profile_values(v, c->values, &profile);
    struct source_column column = {
        .name = {.text = name}, .type = c->declared, .affinity = c->affinity};
    struct type_request request = {.column = &column, .profile = &profile, .mode = mode};
    struct type_choice choice;
    type_choose(&request, &choice);
    AUTO_TEXT chosen = {0};
    value_type_print_short(&choice.type, &chosen);
    if (strcmp(text_string(&chosen), expected) != 0) {
        fail_msg("%s {%s, ...}: %s, not %s: %s", c->declared, c->values[0],
                 text_string(&chosen), expected, choice.reason);
    }
    assert_true(choice.reason[0] != '\0');
    assert_true(choice.reason[0] < 'A' || choice.reason[0] > 'Z');
    assert_holds_all(v, c->values, &choice.type);
    if (mode == TYPES_FAITHFUL && choice.witness.position != c->witness) {
        fail_msg("%s {%s, ...}: row %d: %s", c->declared, c->values[0],
                 (int)choice.witness.position, choice.reason);
    }
}

static void
the_narrowest_type_that_holds_every_value_is_chosen(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct choice_case *c = &cases[i];
        check_choice(&v, c, TYPES_FAITHFUL, "x", c->faithful);
        check_choice(&v, c, TYPES_EVOLVE, "x", c->evolve == NULL ? c->faithful : c->evolve);
    }
}

/* Names, for columns of TEXT in evolve mode. */
struct name_case {
    const char *name;
    const char *values[VALUES_MAX];
    const char *type;
};

static const struct name_case name_cases[] = {
    {"id", {UUID_LOWER}, "uuid"},
    {"owner_id", {UUID_LOWER}, "uuid"},
    {"ownerId", {UUID_LOWER}, "uuid"},
    {"my_uuid", {UUID_LOWER}, "uuid"},
    {"paid", {UUID_LOWER}, "text"},
    {"token", {UUID_LOWER}, "text"},
    {"id", {UUID_UPPER}, "text"},
    {"id", {UUID_LOWER, "'x'"}, "text"},
    {"created_at", {"'2024-01-01 10:00'"}, "timestamptz"},
    {"createdAt", {"'2024-01-01 10:00'"}, "timestamptz"},
    {"last_seen", {"'2024-01-01 10:00Z'"}, "timestamptz"},
    {"seen_on", {"'2024-01-01'"}, "date"},
    {"birthdate", {"'2024-01-01'", "'2024-01-01 10:00'"}, "timestamptz"},
    {"note", {"'2024-01-01 10:00'"}, "text"},
    {"created_at", {"'2024-01-01 10:00'", "'soon'"}, "text"},
    {"meta", {"'{}'"}, "jsonb"},
};

static void
evolve_lifts_text_where_values_and_name_agree(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (size_t i = 0; i < sizeof name_cases / sizeof *name_cases; i++) {
        struct choice_case c = {.declared = "TEXT", .affinity = AFFINITY_TEXT};
        memcpy(c.values, name_cases[i].values, sizeof c.values);
        check_choice(&v, &c, TYPES_EVOLVE, name_cases[i].name, name_cases[i].type);
        check_choice(&v, &c, TYPES_FAITHFUL, name_cases[i].name, "text");
    }
    struct choice_case blobs = {
        .declared = "", .affinity = AFFINITY_BLOB, .values = {"zeroblob(16)"}};
    check_choice(&v, &blobs, TYPES_EVOLVE, "guid", "uuid");
    check_choice(&v, &blobs, TYPES_EVOLVE, "hash", "bytea");
    check_choice(&v, &blobs, TYPES_FAITHFUL, "guid", "bytea");
    struct choice_case untyped = {
        .declared = "", .affinity = AFFINITY_BLOB, .values = {UUID_LOWER}};
    check_choice(&v, &untyped, TYPES_EVOLVE, "id", "uuid");
    struct choice_case declared_blob = {
        .declared = "BLOB", .affinity = AFFINITY_BLOB, .values = {UUID_LOWER}};
    check_choice(&v, &declared_blob, TYPES_EVOLVE, "id", "text");
}

static void
a_key_of_uuids_is_lifted_whatever_its_name(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const char *const values[VALUES_MAX] = {UUID_LOWER};
    struct column_profile profile;
    profile_values(&v, values, &profile);
    struct source_column column = {
        .name = {.text = "token"}, .type = "TEXT", .affinity = AFFINITY_TEXT};
    struct type_request request = {
        .column = &column, .profile = &profile, .mode = TYPES_EVOLVE, .key = true};
    struct type_choice choice;
    type_choose(&request, &choice);
    assert_int_equal(choice.type.kind, TYPE_UUID);
}

static const struct {
    const char *name;
    const char *values[VALUES_MAX];
    const char *reason; /* NULL: no more than the plain one */
} kept_cases[] = {
    {"id", {UUID_LOWER, "'x'"}, "declared TEXT, every value is text; 'x' in row 2 is no UUID"},
    {"id", {UUID_UPPER}, "is not how a uuid is written"},
    {"created_at",
     {"'2024-01-01 10:00'", "'soon'"},
     "declared TEXT, every value is text; 'soon' in row 2 is no date and time"},
    {"note", {"'2024-01-01 10:00'"}, NULL},
};

static void
evolve_says_which_value_keeps_a_text_that_its_name_would_lift(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    for (size_t i = 0; i < sizeof kept_cases / sizeof *kept_cases; i++) {
        struct column_profile profile;
        profile_values(&v, kept_cases[i].values, &profile);
        struct source_column column = {
            .name = {.text = kept_cases[i].name}, .type = "TEXT", .affinity = AFFINITY_TEXT};
        struct type_request request = {
            .column = &column, .profile = &profile, .mode = TYPES_EVOLVE};
        struct type_choice choice;
        type_choose(&request, &choice);
        const char *reason = kept_cases[i].reason;
        if (reason == NULL ? strcmp(choice.reason, "declared TEXT, every value is text") != 0
                           : strstr(choice.reason, reason) == NULL) {
            fail_msg("%s: %s", kept_cases[i].name, choice.reason);
        }
        assert_int_equal(choice.witness.set, reason != NULL);
    }
}

static void
bad_text_makes_bytea_when_asked(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const char *const values[VALUES_MAX] = {"'abc'", "CAST(x'61ff' AS TEXT)"};
    struct column_profile profile;
    profile_values(&v, values, &profile);
    static const char *const types[] = {"TEXT", "VARCHAR(10)"};
    for (size_t i = 0; i < 2; i++) {
        struct source_column column = {
            .name = {.text = "x"}, .type = types[i], .affinity = AFFINITY_TEXT};
        struct type_request request = {
            .column = &column, .profile = &profile, .bad_text = BAD_TEXT_BYTEA};
        struct type_choice choice;
        type_choose(&request, &choice);
        assert_int_equal(choice.type.kind, TYPE_BYTEA);
        assert_int_equal(choice.witness.position, 2);
        request.bad_text = BAD_TEXT_SET_ASIDE;
        type_choose(&request, &choice);
        assert_int_equal(choice.type.kind, i == 0 ? TYPE_TEXT : TYPE_VARCHAR);
    }
}

static void
the_reason_names_the_value_and_its_row(void **state)
{
    (void)state;
    AUTO_VALUES v;
    values_open(&v, "UTF-8");
    const char *const values[VALUES_MAX] = {"'2024-01-01'", "'now'"};
    struct column_profile profile;
    profile_values(&v, values, &profile);
    struct source_column column = {
        .name = {.text = "x"}, .type = "DATETIME", .affinity = AFFINITY_NUMERIC};
    struct type_request request = {.column = &column, .profile = &profile};
    struct type_choice choice;
    type_choose(&request, &choice);
    assert_string_equal(choice.reason,
                        "declared DATETIME, but 'now' in row 2 is no date and time "
                        "that can be kept exactly");
    const char *const mixed[VALUES_MAX] = {"1", "2", "'abc'"};
    profile_values(&v, mixed, &profile);
    column.type = "INTEGER";
    type_choose(&request, &choice);
    assert_string_equal(choice.reason, "declared INTEGER, but the values are of several kinds: "
                                       "2 integers, 1 text");
    assert_string_equal(choice.witness.sample, "'abc'");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_type_that_holds_every_value_is_chosen),
        cmocka_unit_test(evolve_lifts_text_where_values_and_name_agree),
        cmocka_unit_test(a_key_of_uuids_is_lifted_whatever_its_name),
        cmocka_unit_test(evolve_says_which_value_keeps_a_text_that_its_name_would_lift),
        cmocka_unit_test(bad_text_makes_bytea_when_asked),
        cmocka_unit_test(the_reason_names_the_value_and_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
