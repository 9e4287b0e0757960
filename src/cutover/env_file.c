/* env_file.c — a .env file rewritten in one rename, with a copy of what it was. */
#include "cutover/env_file.h"

#include "base/clock.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENV_FILE_MAX = 1 << 20 };

#define WITH_ITS_RIGHTS "with its owner, group and mode"
#define REWRITE_HINT                                                                           \
    "its directory must be writable, and you its owner and a member of its group"

static void
descriptor_close(int *descriptor)
{
    if (*descriptor >= 0) {
        close(*descriptor);
    }
}
#define AUTO_DESCRIPTOR __attribute__((cleanup(descriptor_close))) int

/* The file as it is, and what it is to become. */
struct rewriting {
    char *real;
    struct stat status;
    struct text old;
    struct text new;
};

static void
rewriting_free(struct rewriting *rewriting)
{
    text_free(&rewriting->old);
    text_free(&rewriting->new);
}
#define AUTO_REWRITING __attribute__((cleanup(rewriting_free))) struct rewriting

static bool
read_all(int descriptor, struct text *bytes)
{
    ssize_t got = 1;
    while (got > 0 && bytes->length <= ENV_FILE_MAX) {
        text_reserve(bytes, 65536);
        got = read(descriptor, bytes->bytes + bytes->length, 65536);
        bytes->length += got > 0 ? (size_t)got : 0;
    }
    return got == 0;
}

static bool
rewriting_begin(struct rewriting *rewriting, const char *path,
                const struct env_settings *settings, struct arena *arena, struct error *err)
{
    if (!path_real(arena, path, &rewriting->real, err)) {
        return error_hint(err, "--env-file names a file that is there");
    }
    AUTO_DESCRIPTOR descriptor = open(rewriting->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &rewriting->status) != 0) {
        return error_set(err, ERROR_SYSTEM, "read \"%s\"", path);
    }
    if (!S_ISREG(rewriting->status.st_mode)) {
        return error_set(err, ERROR_USAGE, "\"%s\" is no regular file", path);
    }
    if (!read_all(descriptor, &rewriting->old)) {
        return error_set(err, ERROR_SYSTEM, "read \"%s\", which is to be smaller than 1 MB",
                         path);
    }
    return env_text_rewrite(text_string(&rewriting->old), rewriting->old.length, settings,
                            &rewriting->new, err);
}

static bool
same_text(const struct rewriting *rewriting)
{
    return rewriting->old.length ==
           rewriting->new.length &&memcmp(text_string(&rewriting->old),
                                          text_string(&rewriting->new),
                                          rewriting->old.length) == 0;
}

static bool
write_all(int descriptor, const struct text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t wrote = write(descriptor, text->bytes + done, text->length - done);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* A new file with the rights of the old one from its first byte on. */
static bool
write_file(const char *path, const struct text *text, const struct stat *status)
{
    AUTO_DESCRIPTOR descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return false;
    }
    bool owned = status->st_uid == geteuid() && status->st_gid == getegid();
    return (owned || fchown(descriptor, status->st_uid, status->st_gid) == 0) &&
           fchmod(descriptor, status->st_mode & 07777) == 0 && write_all(descriptor, text) &&
           fsync(descriptor) == 0;
}

/* Where the new file is made; one of a process of this number that was killed is gone then. */
static const char *
fresh_name(struct arena *arena, const struct rewriting *rewriting)
{
    const char *fresh = arena_printf(arena, "%s.outgrow-%d", rewriting->real, (int)getpid());
    unlink(fresh);
    return fresh;
}

/* Nothing can be renamed to where something is mounted. */
static bool
is_mount(struct arena *arena, const char *path)
{
    struct statx file;
    struct statx directory;
    char *copy = arena_strdup(arena, path);
    return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &file) == 0 &&
           statx(AT_FDCWD, dirname(copy), 0, STATX_MNT_ID, &directory) == 0 &&
           (file.stx_mask & directory.stx_mask & STATX_MNT_ID) != 0 &&
           file.stx_mnt_id != directory.stx_mnt_id;
}

static bool
sync_directory(struct arena *arena, const char *path)
{
    char *copy = arena_strdup(arena, path);
    AUTO_DESCRIPTOR directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0 && fsync(directory) == 0;
}

static bool
failed(const char *made, const char *what, const char *path, struct error *err)
{
    error_set(err, ERROR_SYSTEM, "%s \"%s\"", what, path);
    unlink(made);
    return error_hint(err, "it is as it was; %s", REWRITE_HINT);
}

bool
env_file_rewrite(const char *path, const struct env_settings *settings, struct arena *arena,
                 const char **backup, struct error *err)
{
    AUTO_REWRITING rewriting = {0};
    char stamp[CLOCK_STAMP_SIZE];
    *backup = NULL;
    if (!rewriting_begin(&rewriting, path, settings, arena, err)) {
        return false;
    }
    if (same_text(&rewriting)) {
        return true;
    }
    clock_stamp_file(stamp);
    const char *old = arena_printf(arena, "%s.before-%s-%d", rewriting.real, stamp,
                                   (int)getpid());
    const char *fresh = fresh_name(arena, &rewriting);
    if (!write_file(old, &rewriting.old, &rewriting.status)) {
        return failed(old, "keep a copy, " WITH_ITS_RIGHTS ", of", path, err);
    }
    if (!write_file(fresh, &rewriting.new, &rewriting.status) ||
        rename(fresh, rewriting.real) != 0) {
        failed(fresh, "rewrite", path, err);
        unlink(old);
        return false;
    }
    *backup = old;
    return sync_directory(arena, rewriting.real) ||
           error_set(err, ERROR_SYSTEM, "flush the directory of \"%s\"", path);
}

bool
env_file_check(const char *path, const struct env_settings *settings, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_REWRITING rewriting = {0};
    if (!rewriting_begin(&rewriting, path, settings, &memory, err)) {
        return false;
    }
    if (is_mount(&memory, rewriting.real)) {
        error_set(err, ERROR_USAGE, "\"%s\" is mounted as a single file", path);
        return error_hint(err, "mount its directory: it is replaced in one rename");
    }
    const char *fresh = fresh_name(&memory, &rewriting);
    if (!write_file(fresh, &rewriting.new, &rewriting.status)) {
        error_set(err, ERROR_SYSTEM, "make a copy of \"%s\" beside it, %s", path,
                  WITH_ITS_RIGHTS);
        unlink(fresh);
        return error_hint(err, "%s", REWRITE_HINT);
    }
    unlink(fresh);
    return true;
}
