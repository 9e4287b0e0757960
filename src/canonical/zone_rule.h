/* zone_rule.h — what POSIX's TZ says: "EST5EDT,M3.2.0,M11.1.0". */
#ifndef CANONICAL_ZONE_RULE_H
#define CANONICAL_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* A day of every year, and the second of it on the clock that is in use until then. */
struct canonical_zone_day {
    char form;      /* 'M', 'J', or 'N': numbered from 0 */
    int numbers[3]; /* M: month, week, weekday; else the day */
    int64_t second;
};

struct canonical_zone_rule {
    int64_t standard; /* seconds ahead of UTC */
    int64_t daylight;
    bool has_daylight;
    struct canonical_zone_day begin;
    struct canonical_zone_day end;
};

/* From `text` up to `end`. False: it is none. */
bool canonical_zone_rule_read(const char *text, const char *end,
                              struct canonical_zone_rule *rule);

/* Seconds since 1970 UTC at which daylight saving begins and ends in a year. */
int64_t canonical_zone_rule_begin(const struct canonical_zone_rule *rule, int year);
int64_t canonical_zone_rule_end(const struct canonical_zone_rule *rule, int year);

#endif
