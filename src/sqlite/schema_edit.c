/* schema_edit.c — triggers as rows of sqlite_schema; see schema_edit.h. */
#include "sqlite/schema_edit.h"

static bool
failed(const struct schema_edit *edit, struct error *err)
{
    return source_failed(edit->writer, err, "change the triggers of %s", edit->writer->path);
}

bool
schema_edit_begin(struct schema_edit *edit, struct source *writer, struct error *err)
{
    *edit = (struct schema_edit){.writer = writer};
    sqlite3_db_config(writer->handle, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    bool ready = sqlite3_exec(writer->handle, "PRAGMA writable_schema=ON", NULL, NULL, NULL) ==
                     SQLITE_OK &&
                 sqlite3_prepare_v2(writer->handle,
                                    "INSERT INTO main.sqlite_schema(type,name,tbl_name,"
                                    "rootpage,sql) VALUES(?4,?1,?2,0,?3)",
                                    -1, &edit->insert, NULL) == SQLITE_OK &&
                 sqlite3_prepare_v2(writer->handle,
                                    "DELETE FROM main.sqlite_schema "
                                    "WHERE rowid=?1 AND type='trigger'",
                                    -1, &edit->remove, NULL) == SQLITE_OK;
    return ready || failed(edit, err);
}

static bool
run(struct schema_edit *edit, sqlite3_stmt *statement, struct error *err)
{
    edit->changed = true;
    bool done = sqlite3_step(statement) == SQLITE_DONE || failed(edit, err);
    sqlite3_reset(statement);
    return done;
}

bool
schema_edit_add(struct schema_edit *edit, const char *name, const char *table, const char *sql,
                struct error *err)
{
    return schema_edit_insert(edit, "trigger", name, table, sql, err);
}

bool
schema_edit_insert(struct schema_edit *edit, const char *type, const char *name,
                   const char *table, const char *sql, struct error *err)
{
    sqlite3_bind_text(edit->insert, 4, type, -1, SQLITE_STATIC);
    sqlite3_bind_text(edit->insert, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(edit->insert, 2, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(edit->insert, 3, sql, -1, SQLITE_STATIC);
    return run(edit, edit->insert, err);
}

bool
schema_edit_remove_row(struct schema_edit *edit, int64_t rowid, struct error *err)
{
    sqlite3_bind_int64(edit->remove, 1, rowid);
    return run(edit, edit->remove, err);
}

bool
schema_edit_remove(struct schema_edit *edit, const char *glob, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(
            edit->writer->handle,
            "DELETE FROM main.sqlite_schema WHERE type='trigger' AND name GLOB ?1", -1,
            &statement, NULL) != SQLITE_OK) {
        return failed(edit, err);
    }
    sqlite3_bind_text(statement, 1, glob, -1, SQLITE_STATIC);
    return run(edit, statement, err);
}

/* Every connection, ours as well, reads the schema anew when its version has moved. */
static bool
raise_version(struct schema_edit *edit, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    char sql[64];
    if (sqlite3_prepare_v2(edit->writer->handle, "PRAGMA main.schema_version", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return failed(edit, err);
    }
    uint32_t version = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    snprintf(sql, sizeof sql, "PRAGMA main.schema_version=%d", (int)(version + 1));
    return sqlite3_exec(edit->writer->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           failed(edit, err);
}

bool
schema_edit_end(struct schema_edit *edit, struct error *err)
{
    sqlite3 *handle = edit->writer->handle;
    bool changed = edit->changed;
    if (changed && !raise_version(edit, err)) {
        return false;
    }
    schema_edit_close(edit);
    return !changed ||
           sqlite3_exec(handle, "SELECT 1 FROM main.sqlite_schema LIMIT 1", NULL, NULL, NULL) ==
               SQLITE_OK ||
           failed(edit, err);
}

void
schema_edit_close(struct schema_edit *edit)
{
    if (edit->writer == NULL || edit->writer->handle == NULL) {
        return;
    }
    sqlite3_finalize(edit->insert);
    sqlite3_finalize(edit->remove);
    edit->insert = NULL;
    edit->remove = NULL;
    sqlite3_exec(edit->writer->handle, "PRAGMA writable_schema=RESET", NULL, NULL, NULL);
    sqlite3_db_config(edit->writer->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
}
