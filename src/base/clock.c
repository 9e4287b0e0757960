/* clock.c — see clock.h. */
#include "base/clock.h"

#include <time.h>

int64_t
clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int64_t
clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct tm
now_utc(void)
{
    time_t now = time(NULL);
    struct tm broken_down;
    gmtime_r(&now, &broken_down);
    return broken_down;
}

void
clock_stamp_iso(char stamp[CLOCK_STAMP_SIZE])
{
    struct tm now = now_utc();
    strftime(stamp, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &now);
}

void
clock_stamp_file(char stamp[CLOCK_STAMP_SIZE])
{
    struct tm now = now_utc();
    strftime(stamp, CLOCK_STAMP_SIZE, "%Y%m%d-%H%M%S", &now);
}
