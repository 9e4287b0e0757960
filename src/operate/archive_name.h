/* archive_name.h — NAME-YYYYMMDD-HHMMSS.tar.zst, where the time is in UTC. */
#ifndef OPERATE_ARCHIVE_NAME_H
#define OPERATE_ARCHIVE_NAME_H

#include "base/arena.h"

#include <stdint.h>

#define ARCHIVE_SUFFIX ".tar.zst"

/* A name in `directory` for an archive of `source_path` made now that no file has
 * yet; waits for the next second when need be. An empty file PATH.partial (mode
 * 0600), created here, keeps it from others. Strings live as long as `arena`.
 * ERROR_SYSTEM, ERROR_STOPPED. */
MUST_USE bool archive_name_reserve(struct arena *arena, const char *directory,
                                   const char *source_path, const char **path,
                                   const char **partial, struct error *err);

/* Whether `name` (no directory) is one that archive_name_make gives to archives of
 * `source_path`, and when it was made: seconds since 1970. */
bool archive_name_parse(const char *name, const char *source_path, int64_t *made_at);

#endif
