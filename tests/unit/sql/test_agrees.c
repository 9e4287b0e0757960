/* test_agrees.c — what sql/parse.h says of a schema against what SQLite's
 * PRAGMAs say of it, for schemas as the usual tools write them. */
#include "sql/parse.h"
#include "sql_schemas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <sqlite3.h>

struct schema {
    struct arena arena;
    sqlite3 *database;
    const char *sql; /* of the table or index being compared */
};

static void
close_schema(struct schema *schema)
{
    sqlite3_close(schema->database);
    arena_free(&schema->arena);
}

static void
finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

#define AUTO_STATEMENT __attribute__((cleanup(finalize))) sqlite3_stmt

static sqlite3_stmt *
query(struct schema *schema, const char *sql, const char *name)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(schema->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(schema->database));
    }
    if (name != NULL) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
    }
    return statement;
}

/* Lives as long as the schema; NULL for NULL. */
static const char *
text_at(struct schema *schema, sqlite3_stmt *row, int column)
{
    return arena_strdup(&schema->arena, (const char *)sqlite3_column_text(row, column));
}

static bool
equal(const char *first, const char *second)
{
    return first == second ||
           (first != NULL && second != NULL && strcasecmp(first, second) == 0);
}

static void
require_equal(const struct schema *schema, const char *what, const char *ours,
              const char *theirs)
{
    if (!equal(ours, theirs)) {
        fail_msg("%s: %s: parsed %s, SQLite says %s", schema->sql, what,
                 ours != NULL ? ours : "(none)", theirs != NULL ? theirs : "(none)");
    }
}

static void
require_number(const struct schema *schema, const char *what, int ours, int theirs)
{
    if (ours != theirs) {
        fail_msg("%s: %s: parsed %d, SQLite says %d", schema->sql, what, ours, theirs);
    }
}

/* 1, 2, ... for a column of the primary key; else 0. */
static int
key_position(const struct sql_create_table *table, const char *column)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct sql_key *key = &table->keys[i];
        for (size_t j = 0; key->primary && j < key->column_count; j++) {
            if (equal(key->columns[j].expr->name.text, column)) {
                return (int)j + 1;
            }
        }
    }
    return 0;
}

static int
hidden_number(enum sql_generated generated)
{
    return generated == SQL_GENERATED_NO ? 0 : generated == SQL_GENERATED_VIRTUAL ? 2 : 3;
}

/* SQLite keeps blanks and comments inside a type; we keep one space. */
static const char *
squeezed(struct schema *schema, const char *type)
{
    char *copy = arena_strdup(&schema->arena, type);
    char *end = copy;
    for (const char *at = type; *at != '\0'; at++) {
        if (strchr(" \t\r\n", *at) == NULL) {
            *end++ = *at;
        } else if (end == copy || end[-1] != ' ') {
            *end++ = ' ';
        }
    }
    *end = '\0';
    return copy;
}

static void
compare_columns(struct schema *schema, const char *name, const struct sql_create_table *table)
{
    AUTO_STATEMENT *row = query(schema,
                                "SELECT name, type, \"notnull\", dflt_value, pk, hidden"
                                " FROM pragma_table_xinfo(?) ORDER BY cid",
                                name);
    size_t count = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; count++) {
        assert_true(count < table->column_count);
        const struct sql_column *column = &table->columns[count];
        const char *type = column->type != NULL ? column->type : "";
        const struct sql_expr *value = column->default_value;
        int position = key_position(table, column->name.text);
        bool implied = position > 0 && (table->without_rowid || table->strict);
        assert_string_equal(column->name.text, text_at(schema, row, 0));
        require_equal(schema, "type", type, squeezed(schema, text_at(schema, row, 1)));
        require_number(schema, "not null", column->not_null || implied,
                       sqlite3_column_int(row, 2));
        require_equal(schema, "default", value != NULL ? value->source : NULL,
                      text_at(schema, row, 3));
        require_number(schema, "primary key", position, sqlite3_column_int(row, 4));
        require_number(schema, "hidden", hidden_number(column->generated),
                       sqlite3_column_int(row, 5));
    }
    require_number(schema, "columns", (int)table->column_count, (int)count);
}

static void
compare_foreign_keys(struct schema *schema, const char *name,
                     const struct sql_create_table *table)
{
    AUTO_STATEMENT *row = query(
        schema,
        "SELECT id, seq, \"table\", \"from\", \"to\", on_update, on_delete"
        " FROM pragma_foreign_key_list(?)",
        name);
    size_t columns = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; columns++) {
        size_t id = (size_t)sqlite3_column_int(row, 0); /* the last written is 0 */
        size_t seq = (size_t)sqlite3_column_int(row, 1);
        assert_true(id < table->foreign_key_count);
        const struct sql_foreign_key *key =
            &table->foreign_keys[table->foreign_key_count - 1 - id];
        assert_true(seq < key->column_count);
        const char *to = seq < key->parent_column_count ? key->parent_columns[seq].text : NULL;
        const char *on_update = key->on_update != NULL ? key->on_update : "NO ACTION";
        const char *on_delete = key->on_delete != NULL ? key->on_delete : "NO ACTION";
        require_equal(schema, "parent", key->parent.text, text_at(schema, row, 2));
        require_equal(schema, "child column", key->columns[seq].text, text_at(schema, row, 3));
        require_equal(schema, "parent column", to, text_at(schema, row, 4));
        require_equal(schema, "on update", on_update, text_at(schema, row, 5));
        require_equal(schema, "on delete", on_delete, text_at(schema, row, 6));
    }
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        columns -= table->foreign_keys[i].column_count;
    }
    assert_int_equal(columns, 0);
}

/* An indexed column's own collation, else its column's, else BINARY. */
static const char *
collation_of(const struct sql_create_table *table, const struct sql_indexed_column *column)
{
    if (column->collation.text != NULL) {
        return column->collation.text;
    }
    for (size_t i = 0; column->expr->kind == SQL_EXPR_NAME && i < table->column_count; i++) {
        if (equal(table->columns[i].name.text, column->expr->name.text) &&
            table->columns[i].collation.text != NULL) {
            return table->columns[i].collation.text;
        }
    }
    return "BINARY";
}

/* Whether the index SQLite made has these columns, collations and directions. */
static bool
index_matches(struct schema *schema, const char *index, const struct sql_create_table *table,
              const struct sql_indexed_column *columns, size_t column_count)
{
    AUTO_STATEMENT *row = query(schema,
                                "SELECT name, coll, \"desc\" FROM pragma_index_xinfo(?)"
                                " WHERE key = 1 ORDER BY seqno",
                                index);
    size_t count = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; count++) {
        if (count == column_count) {
            return false;
        }
        const struct sql_indexed_column *column = &columns[count];
        bool plain = column->expr->kind == SQL_EXPR_NAME;
        if (!equal(plain ? column->expr->name.text : NULL, text_at(schema, row, 0)) ||
            !equal(collation_of(table, column), text_at(schema, row, 1)) ||
            column->descending != (sqlite3_column_int(row, 2) != 0)) {
            return false;
        }
    }
    return count == column_count;
}

static bool
some_key_matches(struct schema *schema, const char *index, bool primary,
                 const struct sql_create_table *table)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct sql_key *key = &table->keys[i];
        if (key->primary == primary &&
            index_matches(schema, index, table, key->columns, key->column_count)) {
            return true;
        }
    }
    return false;
}

static void
compare_keys(struct schema *schema, const char *name, const struct sql_create_table *table)
{
    AUTO_STATEMENT *row = query(schema,
                                "SELECT name, origin = 'pk' FROM pragma_index_list(?)"
                                " WHERE origin IN ('u', 'pk')",
                                name);
    size_t count = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; count++) {
        const char *index = text_at(schema, row, 0);
        if (!some_key_matches(schema, index, sqlite3_column_int(row, 1) != 0, table)) {
            fail_msg("%s: no key parsed for %s", schema->sql, index);
        }
    }
    assert_true(count <= table->key_count); /* INTEGER PRIMARY KEY needs no index */
    assert_true(table->key_count <= count + 1);
}

static struct sql_create_table
parse_table(struct schema *schema, const char *name)
{
    AUTO_STATEMENT *row = query(
        schema, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", name);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    schema->sql = text_at(schema, row, 0);
    struct sql_create_table table = {0};
    struct error err = {0};
    if (!sql_parse_create_table(&schema->arena, schema->sql, &table, &err)) {
        fail_msg("%s: %s", schema->sql, err.message);
    }
    assert_string_equal(table.name.text, name);
    return table;
}

static void
compare_table_options(struct schema *schema, const char *name,
                      const struct sql_create_table *table)
{
    AUTO_STATEMENT *row = query(
        schema, "SELECT wr, strict FROM pragma_table_list(?) WHERE schema = 'main'", name);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    require_number(schema, "without rowid", table->without_rowid, sqlite3_column_int(row, 0));
    require_number(schema, "strict", table->strict, sqlite3_column_int(row, 1));
}

static void
compare_table(struct schema *schema, const char *name)
{
    struct sql_create_table table = parse_table(schema, name);
    compare_table_options(schema, name, &table);
    compare_columns(schema, name, &table);
    compare_foreign_keys(schema, name, &table);
    compare_keys(schema, name, &table);
}

static void
compare_index(struct schema *schema, const char *name, const char *table_name, const char *sql)
{
    struct sql_create_table table = parse_table(schema, table_name);
    schema->sql = sql;
    struct sql_create_index index = {0};
    struct error err = {0};
    if (!sql_parse_create_index(&schema->arena, sql, &index, &err)) {
        fail_msg("%s: %s", sql, err.message);
    }
    AUTO_STATEMENT *row = query(
        schema,
        "SELECT \"unique\", partial FROM sqlite_schema s, pragma_index_list(s.tbl_name) i"
        " WHERE s.type = 'index' AND s.name = i.name AND i.name = ?",
        name);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    require_equal(schema, "index name", index.name.text, name);
    require_equal(schema, "table name", index.table.text, table_name);
    require_number(schema, "unique", index.unique, sqlite3_column_int(row, 0));
    require_number(schema, "partial", index.where != NULL, sqlite3_column_int(row, 1));
    if (!index_matches(schema, name, &table, index.columns, index.column_count)) {
        fail_msg("%s: columns differ", sql);
    }
}

/* Returns how many tables and indexes were compared. */
static size_t
compare_schema(const char *script)
{
    __attribute__((cleanup(close_schema))) struct schema schema = {{0}};
    assert_int_equal(sqlite3_open(":memory:", &schema.database), SQLITE_OK);
    if (sqlite3_exec(schema.database, script, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", script, sqlite3_errmsg(schema.database));
    }
    AUTO_STATEMENT *row = query(&schema,
                                "SELECT type = 'table', name, tbl_name, sql FROM sqlite_schema"
                                " WHERE type IN ('table', 'index') AND sql IS NOT NULL"
                                " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                                NULL);
    size_t count = 0;
    for (; sqlite3_step(row) == SQLITE_ROW; count++) {
        const char *name = text_at(&schema, row, 1);
        if (sqlite3_column_int(row, 0) != 0) {
            compare_table(&schema, name);
        } else {
            compare_index(&schema, name, text_at(&schema, row, 2), text_at(&schema, row, 3));
        }
    }
    return count;
}

static void
every_schema_is_understood_as_sqlite_understands_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sql_schemas / sizeof *sql_schemas; i++) {
        assert_true(compare_schema(sql_schemas[i]) > 0);
    }
}

/* W stands for the word. */
static const char *const keyword_forms[] = {
    "CREATE TABLE W(a)",
    "CREATE TABLE main.W(a)",
    "CREATE TABLE t(W)",
    "CREATE TABLE t(W INT)",
    "CREATE TABLE t(a W NOT NULL)",
    "CREATE TABLE t(a INT W DEFAULT 1)",
    "CREATE TABLE t(a, W, CHECK(W IS NOT 1))",
    "CREATE TABLE t(a, CHECK(t.W > 1), W)",
    "CREATE TABLE t(a DEFAULT W)",
    "CREATE TABLE t(a DEFAULT W NOT NULL)",
    "CREATE TABLE t(a REFERENCES W)",
    "CREATE TABLE t(a REFERENCES b(W))",
    "CREATE TABLE t(a, CONSTRAINT W UNIQUE(a))",
    "CREATE TABLE t(a COLLATE W)",
    "CREATE TABLE t(a, W, UNIQUE(W DESC))",
};

/* Both accept or both refuse; returns whether they accept. What SQLite finds
 * wrong later than its grammar is told by its message. */
static bool
keyword_form_agrees(const char *form, const char *word)
{
    AUTO_ARENA arena = {0};
    char sql[256] = "";
    for (const char *at = form; *at != '\0'; at++) {
        size_t length = strlen(sql);
        snprintf(sql + length, sizeof sql - length, *at == 'W' ? "%s" : "%.1s",
                 *at == 'W' ? word : at);
    }
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    sqlite3_stmt *statement = NULL;
    bool theirs = sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK ||
                  strstr(sqlite3_errmsg(database), "syntax error") == NULL;
    sqlite3_finalize(statement);
    sqlite3_close(database);
    struct sql_create_table table;
    struct error err = {0};
    bool ours = sql_parse_create_table(&arena, sql, &table, &err);
    if (ours != theirs) {
        fail_msg("%s: SQLite %s it; %s", sql, theirs ? "takes" : "refuses", err.message);
    }
    return ours;
}

static void
keywords_are_names_where_sqlite_takes_them_as_names(void **state)
{
    (void)state;
    size_t accepted = 0;
    size_t refused = 0;
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *start = NULL;
        int length = 0;
        assert_int_equal(sqlite3_keyword_name(i, &start, &length), SQLITE_OK);
        char word[32];
        snprintf(word, sizeof word, "%.*s", length, start);
        for (size_t j = 0; j < sizeof keyword_forms / sizeof *keyword_forms; j++) {
            bool agreed = keyword_form_agrees(keyword_forms[j], word);
            accepted += agreed;
            refused += !agreed;
        }
    }
    assert_true(accepted > 500);
    assert_true(refused > 500);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_schema_is_understood_as_sqlite_understands_it),
        cmocka_unit_test(keywords_are_names_where_sqlite_takes_them_as_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
