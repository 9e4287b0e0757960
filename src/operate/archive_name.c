/* archive_name.c — see archive_name.h. */
#include "operate/archive_name.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { STAMP_LENGTH = 15 /* 20260131-235959 */, WAIT_STEP_US = 50000 };

/* *reserved: nobody else has the name. */
static bool
reserve(const char *path, const char *partial, bool *reserved, struct error *err)
{
    int descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *reserved = false;
    if (descriptor < 0) {
        return errno == EEXIST || error_set(err, ERROR_SYSTEM, "create %s", partial);
    }
    close(descriptor);
    *reserved = access(path, F_OK) != 0;
    if (!*reserved) {
        unlink(partial);
    }
    return true;
}

bool
archive_name_reserve(struct arena *arena, const char *directory, const char *source_path,
                     const char **path, const char **partial, struct error *err)
{
    const char *stem = path_stem(arena, source_path);
    for (;;) {
        char stamp[CLOCK_STAMP_SIZE];
        bool reserved = false;
        clock_stamp_file(stamp);
        *path = arena_printf(arena, "%s/%s-%s" ARCHIVE_SUFFIX, directory, stem, stamp);
        *partial = arena_printf(arena, "%s.partial", *path);
        if (!reserve(*path, *partial, &reserved, err)) {
            return false;
        }
        if (reserved) {
            return true;
        }
        if (!stop_check(err)) {
            return false;
        }
        usleep(WAIT_STEP_US);
    }
}

bool
archive_name_parse(const char *name, const char *source_path, int64_t *made_at)
{
    AUTO_ARENA memory = {0};
    const char *stem = path_stem(&memory, source_path);
    size_t length = strlen(stem);
    if (strncmp(name, stem, length) != 0 || name[length] != '-' ||
        strlen(name) != length + 1 + STAMP_LENGTH + strlen(ARCHIVE_SUFFIX) ||
        strcmp(name + length + 1 + STAMP_LENGTH, ARCHIVE_SUFFIX) != 0) {
        return false;
    }
    struct tm time = {0};
    const char *stamp = arena_strndup(&memory, name + length + 1, STAMP_LENGTH);
    const char *end = strptime(stamp, "%Y%m%d-%H%M%S", &time);
    if (end == NULL || *end != '\0') {
        return false;
    }
    *made_at = timegm(&time);
    return true;
}
