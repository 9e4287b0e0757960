/* test_catalog_problem.c — sqlite/catalog.c when a text cannot be parsed. SQLite
 * accepts nothing that our parser refuses on purpose, so it is made to fail. */
#include "scratch.h"
#include "sql/parse.h"
#include "sqlite/catalog.h"

#include <string.h>

bool __wrap_sql_parse_create_table(struct arena *arena, const char *sql,
                                   struct sql_create_table *table, struct error *err);
bool __wrap_sql_parse_create_index(struct arena *arena, const char *sql,
                                   struct sql_create_index *index, struct error *err);

bool
__wrap_sql_parse_create_table(struct arena *arena, const char *sql,
                              struct sql_create_table *table, struct error *err)
{
    (void)arena;
    (void)sql;
    (void)table;
    return error_set(err, ERROR_SOURCE, "what is this");
}

bool
__wrap_sql_parse_create_index(struct arena *arena, const char *sql,
                              struct sql_create_index *index, struct error *err)
{
    (void)arena;
    (void)sql;
    (void)index;
    return error_set(err, ERROR_SOURCE, "what is that");
}

static void
what_the_pragmas_know_is_there_without_the_text(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct catalog catalog;
    AUTO_ARENA arena = {0};
    AUTO_SOURCE source;
    scratch_sql(
        scratch->path,
        "CREATE TABLE p(a TEXT COLLATE NOCASE DEFAULT 'x', b INT NOT NULL DEFAULT (1+1),"
        " PRIMARY KEY(b, a)) WITHOUT ROWID, STRICT;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE, b, a, g AS (u),"
        " FOREIGN KEY(b, a) REFERENCES p ON DELETE CASCADE DEFERRABLE, CHECK (u > 0));"
        "CREATE INDEX i ON t(u, lower(a))");
    assert_true(source_open(&source, scratch->path, &err));
    assert_true(catalog_read(&source, &arena, &catalog, &err));

    const struct source_table *p = &catalog.tables[0];
    assert_non_null(strstr(p->problem, "what is this"));
    assert_true(p->without_rowid && p->strict);
    assert_string_equal(p->columns[0].collation, "NOCASE");
    assert_string_equal(p->columns[0].default_value->text, "x");
    assert_int_equal(p->columns[1].default_value->kind == SQL_EXPR_NULL, 0);
    assert_int_equal(p->primary_key[0], 1);

    const struct source_table *t = &catalog.tables[1];
    assert_non_null(t->problem);
    assert_true(t->autoincrement && t->columns[0].rowid_alias);
    assert_int_equal(t->columns[4].generated, SQL_GENERATED_VIRTUAL);
    assert_int_equal(t->check_count, 0);
    assert_int_equal(t->foreign_keys[0].parent, 0);
    assert_int_equal(t->foreign_keys[0].parent_columns[1], 0);
    assert_string_equal(t->foreign_keys[0].on_delete, "CASCADE");
    assert_int_equal(t->index_count, 2);
    assert_null(t->indexes[0].name.text);
    assert_non_null(strstr(t->indexes[1].problem, "what is that"));
    assert_int_equal(t->indexes[1].columns[0].column, 1);
    assert_int_equal(t->indexes[1].columns[1].column, -1);
    assert_null(t->indexes[1].columns[1].expr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_the_pragmas_know_is_there_without_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
