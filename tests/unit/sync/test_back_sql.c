/* test_back_sql.c — sync/back_sql.c and back_sqlite.c: the SQL of the way back, word by word. */
#include "shapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define INTO_LOG                                                                               \
    "INSERT INTO outgrow.back_log (live_id, t, n, k) SELECT 3, 7, "                            \
    "nextval('outgrow.back_n_3'), "
#define UNLESS_FULL " WHERE NOT (SELECT f.is_called FROM outgrow.back_full_3 AS f)"

static void
a_statement_logs_old_and_new_keys_and_a_truncation_none(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_BIGINT}, false);
    back_function_sql(&sql, 3, &f.live);
    assert_string_equal(
        text_string(&sql),
        "CREATE OR REPLACE FUNCTION outgrow.back_3_7() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $outgrow$"
        " DECLARE added bigint; BEGIN IF TG_OP = 'TRUNCATE' THEN " INTO_LOG "NULL" UNLESS_FULL
        "; ELSIF TG_LEVEL = 'ROW' THEN IF TG_OP <> 'INSERT' THEN " INTO_LOG
        "ARRAY[OLD.key::pg_catalog.text]" UNLESS_FULL "; END IF;"
        " IF TG_OP <> 'DELETE' THEN " INTO_LOG "ARRAY[NEW.key::pg_catalog.text]" UNLESS_FULL
        "; END IF; ELSIF TG_OP = 'INSERT' THEN " INTO_LOG "l.k FROM (SELECT DISTINCT m.k FROM ("
        "SELECT ARRAY[outgrow_new.key::pg_catalog.text] AS k FROM outgrow_new) AS m) AS "
        "l" UNLESS_FULL "; ELSIF TG_OP = 'DELETE' THEN " INTO_LOG
        "l.k FROM (SELECT DISTINCT m.k FROM ("
        "SELECT ARRAY[outgrow_old.key::pg_catalog.text] AS k FROM outgrow_old) AS m) AS "
        "l" UNLESS_FULL "; ELSE " INTO_LOG
        "l.k FROM (SELECT ARRAY[outgrow_old.key::pg_catalog.text] AS k FROM outgrow_old UNION"
        " SELECT ARRAY[outgrow_new.key::pg_catalog.text] AS k FROM outgrow_new) AS "
        "l" UNLESS_FULL "; END IF; GET DIAGNOSTICS added = ROW_COUNT; IF added > 0 THEN"
        " IF currval('outgrow.back_n_3') % 256 <= added THEN"
        " PERFORM setval('outgrow.back_full_3', 1) FROM outgrow.back_room AS r"
        " WHERE r.live_id = 3 AND r.upto < currval('outgrow.back_n_3'); END IF; END IF;"
        " RETURN NULL; END $outgrow$");
}

static void
keys_whose_text_depends_on_settings_bring_these_along(void **state)
{
    (void)state;
    static const struct {
        enum type_kind kind;
        const char *setting;
    } cases[] = {{TYPE_TIMESTAMPTZ, "SET datestyle = 'ISO, YMD' SET timezone = 'UTC'"},
                 {TYPE_DATE, "SET datestyle"},
                 {TYPE_DOUBLE, "SET extra_float_digits = 3"},
                 {TYPE_REAL, "SET extra_float_digits = 3"},
                 {TYPE_BYTEA, "SET bytea_output = 'hex'"},
                 {TYPE_INTERVAL, "SET intervalstyle = 'postgres'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shape_fixture f;
        AUTO_TEXT sql = {0};
        shape_make(&f, &(struct value_type){.kind = cases[i].kind}, false);
        back_function_sql(&sql, 3, &f.live);
        assert_non_null(strstr(text_string(&sql), cases[i].setting));
    }
}

static void
logged_rows_are_read_in_the_order_of_numbers_or_missing_ones_first(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_BIGINT}, false);
    back_rows_sql(&sql, &f.shape, false);
    assert_string_equal(
        text_string(&sql),
        "COPY (SELECT c.key IS NOT NULL, l.k::pg_catalog.text, (l.k[1])::bigint, c.v FROM ("
        "SELECT k FROM (SELECT k FROM outgrow.back_log WHERE live_id = 3 AND t = 7"
        " AND k IS NOT NULL UNION SELECT k FROM outgrow.back_refused WHERE live_id = 3"
        " AND t = 7) AS u ORDER BY (k[1])::bigint) AS l LEFT JOIN"
        " shop.\"order\" AS c ON c.key = (l.k[1])::bigint)"
        " TO STDOUT (FORMAT binary)");
    struct shape_fixture g;
    AUTO_TEXT other = {0};
    shape_make(&g, &(struct value_type){.kind = TYPE_TEXT}, false);
    back_rows_sql(&other, &g.shape, false);
    assert_non_null(strstr(text_string(&other), " ORDER BY 1) TO STDOUT (FORMAT binary)"));
}

static void
texts_that_postgresql_takes_for_the_same_are_two_keys(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_CITEXT}, false);
    back_rows_sql(&sql, &f.shape, false);
    assert_non_null(strstr(text_string(&sql),
                           "ON c.key = (l.k[1])::citext"
                           " AND c.key::pg_catalog.text COLLATE \"C\" = l.k[1]"));
}

static void
a_hidden_rowid_is_read_beside_the_columns(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_BIGINT}, true);
    back_rows_sql(&sql, &f.shape, true);
    assert_string_equal(text_string(&sql),
                        "COPY (SELECT true, ARRAY[c._outgrow_rowid::pg_catalog.text]"
                        "::pg_catalog.text, c._outgrow_rowid, c.key, c.v FROM shop.\"order\""
                        " AS c) TO STDOUT (FORMAT binary)");
}

static void
a_uuid_comes_with_the_text_that_it_was(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    static const struct uuid_rule rule = {.table = "it's"};
    shape_make(&f, &(struct value_type){.kind = TYPE_UUID, .uuid_rule = &rule}, false);
    back_rows_sql(&sql, &f.shape, true);
    assert_non_null(strstr(text_string(&sql),
                           "c.key, (SELECT m.old_id FROM outgrow.id_map m WHERE m.run_id = 11"
                           " AND m.source_table = 'it''s' AND m.new_id = c.key LIMIT 1), c.v"));
    assert_int_equal(f.shape.field_count, 5);
}

/* Prepared on a real table, so that SQLite has read them. */
static void
assert_statement(sqlite3_stmt *statement, const char *sql)
{
    assert_non_null(statement);
    assert_string_equal(sqlite3_sql(statement), sql);
}

static void
sqlite_is_never_told_to_replace(void **state)
{
    (void)state;
    struct shape_fixture f;
    struct source memory = {0};
    struct back_statements statements = {0};
    struct error err = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_BIGINT}, false);
    assert_int_equal(sqlite3_open(":memory:", &memory.handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(memory.handle,
                                  "CREATE TABLE \"Order \"\"x\"\"\" (k PRIMARY KEY, v,"
                                  " secret TEXT NOT NULL)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(back_statements_prepare(&memory, &f.shape, &statements, &err));
    assert_statement(statements.find, "SELECT rowid, \"k\", \"v\", \"secret\" FROM"
                                      " \"Order \"\"x\"\"\" WHERE \"k\" = ?1");
    assert_statement(statements.update, "UPDATE OR ABORT \"Order \"\"x\"\"\" SET \"v\" = ?2"
                                        " WHERE \"k\" = ?1");
    assert_statement(statements.insert,
                     "INSERT OR ABORT INTO \"Order \"\"x\"\"\" (\"k\", \"v\","
                     " \"secret\") VALUES (?1, ?2, '')");
    assert_statement(statements.restore,
                     "INSERT OR ABORT INTO \"Order \"\"x\"\"\" (rowid, \"k\","
                     " \"v\", \"secret\") VALUES (?, ?, ?, ?)");
    assert_statement(statements.erase, "DELETE FROM \"Order \"\"x\"\"\" WHERE \"k\" = ?1");
    back_statements_close(&statements);
    sqlite3_close(memory.handle);
}

static void
a_key_with_a_collation_is_compared_byte_by_byte_as_well(void **state)
{
    (void)state;
    struct shape_fixture f;
    AUTO_TEXT sql = {0};
    shape_make(&f, &(struct value_type){.kind = TYPE_TEXT}, false);
    f.sources[0].collation = "NOCASE";
    back_add_key_condition(&sql, &f.shape);
    assert_string_equal(text_string(&sql), " WHERE \"k\" = ?1 AND \"k\" = ?1 COLLATE BINARY");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_logs_old_and_new_keys_and_a_truncation_none),
        cmocka_unit_test(keys_whose_text_depends_on_settings_bring_these_along),
        cmocka_unit_test(logged_rows_are_read_in_the_order_of_numbers_or_missing_ones_first),
        cmocka_unit_test(texts_that_postgresql_takes_for_the_same_are_two_keys),
        cmocka_unit_test(a_hidden_rowid_is_read_beside_the_columns),
        cmocka_unit_test(a_uuid_comes_with_the_text_that_it_was),
        cmocka_unit_test(sqlite_is_never_told_to_replace),
        cmocka_unit_test(a_key_with_a_collation_is_compared_byte_by_byte_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
