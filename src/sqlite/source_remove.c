/* source_remove.c — see source_remove.h. */
#include "sqlite/source_remove.h"

#include "base/path.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool
check_state(const char *real, const struct source_state *expected, struct error *err)
{
    struct source_state now;
    return source_state_read(real, &now, err) &&
           (source_state_equal(&now, expected) ||
            error_set(err, ERROR_SOURCE, "%s was written to meanwhile", real));
}

/* The file first: one without its -wal would be one that has lost something. */
static bool
remove_files(const char *real, struct error *err)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    AUTO_ARENA memory = {0};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const char *path = arena_printf(&memory, "%s%s", real, suffixes[i]);
        if (unlink(path) != 0 && (errno != ENOENT || i == 0)) {
            return error_set(err, ERROR_SYSTEM, "remove %s", path);
        }
    }
    const char *directory = arena_strndup(&memory, real, (size_t)(path_base(real) - real));
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        (void)fsync(descriptor); /* at worst, the file is back after a power cut */
        close(descriptor);
    }
    return true;
}

bool
source_remove(const char *real, const struct source_state *expected, struct error *err)
{
    AUTO_RAW_FILE raw = {0};
    if (!raw_file_open(&raw, real, SQLITE_OPEN_READWRITE)) {
        return error_set(err, ERROR_SOURCE, "%s cannot be opened to lock it", real);
    }
    const sqlite3_io_methods *methods = raw.file->pMethods;
    bool removed = false;
    if (methods->xLock(raw.file, SQLITE_LOCK_SHARED) != SQLITE_OK ||
        methods->xLock(raw.file, SQLITE_LOCK_EXCLUSIVE) != SQLITE_OK) {
        error_set(err, ERROR_SOURCE, "%s is in use", real);
        error_hint(err, "stop the program that uses it");
    } else {
        removed = check_state(real, expected, err) && remove_files(real, err);
    }
    methods->xUnlock(raw.file, SQLITE_LOCK_NONE);
    return removed;
}
