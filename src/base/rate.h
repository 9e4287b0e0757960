/* rate.h — how much of something may happen in a second, over all threads together.
 *
 * A token bucket: what was not used is saved up for a tenth of a second, and who takes more
 * than there is waits until it would have come in. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include "base/error.h"

#include <pthread.h>
#include <stdint.h>

enum rate_unit { RATE_UNLIMITED, RATE_BYTES, RATE_ROWS };

/* What `20MB` says. The zero value: as fast as it goes. */
struct rate_limit {
    enum rate_unit unit;
    int64_t per_second; /* at least 1 */
};

/* A number and a unit: 500kB, 20MB, 1.5GiB, 50000rows; "/s" may follow. what: named in the
 * ERROR_USAGE, "--max-rate". */
MUST_USE bool rate_parse(const char *what, const char *words, struct rate_limit *limit,
                         struct error *err);

/* The time that passes, so that tests may pass it. sleep_us: false with ERROR_STOPPED. */
struct rate_time {
    int64_t (*now_us)(void *context);
    bool (*sleep_us)(void *context, int64_t us, struct error *err);
    void *context;
};

struct rate {
    struct rate_limit limit;
    struct rate_time time;
    pthread_mutex_t lock;
    int64_t free_at_us; /* when what was taken so far has come in; guarded by lock */
};

/* time: NULL for the real one. Only an unlimited rate may be used without. */
void rate_start(struct rate *rate, struct rate_limit limit, const struct rate_time *time);

/* Takes both, counts what the limit counts, and waits if need be. rate: NULL or unlimited: does
 * not wait. ERROR_STOPPED when asked to stop meanwhile. */
MUST_USE bool rate_take(struct rate *rate, uint64_t bytes, uint64_t rows, struct error *err);

/* Whether there is anything to count at all. */
static inline bool
rate_is_limited(const struct rate *rate)
{
    return rate != NULL && rate->limit.unit != RATE_UNLIMITED;
}

#endif
