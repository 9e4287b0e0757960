/* snapshot.c — see snapshot.h. */
#include "survey/snapshot.h"

#include "base/clock.h"
#include "base/path.h"

#include <unistd.h>

bool
snapshot_directory(struct arena *arena, const struct settings *settings, char **directory,
                   struct error *err)
{
    const char *wanted = settings->backup_directory;
    if (wanted == NULL) {
        wanted = arena_printf(arena, "%s/backups", path_data_home(arena));
    }
    if (!path_make_directories(wanted, 0700, err)) {
        return error_hint(err, "--backup-directory names another place for backups");
    }
    return path_real(arena, wanted, directory, err);
}

bool
snapshot_name(struct arena *arena, const struct settings *settings, const char *source_path,
              const char **path, struct error *err)
{
    char *directory = NULL;
    char stamp[CLOCK_STAMP_SIZE];
    if (!snapshot_directory(arena, settings, &directory, err)) {
        return false;
    }
    clock_stamp_file(stamp);
    /* The process id keeps apart two sources of one name in the same second. */
    const char *stem = arena_printf(arena, "%s/%s-%s-%ld", directory,
                                    path_stem(arena, source_path), stamp, (long)getpid());
    *path = arena_printf(arena, "%s.db", stem);
    for (int i = 2; access(*path, F_OK) == 0; i++) {
        *path = arena_printf(arena, "%s-%d.db", stem, i);
    }
    return true;
}
