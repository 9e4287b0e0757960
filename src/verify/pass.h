/* pass.h — both sides of one table read once, by all streams of a comparer. */
#ifndef VERIFY_PASS_H
#define VERIFY_PASS_H

#include "verify/side.h"
#include "verify/stream.h"

/* Where one stream's rows go. */
struct pass_lane {
    struct source_side source;
    struct target_side target;
};

enum { PASS_LANES_MAX = 8 };

struct pass {
    struct pass_lane lanes[PASS_LANES_MAX];
    size_t lane_count;
    atomic_bool abandoned;
    _Atomic size_t next_task; /* two a lane: its source, its target */
};

/* Reads both sides of every lane at the same time, as far as there are threads to be
 * had. False: the first failure that is not another's consequence. */
MUST_USE bool pass_run(struct pass *pass, struct error *err);

#endif
