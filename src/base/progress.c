/* progress.c — see progress.h. */
#include "base/progress.h"

#include "base/clock.h"

void
progress_init(struct progress *progress)
{
    *progress = (struct progress){0};
    pthread_mutex_init(&progress->lock, NULL);
}

void
progress_begin(struct progress *progress, const char *phase, const char *unit,
               struct progress_item *items, size_t item_count)
{
    if (progress == NULL) {
        return;
    }
    pthread_mutex_lock(&progress->lock);
    progress->phase = phase;
    progress->unit = unit;
    progress->items = items;
    progress->item_count = item_count;
    progress->started_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&progress->lock);
}

void
progress_end(struct progress *progress)
{
    if (progress == NULL) {
        return;
    }
    pthread_mutex_lock(&progress->lock);
    progress->phase = NULL;
    progress->items = NULL;
    progress->item_count = 0;
    pthread_mutex_unlock(&progress->lock);
}

void
progress_item_add(struct progress_item *item, uint64_t units)
{
    if (item != NULL) {
        atomic_fetch_add_explicit(&item->units_done, units, memory_order_relaxed);
    }
}

void
progress_item_set(struct progress_item *item, enum progress_state state)
{
    if (item != NULL) {
        atomic_store_explicit(&item->state, (int)state, memory_order_relaxed);
    }
}
