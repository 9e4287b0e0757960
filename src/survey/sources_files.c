/* sources_files.c — files that may be sources: named, in a directory, or by a pattern. */
#include "base/path.h"
#include "survey/sources_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
sources_leave_out(struct arena *arena, struct sources *sources, const char *path,
                  const char *reason)
{
    *ARENA_APPEND(arena, sources->left_out, sources->left_out_count) = (struct left_out_file){
        arena_strdup(arena, path), reason};
}

/* What SQLite keeps beside a file while it is in use. */
static bool
is_companion(const char *path)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(path + length - end, ends[i]) == 0) {
            AUTO_ARENA memory = {0};
            return access(arena_strndup(&memory, path, length - end), F_OK) == 0;
        }
    }
    return false;
}

/* NULL: it begins as a SQLite file does; else what it is. */
static const char *
sniff(const char *path, const struct stat *status)
{
    static const char magic[16] = "SQLite format 3";
    char begin[sizeof magic];
    if (S_ISDIR(status->st_mode)) {
        return "a directory";
    }
    if (!S_ISREG(status->st_mode)) {
        return "not a regular file";
    }
    if (status->st_size == 0) {
        return "empty (0 bytes)";
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == EACCES ? "cannot be read: permission denied" : "cannot be read";
    }
    ssize_t got = read(file, begin, sizeof begin);
    close(file);
    bool sqlite = got == (ssize_t)sizeof begin && memcmp(begin, magic, sizeof magic) == 0;
    return sqlite ? NULL : "not a SQLite file";
}

static struct source_entry *
find_same(const struct sources *sources, const struct stat *status)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->entries[i].device == status->st_dev &&
            sources->entries[i].inode == status->st_ino) {
            return &sources->entries[i];
        }
    }
    return NULL;
}

static bool
is_known(const struct source_entry *entry, const char *path)
{
    bool known = strcmp(entry->path, path) == 0;
    for (size_t i = 0; i < entry->alias_count && !known; i++) {
        known = strcmp(entry->aliases[i], path) == 0;
    }
    return known;
}

static bool
is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Of the names that were found, a file's own is better than a link's; one that a person gave
 * stays. */
static void
add_alias(struct arena *arena, struct source_entry *same, const char *path, bool named)
{
    bool better = !same->named && (named || (is_link(same->path) && !is_link(path)));
    const char *alias = better ? same->path : arena_strdup(arena, path);
    if (better) {
        same->path = arena_strdup(arena, path);
    }
    *ARENA_APPEND(arena, same->aliases, same->alias_count) = alias;
}

static bool
add_entry(struct arena *arena, struct sources *sources, const char *path, bool named,
          const struct stat *status, struct error *err)
{
    char *real = NULL;
    struct source_entry *same = find_same(sources, status);
    if (same != NULL) {
        if (!is_known(same, path)) {
            add_alias(arena, same, path, named);
        }
        same->named = same->named || named;
        return true;
    }
    if (!path_real(arena, path, &real, err)) {
        return false;
    }
    *ARENA_APPEND(arena, sources->entries, sources->count) = (struct source_entry){
        .path = arena_strdup(arena, path),
        .real = real,
        .named = named,
        .device = status->st_dev,
        .inode = status->st_ino,
    };
    return true;
}

bool
sources_add_file(struct arena *arena, struct sources *sources, const char *path, bool named,
                 struct error *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        if (named) {
            error_set(err, ERROR_USAGE, "there is no file %s", path);
            return error_hint(err, "check the path; a target is a connection string: "
                                   "postgresql://... or dbname=...");
        }
        sources_leave_out(arena, sources, path,
                          errno == ENOENT ? "a link to nowhere" : "cannot be looked at");
        return true;
    }
    const char *reason = sniff(path, &status);
    if (reason != NULL) {
        sources_leave_out(arena, sources, path, reason);
        return true;
    }
    return add_entry(arena, sources, path, named, &status, err);
}

void
sources_add_single(struct arena *arena, struct sources *sources, const char *path)
{
    *ARENA_APPEND(arena, sources->entries, sources->count) = (struct source_entry){
        .name = path_stem(arena, path), .path = path, .real = path};
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its entries by name, as the file system's order is nobody's choice. */
static bool
list_directory(struct arena *arena, const char *path, const char ***names, size_t *count,
               struct error *err)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the directory %s", path);
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            *ARENA_APPEND(arena, *names, *count) = arena_printf(arena, "%s/%s", path,
                                                                entry->d_name);
        }
    }
    closedir(directory);
    if (*count > 0) {
        qsort(*names, *count, sizeof **names, compare_names);
    }
    return true;
}

bool
sources_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool
sources_add_directory(struct arena *arena, struct sources *sources, const char *path,
                      struct error *err)
{
    const char **names = NULL;
    size_t count = 0;
    if (!list_directory(arena, path, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!sources_is_directory(names[i]) && !is_companion(names[i]) &&
            !sources_add_file(arena, sources, names[i], false, err)) {
            return false;
        }
    }
    return true;
}

bool
sources_add_pattern(struct arena *arena, struct sources *sources, const char *pattern,
                    struct error *err)
{
    glob_t found = {0};
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): operands are read before there are threads */
    int outcome = glob(pattern, 0, NULL, &found);
    bool ok = outcome == 0 || error_set(err, ERROR_SOURCE, "no file matches %s", pattern);
    for (size_t i = 0; ok && i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        ok = sources_is_directory(path) || is_companion(path) ||
             sources_add_file(arena, sources, path, false, err);
    }
    globfree(&found);
    return ok;
}
