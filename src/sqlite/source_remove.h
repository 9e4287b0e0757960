/* source_remove.h — removes a database file that nobody uses any more. */
#ifndef SQLITE_SOURCE_REMOVE_H
#define SQLITE_SOURCE_REMOVE_H

#include "sqlite/backup.h"

/* Removes the file and the -wal, -shm and -journal beside it, while it is locked
 * exclusively, provided that it still looks as in `expected`. No source of this
 * process may be open on it. real: absolute, symlinks resolved.
 *
 * ERROR_SOURCE when another connection uses it or it was written to, ERROR_SYSTEM;
 * the file is there then, except when only what lies beside it could not go. */
MUST_USE bool source_remove(const char *real, const struct source_state *expected,
                            struct error *err);

#endif
