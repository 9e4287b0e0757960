/* report.h — the differences found so far, by whichever thread. */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include "base/arena.h"
#include "plan/plan.h"
#include "postgres/journal.h"

#include <pthread.h>

struct report_entry {
    int table; /* in plan.tables; orders the result */
    struct difference difference;
};

struct report {
    pthread_mutex_t lock; /* guards all below */
    struct arena *arena;  /* borrowed; the entries and their strings live in it */
    struct report_entry *entries;
    size_t count;
    bool same; /* nothing has been added that makes it false */
};

void report_init(struct report *report, struct arena *arena);
void report_free(struct report *report);

/* Copies everything `difference` points at. target_table may be NULL: then it is
 * that of `plan_table`. Makes the verdict "not the same" unless `explained`. */
void report_add(struct report *report, const struct plan *plan, int table,
                const struct difference *difference, bool explained);

/* All of them, tables in plan order. Lives as long as the arena. */
struct difference *report_list(struct report *report, size_t *count);

#endif
