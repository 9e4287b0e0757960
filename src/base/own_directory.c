/* own_directory.c — see own_directory.h. */
#include "base/own_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 3 }; /* nobody here makes directories in directories in directories */

static const char lock_name[] = "lock";
static const char new_lock_name[] = "lock.new";

static void
close_directory(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}
#define AUTO_DIRECTORY __attribute__((cleanup(close_directory))) DIR

/* Never follows a link. */
static void
remove_tree(int parent, const char *name, int depth)
{
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    AUTO_DIRECTORY *directory = fdopendir(descriptor);
    if (directory == NULL) {
        close(descriptor);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (unlinkat(descriptor, entry->d_name, 0) != 0 && depth < DEPTH_MAX) {
            remove_tree(descriptor, entry->d_name, depth + 1);
        }
    }
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* Ours, and nobody holds its lock. In a place that others may write to as well, nothing of theirs
 * is touched. */
static bool
is_abandoned(int parent, const char *name)
{
    char path[NAME_MAX + 16];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", name, lock_name);
    int lock = openat(parent, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) {
        return false;
    }
    bool abandoned = fstat(lock, &status) == 0 && status.st_uid == geteuid() &&
                     flock(lock, LOCK_EX | LOCK_NB) == 0;
    close(lock);
    return abandoned;
}

static void
remove_abandoned(const char *parent, const char *prefix)
{
    AUTO_DIRECTORY *directory = opendir(parent);
    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            is_abandoned(dirfd(directory), entry->d_name)) {
            remove_tree(dirfd(directory), entry->d_name, 1);
        }
    }
}

/* It gets its name when it is locked, so that it never looks abandoned. */
static bool
take_lock(struct own_directory *directory)
{
    char new_path[PATH_MAX];
    char path[PATH_MAX];
    snprintf(new_path, sizeof new_path, "%s/%s", directory->path, new_lock_name);
    snprintf(path, sizeof path, "%s/%s", directory->path, lock_name);
    directory->lock = open(new_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return directory->lock >= 0 && flock(directory->lock, LOCK_EX | LOCK_NB) == 0 &&
           rename(new_path, path) == 0;
}

bool
own_directory_make(struct own_directory *directory, const char *parent, const char *prefix,
                   struct error *err)
{
    remove_abandoned(parent, prefix);
    directory->lock = -1;
    int length = snprintf(directory->path, sizeof directory->path, "%s/%sXXXXXX", parent,
                          prefix);
    if (length >= (int)sizeof directory->path) {
        errno = ENAMETOOLONG;
        directory->path[0] = '\0';
    } else if (mkdtemp(directory->path) == NULL) {
        directory->path[0] = '\0';
    } else if (take_lock(directory)) {
        return true;
    }
    int reason = errno;
    own_directory_remove(directory);
    errno = reason;
    return error_set(err, ERROR_SYSTEM, "create a directory in %s", parent);
}

void
own_directory_remove(struct own_directory *directory)
{
    if (directory->path[0] == '\0') {
        return;
    }
    remove_tree(AT_FDCWD, directory->path, 1);
    if (directory->lock >= 0) {
        close(directory->lock);
    }
    directory->path[0] = '\0';
}
