/* source_file.c — the database file and its side files, seen from outside. */
#include "sqlite/source_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
raw_file_open(struct raw_file *raw, const char *real, int flags)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    if (vfs == NULL) {
        return false;
    }
    sqlite3_filename name = sqlite3_create_filename(real, "", "", 0, NULL);
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    int got = 0;
    if (name == NULL || file == NULL ||
        vfs->xOpen(vfs, name, file, flags | SQLITE_OPEN_MAIN_DB, &got) != SQLITE_OK) {
        sqlite3_free_filename(name);
        free(file);
        return false;
    }
    *raw = (struct raw_file){.file = file, .name = name};
    return true;
}

void
raw_file_close(struct raw_file *raw)
{
    if (raw->file == NULL) {
        return;
    }
    raw->file->pMethods->xClose(raw->file);
    free(raw->file);
    sqlite3_free_filename(raw->name);
    *raw = (struct raw_file){0};
}

bool
file_start_read(const char *real, struct file_start *start)
{
    *start = (struct file_start){0};
    AUTO_RAW_FILE raw = {0};
    sqlite3_int64 size = 0;
    if (!raw_file_open(&raw, real, SQLITE_OPEN_READONLY) ||
        raw.file->pMethods->xFileSize(raw.file, &size) != SQLITE_OK) {
        return false;
    }
    start->file_bytes = size;
    start->size = size < FILE_START_SIZE ? (size_t)size : FILE_START_SIZE;
    return start->size == 0 ||
           raw.file->pMethods->xRead(raw.file, start->bytes, (int)start->size, 0) == SQLITE_OK;
}

bool
file_start_is_wal(const struct file_start *start)
{
    return start->bytes[HEADER_WRITE_VERSION] == 2 && start->bytes[HEADER_READ_VERSION] == 2;
}

uint32_t
big_endian_32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

static bool
side_file_stat(const char *real, const char *suffix, struct stat *info)
{
    char name[PATH_MAX + 16];
    snprintf(name, sizeof name, "%s%s", real, suffix);
    return stat(name, info) == 0;
}

bool
side_file_exists(const char *real, const char *suffix)
{
    struct stat info;
    return side_file_stat(real, suffix, &info);
}

int64_t
side_file_bytes(const char *real, const char *suffix)
{
    struct stat info;
    return side_file_stat(real, suffix, &info) ? info.st_size : 0;
}

static void
side_file_unlink(const char *real, const char *suffix)
{
    char name[PATH_MAX + 16];
    snprintf(name, sizeof name, "%s%s", real, suffix);
    unlink(name);
}

/* Every connection to a WAL file holds a shared lock on the database file while
 * it is open, and takes it before it opens the side files. Whoever gets the
 * exclusive lock is therefore alone: SQLite's own last writer does the same. */
void
side_files_remove(const char *real, bool made_wal, bool made_shm)
{
    AUTO_RAW_FILE raw = {0};
    if (!raw_file_open(&raw, real, SQLITE_OPEN_READWRITE)) {
        return;
    }
    const sqlite3_io_methods *methods = raw.file->pMethods;
    if (methods->xLock(raw.file, SQLITE_LOCK_SHARED) == SQLITE_OK &&
        methods->xLock(raw.file, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK) {
        if (made_shm) {
            side_file_unlink(real, "-shm");
        }
        if (made_wal && side_file_bytes(real, "-wal") == 0) {
            side_file_unlink(real, "-wal");
        }
    }
    methods->xUnlock(raw.file, SQLITE_LOCK_NONE);
}
