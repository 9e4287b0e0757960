/* scratch.c — see scratch.h. */
#include "command/scratch.h"

#include "command/snapshot.h"
#include "sqlite/backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char prefix[] = "scratch-";

static void
close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0) {
        close(*descriptor);
    }
}
#define AUTO_DESCRIPTOR __attribute__((cleanup(close_descriptor))) int

static void
close_directory(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}
#define AUTO_DIRECTORY __attribute__((cleanup(close_directory))) DIR

/* Deletes the directory with the files in it; it has no directories. */
static void
remove_directory(const char *path)
{
    AUTO_DIRECTORY *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    rmdir(path);
}

static void
remove_if_abandoned(const char *path)
{
    AUTO_ARENA memory = {0};
    AUTO_DESCRIPTOR lock = open(arena_printf(&memory, "%s/lock", path), O_RDWR | O_CLOEXEC);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) {
        remove_directory(path);
    }
}

static void
remove_abandoned(const char *parent)
{
    AUTO_DIRECTORY *directory = opendir(parent);
    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        AUTO_ARENA memory = {0};
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            remove_if_abandoned(arena_printf(&memory, "%s/%s", parent, entry->d_name));
        }
    }
}

/* The parent is locked meanwhile: a new directory whose lock is not taken yet
 * looks abandoned. */
static bool
make_directory(struct arena *arena, const char *parent, struct scratch_copy *copy,
               struct error *err)
{
    AUTO_DESCRIPTOR guard = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (guard < 0 || flock(guard, LOCK_EX) != 0) {
        return error_set(err, ERROR_SYSTEM, "lock %s", parent);
    }
    remove_abandoned(parent);
    char *path = arena_printf(arena, "%s/%sXXXXXX", parent, prefix);
    if (mkdtemp(path) == NULL) {
        return error_set(err, ERROR_SYSTEM, "create a directory in %s", parent);
    }
    copy->directory = path;
    copy->lock = open(arena_printf(arena, "%s/lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (copy->lock < 0 || flock(copy->lock, LOCK_EX | LOCK_NB) != 0) {
        return error_set(err, ERROR_SYSTEM, "lock %s", path);
    }
    return true;
}

bool
scratch_copy_make(struct arena *arena, const struct settings *settings,
                  const struct output *output, const char *source_path,
                  struct scratch_copy *copy, struct error *err)
{
    AUTO_SOURCE source = {0};
    char *parent = NULL;
    if (!source_open(&source, source_path, err) ||
        !snapshot_directory(arena, settings, &parent, err) ||
        !make_directory(arena, parent, copy, err)) {
        return false;
    }
    const char *path = arena_printf(arena, "%s/copy.db", copy->directory);
    if (!source_backup(&source, path, output->progress, err)) {
        return false;
    }
    copy->path = path;
    return true;
}

void
scratch_copy_remove(struct scratch_copy *copy)
{
    if (copy->directory == NULL) {
        return;
    }
    remove_directory(copy->directory);
    close_descriptor(&copy->lock);
    *copy = (struct scratch_copy){0};
}
