/* shapes.h — a table of the way back for tests: two columns of the source, `k` and `v`, and one
 * that is not in the target. */
#ifndef TEST_SHAPES_H
#define TEST_SHAPES_H

#include "sync/back_internal.h"

struct shape_fixture {
    struct source_column sources[3];
    struct source_table source;
    struct plan_column columns[3];
    struct plan_table plan;
    struct capture_table capture;
    size_t key_fields[1];
    struct live_table live;
    int stored[3];
    struct back_column back[2];
    size_t keys[1];
    struct back_shape shape;
};

/* key: the type of `k`, which is the key. hidden: the rowid is, in a column _outgrow_rowid. */
void shape_make(struct shape_fixture *fixture, const struct value_type *key, bool hidden);

#endif
