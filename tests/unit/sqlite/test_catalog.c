/* test_catalog.c — sqlite/catalog.c and its steps. */
#include "scratch.h"
#include "sqlite/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the catalog of a file made by `sql`. */
struct reading {
    struct arena arena;
    struct source source;
    struct catalog catalog;
};

static void
reading_close(struct reading *reading)
{
    source_close(&reading->source);
    arena_free(&reading->arena);
}
#define AUTO_READING __attribute__((cleanup(reading_close))) struct reading

static void
read_file(struct reading *reading, const char *path)
{
    struct error err = {0};
    *reading = (struct reading){0};
    if (!source_open(&reading->source, path, &err) ||
        !catalog_read(&reading->source, &reading->arena, &reading->catalog, &err)) {
        fail_msg("%s", err.message);
    }
}

static void
read_sql(struct reading *reading, void **state, const char *sql)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, sql);
    read_file(reading, scratch->path);
}

static const struct source_table *
table_of(const struct reading *reading, const char *name)
{
    int found = catalog_find_table(&reading->catalog, name);
    if (found < 0) {
        fail_msg("no table \"%s\"", name);
    }
    const struct source_table *table = &reading->catalog.tables[found];
    if (table->problem != NULL) {
        fail_msg("table \"%s\": %s", name, table->problem);
    }
    return table;
}

static const struct source_object *
object_of(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->catalog.object_count; i++) {
        if (strcmp(reading->catalog.objects[i].name, name) == 0) {
            return &reading->catalog.objects[i];
        }
    }
    return NULL;
}

/* table: of a trigger, or the owner of a shadow table; NULL: none. */
static void
assert_object(const struct reading *reading, const char *name, enum source_object_kind kind,
              const char *table)
{
    const struct source_object *object = object_of(reading, name);
    if (object == NULL) {
        fail_msg("no object \"%s\"", name);
        return;
    }
    assert_int_equal(object->kind, kind);
    if (table == NULL) {
        assert_null(object->table);
    } else {
        assert_string_equal(object->table, table);
    }
    assert_non_null(strstr(object->sql, "CREATE "));
}

static void
the_file_as_a_whole_is_described(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "PRAGMA page_size=8192; PRAGMA encoding='UTF-16be'; PRAGMA user_version=7;"
             "PRAGMA application_id=0x47504B47; CREATE TABLE a(x); CREATE TABLE b(y)");
    assert_string_equal(r.catalog.encoding, "UTF-16be");
    assert_int_equal(r.catalog.page_size, 8192);
    assert_int_equal(r.catalog.page_count, 3);
    assert_int_equal(r.catalog.user_version, 7);
    assert_int_equal(r.catalog.application_id, 0x47504B47);
    assert_int_equal(r.catalog.table_count, 2);
    assert_string_equal(r.catalog.tables[0].name.text, "a");
    assert_string_equal(r.catalog.tables[1].name.text, "b");
    assert_int_equal(catalog_find_table(&r.catalog, "B"), 1);
    assert_int_equal(catalog_find_table(&r.catalog, "c"), -1);
}

static void
affinity_follows_sqlites_rules(void **state)
{
    static const struct {
        const char *type;
        enum affinity affinity;
    } cases[] = {
        {"INT", AFFINITY_INTEGER},           {"UNSIGNED BIG INT", AFFINITY_INTEGER},
        {"CHARINT", AFFINITY_INTEGER},       {"FLOATING POINT", AFFINITY_INTEGER},
        {"VARCHAR(255)", AFFINITY_TEXT},     {"NCLOB", AFFINITY_TEXT},
        {"TEXTBLOB", AFFINITY_TEXT},         {"BLOB", AFFINITY_BLOB},
        {"REALBLOB", AFFINITY_BLOB},         {"", AFFINITY_BLOB},
        {"DOUBLE", AFFINITY_REAL},           {"float", AFFINITY_REAL},
        {"DECIMAL(10,5)", AFFINITY_NUMERIC}, {"BOOLEAN", AFFINITY_NUMERIC},
        {"DATETIME", AFFINITY_NUMERIC},      {"STRING", AFFINITY_NUMERIC},
        {"ANY", AFFINITY_NUMERIC},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    char sql[2048] = "CREATE TABLE t(";
    for (size_t i = 0; i < COUNT; i++) {
        size_t used = strlen(sql);
        snprintf(sql + used, sizeof sql - used, "%sc%zu %s", i == 0 ? "" : ",", i,
                 cases[i].type);
    }
    strncat(sql, "); CREATE TABLE s(a ANY, b INT) STRICT", sizeof sql - strlen(sql) - 1);
    AUTO_READING r;
    read_sql(&r, state, sql);
    const struct source_table *t = table_of(&r, "t");
    assert_int_equal(t->column_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(t->columns[i].type, cases[i].type);
        assert_int_equal(t->columns[i].affinity, cases[i].affinity);
    }
    const struct source_table *s = table_of(&r, "s");
    assert_true(s->strict);
    assert_int_equal(s->columns[0].affinity, AFFINITY_BLOB);
    assert_int_equal(s->columns[1].affinity, AFFINITY_INTEGER);
}

static void
only_a_true_integer_primary_key_is_the_rowid(void **state)
{
    static const struct {
        const char *declaration;
        bool alias;
    } cases[] = {
        {"a INTEGER PRIMARY KEY, b", true},         {"a integer primary key asc, b", true},
        {"a INTEGER PRIMARY KEY DESC, b", false},   {"a INT PRIMARY KEY, b", false},
        {"a INTEGER, b, PRIMARY KEY(a)", true},     {"a INTEGER, b, PRIMARY KEY(a DESC)", true},
        {"a INTEGER, b, PRIMARY KEY(a, b)", false}, {"a \"INTEGER\" PRIMARY KEY, b", true},
        {"a INTEGER UNIQUE PRIMARY KEY, b", true},  {"a BIGINT PRIMARY KEY, b", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS t; CREATE TABLE t(%s)",
                 cases[i].declaration);
        AUTO_READING r;
        read_sql(&r, state, sql);
        const struct source_table *t = table_of(&r, "t");
        if (t->columns[0].rowid_alias != cases[i].alias) {
            fail_msg("%s", cases[i].declaration);
        }
        assert_false(t->columns[1].rowid_alias);
        assert_int_equal(t->columns[0].primary_key_position, 1);
    }
}

static void
keys_options_and_sequences_of_tables_are_known(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, v);"
             "INSERT INTO a VALUES (9007199254740993, 1); DELETE FROM a;"
             "CREATE TABLE b(x TEXT, y TEXT, z INT NOT NULL, PRIMARY KEY(z, x)) WITHOUT ROWID;"
             "CREATE TABLE c(x, y, PRIMARY KEY(y, x));"
             "CREATE TABLE d(rowid, OID INT); CREATE TABLE e(rowid, oid, _rowid_);"
             "CREATE TABLE f(rowid INTEGER PRIMARY KEY, oid, _rowid_)");
    const struct source_table *a = table_of(&r, "a");
    assert_true(a->autoincrement);
    assert_true(a->sequence == 9007199254740993);
    assert_string_equal(a->rowid_name, "rowid");
    const struct source_table *b = table_of(&r, "b");
    assert_true(b->without_rowid);
    assert_null(b->rowid_name);
    assert_int_equal(b->primary_key_count, 2);
    assert_int_equal(b->primary_key[0], 2);
    assert_int_equal(b->primary_key[1], 0);
    assert_true(b->columns[0].not_null);
    assert_false(b->columns[1].not_null);
    const struct source_table *c = table_of(&r, "c");
    assert_int_equal(c->primary_key[0], 1);
    assert_int_equal(c->primary_key[1], 0);
    assert_false(c->columns[0].not_null);
    assert_int_equal(c->index_count, 0);
    assert_string_equal(table_of(&r, "d")->rowid_name, "_rowid_");
    assert_null(table_of(&r, "e")->rowid_name);
    assert_string_equal(table_of(&r, "f")->rowid_name, "rowid");
    assert_object(&r, "sqlite_sequence", OBJECT_INTERNAL_TABLE, NULL);
}

static void
defaults_generated_columns_collations_and_checks_come_from_the_text(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE \"Mixed Case\"(plain TEXT COLLATE nocase DEFAULT 'it''s', "
             "\"createdAt\" DATETIME DEFAULT CURRENT_TIMESTAMP, n INT DEFAULT (1 + 2),"
             "g TEXT GENERATED ALWAYS AS (plain || '!') STORED, v AS (n * 2),"
             "CONSTRAINT positive CHECK (n > 0), CHECK (plain <> ''))");
    const struct source_table *t = table_of(&r, "mixed case");
    assert_true(t->name.quoted);
    assert_false(t->columns[0].name.quoted);
    assert_true(t->columns[1].name.quoted);
    assert_string_equal(t->columns[0].collation, "nocase");
    assert_string_equal(t->columns[1].collation, "BINARY");
    assert_int_equal(t->columns[0].default_value->kind, SQL_EXPR_STRING);
    assert_string_equal(t->columns[0].default_value->text, "it's");
    assert_int_equal(t->columns[1].default_value->kind, SQL_EXPR_KEYWORD);
    assert_int_equal(t->columns[3].generated, SQL_GENERATED_STORED);
    assert_string_equal(t->columns[3].generated_as->source, "plain || '!'");
    assert_int_equal(t->columns[4].generated, SQL_GENERATED_VIRTUAL);
    assert_null(t->columns[4].default_value);
    assert_int_equal(t->check_count, 2);
    assert_string_equal(t->checks[0].constraint.text, "positive");
    assert_string_equal(t->checks[1].expr->source, "plain <> ''");
}

static void
indexes_and_unique_constraints_are_told_apart(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a, b TEXT COLLATE NOCASE, c PRIMARY KEY,"
             " CONSTRAINT both UNIQUE(b, a), UNIQUE(a));"
             "CREATE UNIQUE INDEX \"First\" ON t(b COLLATE RTRIM DESC, lower(a)) WHERE a > 1;"
             "CREATE INDEX second ON t(c)");
    const struct source_table *t = table_of(&r, "t");
    assert_int_equal(t->index_count, 4);
    const struct source_index *both = &t->indexes[0];
    assert_true(both->unique && both->constraint);
    assert_string_equal(both->name.text, "both");
    assert_int_equal(both->columns[0].column, 1);
    assert_string_equal(both->columns[0].collation, "NOCASE");
    assert_int_equal(both->columns[1].column, 0);
    assert_null(both->sql);
    assert_null(t->indexes[1].name.text);
    assert_true(t->indexes[1].constraint);
    const struct source_index *first = &t->indexes[2];
    assert_string_equal(first->name.text, "First");
    assert_true(first->name.quoted && first->unique && !first->constraint);
    assert_true(first->columns[0].descending);
    assert_string_equal(first->columns[0].collation, "RTRIM");
    assert_int_equal(first->columns[1].column, -1);
    assert_string_equal(first->columns[1].expr->source, "lower(a)");
    assert_string_equal(first->where->source, "a > 1");
    assert_non_null(strstr(first->sql, "CREATE UNIQUE INDEX"));
    assert_string_equal(t->indexes[3].name.text, "second");
    assert_null(t->indexes[3].problem);
}

static void
foreign_keys_are_resolved_or_said_to_lead_nowhere(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE Parent(x, ID INTEGER PRIMARY KEY);"
             "CREATE TABLE pair(a, b, PRIMARY KEY(b, a));"
             "CREATE VIEW v AS SELECT 1 AS id;"
             "CREATE TABLE t(p REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL,"
             " q REFERENCES PARENT(Id) DEFERRABLE INITIALLY DEFERRED,"
             " m REFERENCES missing(id), n REFERENCES parent(nope), w REFERENCES v(id),"
             " one REFERENCES pair, a, b,"
             " CONSTRAINT two FOREIGN KEY(a, b) REFERENCES pair,"
             " FOREIGN KEY(a, b) REFERENCES pair(a, b),"
             " FOREIGN KEY(a, b) REFERENCES parent)");
    const struct source_table *t = table_of(&r, "t");
    int parent = catalog_find_table(&r.catalog, "parent");
    int pair = catalog_find_table(&r.catalog, "pair");
    const struct source_foreign_key *keys = t->foreign_keys;
    assert_int_equal(t->foreign_key_count, 9);
    assert_int_equal(keys[0].parent, parent);
    assert_int_equal(keys[0].parent_columns[0], 1);
    assert_string_equal(keys[0].on_delete, "CASCADE");
    assert_string_equal(keys[0].on_update, "SET NULL");
    assert_int_equal(keys[1].parent_columns[0], 1);
    assert_null(keys[1].on_delete);
    assert_true(keys[1].deferrable && keys[1].initially_deferred);
    assert_int_equal(keys[2].parent, -1);
    assert_string_equal(keys[2].parent_name, "missing");
    assert_int_equal(keys[3].parent, parent);
    assert_null(keys[3].parent_columns);
    assert_int_equal(keys[4].parent, -1);
    assert_null(keys[5].parent_columns); /* one column for a key of two */
    assert_int_equal(keys[6].parent, pair);
    assert_string_equal(keys[6].constraint.text, "two");
    assert_int_equal(keys[6].parent_columns[0], 1);
    assert_int_equal(keys[6].parent_columns[1], 0);
    assert_int_equal(keys[6].columns[0], 6);
    assert_int_equal(keys[7].parent_columns[0], 0);
    assert_int_equal(keys[7].parent_columns[1], 1);
    assert_null(keys[8].parent_columns);
}

static void
views_triggers_and_virtual_tables_are_objects_with_their_text(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a); CREATE VIEW broken AS SELECT * FROM nowhere;"
             "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;"
             "CREATE VIRTUAL TABLE docs USING fts5(body);"
             "CREATE VIRTUAL TABLE \"geo area\" USING rtree(id, x0, x1);"
             "CREATE TABLE docs_notes(a); ANALYZE");
    assert_int_equal(r.catalog.table_count, 2);
    table_of(&r, "docs_notes");
    assert_object(&r, "broken", OBJECT_VIEW, NULL);
    assert_object(&r, "tr", OBJECT_TRIGGER, "t");
    assert_object(&r, "docs", OBJECT_VIRTUAL_TABLE, NULL);
    assert_object(&r, "docs_content", OBJECT_SHADOW_TABLE, "docs");
    assert_object(&r, "geo area_node", OBJECT_SHADOW_TABLE, "geo area");
}

/* Entries as another program's modules would have left them. */
static void
shadow_tables_of_missing_modules_are_known_by_their_names(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE emb_chunks(a); CREATE TABLE emb_vector_chunks00(a);"
             "CREATE TABLE emb_content(a); CREATE TABLE other_chunks(a);"
             "CREATE TABLE my_emb_rowids(a); PRAGMA writable_schema=ON;"
             "INSERT INTO sqlite_schema VALUES('table', 'emb', 'emb', 0,"
             " 'CREATE VIRTUAL TABLE emb USING vec0(embedding float[3])'),"
             " ('table', 'my_emb', 'my_emb', 0,"
             " 'CREATE VIRTUAL TABLE [my_emb] /* c */ using \"VEC0\"(x)')");
    assert_object(&r, "emb_chunks", OBJECT_SHADOW_TABLE, "emb");
    assert_object(&r, "emb_vector_chunks00", OBJECT_SHADOW_TABLE, "emb");
    assert_object(&r, "my_emb_rowids", OBJECT_SHADOW_TABLE, "my_emb");
    assert_object(&r, "emb", OBJECT_VIRTUAL_TABLE, NULL);
    assert_null(object_of(&r, "emb_content")); /* not one of vec0's */
    assert_null(object_of(&r, "other_chunks"));
    assert_int_equal(r.catalog.table_count, 2);
}

static void
names_of_any_kind_are_kept_exactly(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE \"sel\"\"ect\"(\"a b\" INT, [from] TEXT, `x``y`, "
             "\"\xf0\x9f\x98\x80\" BLOB, \"\" INT, 'str' TEXT);"
             "CREATE INDEX \"in dex\" ON \"sel\"\"ect\"(\"a b\", \"\")");
    const struct source_table *t = table_of(&r, "sel\"ect");
    static const char *const names[] = {"a b", "from", "x`y", "\xf0\x9f\x98\x80", "", "str"};
    assert_int_equal(t->column_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(t->columns[i].name.text, names[i]);
        assert_true(t->columns[i].name.quoted);
    }
    assert_int_equal(t->indexes[0].columns[1].column, 4);
}

static void
altered_tables_are_read_as_they_are_now(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(a, b REFERENCES p);"
             "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'x' CHECK (c <> '');"
             "ALTER TABLE t RENAME COLUMN a TO \"A b\"; ALTER TABLE p RENAME TO parent;"
             "ALTER TABLE t RENAME TO u; ALTER TABLE u ADD COLUMN d; ALTER TABLE u DROP d");
    const struct source_table *u = table_of(&r, "u");
    assert_int_equal(u->column_count, 3);
    assert_string_equal(u->columns[0].name.text, "A b");
    assert_string_equal(u->columns[2].default_value->text, "x");
    assert_int_equal(u->check_count, 1);
    assert_int_equal(u->foreign_keys[0].parent, catalog_find_table(&r.catalog, "parent"));
}

static void
two_thousand_columns_are_fine(void **state)
{
    struct scratch *scratch = *state;
    size_t size = 64 * 1024;
    char *sql = calloc(1, size);
    size_t used = (size_t)snprintf(sql, size, "CREATE TABLE wide(");
    for (int i = 0; i < 2000; i++) {
        used += (size_t)snprintf(sql + used, size - used, "%sc%d INT DEFAULT %d",
                                 i == 0 ? "" : ",", i, i);
    }
    snprintf(sql + used, size - used, ")");
    scratch_sql(scratch->path, sql);
    free(sql);
    AUTO_READING r;
    read_file(&r, scratch->path);
    const struct source_table *t = table_of(&r, "wide");
    assert_int_equal(t->column_count, 2000);
    assert_string_equal(t->columns[1999].default_value->text, "1999");
    assert_null(t->rowid_name); /* no room for it in a SELECT */
}

static void
three_thousand_tables_are_fine(void **state)
{
    struct scratch *scratch = *state;
    sqlite3 *handle = scratch_open(scratch->path);
    scratch_run(handle, "BEGIN; CREATE TABLE t0(id INTEGER PRIMARY KEY)");
    for (int i = 1; i < 3000; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "CREATE TABLE t%d(id INTEGER PRIMARY KEY, u UNIQUE, p REFERENCES T%d);"
                 "CREATE INDEX i%d ON t%d(p)",
                 i, i - 1, i, i);
        scratch_run(handle, sql);
    }
    scratch_run(handle, "COMMIT");
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    AUTO_READING r;
    read_file(&r, scratch->path);
    assert_int_equal(r.catalog.table_count, 3000);
    for (int i = 1; i < 3000; i++) {
        const struct source_table *t = &r.catalog.tables[i];
        assert_int_equal(t->index_count, 2);
        assert_int_equal(t->foreign_keys[0].parent, i - 1);
        assert_int_equal(t->foreign_keys[0].parent_columns[0], 0);
    }
}

static void
reading_leaves_no_transaction_open_and_keeps_the_callers(void **state)
{
    struct error err = {0};
    AUTO_READING r;
    read_sql(&r, state, "CREATE TABLE t(a)");
    assert_true(sqlite3_get_autocommit(r.source.handle));
    scratch_run(r.source.handle, "BEGIN");
    assert_true(catalog_read(&r.source, &r.arena, &r.catalog, &err));
    assert_false(sqlite3_get_autocommit(r.source.handle));
}

static void
a_file_without_tables_is_an_empty_catalog(void **state)
{
    AUTO_READING r;
    read_sql(&r, state, "PRAGMA user_version=1");
    assert_int_equal(r.catalog.table_count, 0);
    assert_int_equal(r.catalog.object_count, 0);
    assert_int_equal(catalog_find_table(&r.catalog, "t"), -1);
}

static void
a_table_whose_text_is_broken_has_a_problem_and_the_others_none(void **state)
{
    AUTO_READING r;
    read_sql(&r, state,
             "CREATE TABLE t(a); CREATE TABLE u(b); PRAGMA writable_schema=ON;"
             "UPDATE sqlite_schema SET sql = 'CREATE TABLE u(b' WHERE name = 'u'");
    assert_int_equal(r.catalog.table_count, 2);
    assert_int_equal(table_of(&r, "t")->column_count, 1);
    assert_non_null(r.catalog.tables[catalog_find_table(&r.catalog, "u")].problem);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_file_as_a_whole_is_described),
        SCRATCH_TEST(affinity_follows_sqlites_rules),
        SCRATCH_TEST(only_a_true_integer_primary_key_is_the_rowid),
        SCRATCH_TEST(keys_options_and_sequences_of_tables_are_known),
        SCRATCH_TEST(defaults_generated_columns_collations_and_checks_come_from_the_text),
        SCRATCH_TEST(indexes_and_unique_constraints_are_told_apart),
        SCRATCH_TEST(foreign_keys_are_resolved_or_said_to_lead_nowhere),
        SCRATCH_TEST(views_triggers_and_virtual_tables_are_objects_with_their_text),
        SCRATCH_TEST(shadow_tables_of_missing_modules_are_known_by_their_names),
        SCRATCH_TEST(names_of_any_kind_are_kept_exactly),
        SCRATCH_TEST(altered_tables_are_read_as_they_are_now),
        SCRATCH_TEST(two_thousand_columns_are_fine),
        SCRATCH_TEST(three_thousand_tables_are_fine),
        SCRATCH_TEST(reading_leaves_no_transaction_open_and_keeps_the_callers),
        SCRATCH_TEST(a_file_without_tables_is_an_empty_catalog),
        SCRATCH_TEST(a_table_whose_text_is_broken_has_a_problem_and_the_others_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
