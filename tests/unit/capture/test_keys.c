/* test_keys.c — by what rows are known, and which tables cannot be captured. */
#include "base/text.h"
#include "captured.h"

#include <string.h>

/* Reads a file's catalog and chooses; rowid: of which tables the key is not carried. */
static void
choose(struct captured *c, void **state, const char *sql, const bool *rowid)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    *c = (struct captured){.path = scratch->path};
    scratch_sql(scratch->path, sql);
    if (!source_open(&c->reader, scratch->path, &err) ||
        !catalog_read(&c->reader, &c->arena, &c->catalog, &err) ||
        !capture_choose_keys(&c->reader, &c->arena, &c->catalog, rowid, &c->tables, &err)) {
        fail_msg("%s", err.message);
    }
}

/* "a,b", "rowid", "rowid that moves", or the refusal. */
static const char *
key_of(struct captured *c, const char *name)
{
    const struct capture_table *table = captured_table(c, name);
    AUTO_TEXT text = {0};
    if (table->refusal != NULL) {
        return table->refusal;
    }
    if (table->by_rowid) {
        assert_int_equal(table->key_count, 1);
        return table->rowid_moves ? "rowid that moves" : "rowid";
    }
    assert_false(table->rowid_moves);
    for (size_t i = 0; i < table->key_count; i++) {
        text_printf(
            &text, "%s%s", i > 0 ? "," : "",
            c->catalog.tables[table->position].columns[table->key_columns[i]].name.text);
    }
    return arena_strdup(&c->arena, text_string(&text));
}

static void
keys_are_chosen_by_what_is_declared_and_held(void **state)
{
    AUTO_CAPTURED c;
    choose(&c, state,
           "CREATE TABLE alias(v, id INTEGER PRIMARY KEY);"
           "CREATE TABLE descending(id INTEGER PRIMARY KEY DESC, u NOT NULL UNIQUE);"
           "CREATE TABLE pair(v, b TEXT, a INT, PRIMARY KEY(a, b));"
           "CREATE TABLE without(b, a, PRIMARY KEY(a, b)) WITHOUT ROWID;"
           "CREATE TABLE later(k, u INT NOT NULL, w, UNIQUE(w), UNIQUE(u));"
           "CREATE TABLE nulls(k PRIMARY KEY); INSERT INTO nulls VALUES(NULL);"
           "CREATE TABLE mixed(k PRIMARY KEY); INSERT INTO mixed VALUES(1), (1.5);"
           "CREATE TABLE one(k PRIMARY KEY); INSERT INTO one VALUES('1'), ('x');"
           "CREATE TABLE none(a, b); CREATE INDEX none_a ON none(a);"
           "CREATE TABLE partly(a NOT NULL); CREATE UNIQUE INDEX partly_a ON partly(a) WHERE a;"
           "CREATE TABLE computed(a NOT NULL); CREATE UNIQUE INDEX computed_a ON computed(-a);"
           "CREATE TABLE made(a, g NOT NULL AS (a) UNIQUE);"
           "CREATE TABLE nocase(a TEXT COLLATE NOCASE PRIMARY KEY);"
           "CREATE TABLE otherwise(a TEXT PRIMARY KEY COLLATE NOCASE, b);"
           "CREATE TABLE differs(a TEXT, PRIMARY KEY(a COLLATE NOCASE))",
           NULL);
    assert_string_equal(key_of(&c, "alias"), "id");
    assert_string_equal(key_of(&c, "descending"), "id");
    assert_string_equal(key_of(&c, "pair"), "a,b");
    assert_string_equal(key_of(&c, "without"), "a,b");
    assert_string_equal(key_of(&c, "later"), "u");
    assert_string_equal(key_of(&c, "nulls"), "rowid that moves");
    assert_string_equal(key_of(&c, "mixed"), "rowid that moves");
    assert_string_equal(key_of(&c, "one"), "k");
    assert_string_equal(key_of(&c, "none"), "rowid that moves");
    assert_string_equal(key_of(&c, "partly"), "rowid that moves");
    assert_string_equal(key_of(&c, "computed"), "rowid that moves");
    assert_string_equal(key_of(&c, "made"), "rowid that moves");
    assert_string_equal(key_of(&c, "nocase"), "a");
    assert_string_equal(key_of(&c, "otherwise"), "a");
    assert_string_equal(key_of(&c, "differs"), "rowid that moves");
}

static void
a_key_that_is_not_carried_gives_way_to_the_rowid(void **state)
{
    AUTO_CAPTURED c;
    const bool rowid[] = {true, true, true, true};
    choose(&c, state,
           "CREATE TABLE alias(id INTEGER PRIMARY KEY); CREATE TABLE text(k TEXT PRIMARY KEY);"
           "CREATE TABLE without(k PRIMARY KEY) WITHOUT ROWID;"
           "CREATE TABLE hidden(rowid, oid, _rowid_, k TEXT PRIMARY KEY)",
           rowid);
    assert_string_equal(key_of(&c, "alias"), "rowid");
    assert_string_equal(key_of(&c, "text"), "rowid that moves");
    assert_non_null(strstr(key_of(&c, "without"), "not carried"));
    assert_non_null(strstr(key_of(&c, "hidden"), "no key"));
}

static void
tables_that_no_trigger_can_speak_for_are_refused(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    choose(&c, state, "CREATE TABLE hidden(rowid, oid, _rowid_); CREATE TABLE t(a)", NULL);
    assert_non_null(strstr(key_of(&c, "hidden"), "no key"));
    assert_true(
        catalog_add_query(&c.reader, &c.arena, &c.catalog, "q", "SELECT a FROM t", &err));
    assert_true(capture_choose_keys(&c.reader, &c.arena, &c.catalog, NULL, &c.tables, &err));
    assert_non_null(strstr(key_of(&c, "q"), "query"));
}

/* The application's collation is known to nobody else: keys go by the rowid, or not at all. */
static void
a_collation_of_the_application_makes_no_key(void **state)
{
    AUTO_CAPTURED c;
    choose(&c, state,
           "CREATE TABLE a(k TEXT PRIMARY KEY, u); CREATE TABLE b(k TEXT PRIMARY KEY) WITHOUT "
           "ROWID;"
           "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', "
           "'TEXT COLLATE own') WHERE type = 'table'",
           NULL);
    assert_string_equal(key_of(&c, "a"), "rowid that moves");
    assert_non_null(strstr(key_of(&c, "b"), "application's own way"));
}

static int
as_bytes(void *context, int a_size, const void *a, int b_size, const void *b)
{
    (void)context;
    int order = memcmp(a, b, (size_t)(a_size < b_size ? a_size : b_size));
    return order != 0 ? order : a_size - b_size;
}

static void
a_table_with_a_collation_of_the_application_is_captured(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE a(k TEXT PRIMARY KEY, u TEXT UNIQUE, v);"
                  "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, "
                  "'TEXT', 'TEXT COLLATE own') WHERE type = 'table'");
    assert_null(captured_table(&c, "a")->refusal);
    sqlite3_create_collation(c.app, "own", SQLITE_UTF8, NULL, as_bytes);
    captured_run(&c, "INSERT INTO a VALUES('x', 'y', 1), ('z', 'w', 1); "
                     "INSERT OR REPLACE INTO a VALUES('q', 'y', 2)");
    assert_string_equal(captured_keys(&c), "a:1 2 3");
}

static void
a_key_of_too_many_columns_is_none(void **state)
{
    AUTO_CAPTURED c;
    AUTO_TEXT sql = {0};
    for (int i = 0; i < 2; i++) {
        text_printf(&sql, "CREATE TABLE %s(c0", i == 0 ? "a" : "b");
        for (int j = 1; j < 40; j++) {
            text_printf(&sql, ",c%d", j);
        }
        text_add(&sql, ", PRIMARY KEY(c0");
        for (int j = 1; j < 40; j++) {
            text_printf(&sql, ",c%d", j);
        }
        text_add(&sql, i == 0 ? "));" : ")) WITHOUT ROWID;");
    }
    choose(&c, state, text_string(&sql), NULL);
    assert_string_equal(key_of(&c, "a"), "rowid that moves");
    assert_non_null(strstr(key_of(&c, "b"), "too many columns"));
}

static void
a_large_table_is_looked_at_to_its_last_row(void **state)
{
    AUTO_CAPTURED c;
    choose(&c, state,
           "CREATE TABLE clean(k TEXT PRIMARY KEY); CREATE TABLE late(k TEXT PRIMARY KEY); "
           "CREATE TABLE pair(a INT, b INT, PRIMARY KEY(a, b));"
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
           "INSERT INTO clean SELECT 'key ' || i FROM n;"
           "INSERT INTO late SELECT * FROM clean; INSERT INTO late VALUES(x'00');"
           "INSERT INTO pair SELECT rowid, 1 FROM clean; INSERT INTO pair VALUES(0, 'x')",
           NULL);
    assert_string_equal(key_of(&c, "clean"), "k");
    assert_string_equal(key_of(&c, "late"), "rowid that moves");
    assert_string_equal(key_of(&c, "pair"), "rowid that moves");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(keys_are_chosen_by_what_is_declared_and_held),
        SCRATCH_TEST(a_key_that_is_not_carried_gives_way_to_the_rowid),
        SCRATCH_TEST(tables_that_no_trigger_can_speak_for_are_refused),
        SCRATCH_TEST(a_collation_of_the_application_makes_no_key),
        SCRATCH_TEST(a_table_with_a_collation_of_the_application_is_captured),
        SCRATCH_TEST(a_key_of_too_many_columns_is_none),
        SCRATCH_TEST(a_large_table_is_looked_at_to_its_last_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
