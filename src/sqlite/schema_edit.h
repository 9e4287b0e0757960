/* schema_edit.h — triggers, and what else has no pages, put into sqlite_schema as rows. */
#ifndef SQLITE_SCHEMA_EDIT_H
#define SQLITE_SCHEMA_EDIT_H

#include "sqlite/source.h"

/* Triggers are put into sqlite_schema, and taken out, as rows: CREATE TRIGGER and DROP TRIGGER
 * read the whole schema each time, so thousands of them would keep the application waiting for
 * minutes. SQLite reads all of it anew at the end, before anything is committed. Inside an open
 * transaction; after a failure the caller rolls it back. */
struct schema_edit {
    struct source *writer;
    sqlite3_stmt *insert;
    sqlite3_stmt *remove;
    bool changed;
};
MUST_USE bool schema_edit_begin(struct schema_edit *edit, struct source *writer,
                                struct error *err);
MUST_USE bool schema_edit_add(struct schema_edit *edit, const char *name, const char *table,
                              const char *sql, struct error *err);
/* Anything that has no pages: a view, a virtual table. */
MUST_USE bool schema_edit_insert(struct schema_edit *edit, const char *type, const char *name,
                                 const char *table, const char *sql, struct error *err);
MUST_USE bool schema_edit_remove_row(struct schema_edit *edit, int64_t rowid,
                                     struct error *err);
MUST_USE bool schema_edit_remove(struct schema_edit *edit, const char *glob, struct error *err);
MUST_USE bool schema_edit_end(struct schema_edit *edit, struct error *err);
void schema_edit_close(struct schema_edit *edit);
#define AUTO_SCHEMA_EDIT __attribute__((cleanup(schema_edit_close))) struct schema_edit

#endif
