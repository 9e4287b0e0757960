/* source_internal.h — what the files behind source.h and backup.h share. */
#ifndef SQLITE_SOURCE_INTERNAL_H
#define SQLITE_SOURCE_INTERNAL_H

#include "base/own_directory.h"
#include "sqlite/source_file.h"

enum { SQLITE_HEADER_SIZE = 100, BUSY_WAIT_MS = 5000 };

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

uint32_t big_endian_32(const unsigned char *bytes);

/* A file beside the database: suffix "-wal", "-shm" or "-journal". */
bool side_file_exists(const char *real, const char *suffix);
int64_t side_file_bytes(const char *real, const char *suffix); /* 0: none */

/* Removes the side files that SQLite made for us, unless anybody uses them. */
void side_files_remove(const char *real, bool made_wal, bool made_shm);

/* How long the handle waits for a lock; a stop_request() ends that, too. */
void source_wait_for_locks(sqlite3 *handle, int busy_ms);

/* A sqlite3_progress_handler: ends a long statement when stop_request() comes. */
enum { STOP_POLL_INSTRUCTIONS = 20000 };
int source_poll_stop(void *context);

/* Asks the file for its text encoding: source->utf16. An SQLite result code. */
int source_read_encoding(struct source *source);

/* Unknown collations are stood in for by BINARY, see source_open. */
void source_stand_in_collations(sqlite3 *handle);

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
