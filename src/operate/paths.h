/* paths.h — a growing list of file names. */
#ifndef OPERATE_PATHS_H
#define OPERATE_PATHS_H

#include "base/arena.h"

struct paths {
    const char **items; /* lives as long as the arena of paths_add */
    size_t count;
};

/* path: borrowed for as long as the list lives. */
static inline void
paths_add(struct arena *arena, struct paths *paths, const char *path)
{
    const char **slot = ARENA_APPEND(arena, paths->items, paths->count);
    *slot = path;
}

#endif
