/* catalog_columns.c — columns, primary keys and table options. */
#include "sql/parse.h"
#include "sqlite/catalog_internal.h"

#include <string.h>
#include <strings.h>

enum { SELECT_COLUMNS_MAX = 2000 }; /* SQLite's own default limit */

/* https://sqlite.org/datatype3.html, 3.1: the first rule that matches. */
enum affinity
source_affinity(const char *type, bool strict)
{
    if (strict && sqlite3_stricmp(type, "ANY") == 0) {
        return AFFINITY_BLOB;
    }
    if (strcasestr(type, "INT") != NULL) {
        return AFFINITY_INTEGER;
    }
    if (strcasestr(type, "CHAR") != NULL || strcasestr(type, "CLOB") != NULL ||
        strcasestr(type, "TEXT") != NULL) {
        return AFFINITY_TEXT;
    }
    if (type[0] == '\0' || strcasestr(type, "BLOB") != NULL) {
        return AFFINITY_BLOB;
    }
    if (strcasestr(type, "REAL") != NULL || strcasestr(type, "FLOA") != NULL ||
        strcasestr(type, "DOUB") != NULL) {
        return AFFINITY_REAL;
    }
    return AFFINITY_NUMERIC;
}

/* A default whose text cannot be parsed is kept as text. */
static const struct sql_expr *
default_expression(struct arena *arena, const char *text)
{
    struct sql_expr *expr = NULL;
    struct error ignored;
    if (text == NULL || sql_parse_expression(arena, text, &expr, &ignored)) {
        return expr;
    }
    expr = arena_alloc(arena, sizeof *expr);
    *expr = (struct sql_expr){.kind = SQL_EXPR_UNKNOWN, .text = text, .source = text};
    return expr;
}

static enum sql_generated
generated_kind(int hidden)
{
    switch (hidden) {
    case 2: return SQL_GENERATED_VIRTUAL;
    case 3: return SQL_GENERATED_STORED;
    default: return SQL_GENERATED_NO;
    }
}

static void
take_column(struct catalog_reader *reader, sqlite3_stmt *row)
{
    struct source_table *table = &reader->catalog->tables[reader->table];
    const char *type = catalog_text(reader, row, 2);
    struct source_column *column = ARENA_APPEND(reader->arena, table->columns,
                                                table->column_count);
    *column = (struct source_column){
        .name.text = catalog_text(reader, row, 1),
        .type = type == NULL ? "" : type,
        .not_null = sqlite3_column_int(row, 3) != 0,
        .primary_key_position = sqlite3_column_int(row, 5),
        .generated = generated_kind(sqlite3_column_int(row, 6)),
        .collation = "BINARY",
    };
    column->affinity = source_affinity(column->type, table->strict);
    if (column->generated == SQL_GENERATED_NO) {
        column->default_value = default_expression(reader->arena, catalog_text(reader, row, 4));
    }
    table->primary_key_count += column->primary_key_position > 0;
}

bool
catalog_read_columns(struct catalog_reader *reader, struct error *err)
{
    return catalog_each_of_table(
        reader,
        "SELECT s.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden "
        "FROM main.sqlite_schema AS s CROSS JOIN pragma_table_xinfo(s.name, 'main') AS c "
        "WHERE s.type = 'table' AND s.rootpage > 0",
        take_column, err);
}

static void
fill_primary_key(struct arena *arena, struct source_table *table, bool indexed)
{
    table->primary_key = arena_alloc(arena, sizeof(int) * (table->primary_key_count + 1));
    for (size_t i = 0; i < table->column_count; i++) {
        int position = table->columns[i].primary_key_position;
        if (position > 0 && (size_t)position <= table->primary_key_count) {
            table->primary_key[position - 1] = (int)i;
        }
    }
    /* A rowid table's key has an index, unless it is the rowid: this settles
     * INTEGER PRIMARY KEY with its exceptions (DESC, INT) as SQLite sees it. */
    if (table->primary_key_count == 1 && !table->without_rowid && !indexed) {
        table->columns[table->primary_key[0]].rowid_alias = true;
    }
}

static const char *
visible_rowid(const struct source_table *table)
{
    static const char *const names[] = {"rowid", "oid", "_rowid_"};
    bool alias = table->primary_key_count == 1 &&
                 table->columns[table->primary_key[0]].rowid_alias;
    if (table->without_rowid || (!alias && table->column_count >= SELECT_COLUMNS_MAX)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int column = source_find_column(table, names[i]);
        if (column < 0 || table->columns[column].rowid_alias) {
            return names[i];
        }
    }
    return NULL;
}

/* What sqlite3_table_column_metadata knows and the PRAGMAs do not. */
static void
ask_metadata(struct catalog_reader *reader, struct source_table *table, size_t index)
{
    struct source_column *column = &table->columns[index];
    const char *collation = NULL;
    int autoincrement = 0;
    if (sqlite3_table_column_metadata(reader->source->handle, "main", table->name.text,
                                      column->name.text, NULL, &collation, NULL, NULL,
                                      &autoincrement) != SQLITE_OK) {
        return;
    }
    if (collation != NULL) {
        column->collation = arena_strdup(reader->arena, collation);
    }
    table->autoincrement |= autoincrement != 0;
}

static bool
same_columns(const struct source_table *table, const struct sql_create_table *parsed)
{
    if (table->column_count != parsed->column_count) {
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (sqlite3_stricmp(table->columns[i].name.text, parsed->columns[i].name.text) != 0) {
            return false;
        }
    }
    return true;
}

static void
merge_parsed(struct source_table *table, const struct sql_create_table *parsed)
{
    for (size_t i = 0; i < table->column_count; i++) {
        struct source_column *column = &table->columns[i];
        const struct sql_column *text = &parsed->columns[i];
        column->name.quoted = text->name.quoted;
        column->generated_as = text->generated_as;
        column->null_conflict = text->null_conflict;
        if (column->generated == SQL_GENERATED_NO && text->default_value != NULL) {
            column->default_value = text->default_value;
        }
        if (text->collation.text != NULL) {
            column->collation = text->collation.text;
        }
    }
    table->name.quoted = parsed->name.quoted;
    table->checks = parsed->checks;
    table->check_count = parsed->check_count;
    table->keys = parsed->keys;
    table->key_count = parsed->key_count;
}

static bool
parse_table(struct catalog_reader *reader, struct source_table *table,
            struct sql_create_table *parsed)
{
    struct error why;
    if (table->sql == NULL ||
        !sql_parse_create_table(reader->arena, table->sql, parsed, &why)) {
        table->problem = table->sql == NULL ? "sqlite_schema holds no text for it"
                                            : arena_strdup(reader->arena, why.message);
    } else if (!same_columns(table, parsed)) {
        table->problem = "its columns are not those that its text declares";
    } else {
        return true;
    }
    *parsed = (struct sql_create_table){0};
    return false;
}

static void
finish_table(struct catalog_reader *reader, struct source_table *table,
             struct table_notes *notes)
{
    fill_primary_key(reader->arena, table, notes->primary_key_index);
    table->rowid_name = visible_rowid(table);
    bool parsed = parse_table(reader, table, &notes->parsed);
    if (parsed) {
        merge_parsed(table, &notes->parsed);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (!parsed || table->columns[i].rowid_alias) {
            ask_metadata(reader, table, i);
        }
    }
}

void
catalog_finish_columns(struct catalog_reader *reader)
{
    for (size_t i = 0; i < reader->catalog->table_count; i++) {
        finish_table(reader, &reader->catalog->tables[i], &reader->notes[i]);
    }
}
