/* duration.c — see duration.h. */
#include "operate/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const int64_t seconds_max = INT64_C(36525) * 86400;

static int64_t
unit_seconds(char letter)
{
    switch (letter) {
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return INT64_C(7) * 86400;
    default: return 0;
    }
}

bool
duration_parse(const char *what, const char *words, int64_t *seconds, struct error *err)
{
    size_t digits = strspn(words, "0123456789");
    int64_t unit = digits == 0 ? 0 : unit_seconds(words[digits]);
    errno = 0;
    long long number = strtoll(words, NULL, 10);
    if (unit == 0 || words[digits + 1] != '\0' || errno != 0 || number > seconds_max / unit) {
        return error_set(err, ERROR_USAGE,
                         "%s is a duration like 90m, 12h, 30d or 2w, not \"%s\"", what, words);
    }
    *seconds = number * unit;
    return true;
}

const char *
duration_words(struct arena *arena, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;
    while (unit + 1 < sizeof units / sizeof units[0] && seconds < 2 * units[unit].seconds &&
           seconds != units[unit].seconds) {
        unit++;
    }
    int64_t number = seconds / units[unit].seconds;
    return arena_printf(arena, "%" PRId64 " %s%s", number, units[unit].name,
                        number == 1 ? "" : "s");
}
