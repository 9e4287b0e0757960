/* snapshot.h — where backups of a source go. */
#ifndef SURVEY_SNAPSHOT_H
#define SURVEY_SNAPSHOT_H

#include "settings/settings.h"

/* A name for a new backup in --backup-directory or <data home>/backups, which
 * is created (mode 0700). No other process gets the same name.
 * ERROR_SYSTEM. Lives as long as `arena`. */
MUST_USE bool snapshot_name(struct arena *arena, const struct settings *settings,
                            const char *source_path, const char **path, struct error *err);

/* That directory itself, made if needed; symlinks resolved. */
MUST_USE bool snapshot_directory(struct arena *arena, const struct settings *settings,
                                 char **directory, struct error *err);

#endif
