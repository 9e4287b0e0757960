/* archive_internal.h — what the files behind archive.h share. */
#ifndef OPERATE_ARCHIVE_INTERNAL_H
#define OPERATE_ARCHIVE_INTERNAL_H

#include "operate/archive.h"

enum { PACK_BUFFER_SIZE = 256 * 1024 };

/* Writes the manifest and then its files, which lie in `from` under their names, to
 * the empty file `path`, and syncs it. Fills in made->size_bytes and made->sha256.
 * ERROR_SYSTEM, ERROR_STOPPED; the file stays then. */
MUST_USE bool archive_pack(const char *path, const struct archive_manifest *manifest,
                           const char *from, struct archive_made *made,
                           struct progress *progress, struct error *err);

/* "the disk is full" gets a hint. Always returns false. */
bool archive_write_failed(const char *path, struct error *err);

#endif
