/* test_row_sum.c — verify/row_sum.c against a real server: both make the same sum of the same rows,
 * and another one of any others. */
#include "../postgres/own_server.h"
#include "verify/row_sum.h"
#include "verify/server_hash.h"
#include "verify/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const char source_sql[] =
    "CREATE TABLE numbers (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, x REAL, y, ok "
    "BOOLEAN);"
    "INSERT INTO numbers VALUES (1, 0, 5, 0.0, 1.5, 0), (2, 5, 0, 1.5, 0.0, 1),"
    " (3, NULL, -1, NULL, -0.5, NULL), (4, '7', 3.0, 1e300, 2, 'true'),"
    " (5, -9007199254740991, 2147483647, -1e-300, NULL, 't'), (6, 0, 0, 0.0, 0.0, 0);"
    "CREATE TABLE wide (id INTEGER PRIMARY KEY, a INTEGER);"
    "INSERT INTO wide VALUES (1, 1), (2, 4294967297), (3, 9007199254740993),"
    " (4, 9223372036854775807), (5, -9223372036854775807 - 1), (6, NULL), (7, 0), (8, -1);"
    "CREATE TABLE unfit (id INTEGER PRIMARY KEY, a INTEGER);"
    "INSERT INTO unfit VALUES (1, 'word');"
    "CREATE TABLE worded (id INTEGER PRIMARY KEY, a TEXT);"
    "CREATE TABLE late (id INTEGER PRIMARY KEY, a INTEGER);"
    "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000)"
    " INSERT INTO late SELECT n, n FROM n; INSERT INTO late VALUES (1001, -9007199254740992);";

static const char target_sql[] =
    "CREATE TABLE numbers (id bigint, a bigint, b integer, x double precision,"
    " y double precision, ok boolean);"
    "INSERT INTO numbers VALUES (6, 0, 0, 0, 0, false), (2, 5, 0, 1.5, 0, true),"
    " (1, 0, 5, 0, 1.5, false), (3, NULL, -1, NULL, -0.5, NULL), (4, 7, 3, 1e300, 2, true),"
    " (5, -9007199254740991, 2147483647, -1e-300, NULL, true);"
    "CREATE TABLE wide (id bigint, a bigint);"
    "INSERT INTO wide VALUES (1, 1), (2, 4294967297), (3, 9007199254740993),"
    " (4, 9223372036854775807), (5, -9223372036854775808), (6, NULL), (7, 0), (8, -1);"
    "CREATE TABLE unfit (id bigint, a bigint); INSERT INTO unfit VALUES (1, 0);"
    "CREATE TABLE worded (id bigint, a text);"
    "CREATE TABLE late (id bigint, a bigint);"
    "INSERT INTO late SELECT i, i FROM generate_series(1, 1000) i;"
    "INSERT INTO late VALUES (1001, -9007199254740992);";

enum { NUMBERS, WIDE, UNFIT, WORDED, LATE, TABLES, COLUMNS_MAX = 6 };

static const enum type_kind kinds[TABLES][COLUMNS_MAX] = {
    {TYPE_BIGINT, TYPE_BIGINT, TYPE_INTEGER, TYPE_DOUBLE, TYPE_DOUBLE, TYPE_BOOLEAN},
    {TYPE_BIGINT, TYPE_BIGINT},
    {TYPE_BIGINT, TYPE_BIGINT},
    {TYPE_BIGINT, TYPE_TEXT},
    {TYPE_BIGINT, TYPE_BIGINT},
};

static struct arena memory;
static struct catalog catalog;
static struct source source;
static struct shape shapes[TABLES];
static PGconn *conn;
static char source_path[] = "/tmp/outgrow-sum-XXXXXX";

static void
make_shape(const struct source_table *table, const enum type_kind *types, struct shape *shape)
{
    struct plan_table *planned = arena_alloc(&memory, sizeof *planned);
    *planned = (struct plan_table){.source = table,
                                   .schema = "public",
                                   .name = table->name.text,
                                   .column_count = table->column_count};
    planned->columns = arena_alloc(&memory, table->column_count * sizeof *planned->columns);
    for (size_t i = 0; i < table->column_count; i++) {
        planned->columns[i] = (struct plan_column){.source = &table->columns[i],
                                                   .source_position = (int)i,
                                                   .name = table->columns[i].name.text,
                                                   .type = {.kind = types[i]}};
    }
    shape_build(&memory, planned, shape);
}

static int
start(void **state)
{
    struct error err = {0};
    sqlite3 *db = NULL;
    int file = own_server_start(state) == 0 ? mkstemp(source_path) : -1;
    if (file < 0 || close(file) != 0 || sqlite3_open(source_path, &db) != SQLITE_OK) {
        return -1;
    }
    int made = sqlite3_exec(db, source_sql, NULL, NULL, NULL);
    sqlite3_close(db);
    if (made != SQLITE_OK || !source_open(&source, source_path, &err) ||
        !catalog_read(&source, &memory, &catalog, &err)) {
        return -1;
    }
    for (size_t i = 0; i < TABLES; i++) {
        make_shape(&catalog.tables[i], kinds[i], &shapes[i]);
    }
    conn = own_server_connect();
    own_server_do(conn, target_sql);
    return 0;
}

static int
end(void **state)
{
    source_close(&source);
    unlink(source_path);
    target_connection_close(&conn);
    arena_free(&memory);
    return own_server_stop(state);
}

struct reading {
    const struct shape *shape;
    struct row_sum *sum;
    struct row_maker maker;
};

static bool
add_row(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    (void)err;
    struct reading *reading = context;
    struct scan scan = {.source = &source, .table = reading->shape->source, .values = values};
    struct row row = {.position = position, .scan = &scan};
    row_sum_add(reading->sum, &reading->maker, reading->shape, &row);
    return true;
}

static struct row_sum
sum_source(int table, const struct row_sum_form *form)
{
    struct error err = {0};
    struct row_sum sum = {.form = form};
    struct reading reading = {.shape = &shapes[table], .sum = &sum};
    const struct scan_visitor visitor = {add_row, &reading};
    assert_true(scan_each(&source, shapes[table].source, SCAN_EVERYTHING, &visitor, &err));
    row_maker_free(&reading.maker);
    return sum;
}

static struct row_sum
sum_target(int table, const struct row_sum_form *form)
{
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct shape summed;
    struct row_sum sum = {.form = form};
    row_sum_shape(&arena, &shapes[table], form, &summed);
    if (!row_sum_add_select(&sum, conn, summed.select_open, &err)) {
        fail_msg("%s", err.message);
    }
    return sum;
}

static bool
is_same(int table, uint64_t wide)
{
    struct error err = {0};
    struct row_sum_form form;
    assert_true(row_sum_choose(&form, &err));
    form.wide = wide;
    struct row_sum here = sum_source(table, &form);
    struct row_sum there = sum_target(table, &form);
    return row_sum_equal(&here, &there);
}

static void
hashes_are_those_of_postgresql(void **state)
{
    (void)state;
    static const struct {
        int64_t number, seed, hash;
    } wholes[] = {
        {0, 0, 4154612158245552303},
        {1, 0, -3670598878359251130},
        {-1, 0, -1888257769727981238},
        {INT64_MAX, 1, 3044001184559810835},
        {INT64_MIN, -5, -6338950646891332599},
        {123456789012345, 987654321098765, 1938735572087639990},
    };
    static const struct {
        double number;
        int64_t seed, hash;
    } reals[] = {
        {0.0, 7, 7},
        {-0.0, 7, 7},
        {1.5, 0, 6158159405676898674},
        {-1.5, -1, 720428111879011326},
        {5e-324, 123456789012345, -9214815487419500442},
        {1e300, -987654321098765, 1000901710964869590},
    };
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        assert_int_equal(server_hash_int8(wholes[i].number, (uint64_t)wholes[i].seed),
                         wholes[i].hash);
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        assert_int_equal(server_hash_float8(reals[i].number, (uint64_t)reals[i].seed),
                         reals[i].hash);
    }
}

static void
the_same_rows_have_the_same_sum(void **state)
{
    (void)state;
    assert_true(is_same(NUMBERS, 0));
    assert_true(is_same(NUMBERS, UINT64_MAX));
    assert_true(is_same(WIDE, UINT64_C(1) << 1));
    assert_true(is_same(WIDE, UINT64_MAX));
    assert_true(is_same(LATE, UINT64_MAX));
}

/* Each is undone. Many of them are the same to the server's hash functions alone. */
static const struct {
    int table;
    const char *sql;
} changes[] = {
    {NUMBERS, "UPDATE numbers SET a = b, b = a WHERE id = 1"},
    {NUMBERS, "UPDATE numbers SET a = b, b = a WHERE id IN (1, 2)"},
    {NUMBERS, "UPDATE numbers SET x = y, y = x WHERE id = 1"},
    {NUMBERS, "UPDATE numbers SET id = 3 - id WHERE id IN (1, 2)"},
    {NUMBERS, "UPDATE numbers SET x = '-0' WHERE id = 1"},
    {NUMBERS, "UPDATE numbers SET y = '-0', x = '-0' WHERE id = 6"},
    {NUMBERS, "UPDATE numbers SET x = NULL WHERE id = 6"},
    {NUMBERS, "UPDATE numbers SET a = NULL WHERE id = 6"},
    {NUMBERS, "UPDATE numbers SET a = 0 WHERE id = 3"},
    {NUMBERS, "UPDATE numbers SET x = 'NaN' WHERE id = 3"},
    {NUMBERS, "UPDATE numbers SET x = 'NaN' WHERE id = 4"},
    {NUMBERS, "UPDATE numbers SET ok = NULL WHERE id = 6"},
    {NUMBERS, "UPDATE numbers SET ok = false WHERE id = 3"},
    {NUMBERS, "UPDATE numbers SET a = -9007199254740992 WHERE id = 5"},
    {NUMBERS, "UPDATE numbers SET a = -9007199254740993 WHERE id = 5"},
    {NUMBERS, "UPDATE numbers SET a = a + 1 WHERE id = 5"},
    {NUMBERS, "UPDATE numbers SET y = 1.5000000000000002 WHERE id = 1"},
    {NUMBERS, "DELETE FROM numbers WHERE id = 6"},
    {NUMBERS, "INSERT INTO numbers VALUES (7)"},
    {NUMBERS, "UPDATE numbers SET id = 1 WHERE id = 6"},
    {NUMBERS, "DELETE FROM numbers WHERE id = 6; INSERT INTO numbers SELECT * FROM numbers "
              "WHERE id = 1"},
    {WIDE, "UPDATE wide SET a = 0 WHERE id = 2"},
    {WIDE, "UPDATE wide SET a = a::float8::int8 WHERE id = 3"},
    {WIDE, "UPDATE wide SET a = a - 1 WHERE id = 4"},
    {WIDE, "UPDATE wide SET a = -1 WHERE id = 5"},
    {WIDE, "UPDATE wide SET a = 4294967295 WHERE id = 8"},
    {WIDE, "UPDATE wide SET a = 0 WHERE id = 6"},
    {WIDE, "UPDATE wide SET a = NULL WHERE id = 7"},
    {WIDE, "UPDATE wide SET id = 9 - id"},
};

static void
other_rows_have_another_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        own_server_do(conn, "BEGIN");
        own_server_do(conn, changes[i].sql);
        if (is_same(changes[i].table, UINT64_MAX) ||
            is_same(changes[i].table, changes[i].table == NUMBERS ? 0 : UINT64_C(1) << 1)) {
            fail_msg("not noticed: %s", changes[i].sql);
        }
        own_server_do(conn, "ROLLBACK");
    }
}

static void
numbers_that_are_no_doubles_are_seen(void **state)
{
    (void)state;
    struct error err = {0};
    struct row_sum_form form;
    assert_true(row_sum_choose(&form, &err));
    assert_true(sum_source(WIDE, &form).too_wide);
    assert_true(sum_source(LATE, &form).too_wide);
    assert_false(sum_source(NUMBERS, &form).too_wide);
    assert_true(row_sum_look(&form, &source, &shapes[LATE], &err)); /* it is behind those */
    assert_true(row_sum_look(&form, &source, &shapes[NUMBERS], &err));
    assert_int_equal(form.wide, 0);
    assert_true(row_sum_look(&form, &source, &shapes[WIDE], &err));
    assert_int_equal(form.wide, 2);
    assert_false(sum_source(WIDE, &form).too_wide);
}

static void
a_row_that_fits_nothing_is_never_the_same(void **state)
{
    (void)state;
    assert_false(is_same(UNFIT, 0));
    assert_false(is_same(UNFIT, UINT64_MAX));
}

static void
only_numbers_are_summed(void **state)
{
    (void)state;
    assert_true(row_sum_fits(&shapes[NUMBERS]));
    assert_false(row_sum_fits(&shapes[WORDED]));
    int64_t nulled = 3;
    struct shape_column columns[COLUMNS_MAX];
    struct shape shape = shapes[WIDE];
    memcpy(columns, shape.columns, 2 * sizeof *columns);
    columns[1].nulled = (struct row_positions){.at = &nulled, .count = 1};
    shape.columns = columns;
    assert_false(row_sum_fits(&shape));
}

static void
a_server_that_hashes_in_another_way_is_found_out(void **state)
{
    (void)state;
    struct error err = {0};
    struct row_sum_form form;
    bool agrees = false;
    assert_true(row_sum_choose(&form, &err));
    assert_true(row_sum_agrees(conn, &form, &agrees, &err));
    assert_true(agrees);
    own_server_do(conn, "ALTER FUNCTION pg_catalog.hashint8extended(int8, int8) RENAME TO was");
    assert_true(row_sum_agrees(conn, &form, &agrees, &err));
    assert_false(agrees);
    own_server_do(conn, "SET allow_system_table_mods = on;"
                        "CREATE FUNCTION pg_catalog.hashint8extended(int8, int8) RETURNS int8 "
                        "LANGUAGE sql RETURN pg_catalog.was($1 # 1, $2)");
    assert_true(row_sum_agrees(conn, &form, &agrees, &err));
    assert_false(agrees);
    own_server_do(conn, "DROP FUNCTION pg_catalog.hashint8extended(int8, int8);"
                        "ALTER FUNCTION pg_catalog.was(int8, int8) RENAME TO hashint8extended");
    assert_true(row_sum_agrees(conn, &form, &agrees, &err));
    assert_true(agrees);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_postgresql),
        cmocka_unit_test(the_same_rows_have_the_same_sum),
        cmocka_unit_test(other_rows_have_another_sum),
        cmocka_unit_test(numbers_that_are_no_doubles_are_seen),
        cmocka_unit_test(a_row_that_fits_nothing_is_never_the_same),
        cmocka_unit_test(only_numbers_are_summed),
        cmocka_unit_test(a_server_that_hashes_in_another_way_is_found_out),
    };
    return cmocka_run_group_tests(tests, start, end);
}
