/* side.h — the rows of one table from either side, one after another: all of them,
 * or those of the parts that this stream gets hold of. */
#ifndef VERIFY_SIDE_H
#define VERIFY_SIDE_H

#include "base/progress.h"
#include "postgres/copy_stream.h"
#include "verify/parts.h"
#include "verify/row.h"
#include "verify/row_sum.h"

#include <stdatomic.h>

/* Gets each row; valid during the call. False: has seen enough. */
typedef bool row_sink(void *context, const struct row *row);

/* What both sides of a pass over a table need. */
struct side {
    const struct shape *shape;
    struct parts *parts;        /* shared by the streams of a pass */
    struct row_maker *maker;    /* this side's own */
    atomic_bool *abandoned;     /* set when the other side failed; then this one ends */
    struct progress_item *item; /* counts the source's rows; NULL: none */
    struct rate *rate;          /* of the target's; NULL: none */
    struct row_sum *sum;        /* gets all rows in place of the sink; NULL: none */
    row_sink *sink;
    void *context;
};

struct source_side {
    struct side side;
    struct source *source;
    struct row_positions set_aside; /* those that are not to be in the target */
    uint64_t rows;                  /* read, set aside or not */
    uint64_t skipped;               /* of them set aside */
};

struct target_side {
    struct side side;
    PGconn *conn; /* in a transaction */
    uint64_t rows;
    bool sated; /* the sink has seen enough */
};

/* ERROR_SOURCE, ERROR_TARGET; ERROR_STOPPED also when the other side failed. */
MUST_USE bool source_side_read(struct source_side *source, struct error *err);
MUST_USE bool target_side_read(struct target_side *target, struct error *err);

#endif
