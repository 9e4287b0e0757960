/* backup.h — a private, consistent copy of a source. */
#ifndef SQLITE_BACKUP_H
#define SQLITE_BACKUP_H

#include "base/progress.h"
#include "sqlite/source.h"

/* How a file looked at one moment; equal states mean that nothing was
 * written in between. */
struct source_state {
    int64_t size_bytes;
    int64_t modified_ns;    /* of the file; nanoseconds since 1970 */
    int64_t wal_size_bytes; /* 0: no -wal file */
    int64_t wal_modified_ns;
    uint32_t change_counter; /* header bytes 24..27 */
};

MUST_USE bool source_state_read(const char *path, struct source_state *state,
                                struct error *err);
bool source_state_equal(const struct source_state *a, const struct source_state *b);

/* Copies the source to `path` while the application may go on writing (the copy is
 * of one moment: in large blocks if nobody does and no -wal holds pages, else by
 * SQLite's backup API, page by page), fsyncs it and renames it into place, so
 * that a file of that name is always a whole backup. Retries for up to 30 s
 * when the source is locked. A damaged file is copied as it is.
 *
 * The copy is switched to rollback-journal mode, so that it is one file.
 * Fails with ERROR_SOURCE, ERROR_SYSTEM (no space: says how much is needed) or
 * ERROR_STOPPED; no file is left behind then. */
MUST_USE bool source_backup(struct source *source, const char *path, struct progress *progress,
                            struct error *err);

/* Of a copy that failed, this one or another one of the source: where room is what it lacks, it is
 * ERROR_SYSTEM, and the hint names the option that chooses the place. Returns false. */
bool source_backup_elsewhere(struct error *err, const char *option);

#endif
