/* duration.h — "30d" as seconds, and seconds as words. */
#ifndef OPERATE_DURATION_H
#define OPERATE_DURATION_H

#include "base/arena.h"

#include <stdint.h>

/* A whole number and one of m, h, d, w: 90m, 12h, 30d, 2w; at most 100 years.
 * what: named in the ERROR_USAGE, "--keep". */
MUST_USE bool duration_parse(const char *what, const char *words, int64_t *seconds,
                             struct error *err);

/* In the largest unit that leaves at least two of it: "13 days", "47 hours",
 * "90 minutes", "1 minute", "5 seconds". Lives as long as `arena`. */
const char *duration_words(struct arena *arena, int64_t seconds);

#endif
