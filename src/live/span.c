/* span.c — see span.h. */
#include "live/span.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *unit;
    int64_t us;
} units[] = {
    {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", INT64_C(3600000000)}};

bool
span_parse(const char *option, const char *words, int64_t *us, struct error *err)
{
    char *end = NULL;
    errno = 0;
    long long number = isdigit((unsigned char)words[0]) ? strtoll(words, &end, 10) : -1;
    for (size_t i = 0; number >= 0 && errno == 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) == 0 && number <= INT64_MAX / units[i].us) {
            *us = number * units[i].us;
            return true;
        }
    }
    error_set(err, ERROR_USAGE, "%s takes a length of time, not \"%s\"", option, words);
    return error_hint(err, "a number and us, ms, s, m or h: 100ms");
}
