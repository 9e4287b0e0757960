/* test_canonical.c — canonical_source.c and canonical_target.c against each other:
 * values as SQLite stores them beside fields as PostgreSQL's *_send functions
 * write them (bytes taken down from the server's sources and psql, by hand). */
#include "verify/canonical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pair_case {
    const char *sql; /* an expression of the source */
    struct value_type type;
    const char *field; /* hex of the target's field; NULL: SQL NULL */
    bool same;
};

#define PLAIN(kind_)                                                                           \
    {                                                                                          \
        .kind = (kind_)                                                                        \
    }
#define EPOCH(kind_, unit_)                                                                    \
    {                                                                                          \
        .kind = (kind_), .epoch = (unit_)                                                      \
    }

static const struct pair_case pair_cases[] = {
    {"NULL", PLAIN(TYPE_BIGINT), NULL, true},
    {"NULL", PLAIN(TYPE_TEXT), "", false},
    {"''", PLAIN(TYPE_TEXT), NULL, false},
    {"''", PLAIN(TYPE_TEXT), "", true},
    {"x''", PLAIN(TYPE_BYTEA), "", true},

    {"12", PLAIN(TYPE_BIGINT), "000000000000000c", true},
    {"-1", PLAIN(TYPE_BIGINT), "ffffffffffffffff", true},
    {"-9223372036854775807 - 1", PLAIN(TYPE_BIGINT), "8000000000000000", true},
    {"9007199254740993", PLAIN(TYPE_BIGINT), "0020000000000001", true},
    {"9007199254740993", PLAIN(TYPE_BIGINT), "0020000000000000", false}, /* via a double */
    {"12.0", PLAIN(TYPE_BIGINT), "000000000000000c", true},
    {"12.5", PLAIN(TYPE_BIGINT), "000000000000000c", false},
    {"9.3e18", PLAIN(TYPE_BIGINT), "7fffffffffffffff", false},
    {"'12'", PLAIN(TYPE_BIGINT), "000000000000000c", true},
    {"'12x'", PLAIN(TYPE_BIGINT), "000000000000000c", false},
    {"12", PLAIN(TYPE_BIGINT), "0000000c", false}, /* an integer of four bytes */

    {"0.1", PLAIN(TYPE_DOUBLE), "3fb999999999999a", true},
    {"0.1000000001", PLAIN(TYPE_DOUBLE), "3fb999999999999a", false},
    {"-0.0", PLAIN(TYPE_DOUBLE), "8000000000000000", true},
    {"0.0", PLAIN(TYPE_DOUBLE), "8000000000000000", false},
    {"9e999", PLAIN(TYPE_DOUBLE), "7ff0000000000000", true},
    {"-9e999", PLAIN(TYPE_DOUBLE), "fff0000000000000", true},
    {"3", PLAIN(TYPE_DOUBLE), "4008000000000000", true},
    {"9007199254740993", PLAIN(TYPE_DOUBLE), "4340000000000000", false},
    {"9223372036854775807", PLAIN(TYPE_DOUBLE), "43e0000000000000", false},
    {"'0.1'", PLAIN(TYPE_DOUBLE), "3fb999999999999a", false},

    /* numeric: ndigits, weight, sign, dscale, digits in base 10,000 */
    {"1.5", PLAIN(TYPE_NUMERIC),
     "0002"
     "0000"
     "0000"
     "0001"
     "0001"
     "1388",
     true},
    {"'1.50'", PLAIN(TYPE_NUMERIC),
     "0002"
     "0000"
     "0000"
     "0001"
     "0001"
     "1388",
     true},
    {"-12345", PLAIN(TYPE_NUMERIC),
     "0002"
     "0001"
     "4000"
     "0000"
     "0001"
     "0929",
     true},
    {"12345", PLAIN(TYPE_NUMERIC),
     "0002"
     "0001"
     "4000"
     "0000"
     "0001"
     "0929",
     false},
    {"0", PLAIN(TYPE_NUMERIC),
     "0000"
     "0000"
     "0000"
     "0002",
     true},
    {"0.1", PLAIN(TYPE_NUMERIC),
     "0001"
     "ffff"
     "0000"
     "0001"
     "03e8",
     true},
    {"0.1", PLAIN(TYPE_NUMERIC),
     "0003"
     "ffff"
     "0000"
     "000a"
     "03e8"
     "0000"
     "0064",
     false},
    {"9223372036854775807", PLAIN(TYPE_NUMERIC),
     "0005"
     "0004"
     "0000"
     "0000"
     "039a"
     "0d2c"
     "0170"
     "1565"
     "16af",
     true},
    {"1e300", PLAIN(TYPE_NUMERIC),
     "0001"
     "004b"
     "0000"
     "0000"
     "0001",
     true},
    {"9e999", PLAIN(TYPE_NUMERIC),
     "0000"
     "0000"
     "d000"
     "0000",
     true},
    {"'abc'", PLAIN(TYPE_NUMERIC),
     "0000"
     "0000"
     "c000"
     "0000",
     false},

    {"1", PLAIN(TYPE_BOOLEAN), "01", true},
    {"0", PLAIN(TYPE_BOOLEAN), "00", true},
    {"'TRUE'", PLAIN(TYPE_BOOLEAN), "01", true},
    {"'off'", PLAIN(TYPE_BOOLEAN), "00", true},
    {"'off'", PLAIN(TYPE_BOOLEAN), "01", false},
    {"2", PLAIN(TYPE_BOOLEAN), "01", false},
    {"''", PLAIN(TYPE_BOOLEAN), "00", false},

    {"'abc'", PLAIN(TYPE_TEXT), "616263", true},
    {"'abc '", PLAIN(TYPE_TEXT), "616263", false},
    {"'caf' || char(233)", PLAIN(TYPE_TEXT), "636166c3a9", true},
    {"'cafe' || char(769)", PLAIN(TYPE_TEXT), "636166c3a9", false}, /* decomposed */
    {"12", PLAIN(TYPE_TEXT), "3132", true},
    {"2.5", PLAIN(TYPE_TEXT), "322e35", true},
    {"1e20", PLAIN(TYPE_VARCHAR), "31652b3230", true},
    {"x'616263'", PLAIN(TYPE_TEXT), "616263", false},
    {"x'00ff10'", PLAIN(TYPE_BYTEA), "00ff10", true},
    {"x'00ff10'", PLAIN(TYPE_BYTEA), "00ff11", false},
    {"'abc'", PLAIN(TYPE_BYTEA), "616263", true},

    {"'6F9619FF-8B86-D011-B42D-00CF4FC964FF'", PLAIN(TYPE_UUID),
     "6f9619ff8b86d011b42d00cf4fc964ff", true},
    {"'6f9619ff8b86d011b42d00cf4fc964ff'", PLAIN(TYPE_UUID), "6f9619ff8b86d011b42d00cf4fc964ff",
     true},
    {"x'6f9619ff8b86d011b42d00cf4fc964ff'", PLAIN(TYPE_UUID),
     "6f9619ff8b86d011b42d00cf4fc964ff", true},
    {"'6f9619ff-8b86-d011-b42d-00cf4fc964f'", PLAIN(TYPE_UUID),
     "6f9619ff8b86d011b42d00cf4fc964ff", false},
    {"'6f9619ff8-b86-d011-b42d-00cf4fc964ff'", PLAIN(TYPE_UUID),
     "6f9619ff8b86d011b42d00cf4fc964ff", false},

    {"'{\"a\": 1}'", PLAIN(TYPE_JSON), "7b2261223a20317d", true},
    {"'{\"a\":1}'", PLAIN(TYPE_JSON), "7b2261223a20317d", false},
    {"'{\"a\":1}'", PLAIN(TYPE_JSONB),
     "01"
     "7b2261223a20317d",
     true},
    {"'{\"a\":2}'", PLAIN(TYPE_JSONB),
     "01"
     "7b2261223a20317d",
     false},
    {"'{\"a\":1}'", PLAIN(TYPE_JSONB),
     "02"
     "7b2261223a20317d",
     false},
    {"7", PLAIN(TYPE_JSONB),
     "01"
     "37",
     true},

    {"'2000-01-01'", PLAIN(TYPE_DATE), "00000000", true},
    {"'1999-12-31'", PLAIN(TYPE_DATE), "ffffffff", true},
    {"'2024-02-29'", PLAIN(TYPE_DATE), "00002279", true},
    {"'2023-02-29'", PLAIN(TYPE_DATE), "0000210c", false},
    {"'0001-01-01'", PLAIN(TYPE_DATE), "fff4dbf9", true},
    {"'9999-12-31'", PLAIN(TYPE_DATE), "002c95d3", true},
    {"'infinity'", PLAIN(TYPE_DATE), "7fffffff", false},
    {"'00:00:01'", PLAIN(TYPE_TIME), "00000000000f4240", true},
    {"'23:59:59.999999'", PLAIN(TYPE_TIME), "000000141dd75fff", true},
    {"'00:01'", PLAIN(TYPE_TIME), "0000000003938700", true},

    {"'2000-01-01 00:00:00'", PLAIN(TYPE_TIMESTAMP), "0000000000000000", true},
    {"'2000-01-01T00:00:01.5'", PLAIN(TYPE_TIMESTAMP), "000000000016e360", true},
    {"'2000-01-01 00:00:00Z'", PLAIN(TYPE_TIMESTAMP), "0000000000000000", false},
    {"'2000-01-01'", PLAIN(TYPE_TIMESTAMPTZ), "0000000000000000", true},
    {"'2000-01-01 02:00:00+02:00'", PLAIN(TYPE_TIMESTAMPTZ), "0000000000000000", true},
    {"'1999-12-31 22:30-0130'", PLAIN(TYPE_TIMESTAMPTZ), "0000000000000000", true},
    {"'2000-01-01 02:00:00+02'", PLAIN(TYPE_TIMESTAMPTZ), "00000001ad274800", false},
    {"'2000-01-01 02:00:00'", PLAIN(TYPE_TIMESTAMPTZ), "0000000000000000", false},
    {"'2000-01-01 00:00:00.1234567'", PLAIN(TYPE_TIMESTAMPTZ), "000000000001e240", false},
    {"'2000-01-01 00:00:00.1234560'", PLAIN(TYPE_TIMESTAMPTZ), "000000000001e240", true},
    {"'infinity'", PLAIN(TYPE_TIMESTAMPTZ), "7fffffffffffffff", false},
    {"946684800", EPOCH(TYPE_TIMESTAMPTZ, EPOCH_SECONDS), "0000000000000000", true},
    {"946684801500", EPOCH(TYPE_TIMESTAMPTZ, EPOCH_MILLISECONDS), "000000000016e360", true},
    {"946684800000007", EPOCH(TYPE_TIMESTAMP, EPOCH_MICROSECONDS), "0000000000000007", true},
    {"946684800", EPOCH(TYPE_TIMESTAMPTZ, EPOCH_MILLISECONDS), "0000000000000000", false},
    {"9223372036854775807", EPOCH(TYPE_TIMESTAMPTZ, EPOCH_SECONDS), "7ffffffffffffffe", false},
    {"946684800", PLAIN(TYPE_TIMESTAMPTZ), "0000000000000000", false},
};

static size_t
bytes_of_hex(const char *hex, uint8_t *bytes)
{
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return size;
}

/* What row.c makes of two forms. */
static bool
same(enum canonical_state a, const struct canonical *x, enum canonical_state b,
     const struct canonical *y)
{
    if (a != b || a == CANONICAL_UNFIT) {
        return false;
    }
    return a == CANONICAL_NULL ||
           (x->size == y->size && memcmp(x->bytes, y->bytes, x->size) == 0);
}

static sqlite3_stmt *
evaluate(sqlite3 *db, const char *expression)
{
    char sql[400];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "SELECT %s", expression);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    return statement;
}

static void
check_pair(sqlite3 *db, const struct pair_case *pair, bool utf16)
{
    struct canonical_settings settings = {.utf16 = utf16, .bad_text = BAD_TEXT_SET_ASIDE};
    struct canonical_scratch source_scratch = {0};
    struct canonical_scratch target_scratch = {0};
    struct canonical source = {0};
    struct canonical target = {0};
    uint8_t bytes[64];
    struct copy_field field = {NULL, -1};
    if (pair->field != NULL) {
        field = (struct copy_field){bytes, (int32_t)bytes_of_hex(pair->field, bytes)};
    }
    sqlite3_stmt *statement = evaluate(db, pair->sql);
    enum canonical_state a = canonical_source(sqlite3_column_value(statement, 0), &pair->type,
                                              &settings, &source_scratch, &source);
    enum canonical_state b = canonical_target(&field, &pair->type, &target_scratch, &target);
    if (same(a, &source, b, &target) != pair->same) {
        fail_msg("%s as type %d beside %s: expected %s", pair->sql, (int)pair->type.kind,
                 pair->field == NULL ? "NULL" : pair->field,
                 pair->same ? "the same" : "a difference");
    }
    sqlite3_finalize(statement);
    canonical_scratch_free(&source_scratch);
    canonical_scratch_free(&target_scratch);
}

static void
check_all_pairs(bool utf16)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    if (utf16) {
        sqlite3_exec(db, "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a)", NULL, NULL, NULL);
    }
    for (size_t i = 0; i < sizeof pair_cases / sizeof *pair_cases; i++) {
        check_pair(db, &pair_cases[i], utf16);
    }
    sqlite3_close(db);
}

static void
values_of_both_sides_are_the_same_exactly_when_they_mean_the_same(void **state)
{
    (void)state;
    check_all_pairs(false);
}

static void
the_encoding_of_the_file_makes_no_difference(void **state)
{
    (void)state;
    check_all_pairs(true);
}

struct text_case {
    const char *sql;
    enum type_kind kind;
    enum bad_text bad_text;
    const char *expected; /* NULL: unfit */
};

static const struct text_case bad_texts[] = {
    {"CAST(x'61ff62' AS TEXT)", TYPE_TEXT, BAD_TEXT_SET_ASIDE, "61ff62"},
    {"CAST(x'61ff62' AS TEXT)", TYPE_TEXT, BAD_TEXT_STRIP, "6162"},
    {"CAST(x'610062' AS TEXT)", TYPE_TEXT, BAD_TEXT_STRIP, "6162"},
    {"CAST(x'ff' AS TEXT)", TYPE_TEXT, BAD_TEXT_STRIP, ""},
    {"CAST(x'61ff62' AS TEXT)", TYPE_BYTEA, BAD_TEXT_BYTEA, "61ff62"},
    {"CAST(x'61ff62' AS TEXT)", TYPE_BYTEA, BAD_TEXT_STRIP, "61ff62"},
};

static void
check_text(sqlite3 *db, const struct text_case *text, bool utf16)
{
    struct canonical_settings settings = {.utf16 = utf16, .bad_text = text->bad_text};
    struct canonical_scratch scratch = {0};
    struct canonical form = {0};
    struct value_type type = {.kind = text->kind};
    sqlite3_stmt *statement = evaluate(db, text->sql);
    enum canonical_state state = canonical_source(sqlite3_column_value(statement, 0), &type,
                                                  &settings, &scratch, &form);
    assert_int_equal(state, text->expected == NULL ? CANONICAL_UNFIT : CANONICAL_VALUE);
    if (text->expected != NULL) {
        uint8_t expected[64];
        size_t size = bytes_of_hex(text->expected, expected);
        assert_int_equal(form.size, size);
        assert_memory_equal(form.bytes, expected, size);
    }
    sqlite3_finalize(statement);
    canonical_scratch_free(&scratch);
}

static void
stripped_text_is_expected_without_its_bad_bytes(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
        check_text(db, &bad_texts[i], false);
    }
    sqlite3_close(db);
}

/* In a file of UTF-16le: a lone surrogate between a and b. */
static void
half_a_surrogate_pair_is_unfit_for_text(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"CAST(x'610000d86200' AS TEXT)", TYPE_TEXT, BAD_TEXT_SET_ASIDE, NULL},
        {"CAST(x'610000d86200' AS TEXT)", TYPE_TEXT, BAD_TEXT_STRIP, "6162"},
        {"CAST(x'610000d86200' AS TEXT)", TYPE_BYTEA, BAD_TEXT_BYTEA, "610000d86200"},
        {"CAST(x'310000d8' AS TEXT)", TYPE_BIGINT, BAD_TEXT_SET_ASIDE, NULL},
        {"CAST(x'3dd800de' AS TEXT)", TYPE_TEXT, BAD_TEXT_SET_ASIDE, "f09f9880"},
        {"CAST(x'61000000' AS TEXT)", TYPE_TEXT, BAD_TEXT_STRIP, "61"},
    };
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)", NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_text(db, &cases[i], true);
    }
    sqlite3_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_both_sides_are_the_same_exactly_when_they_mean_the_same),
        cmocka_unit_test(the_encoding_of_the_file_makes_no_difference),
        cmocka_unit_test(stripped_text_is_expected_without_its_bad_bytes),
        cmocka_unit_test(half_a_surrogate_pair_is_unfit_for_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
