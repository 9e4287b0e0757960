/* row_copy.h — a private copy of a captured source without a long snapshot: for files whose
 * application must not be kept waiting, or which write so much that the -wal would grow.
 *
 * Rows are copied in short read transactions, some thousands at a time, into a file of the same
 * tables; then one short transaction reads the rows of all keys that were logged since capture was
 * installed and settles them. The file is then what the source was at that moment, with the log's
 * position; everything that can be done with a backup can be done with it. */
#ifndef CAPTURE_ROW_COPY_H
#define CAPTURE_ROW_COPY_H

#include "base/progress.h"
#include "capture/capture.h"

/* A source whose changes are noted; all borrowed. */
struct captured_source {
    struct source *source; /* idle, opened for reading */
    const struct catalog *catalog;
    const struct capture_table *tables; /* one per table of the catalog */
};

/* Whether one of `path` is begun and not over: only a process that was killed leaves that. */
bool source_row_copy_is_begun(const char *path);
/* Removes what is there of it. */
void source_row_copy_discard(const char *path);

/* path: made anew, fsynced and renamed into place, as source_backup does; it holds the
 * _outgrow_ tables with the log's newest row as well. *position: the seq whose state the copy
 * shows. May be interrupted and called again: it goes on behind the last rows copied, or anew when
 * the source is not what it was then: put back to an older state, of another schema, its log cut.
 * ERROR_SOURCE, ERROR_SYSTEM, ERROR_STOPPED. */
MUST_USE bool source_row_copy(const struct captured_source *from, const char *path,
                              struct progress *progress, int64_t *position, struct error *err);

#endif
