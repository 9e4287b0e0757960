/* zone_rule.c — see zone_rule.h. */
#include "canonical/zone_rule.h"

#include <stddef.h>

struct cursor {
    const char *at;
    const char *end;
};

static int
peek(const struct cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool
skip(struct cursor *cursor, char c)
{
    bool found = peek(cursor) == c && cursor->at < cursor->end;
    cursor->at += found;
    return found;
}

static bool
read_number(struct cursor *cursor, int *number)
{
    const char *first = cursor->at;
    for (*number = 0; peek(cursor) >= '0' && peek(cursor) <= '9' && *number < 10000;
         cursor->at++) {
        *number = *number * 10 + (*cursor->at - '0');
    }
    return cursor->at > first;
}

static bool
skip_name(struct cursor *cursor)
{
    const char *first = cursor->at;
    bool quoted = skip(cursor, '<');
    while (cursor->at < cursor->end &&
           (quoted ? *cursor->at != '>'
                   : (*cursor->at | 0x20) >= 'a' && (*cursor->at | 0x20) <= 'z')) {
        cursor->at++;
    }
    return quoted ? skip(cursor, '>') : cursor->at > first;
}

/* [+-]h[:m[:s]] in seconds. */
static bool
read_clock(struct cursor *cursor, int64_t *seconds)
{
    int sign = skip(cursor, '-') ? -1 : 1;
    if (sign == 1) {
        skip(cursor, '+');
    }
    int64_t worth = 3600;
    *seconds = 0;
    do {
        int number = 0;
        if (!read_number(cursor, &number) || worth == 0) {
            return false;
        }
        *seconds += worth * sign * number;
        worth /= 60;
    } while (skip(cursor, ':'));
    return true;
}

static bool
read_day(struct cursor *cursor, struct canonical_zone_day *day)
{
    if (!skip(cursor, ',')) {
        return false;
    }
    day->form = 'N';
    if (peek(cursor) == 'M' || peek(cursor) == 'J') {
        day->form = *cursor->at++;
    }
    day->second = 7200;
    int wanted = day->form == 'M' ? 3 : 1;
    for (int i = 0; i < wanted; i++) {
        if ((i > 0 && !skip(cursor, '.')) || !read_number(cursor, &day->numbers[i])) {
            return false;
        }
    }
    bool sane = day->form != 'M' || (day->numbers[0] >= 1 && day->numbers[0] <= 12);
    return sane && (!skip(cursor, '/') || read_clock(cursor, &day->second));
}

bool
canonical_zone_rule_read(const char *text, const char *end, struct canonical_zone_rule *rule)
{
    struct cursor cursor = {text, end};
    *rule = (struct canonical_zone_rule){0};
    if (!skip_name(&cursor) || !read_clock(&cursor, &rule->standard)) {
        return false;
    }
    rule->standard = -rule->standard;
    if (cursor.at == cursor.end) {
        return true;
    }
    rule->has_daylight = true;
    rule->daylight = rule->standard + 3600;
    if (!skip_name(&cursor)) {
        return false;
    }
    if (peek(&cursor) != ',') {
        if (!read_clock(&cursor, &rule->daylight)) {
            return false;
        }
        rule->daylight = -rule->daylight;
    }
    return read_day(&cursor, &rule->begin) && read_day(&cursor, &rule->end) &&
           cursor.at == cursor.end;
}

static bool
leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(int year, int month)
{
    return month == 2                                              ? 28 + leap(year)
           : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                   : 31;
}

/* Days from 1970-01-01 to 1 January; leap years before, counted by rule. */
static int64_t
new_year(int year)
{
    int64_t before = year - 1;
    return (year - 1970) * INT64_C(365) + before / 4 - before / 100 + before / 400 - 477;
}

static int64_t
day_of(const struct canonical_zone_day *day, int year)
{
    int64_t first = new_year(year);
    if (day->form == 'N') {
        return first + day->numbers[0];
    }
    if (day->form == 'J') {
        return first + day->numbers[0] - 1 + (leap(year) && day->numbers[0] > 59 ? 1 : 0);
    }
    for (int month = 1; month < day->numbers[0]; month++) {
        first += days_of_month(year, month);
    }
    int64_t last = first + days_of_month(year, day->numbers[0]) - 1;
    int64_t found = first;
    while ((found + 4) % 7 != day->numbers[2] && found < first + 6) { /* day 0: a Thursday */
        found++;
    }
    for (int week = 1; week < day->numbers[1] && found + 7 <= last; week++) {
        found += 7;
    }
    return found;
}

int64_t
canonical_zone_rule_begin(const struct canonical_zone_rule *rule, int year)
{
    return day_of(&rule->begin, year) * 86400 + rule->begin.second - rule->standard;
}

int64_t
canonical_zone_rule_end(const struct canonical_zone_rule *rule, int year)
{
    return day_of(&rule->end, year) * 86400 + rule->end.second - rule->daylight;
}
