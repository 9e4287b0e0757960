/* path.c — see path.h. */
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <jansson.h>

const char *
path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

char *
path_stem(struct arena *arena, const char *path)
{
    const char *base = path_base(path);
    const char *dot = strrchr(base, '.');
    size_t length = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
    return arena_strndup(arena, base, length);
}

bool
path_check_text(const char *path, struct error *err)
{
    json_t *text = json_string(path); /* NULL for what is not UTF-8 */
    json_decref(text);
    if (text != NULL) {
        return true;
    }
    error_set(err, ERROR_USAGE, "the name is not UTF-8: %s", path);
    return error_hint(err, "rename it, or the directory in which it lies: where things are is "
                           "kept as text");
}

bool
path_real(struct arena *arena, const char *path, char **real, struct error *err)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) {
        return error_set(err, ERROR_SYSTEM, "%s", path);
    }
    *real = arena_strdup(arena, resolved);
    free(resolved);
    return path_check_text(*real, err);
}

static const char *
home_directory(struct arena *arena)
{
    const char *home = getenv("HOME");
    if (home != NULL && home[0] == '/') {
        return home;
    }
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = arena_alloc(arena, 4096);
    if (getpwuid_r(getuid(), &entry, buffer, 4096, &found) == 0 && found != NULL) {
        return found->pw_dir;
    }
    return "/tmp";
}

char *
path_data_home(struct arena *arena)
{
    const char *xdg = getenv("XDG_DATA_HOME");
    if (xdg != NULL && xdg[0] == '/') {
        return arena_printf(arena, "%s/outgrow", xdg);
    }
    if (geteuid() == 0) {
        return arena_strdup(arena, "/var/lib/outgrow");
    }
    return arena_printf(arena, "%s/.local/share/outgrow", home_directory(arena));
}

bool
path_make_directories(const char *path, unsigned mode, struct error *err)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial) {
        return error_set(err, ERROR_USAGE, "\"%s\" is not a usable directory name", path);
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(partial, path, i);
        partial[i] = '\0';
        if (mkdir(partial, i == length ? mode : 0755) != 0 && errno != EEXIST) {
            return error_set(err, ERROR_SYSTEM, "create directory %s", partial);
        }
    }
    return true;
}

bool
path_free_bytes(const char *path, unsigned long long *bytes, struct error *err)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0) {
        return error_set(err, ERROR_SYSTEM, "%s", path);
    }
    *bytes = (unsigned long long)info.f_bavail * info.f_frsize;
    return true;
}
