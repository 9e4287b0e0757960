/* source_error.c — SQLite's result codes in words; see source.h. */
#include "base/stop.h"
#include "sqlite/source.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    int code;
    const char *hint;
} hints[] = {
    {SQLITE_BUSY, "another program holds the lock: wait until it has finished, or stop it"},
    {SQLITE_CORRUPT, "the file is damaged: use a backup, or recover it first: sqlite3 FILE "
                     ".recover | sqlite3 NEW"},
    {SQLITE_NOTADB, "the file is damaged or encrypted: use a backup, or decrypt it with the "
                    "application's key"},
    {SQLITE_PERM, "run as the user that owns the file"},
    {SQLITE_AUTH, "run as the user that owns the file"},
    {SQLITE_CANTOPEN, "check the permissions of the file, of its directory, and of the -wal, "
                      "-shm and -journal files beside it"},
    {SQLITE_READONLY,
     "copy the file together with its -wal or -journal to a directory that can "
     "be written, and use the copy"},
    {SQLITE_IOERR, "check the disk, and that nobody shortens or replaces the file"},
    {SQLITE_NOMEM, "free some memory and try again"},
};

static const char *
hint_for(int code)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (hints[i].code == (code & 0xff)) {
            return hints[i].hint;
        }
    }
    return "";
}

bool
source_failed(const struct source *source, struct error *err, const char *what, ...)
{
    int code = sqlite3_errcode(source->handle);
    bool waited = code == SQLITE_INTERRUPT || (code & 0xff) == SQLITE_BUSY;
    if (waited && !stop_check(err)) {
        return false;
    }
    char doing[sizeof err->message];
    va_list args;
    va_start(args, what);
    vsnprintf(doing, sizeof doing, what, args);
    va_end(args);
    error_set(err, code == SQLITE_INTERRUPT ? ERROR_STOPPED : ERROR_SOURCE, "%s: %s", doing,
              sqlite3_errmsg(source->handle));
    err->sqlite_code = code;
    return error_hint(err, "%s", hint_for(code));
}

bool
source_is_held(const struct error *err)
{
    return (err->sqlite_code & 0xff) == SQLITE_BUSY;
}
