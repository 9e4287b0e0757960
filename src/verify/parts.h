/* parts.h — one table cut into parts that several streams may read at the same time,
 * each side in its own way: by rowid here, by the place of the rows there. */
#ifndef VERIFY_PARTS_H
#define VERIFY_PARTS_H

#include "base/arena.h"
#include "sqlite/scan.h"
#include "verify/facts.h"
#include "verify/row.h"

#include <stdatomic.h>

/* All parts together are the table, or the sample of it that is compared. */
struct parts {
    struct scan_range *ranges;
    size_t range_count;
    const char **selects; /* by the shape's select_open and select_end */
    size_t select_count;
    _Atomic size_t next_range; /* not taken yet, in this pass */
    _Atomic size_t next_select;
    bool sampled;
};

/* What to cut, and into how many. */
struct parts_request {
    const struct shape *shape;
    struct source *source; /* in a read transaction */
    double pages;          /* of the target's table; 0: it cannot be read by place */
    size_t streams;        /* 1: nothing is cut */
    double sample;         /* part of the keys to compare, 0 to 1; 0: all */
};

/* Everything lives as long as `arena`. */
MUST_USE bool parts_build(struct arena *arena, const struct parts_request *request,
                          struct parts *parts, struct error *err);

/* Before a pass. */
void parts_restart(struct parts *parts);

/* The next part, or NULL: all are taken. */
const struct scan_range *parts_next_range(struct parts *parts);
const char *parts_next_select(struct parts *parts);

/* No further parts are taken in this pass, by any stream. */
void parts_end(struct parts *parts);

#endif
