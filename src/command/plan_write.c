/* plan_write.c — a plan into a file: see plan_look.h. */
#include "base/path.h"
#include "command/plan_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
write_all(int file, const struct text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t written = write(file, text->bytes + done, text->length - done);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

bool
plan_write_file(const struct settings *settings, const struct text *text, struct error *err)
{
    const char *path = settings->output_path;
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (settings->replace ? O_TRUNC : O_EXCL);
    int file = open(path, flags, 0666);
    if (file < 0 && errno == EEXIST) {
        error_set(err, ERROR_USAGE, "%s exists already", path);
        return error_hint(err, "--replace overwrites it");
    }
    if (file < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s", path);
    }
    bool ok = write_all(file, text) || error_set(err, ERROR_SYSTEM, "write %s", path);
    if (close(file) != 0 && ok) {
        ok = error_set(err, ERROR_SYSTEM, "write %s", path);
    }
    return ok;
}

/* Written and on the disk. Closed in any case. */
static bool
fill(int file, const struct stat *like, const struct text *text)
{
    /* The owner can be kept by root alone; to be readable by the same people is what counts. */
    (void)!fchown(file, like->st_uid, like->st_gid);
    bool ok = fchmod(file, like->st_mode & 07777) == 0 && write_all(file, text) &&
              fsync(file) == 0;
    return close(file) == 0 && ok;
}

bool
plan_exchange_file(struct arena *arena, const char *path, const struct text *text,
                   struct error *err)
{
    char *real = NULL;
    struct stat status;
    if (!path_real(arena, path, &real, err)) {
        return false;
    }
    char *beside = arena_printf(arena, "%s.XXXXXX", real);
    int file = stat(real, &status) == 0 ? mkostemp(beside, O_CLOEXEC) : -1;
    if (file < 0) {
        return error_set(err, ERROR_SYSTEM, "create a file beside %s", path);
    }
    if (!fill(file, &status, text) || rename(beside, real) != 0) {
        error_set(err, ERROR_SYSTEM, "write %s", path);
        unlink(beside);
        return false;
    }
    return true;
}
