/* progress.h — what the engines are doing, for whoever wants to draw it.
 *
 * Engines write, never print; a drawing thread reads, also while an engine still
 * learns how much there is. Row counters are plain atomics, so a worker adds to
 * them once per batch at no cost. Every function accepts NULL for `progress` and
 * then does nothing. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_state { PROGRESS_WAITING, PROGRESS_RUNNING, PROGRESS_DONE, PROGRESS_FAILED };

struct progress_item {
    const char *_Atomic name;     /* borrowed; a table, an index, ... */
    _Atomic uint64_t units_total; /* rows (or pages, or 1); 0: not known */
    _Atomic uint64_t units_done;
    _Atomic int state; /* enum progress_state */
};

struct progress {
    pthread_mutex_t lock;        /* guards all fields below */
    const char *phase;           /* "copy"; NULL between phases; static storage */
    const char *unit;            /* "rows"; static storage */
    struct progress_item *items; /* borrowed from the engine until progress_end */
    size_t item_count;
    int64_t started_ms; /* of this phase, monotonic */
};

void progress_init(struct progress *progress);

/* Enters a phase. items: borrowed until progress_end, owned by the engine. */
void progress_begin(struct progress *progress, const char *phase, const char *unit,
                    struct progress_item *items, size_t item_count);

/* Leaves it; afterwards nobody reads `items` any more. */
void progress_end(struct progress *progress);

/* For workers. NULL-safe. */
void progress_item_add(struct progress_item *item, uint64_t units);
void progress_item_set(struct progress_item *item, enum progress_state state);

#endif
