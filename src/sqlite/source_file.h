/* source_file.h — a database file looked at from outside, before SQLite opens it. */
#ifndef SQLITE_SOURCE_FILE_H
#define SQLITE_SOURCE_FILE_H

#include "sqlite/source.h"

#include <limits.h>

/* Finds the file; ERROR_SOURCE when it is none that could be a database. */
MUST_USE bool source_locate(const char *path, char real[PATH_MAX], struct error *err);

/* ERROR_SOURCE: what a file is that SQLite does not take for a database. */
bool source_describe_foreign(const char *path, const char *real, struct error *err);

enum { FILE_START_SIZE = 512 };

/* The first bytes of the file, at most FILE_START_SIZE; the rest is zeroed. */
struct file_start {
    unsigned char bytes[FILE_START_SIZE];
    size_t size;        /* of bytes, what the file really has */
    int64_t file_bytes; /* of the whole file */
};
MUST_USE bool file_start_read(const char *real, struct file_start *start);
bool file_start_is_wal(const struct file_start *start);

#endif
