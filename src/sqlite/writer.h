/* writer.h — a source opened to be written to, and what it takes to do so. */
#ifndef SQLITE_WRITER_H
#define SQLITE_WRITER_H

#include "sqlite/source.h"

/* Opens the file to be written to: only for commands that say so. busy_ms: how long a lock is
 * waited for. Triggers do not fire for this connection and foreign keys are not enforced, so that
 * neither the application's own triggers nor the fence act on what is written. synchronous=FULL.
 * ERROR_SOURCE. */
MUST_USE bool source_open_writable(struct source *source, const char *path, int busy_ms,
                                   struct error *err);

/* An empty database in memory, to try SQL in. False: no memory. */
MUST_USE bool source_open_memory(struct source *source);

/* Locks are waited for so long from now on. PRAGMA busy_timeout knows nothing of it. */
void writer_wait_for_locks(struct source *writer, int busy_ms);

/* Whether the file's triggers fire for this connection: not until this is called. */
void writer_fire_triggers(struct source *writer, bool fire);

/* PRAGMA wal_checkpoint(TRUNCATE), tolerating readers: *complete says whether all came into the
 * file. Nothing to do without a WAL. */
MUST_USE bool source_checkpoint(struct source *writer, bool *complete, struct error *err);

/* A transaction that is only ours when the caller had none. */
struct writing {
    struct source *writer;
    bool began;
};
MUST_USE bool writing_begin(struct writing *writing, struct source *writer, struct error *err);
/* Commits what was begun here, or rolls it back when `done` is false. Returns done, or false. */
MUST_USE bool writing_end(struct writing *writing, bool done, struct error *err);

/* Runs SQL that gives no rows; `what` was being done. */
MUST_USE bool writer_run(struct source *writer, const char *what, const char *sql,
                         struct error *err);
MUST_USE bool writer_prepare(struct source *source, const char *what, const char *sql,
                             sqlite3_stmt **statement, struct error *err);

#endif
