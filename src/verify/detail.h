/* detail.h — the cells of the rows that differ, named one by one. */
#ifndef VERIFY_DETAIL_H
#define VERIFY_DETAIL_H

#include "base/arena.h"
#include "postgres/journal.h"
#include "verify/match.h"
#include "verify/row.h"

struct detail_cell {
    uint64_t hash;
    const char *shown; /* NULL: NULL */
};

/* One finding's row as one side has it. */
struct detail_row {
    bool seen;
    int64_t position;
    const char *key;
    struct detail_cell *cells; /* one per column of the shape */
};

/* One side's search for the rows of the findings. */
struct detail {
    struct arena *arena; /* borrowed; this side's own */
    struct row_maker *maker;
    const struct shape *shape;
    const struct finding *findings;
    size_t finding_count;
    bool target;             /* which row of a finding is meant */
    struct detail_row *rows; /* one per finding */
    size_t left;             /* not seen yet */
    uint64_t filter[64];     /* one bit for each wanted key hash's last 12 bits */
};

/* `detail` with arena, maker, shape, findings, finding_count and target set. */
void detail_start(struct detail *detail);

/* A row_sink; context: struct detail. */
bool detail_take(void *context, const struct row *row);

/* Gets the differences one after another. */
typedef void detail_found(void *context, const struct difference *difference);

/* Says for each finding what differs: cell by cell where both sides have the row.
 * In source order. At most `differences_max`. */
void detail_compare(const struct detail *source, const struct detail *target,
                    size_t differences_max, detail_found *found, void *context);

#endif
