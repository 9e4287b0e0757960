/* file_users.c — see file_users.h. */
#include "operate/file_users.h"

#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMED_MAX = 3 };

static void
directory_close(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}
#define AUTO_DIRECTORY __attribute__((cleanup(directory_close))) DIR

static bool
is_the_file(const char *opened, const char *real)
{
    size_t length = strlen(real);
    if (strncmp(opened, real, length) != 0) {
        return false;
    }
    const char *rest = opened + length;
    return *rest == '\0' || strcmp(rest, "-wal") == 0 || strcmp(rest, "-journal") == 0;
}

/* False when the process's descriptors may not be seen. */
static bool
process_has_it(long pid, const char *real, bool *has_it)
{
    char path[64];
    *has_it = false;
    snprintf(path, sizeof path, "/proc/%ld/fd", pid);
    AUTO_DIRECTORY *descriptors = opendir(path);
    if (descriptors == NULL) {
        return errno == ENOENT; /* it ended meanwhile */
    }
    const struct dirent *entry;
    while (!*has_it && (entry = readdir(descriptors)) != NULL) {
        char opened[PATH_MAX];
        ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, opened,
                                    sizeof opened - 1);
        if (length > 0) {
            opened[length] = '\0';
            *has_it = is_the_file(opened, real);
        }
    }
    return true;
}

static const char *
process_name(struct arena *arena, long pid)
{
    char path[64];
    char name[64] = "";
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, name, sizeof name - 1);
    if (file >= 0) {
        close(file);
    }
    name[length < 0 ? 0 : length] = '\0';
    name[strcspn(name, "\n")] = '\0';
    return arena_strdup(arena, name);
}

void
file_users_find(const char *real, struct arena *arena, struct file_users *users)
{
    *users = (struct file_users){0};
    AUTO_DIRECTORY *processes = opendir("/proc");
    if (processes == NULL || access("/proc/self/fd", R_OK) != 0) {
        return;
    }
    users->all_seen = true;
    const struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0])) {
            continue;
        }
        long pid = strtol(entry->d_name, NULL, 10);
        bool has_it = false;
        users->all_seen &= process_has_it(pid, real, &has_it);
        if (has_it && pid != (long)getpid()) {
            *ARENA_APPEND(arena, users->items, users->count) = (struct file_user){
                .pid = pid, .name = process_name(arena, pid)};
        }
    }
}

const char *
file_users_words(struct arena *arena, const struct file_users *users)
{
    AUTO_TEXT words = {0};
    for (size_t i = 0; i < users->count && i < NAMED_MAX; i++) {
        text_printf(&words, "%s%s (pid %ld)", i == 0 ? "" : ", ", users->items[i].name,
                    users->items[i].pid);
    }
    if (users->count > NAMED_MAX) {
        text_printf(&words, " and %zu more", users->count - NAMED_MAX);
    }
    return arena_strdup(arena, text_string(&words));
}
