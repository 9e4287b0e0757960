/* shadow.h — shadow reads: the application's own SELECTs asked of both sides, and their answers
 * compared. */
#ifndef ACCESS_SHADOW_H
#define ACCESS_SHADOW_H

#include "access/sides.h"

enum shadow_verdict {
    SHADOW_SAME,
    SHADOW_ORDER, /* the same rows, but ORDER BY puts them differently (collation, ties) */
    SHADOW_DIFFERS,
    SHADOW_FAILED /* a side does not take the query */
};
const char *shadow_verdict_name(enum shadow_verdict verdict);

enum { SHADOW_EXAMPLES = 3 };

struct shadow_result {
    const struct query *query;
    enum shadow_verdict verdict;
    const char *why; /* FAILED: the side and its words */
    size_t rows_source;
    size_t rows_target;
    size_t only_source; /* rows that the other side has not, or not so often */
    size_t only_target;
    const char *source_examples[SHADOW_EXAMPLES]; /* "1 | 'abc' | NULL"; NULL: no more */
    const char *target_examples[SHADOW_EXAMPLES];
    int64_t source_us; /* to fetch everything: median of the runs */
    int64_t target_us;
};

/* Results live as long as `arena`. runs >= 1: how often it is timed, the sides taking turns.
 * False: only when a side is gone, or ERROR_STOPPED. */
MUST_USE bool shadow_ask(const struct sides *sides, const struct query *query, size_t runs,
                         struct arena *arena, struct shadow_result *result, struct error *err);

/* Microseconds of each run on both sides; entries [runs]. false with *why as asked_open has it. */
MUST_USE bool shadow_time(struct asked *asked, size_t runs, int64_t *source_us,
                          int64_t *target_us, struct error *err);

/* Sorts the numbers, ascending; count > 0. */
int64_t shadow_median(int64_t *numbers, size_t count);

#endif
