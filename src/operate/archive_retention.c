/* archive_retention.c — finds the archives of a source, and removes those that are too old. */
#include "operate/archive.h"
#include "operate/archive_name.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct dated_archive {
    const char *path;
    int64_t made_at;
};

struct dated_archives {
    struct dated_archive *items;
    size_t count;
};

/* Another file may have the same name in another directory, so the name alone says
 * little. What cannot be read is not ours to remove. */
static bool
is_of_source(struct arena *arena, const char *path, const char *source_path)
{
    struct archive_manifest manifest;
    struct error ignored;
    return archive_manifest_read(path, arena, &manifest, &ignored) &&
           strcmp(manifest.files[0].original_path, source_path) == 0;
}

static bool
find_archives(const char *directory, const char *source_path, struct arena *arena,
              struct dated_archives *archives, struct error *err)
{
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return error_set(err, ERROR_SYSTEM, "read directory %s", directory);
    }
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        int64_t made_at = 0;
        if (!archive_name_parse(entry->d_name, source_path, &made_at)) {
            continue;
        }
        const char *path = arena_printf(arena, "%s/%s", directory, entry->d_name);
        if (is_of_source(arena, path, source_path)) {
            *ARENA_APPEND(arena, archives->items, archives->count) = (struct dated_archive){
                .path = path, .made_at = made_at};
        }
    }
    closedir(entries);
    return true;
}

static const struct dated_archive *
newest_of(const struct dated_archives *archives)
{
    const struct dated_archive *newest = NULL;
    for (size_t i = 0; i < archives->count; i++) {
        if (newest == NULL || archives->items[i].made_at > newest->made_at) {
            newest = &archives->items[i];
        }
    }
    return newest;
}

bool
archive_expired(const struct archive_retention *retention, bool newest_stays,
                struct arena *arena, struct paths *expired, struct error *err)
{
    struct dated_archives archives = {0};
    *expired = (struct paths){0};
    if (!find_archives(retention->directory, retention->source_path, arena, &archives, err)) {
        return false;
    }
    const struct dated_archive *newest = newest_stays ? newest_of(&archives) : NULL;
    int64_t oldest_kept = (int64_t)time(NULL) - retention->keep_seconds;
    for (size_t i = 0; i < archives.count; i++) {
        const struct dated_archive *archive = &archives.items[i];
        if (archive != newest && archive->made_at < oldest_kept) {
            paths_add(arena, expired, archive->path);
        }
    }
    return true;
}

bool
archive_keep(const struct archive_retention *retention, struct arena *arena,
             struct paths *removed, struct error *err)
{
    struct paths expired;
    *removed = (struct paths){0};
    if (!archive_expired(retention, true, arena, &expired, err)) {
        return false;
    }
    for (size_t i = 0; i < expired.count; i++) {
        if (unlink(expired.items[i]) != 0) {
            return error_set(err, ERROR_SYSTEM, "remove %s", expired.items[i]);
        }
        unlink(arena_printf(arena, "%s.sha256", expired.items[i]));
        paths_add(arena, removed, expired.items[i]);
    }
    return true;
}

bool
archive_newest(const char *directory, const char *source_path, struct arena *arena,
               const char **path, struct error *err)
{
    struct dated_archives archives = {0};
    if (!find_archives(directory, source_path, arena, &archives, err)) {
        return false;
    }
    const struct dated_archive *newest = newest_of(&archives);
    *path = newest == NULL ? NULL : newest->path;
    return true;
}
