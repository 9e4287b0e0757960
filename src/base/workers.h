/* workers.h — the same function on several threads, and one answer. */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include "base/error.h"

#include <stddef.h>

enum { WORKERS_MAX = 64 };

/* One worker's life. `index` is 0 .. count-1. A worker that fails should tell
 * the others through `context`, so that they do not finish in vain. */
typedef bool worker_function(void *context, size_t index, struct error *err);

/* Runs `function` on `count` threads (1 .. WORKERS_MAX) and waits for all.
 * context: borrowed, shared by all; guarded by the caller's own means.
 * False: `err` is the first failure that is not a mere ERROR_STOPPED. */
MUST_USE bool workers_run(size_t count, worker_function *function, void *context,
                          struct error *err);

/* Processors this process may use, at least 1. */
size_t workers_processors(void);

#endif
