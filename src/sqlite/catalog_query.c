/* catalog_query.c — a SELECT as one more table of the catalog. */
#include "sqlite/catalog.h"

#include <string.h>

static bool
prepare(struct source *source, const char *sql, sqlite3_stmt **statement, struct error *err)
{
    const char *rest = NULL;
    if (sqlite3_prepare_v2(source->handle, sql, -1, statement, &rest) != SQLITE_OK) {
        return error_set(err, ERROR_USAGE, "SQLite does not take the query: %s",
                         sqlite3_errmsg(source->handle));
    }
    while (rest != NULL && *rest != '\0' && strchr(" \t\r\n;", *rest) != NULL) {
        rest++;
    }
    bool select = *statement != NULL && sqlite3_column_count(*statement) > 0 &&
                  sqlite3_stmt_readonly(*statement) != 0 &&
                  sqlite3_bind_parameter_count(*statement) == 0;
    if (!select || (rest != NULL && *rest != '\0')) {
        return error_set(err, ERROR_USAGE, "the query is not one SELECT without parameters");
    }
    return true;
}

static bool
take_columns(struct arena *arena, sqlite3_stmt *statement, struct source_table *table,
             struct error *err)
{
    table->column_count = (size_t)sqlite3_column_count(statement);
    table->columns = arena_alloc(arena, table->column_count * sizeof *table->columns);
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = sqlite3_column_name(statement, (int)i);
        const char *type = sqlite3_column_decltype(statement, (int)i);
        struct source_column *column = &table->columns[i];
        *column = (struct source_column){.name.text = arena_strdup(arena, name),
                                         .type = type == NULL ? "" : arena_strdup(arena, type),
                                         .collation = "BINARY"};
        column->affinity = source_affinity(column->type, false);
        if (source_find_column(table, column->name.text) != (int)i) {
            return error_set(err, ERROR_USAGE, "two columns of the query are called \"%s\"",
                             column->name.text);
        }
    }
    return true;
}

/* Without what ends a statement, so that it can stand in parentheses. */
static const char *
without_end(struct arena *arena, const char *sql)
{
    size_t size = strlen(sql);
    while (size > 0 && strchr(" \t\r\n;", sql[size - 1]) != NULL) {
        size--;
    }
    return arena_strndup(arena, sql, size);
}

bool
catalog_add_query(struct source *source, struct arena *arena, struct catalog *catalog,
                  const char *name, const char *sql, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (catalog_find_table(catalog, name) >= 0) {
        return error_set(err, ERROR_USAGE, "the source has a table %s already", name);
    }
    struct source_table table = {.name = {arena_strdup(arena, name), true},
                                 .sql = sql,
                                 .query = without_end(arena, sql)};
    if (!prepare(source, sql, &statement, err) ||
        !take_columns(arena, statement, &table, err)) {
        return false;
    }
    /* The array came with a capacity of its own: it is copied. */
    struct source_table *tables = arena_alloc(arena,
                                              (catalog->table_count + 1) * sizeof *tables);
    if (catalog->table_count > 0) {
        memcpy(tables, catalog->tables, catalog->table_count * sizeof *tables);
    }
    tables[catalog->table_count++] = table;
    catalog->tables = tables;
    catalog->tables_by_name = NULL;
    return true;
}
