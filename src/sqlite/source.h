/* source.h — one SQLite file, opened for reading.
 *
 * Only this room opens, configures or closes a sqlite3 handle. A source is
 * never written to: files are opened read-only, and `outgrow migrate` works
 * from a private backup of the file anyway (backup.h). */
#ifndef SQLITE_SOURCE_H
#define SQLITE_SOURCE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

#include <sqlite3.h>

struct source {
    sqlite3 *handle;   /* NOMUTEX: one thread at a time; NULL when closed */
    const char *path;  /* as opened; borrowed from the caller */
    const char *shown; /* its name in messages where it is a copy of what a person named;
                          set by the caller; NULL: path */
    bool utf16;        /* the file's text encoding is UTF-16: see value/cell.h */
    bool immutable;    /* read without any lock: nobody here can make a -shm file */
    bool recovered;    /* the handle reads a private copy in which a hot journal was rolled
                                 back, or a -wal merged; the copy has no name any more */
    bool made_wal;     /* this open has created the (empty) -wal file, ... */
    bool made_shm;     /* ... or the -shm file: source_close removes them again */
    char damage[200];  /* the header or schema is damaged: how; "" when they are sound */
};

/* Opens `path` read-only. A hot -wal or -journal beside it is honoured:
 *  - a -wal is read where it is, as any other SQLite program does;
 *  - a hot -journal must be rolled back, which would write to the source, and a
 *    -wal in a directory where no -shm can be made cannot be read at all: both
 *    are done on a private copy in $TMPDIR (or /var/tmp), locked against writers
 *    while it is made;
 *  - a WAL file without -wal in such a directory is opened as immutable.
 * A file that this user may not write counts as lying in such a directory.
 * Neither the file nor what lies beside it is written. SQLite itself creates an
 * empty -wal and a -shm for any reader of a WAL file; source_close removes them
 * when they are ours and no other program (or other source in this process) is
 * connected. So of several sources on one file, close the first one last.
 *
 * A damaged schema or a missing tail of the file is no failure: what can be
 * read, is, and source->damage says what is wrong (check.h reports it).
 *
 * Fails with ERROR_SOURCE and one line that says what the file is instead:
 * missing, a directory, empty (0 bytes), encrypted or not SQLite, locked.
 * An application's own collations and functions are unknown here: unknown
 * collations are stood in for by BINARY, so that scans work (see
 * catalog.h, source_collation_is_builtin, for what must not rely on them). */
MUST_USE bool source_open(struct source *source, const char *path, struct error *err);
void source_close(struct source *source);
static inline const char *
source_shown(const struct source *source)
{
    return source->shown != NULL ? source->shown : source->path;
}
#define AUTO_SOURCE __attribute__((cleanup(source_close))) struct source

/* The file that `path` means, absolute and without symbolic links, as journals know it. Not
 * opened. ERROR_SOURCE as of source_open; path_check_text's. */
MUST_USE bool source_real(struct arena *arena, const char *path, char **real,
                          struct error *err);

/* Whether the file that `path` means starts as a database does. Not opened. ERROR_SOURCE says what it
 * is instead, as that of source_open. */
MUST_USE bool source_look(const char *path, struct error *err);

/* Turns the handle's last error into ERROR_SOURCE: "<what>: <sqlite's words>"
 * (ERROR_STOPPED after an interrupt). Always returns false. */
bool source_failed(const struct source *source, struct error *err, const char *what, ...)
    PRINTF_LIKE(3, 4);

/* Another connection held a lock for as long as ours waits. (SQLITE_LOCKED is no such case: it is
 * a conflict within one connection, which no waiting ends.) */
bool source_is_held(const struct error *err);

/* Whether the file is in WAL mode, in which a reader keeps no writer waiting. ERROR_SOURCE. */
MUST_USE bool source_is_wal(const struct source *source, bool *wal, struct error *err);

static inline void
source_statement_close(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement); /* NULL is fine */
}
#define AUTO_STATEMENT __attribute__((cleanup(source_statement_close))) sqlite3_stmt

/* Adds `name` as an SQLite identifier in double quotes. */
struct text;
void source_quote(struct text *sql, const char *name);

#endif
