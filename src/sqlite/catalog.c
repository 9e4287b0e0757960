/* catalog.c — reads a source's catalog, step by step; see catalog.h. */
#include "sqlite/catalog.h"

#include "sqlite/catalog_internal.h"

#include <stdlib.h>
#include <string.h>

/* Rows about one table come together, so it is looked up once for them all. */
static bool
find_row_table(struct catalog_reader *reader, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    if (name == NULL) {
        return false;
    }
    if (reader->table_name == NULL || strcmp(reader->table_name, name) != 0) {
        reader->table_name = arena_strdup(reader->arena, name);
        reader->table = catalog_find_table(reader->catalog, name);
    }
    return reader->table >= 0;
}

static bool
run(struct catalog_reader *reader, const char *sql, bool of_table, catalog_row *take,
    struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    int step = sqlite3_prepare_v2(reader->source->handle, sql, -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW && (!of_table || find_row_table(reader, statement))) {
            take(reader, statement);
        }
    }
    return step == SQLITE_DONE || source_failed(reader->source, err, "read the schema of %s",
                                                source_shown(reader->source));
}

bool
catalog_each(struct catalog_reader *reader, const char *sql, catalog_row *take,
             struct error *err)
{
    return run(reader, sql, false, take, err);
}

bool
catalog_each_of_table(struct catalog_reader *reader, const char *sql, catalog_row *take,
                      struct error *err)
{
    reader->table_name = NULL;
    return run(reader, sql, true, take, err);
}

char *
catalog_text(struct catalog_reader *reader, sqlite3_stmt *row, int column)
{
    return arena_strdup(reader->arena, (const char *)sqlite3_column_text(row, column));
}

static int
compare_names(const void *a, const void *b)
{
    const struct catalog_name *left = a;
    const struct catalog_name *right = b;
    return sqlite3_stricmp(left->name, right->name);
}

void
catalog_names_sort(struct catalog_name *names, size_t count)
{
    if (count > 0) {
        qsort(names, count, sizeof *names, compare_names);
    }
}

int
catalog_names_find(const struct catalog_name *names, size_t count, const char *name)
{
    const struct catalog_name wanted = {name, 0};
    const struct catalog_name *found = count == 0 ? NULL
                                                  : bsearch(&wanted, names, count,
                                                            sizeof *names, compare_names);
    return found == NULL ? -1 : found->position;
}

int
catalog_find_table(const struct catalog *catalog, const char *name)
{
    if (catalog->tables_by_name != NULL) {
        return catalog_names_find(catalog->tables_by_name, catalog->table_count, name);
    }
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (sqlite3_stricmp(catalog->tables[i].name.text, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int
source_find_column(const struct source_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (sqlite3_stricmp(table->columns[i].name.text, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool
source_collation_is_builtin(const char *collation)
{
    return sqlite3_stricmp(collation, "BINARY") == 0 ||
           sqlite3_stricmp(collation, "NOCASE") == 0 ||
           sqlite3_stricmp(collation, "RTRIM") == 0;
}

static void
take_settings(struct catalog_reader *reader, sqlite3_stmt *row)
{
    struct catalog *catalog = reader->catalog;
    catalog->encoding = catalog_text(reader, row, 0);
    catalog->page_size = sqlite3_column_int64(row, 1);
    catalog->page_count = sqlite3_column_int64(row, 2);
    catalog->user_version = sqlite3_column_int64(row, 3);
    /* Four bytes in the header; SQLite gives them as a signed number. */
    catalog->application_id = (uint32_t)sqlite3_column_int64(row, 4);
}

static void
take_sequence(struct catalog_reader *reader, sqlite3_stmt *row)
{
    struct source_table *table = &reader->catalog->tables[reader->table];
    int64_t sequence = sqlite3_column_int64(row, 1);
    if (sequence > table->sequence) {
        table->sequence = sequence;
    }
}

static bool
read_sequences(struct catalog_reader *reader, struct error *err)
{
    if (catalog_names_find(reader->relations_by_name, reader->relation_count,
                           "sqlite_sequence") < 0) {
        return true;
    }
    return catalog_each_of_table(reader, "SELECT name, seq FROM main.sqlite_sequence",
                                 take_sequence, err);
}

static bool
read_everything(struct catalog_reader *reader, struct error *err)
{
    bool read = catalog_each(
                    reader,
                    "SELECT encoding, page_size, page_count, user_version, application_id "
                    "FROM pragma_encoding, pragma_page_size, pragma_page_count, "
                    "pragma_user_version, pragma_application_id",
                    take_settings, err) &&
                catalog_read_schema(reader, err) && catalog_read_columns(reader, err) &&
                catalog_read_indexes(reader, err);
    if (!read) {
        return false;
    }
    catalog_finish_columns(reader);
    catalog_finish_indexes(reader);
    return catalog_read_foreign_keys(reader, err) && read_sequences(reader, err);
}

bool
catalog_read(struct source *source, struct arena *arena, struct catalog *catalog,
             struct error *err)
{
    *catalog = (struct catalog){0};
    struct catalog_reader reader = {.source = source, .arena = arena, .catalog = catalog};
    bool begin = sqlite3_get_autocommit(source->handle) != 0;
    if (begin && sqlite3_exec(source->handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        return source_failed(source, err, "read the schema of %s", source_shown(source));
    }
    bool read = read_everything(&reader, err);
    if (begin) {
        sqlite3_exec(source->handle, "ROLLBACK", NULL, NULL, NULL); /* of reading only */
    }
    return read;
}
