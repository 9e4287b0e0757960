/* catalog_internal.h — what the catalog's files share while it is being read. */
#ifndef SQLITE_CATALOG_INTERNAL_H
#define SQLITE_CATALOG_INTERNAL_H

#include "sqlite/catalog.h"

/* One row of sqlite_schema. */
struct schema_row {
    const char *type; /* "table", "index", "view", "trigger" */
    const char *name;
    const char *table;
    const char *sql; /* NULL: an index made for a constraint */
    bool virtual_table;
    bool shadow; /* SQLite says so: the module is there */
    bool without_rowid;
    bool strict;
};

/* What is known about a table besides its struct source_table. */
struct table_notes {
    struct sql_create_table parsed; /* all zero when the text could not be parsed */
    bool primary_key_index;         /* the primary key has an index of its own */
};

struct catalog_reader {
    struct source *source;
    struct arena *arena;
    struct catalog *catalog;
    struct schema_row *rows;
    size_t row_count;
    struct catalog_name *relations_by_name; /* rows that are tables or views */
    size_t relation_count;
    struct catalog_name *indexes_by_name;
    size_t index_count;
    struct table_notes *notes; /* one per table of the catalog */
    int table;                 /* the one that the current row of a statement is about; -1 */
    const char *table_name;    /* as that statement gave it */
};

/* Runs `sql` and hands over row by row. The row's column 0 is a table's name,
 * looked up in reader->table; rows about anything else are left out. */
typedef void catalog_row(struct catalog_reader *reader, sqlite3_stmt *row);
MUST_USE bool catalog_each(struct catalog_reader *reader, const char *sql, catalog_row *take,
                           struct error *err);
MUST_USE bool catalog_each_of_table(struct catalog_reader *reader, const char *sql,
                                    catalog_row *take, struct error *err);

/* Text of a cell, as long as the arena; NULL for NULL. */
char *catalog_text(struct catalog_reader *reader, sqlite3_stmt *row, int column);

void catalog_names_sort(struct catalog_name *names, size_t count);
/* The position stored with `name`, or -1. */
int catalog_names_find(const struct catalog_name *names, size_t count, const char *name);

/* The steps, in this order. */
MUST_USE bool catalog_read_schema(struct catalog_reader *reader, struct error *err);
MUST_USE bool catalog_read_columns(struct catalog_reader *reader, struct error *err);
MUST_USE bool catalog_read_indexes(struct catalog_reader *reader, struct error *err);
MUST_USE bool catalog_read_foreign_keys(struct catalog_reader *reader, struct error *err);
/* Joins the above with what the SQL text says. */
void catalog_finish_columns(struct catalog_reader *reader);
void catalog_finish_indexes(struct catalog_reader *reader);

/* The virtual table that the table called `name` is a shadow of, or NULL. */
const char *catalog_shadow_owner(const struct catalog_reader *reader,
                                 const struct schema_row *row);

#endif
