/* zone_rule.h — the rule of POSIX's TZ variable, which TZif files carry for the time
 * after their table: "EST5EDT,M3.2.0,M11.1.0", "<+03>-3". */
#ifndef VALUE_ZONE_RULE_H
#define VALUE_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zone_day_form {
    ZONE_DAY_OF_WEEK, /* Mm.w.d: weekday d of week w (5: the last) of month m */
    ZONE_DAY_WITHOUT_LEAP /* Jn: 1..365, 29 February is not counted */,
    ZONE_DAY_OF_YEAR, /* n: 0..365 */
};

/* When the clocks are changed. */
struct zone_change {
    enum zone_day_form form;
    int month;
    int week;
    int day;
    int32_t seconds; /* of that day, -167 to 167 hours */
};

struct zone_rule {
    int32_t standard; /* seconds ahead of UTC */
    bool has_daylight;
    int32_t daylight;
    struct zone_change begin; /* of daylight saving, by the standard clock */
    struct zone_change end;   /* by the daylight clock */
};

/* False: it is none. A daylight saving time needs its dates. */
bool zone_rule_read(const char *text, size_t size, struct zone_rule *rule);

/* At a moment, seconds since 1970 UTC. */
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t utc);

#endif
