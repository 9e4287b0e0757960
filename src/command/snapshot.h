/* snapshot.h — where backups of a source go, and the short-lived ones. */
#ifndef COMMAND_SNAPSHOT_H
#define COMMAND_SNAPSHOT_H

#include "command/command.h"

/* A name for a new backup in --backup-directory or <data home>/backups, which
 * is created (mode 0700). No other process gets the same name.
 * ERROR_SYSTEM. Lives as long as `arena`. */
MUST_USE bool snapshot_name(struct arena *arena, const struct settings *settings,
                            const char *source_path, const char **path, struct error *err);

/* A copy that is looked at and then deleted. The zero value is none. */
struct scratch_copy {
    const char *path;
};
MUST_USE bool scratch_copy_make(struct arena *arena, const struct settings *settings,
                                const struct output *output, const char *source_path,
                                struct scratch_copy *copy, struct error *err);
void scratch_copy_remove(struct scratch_copy *copy);
#define AUTO_SCRATCH_COPY __attribute__((cleanup(scratch_copy_remove))) struct scratch_copy

#endif
