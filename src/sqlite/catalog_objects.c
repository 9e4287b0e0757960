/* catalog_objects.c — sorts the rows of sqlite_schema into tables and the rest. */
#include "sqlite/catalog_internal.h"

#include <string.h>
#include <strings.h>

/* What a live move puts into the file is none of the application's. */
static bool
is_ours(const char *name)
{
    static const char prefix[] = "_outgrow_";
    return name != NULL && sqlite3_strnicmp(name, prefix, (int)sizeof prefix - 1) == 0;
}

static void
take_schema_row(struct catalog_reader *reader, sqlite3_stmt *statement)
{
    struct schema_row row = {
        .type = catalog_text(reader, statement, 0),
        .name = catalog_text(reader, statement, 1),
        .table = catalog_text(reader, statement, 2),
        .sql = catalog_text(reader, statement, 4),
    };
    if (row.type == NULL || row.name == NULL) {
        return; /* only a schema edited by hand has such rows; SQLite ignores them */
    }
    if (is_ours(row.name) || (is_ours(row.table) && strcmp(row.type, "trigger") != 0)) {
        return;
    }
    row.virtual_table = strcmp(row.type, "table") == 0 && sqlite3_column_int(statement, 3) == 0;
    *ARENA_APPEND(reader->arena, reader->rows, reader->row_count) = row;
}

static void
index_rows(struct catalog_reader *reader)
{
    for (size_t i = 0; i < reader->row_count; i++) {
        const struct schema_row *row = &reader->rows[i];
        const struct catalog_name entry = {row->name, (int)i};
        if (strcmp(row->type, "index") == 0) {
            *ARENA_APPEND(reader->arena, reader->indexes_by_name, reader->index_count) = entry;
        } else if (strcmp(row->type, "trigger") != 0) {
            *ARENA_APPEND(reader->arena, reader->relations_by_name,
                          reader->relation_count) = entry;
        }
    }
    catalog_names_sort(reader->relations_by_name, reader->relation_count);
    catalog_names_sort(reader->indexes_by_name, reader->index_count);
}

static void
take_table_kind(struct catalog_reader *reader, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *type = (const char *)sqlite3_column_text(row, 1);
    int found = catalog_names_find(reader->relations_by_name, reader->relation_count, name);
    if (found >= 0) {
        reader->rows[found].shadow = strcmp(type, "shadow") == 0;
        reader->rows[found].without_rowid = sqlite3_column_int(row, 2) != 0;
        reader->rows[found].strict = sqlite3_column_int(row, 3) != 0;
    }
}

static bool
add_object(struct catalog_reader *reader, enum source_object_kind kind,
           const struct schema_row *row, const char *table)
{
    struct catalog *catalog = reader->catalog;
    *ARENA_APPEND(reader->arena, catalog->objects,
                  catalog->object_count) = (struct source_object){
        .kind = kind, .name = row->name, .table = table, .sql = row->sql};
    return true;
}

/* False: an ordinary table, or an index. */
static bool
sort_out_object(struct catalog_reader *reader, const struct schema_row *row)
{
    if (strcmp(row->type, "view") == 0) {
        return add_object(reader, OBJECT_VIEW, row, NULL);
    }
    if (strcmp(row->type, "trigger") == 0) {
        return add_object(reader, OBJECT_TRIGGER, row, row->table);
    }
    if (strcmp(row->type, "table") != 0) {
        return false;
    }
    if (row->virtual_table) {
        return add_object(reader, OBJECT_VIRTUAL_TABLE, row, NULL);
    }
    if (sqlite3_strnicmp(row->name, "sqlite_", 7) == 0) {
        return add_object(reader, OBJECT_INTERNAL_TABLE, row, NULL);
    }
    const char *owner = catalog_shadow_owner(reader, row);
    if (owner != NULL) {
        return add_object(reader, OBJECT_SHADOW_TABLE, row, owner);
    }
    return false;
}

static void
add_table(struct catalog_reader *reader, const struct schema_row *row)
{
    struct catalog *catalog = reader->catalog;
    *ARENA_APPEND(reader->arena, catalog->tables, catalog->table_count) = (struct source_table){
        .name.text = row->name,
        .sql = row->sql,
        .without_rowid = row->without_rowid,
        .strict = row->strict};
}

static void
index_tables(struct catalog_reader *reader)
{
    struct catalog *catalog = reader->catalog;
    size_t count = catalog->table_count;
    struct catalog_name *names = arena_alloc(reader->arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = (struct catalog_name){catalog->tables[i].name.text, (int)i};
    }
    catalog_names_sort(names, count);
    catalog->tables_by_name = names;
    reader->notes = arena_alloc(reader->arena, (count + 1) * sizeof *reader->notes);
}

bool
catalog_read_schema(struct catalog_reader *reader, struct error *err)
{
    if (!catalog_each(reader,
                      "SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_schema "
                      "ORDER BY rowid",
                      take_schema_row, err)) {
        return false;
    }
    index_rows(reader);
    if (!catalog_each(reader,
                      "SELECT name, type, wr, strict FROM pragma_table_list "
                      "WHERE schema = 'main'",
                      take_table_kind, err)) {
        return false;
    }
    for (size_t i = 0; i < reader->row_count; i++) {
        const struct schema_row *row = &reader->rows[i];
        if (!sort_out_object(reader, row) && strcmp(row->type, "table") == 0) {
            add_table(reader, row);
        }
    }
    index_tables(reader);
    return true;
}
