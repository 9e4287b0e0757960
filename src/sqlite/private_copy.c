/* private_copy.c — a copy of a database file together with its hot journal or
 * WAL, for recovery that must not happen on the source itself. */
#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"
#include "sqlite/backup.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_BLOCK = 256 * 1024, COPY_ATTEMPTS = 5, LOCK_RETRY_US = 20000 };

static void
descriptor_close(const int *descriptor)
{
    if (*descriptor >= 0) {
        close(*descriptor);
    }
}
#define AUTO_DESCRIPTOR __attribute__((cleanup(descriptor_close))) int

static bool
write_fully(int descriptor, const unsigned char *bytes, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            error_set(err, ERROR_SYSTEM, "write a private copy of the source");
            return error_hint(err, "set TMPDIR to a directory with enough space");
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static int
open_new(const char *name, struct error *err)
{
    int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        error_set(err, ERROR_SYSTEM, "create %s", name);
    }
    return descriptor;
}

/* The database itself, under the lock that `raw` holds. */
static bool
copy_database(const struct raw_file *raw, const char *copy, struct error *err)
{
    sqlite3_int64 size = 0;
    if (raw->file->pMethods->xFileSize(raw->file, &size) != SQLITE_OK) {
        return error_set(err, ERROR_SYSTEM, "read the size of the source");
    }
    AUTO_DESCRIPTOR out = open_new(copy, err);
    AUTO_ARENA memory = {0};
    unsigned char *buffer = arena_alloc(&memory, COPY_BLOCK);
    if (out < 0) {
        return false;
    }
    for (sqlite3_int64 at = 0; at < size; at += COPY_BLOCK) {
        int block = size - at < COPY_BLOCK ? (int)(size - at) : COPY_BLOCK;
        if (!stop_check(err)) {
            return false;
        }
        if (raw->file->pMethods->xRead(raw->file, buffer, block, at) != SQLITE_OK) {
            return error_set(err, ERROR_SOURCE, "the source cannot be read at byte %lld", at);
        }
        if (!write_fully(out, buffer, (size_t)block, err)) {
            return false;
        }
    }
    return true;
}

/* A -journal or -wal. SQLite locks neither of them by POSIX locks, so plain
 * descriptors are fine. Absent: nothing to do. */
static bool
copy_side_file(const char *real, const char *copy, const char *suffix, struct error *err)
{
    char from[PATH_MAX + 16];
    char to[PATH_MAX + 16];
    snprintf(from, sizeof from, "%s%s", real, suffix);
    snprintf(to, sizeof to, "%s%s", copy, suffix);
    unlink(to); /* of an earlier attempt */
    AUTO_DESCRIPTOR in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 && errno == ENOENT) {
        return true;
    }
    if (in < 0) {
        error_set(err, ERROR_SOURCE, "%s must be read with the database, but: %s", from,
                  strerrordesc_np(errno));
        return error_hint(err, "run as the user that owns it, or copy both files together to "
                               "a directory of your own");
    }
    AUTO_DESCRIPTOR out = open_new(to, err);
    AUTO_ARENA memory = {0};
    unsigned char *buffer = arena_alloc(&memory, COPY_BLOCK);
    if (out < 0) {
        return false;
    }
    ssize_t got = -1;
    while ((got = read(in, buffer, COPY_BLOCK)) > 0) {
        if (!stop_check(err) || !write_fully(out, buffer, (size_t)got, err)) {
            return false;
        }
    }
    return got == 0 || error_set(err, ERROR_SYSTEM, "read %s", from);
}

/* Recovery of a -wal needs room for its pages in the database once more. */
static bool
check_space(const char *directory, const char *path, const char *real, struct error *err)
{
    unsigned long long available = 0;
    int64_t bytes = side_file_bytes(real, "") + 2 * side_file_bytes(real, "-wal") +
                    side_file_bytes(real, "-journal");
    unsigned long long needed = (unsigned long long)bytes;
    if (!path_free_bytes(directory, &available, err)) {
        return false;
    }
    if (available >= needed) {
        return true;
    }
    errno = ENOSPC;
    error_set(
        err, ERROR_SYSTEM,
        "%s needs recovery on a private copy, which takes %llu MB in %s; %llu MB are free",
        path, (needed >> 20) + 1, directory, available >> 20);
    return error_hint(err, "set TMPDIR to a directory with more space");
}

static bool
make_directory(const char *path, const char *real, struct private_copy *copy, struct error *err)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] != '/') {
        parent = "/var/tmp";
    }
    if (!check_space(parent, path, real, err)) {
        return false;
    }
    if (!own_directory_make(&copy->directory, parent, "outgrow-", err)) {
        return error_hint(err, "set TMPDIR to a directory that can be written");
    }
    snprintf(copy->path, sizeof copy->path, "%s/copy.db", copy->directory.path);
    return true;
}

static bool
lock_shared(const struct raw_file *raw, const char *path, struct error *err)
{
    int64_t start_ms = clock_monotonic_ms();
    while (raw->file->pMethods->xLock(raw->file, SQLITE_LOCK_SHARED) != SQLITE_OK) {
        if (!stop_check(err)) {
            return false;
        }
        if (clock_monotonic_ms() - start_ms > BUSY_WAIT_MS) {
            error_set(err, ERROR_SOURCE, "%s is locked by another program", path);
            return error_hint(err, "wait until it has finished, or stop it, and try again");
        }
        usleep(LOCK_RETRY_US);
    }
    return true;
}

/* Under the shared lock nobody can roll the journal back or write in rollback
 * mode. A checkpoint of a WAL needs no such lock, hence the comparison. */
static bool
copy_once(const char *path, const char *real, const char *copy, bool *whole, struct error *err)
{
    AUTO_RAW_FILE raw = {0};
    if (!raw_file_open(&raw, real, SQLITE_OPEN_READONLY)) {
        return error_set(err, ERROR_SYSTEM, "open %s", path);
    }
    if (!lock_shared(&raw, path, err)) {
        return false;
    }
    struct source_state before;
    struct source_state after;
    bool copied = source_state_read(real, &before, err) && copy_database(&raw, copy, err) &&
                  copy_side_file(real, copy, "-journal", err) &&
                  copy_side_file(real, copy, "-wal", err) &&
                  source_state_read(real, &after, err);
    raw.file->pMethods->xUnlock(raw.file, SQLITE_LOCK_NONE);
    *whole = copied && source_state_equal(&before, &after);
    return copied;
}

bool
private_copy_make(const char *path, const char *real, struct private_copy *copy,
                  struct error *err)
{
    if (!make_directory(path, real, copy, err)) {
        return false;
    }
    for (int attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
        bool whole = false;
        if (!copy_once(path, real, copy->path, &whole, err)) {
            private_copy_remove(copy);
            return false;
        }
        if (whole) {
            return true;
        }
    }
    private_copy_remove(copy);
    error_set(err, ERROR_SOURCE, "%s was written to each time it was copied", path);
    return error_hint(err, "stop the application while the copy is made, or run as the user "
                           "that owns the file");
}

void
private_copy_remove(struct private_copy *copy)
{
    own_directory_remove(&copy->directory);
}
