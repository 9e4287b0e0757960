/* copy_file.c — see copy_file.h. */
#include "sqlite/copy_file.h"

#include "base/path.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
copy_file_directory(const char *path, char directory[PATH_MAX], struct error *err)
{
    size_t length = (size_t)(path_base(path) - path);
    if (length >= PATH_MAX - 1) {
        return error_set(err, ERROR_USAGE, "\"%s\" is too long for a file name", path);
    }
    memcpy(directory, length == 0 ? "." : path, length == 0 ? 1 : length);
    directory[length == 0 ? 1 : length] = '\0';
    return true;
}

/* The copy holds what the source holds: for its owner's eyes only. */
bool
copy_file_create(const char *partial, struct error *err)
{
    if (unlink(partial) != 0 && errno != ENOENT) {
        return error_set(err, ERROR_SYSTEM, "remove an unfinished backup %s", partial);
    }
    int descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s", partial);
    }
    close(descriptor);
    return true;
}

bool
copy_file_open(struct source *copy, const char *partial, struct error *err)
{
    *copy = (struct source){.path = partial};
    int code = sqlite3_open_v2(partial, &copy->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(copy->handle, 1);
        sqlite3_db_config(copy->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        source_stand_in_collations(copy->handle);
        code = sqlite3_exec(copy->handle,
                            "PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=1; "
                            "PRAGMA synchronous=NORMAL",
                            NULL, NULL, NULL);
    }
    return code == SQLITE_OK || source_failed(copy, err, "open %s", partial);
}

/* The read and write version of a WAL file is 2: without a -wal beside it, the
 * copy is as good in rollback mode, and is then one file for whoever opens it. */
static bool
leave_wal_mode(int descriptor)
{
    unsigned char versions[2] = {0};
    static const unsigned char rollback[2] = {1, 1};
    if (pread(descriptor, versions, 2, HEADER_WRITE_VERSION) != 2) {
        return true; /* a database without a page */
    }
    return versions[0] != 2 || versions[1] != 2 ||
           pwrite(descriptor, rollback, 2, HEADER_WRITE_VERSION) == 2;
}

static bool
sync_path(const char *path, int flags, bool (*change)(int descriptor), struct error *err)
{
    int descriptor = open(path, flags | O_CLOEXEC);
    bool synced = descriptor >= 0 && (change == NULL || change(descriptor)) &&
                  fsync(descriptor) == 0;
    if (!synced) {
        error_set(err, ERROR_SYSTEM, "write %s", path);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return synced;
}

bool
copy_file_put_in_place(const char *partial, const char *path, const char *directory,
                       struct error *err)
{
    if (!sync_path(partial, O_RDWR, leave_wal_mode, err)) {
        return false;
    }
    if (rename(partial, path) != 0) {
        return error_set(err, ERROR_SYSTEM, "rename %s to %s", partial, path);
    }
    return sync_path(directory, O_RDONLY | O_DIRECTORY, NULL, err);
}
