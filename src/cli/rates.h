/* rates.h — how fast it goes: units a second from counters seen now and then. */
#ifndef CLI_RATES_H
#define CLI_RATES_H

#include "base/progress.h"

/* The whole phase: over the last ten seconds or so, so that an estimate follows
 * what is happening now. */
enum { RATE_SAMPLES = 50 };
struct phase_rate {
    int64_t ms[RATE_SAMPLES];
    uint64_t done[RATE_SAMPLES];
    size_t next;
    size_t count;
};
void phase_rate_reset(struct phase_rate *rate);
void phase_rate_add(struct phase_rate *rate, int64_t now_ms, uint64_t done);
double phase_rate_value(const struct phase_rate *rate); /* 0: not known yet */

/* One item: since it was first seen running. */
struct item_rate {
    bool seen;
    int64_t since_ms;
    uint64_t done_then;
};
double item_rate_update(struct item_rate *rate, int64_t now_ms, uint64_t done);

#endif
