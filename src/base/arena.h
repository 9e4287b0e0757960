/* arena.h — memory that lives as long as one operation.
 *
 * Not thread-safe: one arena per worker. Running out of memory ends the
 * process (progress is journalled in the target, so a restart resumes), hence
 * these functions never return NULL and have no error parameter. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *newest; /* NULL when nothing is allocated */
};

/* Zeroed memory, aligned for any type. Lives as long as `arena`. */
void *arena_alloc(struct arena *arena, size_t size_bytes);

/* NUL-terminated copies. Live as long as `arena`. strdup of NULL is NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for one more item at the end of a growing array: returns the new,
 * zeroed item and counts it. `*items` may move. Capacity is implied by the
 * count (next power of two), so only append with this function. */
void *arena_append(struct arena *arena, void *items, size_t *count, size_t item_size);
#define ARENA_APPEND(arena, items, count)                                                      \
    ((__typeof__(*(items)) *)arena_append((arena), &(items), &(count), sizeof *(items)))

/* Frees everything; the arena may be used again. */
void arena_free(struct arena *arena);

#define AUTO_ARENA __attribute__((cleanup(arena_free))) struct arena

#endif
