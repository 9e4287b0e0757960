/* backup_blocks.h — a backup in large blocks, while the file alone holds all there is. */
#ifndef SQLITE_BACKUP_BLOCKS_H
#define SQLITE_BACKUP_BLOCKS_H

#include "base/progress.h"
#include "sqlite/source.h"

/* Copies the source's file to `partial`, which is empty, as it is at one moment. Holds its lock as
 * SQLite's backup does: for a slice at a time in rollback mode (one moment: nobody has written
 * meanwhile), for all of it in WAL mode, in which that keeps no writer waiting.
 * item: counts pages. False: it was not to be had in this way (a -wal holds pages, somebody writes,
 * is locked, cannot be read or written, a request to stop); what `partial` holds is worth nothing
 * then, and SQLite's backup finds out what it was. */
MUST_USE bool backup_blocks(struct source *source, bool wal, const char *partial,
                            struct progress_item *item);

#endif
