/* source_internal.h — what the files behind source.h and backup.h share. */
#ifndef SQLITE_SOURCE_INTERNAL_H
#define SQLITE_SOURCE_INTERNAL_H

#include "base/own_directory.h"
#include "sqlite/source.h"

#include <limits.h>

enum { SQLITE_HEADER_SIZE = 100, FILE_START_SIZE = 512, BUSY_WAIT_MS = 5000 };

/* Fields of the header, https://sqlite.org/fileformat2.html, 1.3. */
enum {
    HEADER_PAGE_SIZE = 16,
    HEADER_WRITE_VERSION = 18,
    HEADER_READ_VERSION = 19,
    HEADER_CHANGE_COUNTER = 24,
    HEADER_PAGE_COUNT = 28
};

/* A database file below SQLite's pages. It goes through SQLite's own VFS:
 * closing a plain descriptor of the file would drop the POSIX locks that any
 * other handle of this process holds on it. */
struct raw_file {
    sqlite3_file *file; /* NULL: not open */
    sqlite3_filename name;
};
#define AUTO_RAW_FILE __attribute__((cleanup(raw_file_close))) struct raw_file

/* real: absolute, symlinks resolved. flags: SQLITE_OPEN_READONLY or _READWRITE. */
MUST_USE bool raw_file_open(struct raw_file *raw, const char *real, int flags);
void raw_file_close(struct raw_file *raw);

/* The first bytes of the file, at most FILE_START_SIZE; the rest is zeroed. */
struct file_start {
    unsigned char bytes[FILE_START_SIZE];
    size_t size;        /* of bytes, what the file really has */
    int64_t file_bytes; /* of the whole file */
};
MUST_USE bool file_start_read(const char *real, struct file_start *start);
bool file_start_is_wal(const struct file_start *start);
uint32_t big_endian_32(const unsigned char *bytes);

/* A file beside the database: suffix "-wal", "-shm" or "-journal". */
bool side_file_exists(const char *real, const char *suffix);
int64_t side_file_bytes(const char *real, const char *suffix); /* 0: none */

/* Removes the side files that SQLite made for us, unless anybody uses them. */
void side_files_remove(const char *real, bool made_wal, bool made_shm);

/* Finds the file; ERROR_SOURCE when it is none that could be a database. */
MUST_USE bool source_locate(const char *path, char real[PATH_MAX], struct error *err);

/* ERROR_SOURCE: what a file is that SQLite does not take for a database. */
bool source_describe_foreign(const char *path, const char *real, struct error *err);

/* Unknown collations are stood in for by BINARY, see source_open. */
void source_stand_in_collations(sqlite3 *handle);

/* What a copy goes through: its directory; a new empty file, for its owner's eyes only; then, whole
 * and closed, in rollback mode, synced and renamed. */
MUST_USE bool copy_directory_of(const char *path, char directory[PATH_MAX], struct error *err);
MUST_USE bool copy_create_partial(const char *partial, struct error *err);
MUST_USE bool copy_put_in_place(const char *partial, const char *path, const char *directory,
                                struct error *err);

struct private_copy {
    struct own_directory directory;
    char path[PATH_MAX];
};

/* Copies the file with its -journal or -wal to a new private directory; `copy` is zeroed by the
 * caller, who also removes it (private_copy_remove). */
MUST_USE bool private_copy_make(const char *path, const char *real, struct private_copy *copy,
                                struct error *err);
void private_copy_remove(struct private_copy *copy);

#endif
