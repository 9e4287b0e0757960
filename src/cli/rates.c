/* rates.c — see rates.h. */
#include "cli/rates.h"

/* Too short a time says nothing. */
enum { SENSIBLE_MS = 400 };

static double
per_second(uint64_t before, uint64_t after, int64_t milliseconds)
{
    if (milliseconds < SENSIBLE_MS || after < before) {
        return 0;
    }
    return (double)(after - before) * 1000 / (double)milliseconds;
}

void
phase_rate_reset(struct phase_rate *rate)
{
    *rate = (struct phase_rate){0};
}

void
phase_rate_add(struct phase_rate *rate, int64_t now_ms, uint64_t done)
{
    rate->ms[rate->next] = now_ms;
    rate->done[rate->next] = done;
    rate->next = (rate->next + 1) % RATE_SAMPLES;
    rate->count += rate->count < RATE_SAMPLES ? 1 : 0;
}

double
phase_rate_value(const struct phase_rate *rate)
{
    if (rate->count == 0) {
        return 0;
    }
    size_t newest = (rate->next + RATE_SAMPLES - 1) % RATE_SAMPLES;
    size_t oldest = rate->count < RATE_SAMPLES ? 0 : rate->next;
    return per_second(rate->done[oldest], rate->done[newest],
                      rate->ms[newest] - rate->ms[oldest]);
}

double
item_rate_update(struct item_rate *rate, int64_t now_ms, uint64_t done)
{
    if (!rate->seen) {
        *rate = (struct item_rate){.seen = true, .since_ms = now_ms, .done_then = done};
        return 0;
    }
    return per_second(rate->done_then, done, now_ms - rate->since_ms);
}
