/* report.c — see report.h. */
#include "verify/report.h"

#include <stdlib.h>

void
report_init(struct report *report, struct arena *arena)
{
    *report = (struct report){.arena = arena, .same = true};
    pthread_mutex_init(&report->lock, NULL);
}

void
report_free(struct report *report)
{
    pthread_mutex_destroy(&report->lock);
}

static const char *
table_name(struct arena *arena, const struct plan *plan, int table)
{
    if (table < 0) {
        return arena_strdup(arena, plan->schema);
    }
    return arena_printf(arena, "%s.%s", plan->tables[table].schema, plan->tables[table].name);
}

void
report_add(struct report *report, const struct plan *plan, int table,
           const struct difference *difference, bool explained)
{
    pthread_mutex_lock(&report->lock);
    struct arena *arena = report->arena;
    struct report_entry *entry = ARENA_APPEND(arena, report->entries, report->count);
    entry->table = table;
    entry->difference = (struct difference){
        .target_table = table_name(arena, plan, table),
        .key = arena_strdup(arena, difference->key),
        .column = arena_strdup(arena, difference->column),
        .kind = arena_strdup(arena, difference->kind),
        .source_value = arena_strdup(arena, difference->source_value),
        .target_value = arena_strdup(arena, difference->target_value),
    };
    report->same &= explained;
    pthread_mutex_unlock(&report->lock);
}

struct ordered {
    int table;
    size_t index;
};

static int
compare(const void *a, const void *b)
{
    const struct ordered *first = a;
    const struct ordered *second = b;
    if (first->table != second->table) {
        return first->table < second->table ? -1 : 1;
    }
    return first->index < second->index ? -1 : first->index > second->index;
}

struct difference *
report_list(struct report *report, size_t *count)
{
    *count = report->count;
    if (report->count == 0) {
        return NULL;
    }
    struct ordered *order = arena_alloc(report->arena, report->count * sizeof *order);
    for (size_t i = 0; i < report->count; i++) {
        order[i] = (struct ordered){report->entries[i].table, i};
    }
    qsort(order, report->count, sizeof *order, compare);
    struct difference *list = arena_alloc(report->arena, report->count * sizeof *list);
    for (size_t i = 0; i < report->count; i++) {
        list[i] = report->entries[order[i].index].difference;
    }
    return list;
}
