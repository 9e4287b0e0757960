/* writer.c — see writer.h. */
#include "sqlite/writer.h"

#include "sqlite/source_internal.h"

void
writer_wait_for_locks(struct source *writer, int busy_ms)
{
    source_wait_for_locks(writer->handle, busy_ms);
}

static bool
configure(struct source *source, int busy_ms)
{
    sqlite3 *handle = source->handle;
    sqlite3_extended_result_codes(handle, 1);
    writer_wait_for_locks(source, busy_ms);
    sqlite3_progress_handler(handle, STOP_POLL_INSTRUCTIONS, source_poll_stop, NULL);
    return sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK &&
           sqlite3_exec(handle, "PRAGMA foreign_keys=OFF; PRAGMA synchronous=FULL", NULL, NULL,
                        NULL) == SQLITE_OK &&
           source_read_encoding(source) == SQLITE_OK &&
           sqlite3_exec(handle, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL) ==
               SQLITE_OK;
}

/* Without stand-ins for an application's collations: an index written with one would be
 * damaged, so SQLite shall refuse. */
bool
source_open_writable(struct source *source, const char *path, int busy_ms, struct error *err)
{
    char real[PATH_MAX];
    *source = (struct source){.path = path};
    if (!source_locate(path, real, err)) {
        return false;
    }
    int code = sqlite3_open_v2(real, &source->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK || !configure(source, busy_ms)) {
        bool foreign = sqlite3_errcode(source->handle) == SQLITE_NOTADB &&
                       !source_look(path, err);
        if (!foreign) {
            source_failed(source, err, "open %s to write to it", path);
        }
        source_close(source);
        return false;
    }
    if (sqlite3_db_readonly(source->handle, "main") == 1) {
        error_set(err, ERROR_SOURCE, "%s cannot be written to", path);
        error_hint(err, "run as the user that owns the file");
        source_close(source);
        return false;
    }
    return true;
}

bool
source_open_memory(struct source *source)
{
    *source = (struct source){.path = ":memory:"};
    return sqlite3_open(":memory:", &source->handle) == SQLITE_OK;
}

void
writer_fire_triggers(struct source *writer, bool fire)
{
    sqlite3_db_config(writer->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, (int)fire, NULL);
}

bool
source_checkpoint(struct source *writer, bool *complete, struct error *err)
{
    int code = sqlite3_wal_checkpoint_v2(writer->handle, "main", SQLITE_CHECKPOINT_TRUNCATE,
                                         NULL, NULL);
    *complete = code == SQLITE_OK;
    return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY ||
           source_failed(writer, err, "write the -wal of %s into it", writer->path);
}

bool
writer_run(struct source *writer, const char *what, const char *sql, struct error *err)
{
    return sqlite3_exec(writer->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(writer, err, "%s", what);
}

bool
writer_prepare(struct source *source, const char *what, const char *sql,
               sqlite3_stmt **statement, struct error *err)
{
    return sqlite3_prepare_v2(source->handle, sql, -1, statement, NULL) == SQLITE_OK ||
           source_failed(source, err, "%s", what);
}

bool
writing_begin(struct writing *writing, struct source *writer, struct error *err)
{
    *writing = (struct writing){.writer = writer};
    if (sqlite3_get_autocommit(writer->handle) == 0) {
        return true;
    }
    if (sqlite3_exec(writer->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        return source_failed(writer, err, "write to %s", writer->path);
    }
    writing->began = true;
    return true;
}

bool
writing_end(struct writing *writing, bool done, struct error *err)
{
    sqlite3 *handle = writing->writer->handle;
    if (!writing->began) {
        return done;
    }
    if (done && sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        source_failed(writing->writer, err, "write to %s", writing->writer->path);
        done = false;
    }
    if (!done && sqlite3_get_autocommit(handle) == 0) {
        sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    }
    return done;
}
