/* rate.c — see rate.h. */
#include "base/rate.h"

#include "base/clock.h"
#include "base/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SAVED_US = 100 * 1000, /* what may be saved up */
    SLICE_US = 100 * 1000, /* a wish to stop is noticed that soon */
};

static const struct {
    const char *name;
    enum rate_unit unit;
    double size;
} units[] = {
    {"rows", RATE_ROWS, 1},
    {"B", RATE_BYTES, 1},
    {"kB", RATE_BYTES, 1e3},
    {"KB", RATE_BYTES, 1e3},
    {"MB", RATE_BYTES, 1e6},
    {"GB", RATE_BYTES, 1e9},
    {"KiB", RATE_BYTES, 1024},
    {"MiB", RATE_BYTES, 1024.0 * 1024},
    {"GiB", RATE_BYTES, 1024.0 * 1024 * 1024},
};

/* The unit that `words` are, with or without "/s"; RATE_UNLIMITED: none. */
static enum rate_unit
read_unit(const char *words, double *size)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(words, units[i].name, length) == 0 &&
            (words[length] == '\0' || strcmp(words + length, "/s") == 0)) {
            *size = units[i].size;
            return units[i].unit;
        }
    }
    return RATE_UNLIMITED;
}

bool
rate_parse(const char *what, const char *words, struct rate_limit *limit, struct error *err)
{
    static const double most = 1e15;
    size_t digits = strspn(words, "0123456789.");
    char *end = NULL;
    double size = 0;
    double number = strtod(words, &end);
    const char *rest = words + digits + strspn(words + digits, " ");
    enum rate_unit unit = read_unit(rest, &size);
    double per_second = number * size;
    if (digits == 0 || end != words + digits || unit == RATE_UNLIMITED || !(per_second >= 1) ||
        per_second > most) {
        return error_set(err, ERROR_USAGE,
                         "%s is a size or a number of rows a second, like 500kB, 20MB or "
                         "50000rows, not \"%s\"",
                         what, words);
    }
    *limit = (struct rate_limit){unit, (int64_t)per_second};
    return true;
}

static int64_t
real_now_us(void *context)
{
    (void)context;
    return clock_monotonic_us();
}

static bool
real_sleep_us(void *context, int64_t us, struct error *err)
{
    (void)context;
    while (us > 0) {
        int64_t slice = us < SLICE_US ? us : SLICE_US;
        struct timespec wait = {.tv_nsec = slice * 1000};
        if (!stop_check(err)) {
            return false;
        }
        (void)nanosleep(&wait, NULL);
        us -= slice;
    }
    return true;
}

void
rate_start(struct rate *rate, struct rate_limit limit, const struct rate_time *time)
{
    *rate = (struct rate){
        .limit = limit,
        .time = time != NULL ? *time : (struct rate_time){real_now_us, real_sleep_us, NULL},
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    if (limit.unit != RATE_UNLIMITED) {
        rate->free_at_us = rate->time.now_us(rate->time.context);
    }
}

bool
rate_take(struct rate *rate, uint64_t bytes, uint64_t rows, struct error *err)
{
    if (!rate_is_limited(rate)) {
        return true;
    }
    uint64_t amount = rate->limit.unit == RATE_BYTES ? bytes : rows;
    double needs_us = (double)amount * 1e6 / (double)rate->limit.per_second;
    int64_t now_us = rate->time.now_us(rate->time.context);
    pthread_mutex_lock(&rate->lock);
    if (rate->free_at_us < now_us - SAVED_US) {
        rate->free_at_us = now_us - SAVED_US;
    }
    rate->free_at_us += (int64_t)ceil(needs_us);
    int64_t wait_us = rate->free_at_us - now_us;
    pthread_mutex_unlock(&rate->lock);
    return wait_us <= 0 || rate->time.sleep_us(rate->time.context, wait_us, err);
}
