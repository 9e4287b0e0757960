/* links.c — see links.h. */
#include "operate/links.h"

#include "base/path.h"
#include "base/stop.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

enum { LINK_CHAIN_MAX = 40 /* as many as Linux follows */ };

static bool
is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

bool
link_leads_to(const char *path, const char *real)
{
    char resolved[PATH_MAX];
    return is_link(path) && realpath(path, resolved) != NULL && strcmp(resolved, real) == 0;
}

static bool
is_utf8(const char *string)
{
    json_t *json = json_string(string);
    json_decref(json);
    return json != NULL;
}

static void
add_link(struct arena *arena, struct paths *links, const char *path)
{
    for (size_t i = 0; i < links->count; i++) {
        if (strcmp(links->items[i], path) == 0) {
            return;
        }
    }
    if (is_utf8(path)) {
        paths_add(arena, links, arena_strdup(arena, path));
    }
}

/* The directory resolved, the last part as it is: NULL when that is not possible. */
static const char *
absolute_link(struct arena *arena, const char *path)
{
    char resolved[PATH_MAX];
    const char *base = path_base(path);
    const char *directory = base == path ? "."
                                         : arena_strndup(arena, path, (size_t)(base - path));
    if (realpath(directory, resolved) == NULL) {
        return NULL;
    }
    return arena_printf(arena, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, base);
}

static void
add_chain(struct arena *arena, struct paths *links, const char *given)
{
    const char *path = absolute_link(arena, given);
    for (int i = 0; i < LINK_CHAIN_MAX && path != NULL && is_link(path); i++) {
        char next[PATH_MAX];
        ssize_t length = readlink(path, next, sizeof next - 1);
        add_link(arena, links, path);
        if (length <= 0) {
            return;
        }
        next[length] = '\0';
        const char *base = path_base(path);
        path = next[0] == '/'
                   ? absolute_link(arena, next)
                   : absolute_link(
                         arena, arena_printf(arena, "%.*s%s", (int)(base - path), path, next));
    }
}

static bool
search(const char *directory, const char *real, bool deep, struct arena *arena,
       struct paths *links, struct error *err)
{
    char *const roots[] = {arena_strdup(arena, directory), NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV | FTS_NOSTAT, NULL);
    bool found = tree != NULL || error_set(err, ERROR_SYSTEM, "search %s", directory);
    FTSENT *entry;
    while (found && (entry = fts_read(tree)) != NULL) {
        found = stop_check(err);
        if (found && link_leads_to(entry->fts_path, real)) {
            add_link(arena, links, entry->fts_path);
        }
        if (entry->fts_info == FTS_D && entry->fts_level > 0 && !deep) {
            fts_set(tree, entry, FTS_SKIP);
        }
    }
    if (tree != NULL) {
        fts_close(tree);
    }
    return found;
}

bool
links_find(const char *given, const char *real, const char *under, struct arena *arena,
           struct paths *links, struct error *err)
{
    char *root = NULL;
    *links = (struct paths){0};
    add_chain(arena, links, given);
    const char *directory = arena_strndup(arena, real, (size_t)(path_base(real) - real));
    if (under != NULL && !path_real(arena, under, &root, err)) {
        return false;
    }
    char *place = NULL;
    return path_real(arena, directory, &place, err) &&
           search(place, real, false, arena, links, err) &&
           (root == NULL || search(root, real, true, arena, links, err));
}
