/* catalog_indexes.c — CREATE INDEX and UNIQUE constraints. */
#include "sql/parse.h"
#include "sqlite/catalog_internal.h"

#include <string.h>

enum { COLUMN_IS_EXPRESSION = -2 }; /* cid of PRAGMA index_xinfo */

static struct source_index *
index_begin(struct catalog_reader *reader, struct source_table *table, sqlite3_stmt *row)
{
    struct source_index *index = ARENA_APPEND(reader->arena, table->indexes,
                                              table->index_count);
    const char *name = catalog_text(reader, row, 1);
    int found = catalog_names_find(reader->indexes_by_name, reader->index_count, name);
    *index = (struct source_index){
        .name.text = name,
        .unique = sqlite3_column_int(row, 2) != 0,
        .constraint = strcmp((const char *)sqlite3_column_text(row, 3), "u") == 0,
        .sql = found < 0 ? NULL : reader->rows[found].sql,
    };
    return index;
}

/* One row per index column; the columns of one index come together. */
static void
take_index_column(struct catalog_reader *reader, sqlite3_stmt *row)
{
    struct source_table *table = &reader->catalog->tables[reader->table];
    if (strcmp((const char *)sqlite3_column_text(row, 3), "pk") == 0) {
        reader->notes[reader->table].primary_key_index = true;
        return;
    }
    struct source_index *index = table->index_count == 0
                                     ? NULL
                                     : &table->indexes[table->index_count - 1];
    const char *name = (const char *)sqlite3_column_text(row, 1);
    if (index == NULL || strcmp(index->name.text, name) != 0) {
        index = index_begin(reader, table, row);
    }
    const char *collation = catalog_text(reader, row, 6);
    int column = sqlite3_column_int(row, 4);
    *ARENA_APPEND(reader->arena, index->columns,
                  index->column_count) = (struct source_index_column){
        .column = column <= COLUMN_IS_EXPRESSION ? -1 : column,
        .descending = sqlite3_column_int(row, 5) != 0,
        .collation = collation == NULL ? "BINARY" : collation,
    };
}

/* The PRAGMA names the latest index first. */
static void
reverse_indexes(struct source_table *table)
{
    for (size_t i = 0; i < table->index_count / 2; i++) {
        size_t other = table->index_count - 1 - i;
        struct source_index swap = table->indexes[i];
        table->indexes[i] = table->indexes[other];
        table->indexes[other] = swap;
    }
}

static bool
key_has_columns(const struct sql_key *key, const struct source_table *table,
                const struct source_index *index)
{
    if (key->primary || key->column_count != index->column_count) {
        return false;
    }
    for (size_t i = 0; i < index->column_count; i++) {
        const struct sql_expr *expr = key->columns[i].expr;
        int column = index->columns[i].column;
        if (expr == NULL || expr->name.text == NULL || column < 0 ||
            sqlite3_stricmp(expr->name.text, table->columns[column].name.text) != 0) {
            return false;
        }
    }
    return true;
}

/* "sqlite_autoindex_..." is nobody's choice; a CONSTRAINT's name is. */
static void
name_constraint(const struct source_table *table, struct source_index *index,
                const struct sql_create_table *parsed)
{
    index->name = (struct sql_name){0};
    for (size_t i = 0; i < parsed->key_count; i++) {
        if (key_has_columns(&parsed->keys[i], table, index)) {
            index->name = parsed->keys[i].constraint;
            return;
        }
    }
}

static void
parse_index(struct catalog_reader *reader, struct source_index *index)
{
    struct sql_create_index parsed;
    struct error why;
    if (!sql_parse_create_index(reader->arena, index->sql, &parsed, &why)) {
        index->problem = arena_strdup(reader->arena, why.message);
        return;
    }
    if (parsed.column_count != index->column_count) {
        index->problem = "its columns are not those that its text declares";
        return;
    }
    index->name.quoted = parsed.name.quoted;
    index->where = parsed.where;
    for (size_t i = 0; i < index->column_count; i++) {
        if (index->columns[i].column < 0) {
            index->columns[i].expr = parsed.columns[i].expr;
        }
    }
}

void
catalog_finish_indexes(struct catalog_reader *reader)
{
    for (size_t i = 0; i < reader->catalog->table_count; i++) {
        struct source_table *table = &reader->catalog->tables[i];
        reverse_indexes(table);
        for (size_t j = 0; j < table->index_count; j++) {
            struct source_index *index = &table->indexes[j];
            if (index->constraint) {
                name_constraint(table, index, &reader->notes[i].parsed);
            } else if (index->sql != NULL) {
                parse_index(reader, index);
            }
        }
    }
}

bool
catalog_read_indexes(struct catalog_reader *reader, struct error *err)
{
    return catalog_each_of_table(
        reader,
        "SELECT s.name, i.name, i.\"unique\", i.origin, c.cid, c.\"desc\", c.coll "
        "FROM main.sqlite_schema AS s CROSS JOIN pragma_index_list(s.name, 'main') AS i "
        "CROSS JOIN pragma_index_xinfo(i.name, 'main') AS c "
        "WHERE s.type = 'table' AND s.rootpage > 0 AND c.\"key\" = 1",
        take_index_column, err);
}
