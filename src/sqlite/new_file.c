/* new_file.c — see new_file.h. */
#include "sqlite/new_file.h"

#include <stdio.h>
#include <stdlib.h>

static bool
fill(sqlite3 *handle, const char *path, const char *schema_sql, bool wal, struct error *err)
{
    const char *mode = wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE";
    if (sqlite3_exec(handle, mode, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(handle, schema_sql, NULL, NULL, NULL) != SQLITE_OK) {
        return error_set(err, ERROR_SOURCE, "%s: %s", path, sqlite3_errmsg(handle));
    }
    return true;
}

bool
new_file_make(struct new_file *file, const char *schema_sql, bool wal, struct error *err)
{
    const char *parent = getenv("TMPDIR");
    if (!own_directory_make(&file->directory, parent == NULL ? "/var/tmp" : parent,
                            "outgrow-bench-", err)) {
        return false;
    }
    snprintf(file->path, sizeof file->path, "%s/new.db", file->directory.path);
    sqlite3 *handle = NULL;
    bool made = sqlite3_open_v2(file->path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                NULL) == SQLITE_OK
                    ? fill(handle, file->path, schema_sql, wal, err)
                    : error_set(err, ERROR_SOURCE, "make %s: %s", file->path,
                                sqlite3_errmsg(handle));
    sqlite3_close(handle);
    return made;
}

bool
new_file_open(const struct new_file *file, int busy_ms, struct source *source,
              struct error *err)
{
    source->path = file->path;
    if (sqlite3_open_v2(file->path, &source->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        return source_failed(source, err, "open %s", file->path);
    }
    sqlite3_busy_timeout(source->handle, busy_ms);
    return true;
}

void
new_file_remove(struct new_file *file)
{
    own_directory_remove(&file->directory);
}
