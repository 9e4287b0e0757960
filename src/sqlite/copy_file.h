/* copy_file.h — what a file goes through that becomes a copy of a source: made under a name of
 * its own, written, and put in its place when it is whole. */
#ifndef SQLITE_COPY_FILE_H
#define SQLITE_COPY_FILE_H

#include "sqlite/source.h"

#include <limits.h>

/* The directory that `path` lies in. ERROR_USAGE: the name is too long. */
MUST_USE bool copy_file_directory(const char *path, char directory[PATH_MAX],
                                  struct error *err);

/* A new empty file in place of an unfinished one, for its owner's eyes only. ERROR_SYSTEM. */
MUST_USE bool copy_file_create(const char *partial, struct error *err);

/* Opens it to be written to, row by row: what the source's triggers, foreign keys and checks
 * would say of a row has been said there, and collations that only the application knows are
 * stood in for. partial: borrowed until source_close. ERROR_SOURCE. */
MUST_USE bool copy_file_open(struct source *copy, const char *partial, struct error *err);

/* A whole and closed copy: switched to rollback mode, synced, renamed. ERROR_SYSTEM. */
MUST_USE bool copy_file_put_in_place(const char *partial, const char *path,
                                     const char *directory, struct error *err);

#endif
