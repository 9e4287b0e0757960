/* scratch.c — see scratch.h. */
#include "survey/scratch.h"

#include "sqlite/backup.h"
#include "survey/snapshot.h"

bool
scratch_copy_make(struct arena *arena, const struct settings *settings,
                  const struct output *output, const char *source_path,
                  struct scratch_copy *copy, struct error *err)
{
    AUTO_SOURCE source = {0};
    char *parent = NULL;
    if (!source_open(&source, source_path, err) ||
        !snapshot_directory(arena, settings, &parent, err)) {
        return false;
    }
    if (!own_directory_make(&copy->directory, parent, "scratch-", err)) {
        return error_hint(err, "--backup-directory names another place");
    }
    const char *path = arena_printf(arena, "%s/copy.db", copy->directory.path);
    if (!source_backup(&source, path, output->progress, err)) {
        return source_backup_elsewhere(err, "--backup-directory");
    }
    copy->path = path;
    return true;
}

void
scratch_copy_remove(struct scratch_copy *copy)
{
    own_directory_remove(&copy->directory);
    copy->path = NULL;
}
