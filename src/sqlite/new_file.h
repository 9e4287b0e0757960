/* new_file.h — a small SQLite file of our own, for measurements; nobody's data. */
#ifndef SQLITE_NEW_FILE_H
#define SQLITE_NEW_FILE_H

#include "base/own_directory.h"
#include "sqlite/source.h"

struct new_file {
    struct own_directory
        directory; /* under $TMPDIR, or /var/tmp: where a disk is, not memory */
    char path[PATH_MAX];
};

/* Made with `schema_sql`, in WAL mode or with a rollback journal. ERROR_SYSTEM, ERROR_SOURCE. */
MUST_USE bool new_file_make(struct new_file *file, const char *schema_sql, bool wal,
                            struct error *err);

/* One more connection to it, that waits busy_ms for locks. synchronous is SQLite's own default. */
MUST_USE bool new_file_open(const struct new_file *file, int busy_ms, struct source *source,
                            struct error *err);

/* Removes file and directory. */
void new_file_remove(struct new_file *file);
#define AUTO_NEW_FILE __attribute__((cleanup(new_file_remove))) struct new_file

#endif
