/* zone_rule.c — see zone_rule.h. */
#include "value/zone_rule.h"

enum { HOUR = 3600, DAY = 86400, DAYS_0000_TO_1970 = 719468, DAYS_PER_400_YEARS = 146097 };

struct cursor {
    const char *at;
    const char *end;
};

static bool
take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool
take_number(struct cursor *cursor, int min, int max, int *number)
{
    const char *first = cursor->at;
    *number = 0;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' &&
           *number <= max) {
        *number = *number * 10 + (*cursor->at++ - '0');
    }
    return cursor->at > first && *number >= min && *number <= max;
}

/* Letters, or anything in angle brackets. */
static bool
take_abbreviation(struct cursor *cursor)
{
    const char *first = cursor->at;
    if (take(cursor, '<')) {
        while (cursor->at < cursor->end && *cursor->at != '>') {
            cursor->at++;
        }
        return take(cursor, '>');
    }
    while (cursor->at < cursor->end && ((*cursor->at >= 'A' && *cursor->at <= 'Z') ||
                                        (*cursor->at >= 'a' && *cursor->at <= 'z'))) {
        cursor->at++;
    }
    return cursor->at - first >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(struct cursor *cursor, int hours_max, int32_t *seconds)
{
    bool negative = take(cursor, '-');
    if (!negative) {
        (void)take(cursor, '+');
    }
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!take_number(cursor, 0, hours_max, &hours)) {
        return false;
    }
    if (take(cursor, ':')) {
        if (!take_number(cursor, 0, 59, &minutes) ||
            (take(cursor, ':') && !take_number(cursor, 0, 59, &rest))) {
            return false;
        }
    }
    *seconds = hours * HOUR + minutes * 60 + rest;
    *seconds = negative ? -*seconds : *seconds;
    return true;
}

static bool
take_day(struct cursor *cursor, struct zone_change *change)
{
    if (take(cursor, 'M')) {
        change->form = ZONE_DAY_OF_WEEK;
        return take_number(cursor, 1, 12, &change->month) && take(cursor, '.') &&
               take_number(cursor, 1, 5, &change->week) && take(cursor, '.') &&
               take_number(cursor, 0, 6, &change->day);
    }
    if (take(cursor, 'J')) {
        change->form = ZONE_DAY_WITHOUT_LEAP;
        return take_number(cursor, 1, 365, &change->day);
    }
    change->form = ZONE_DAY_OF_YEAR;
    return take_number(cursor, 0, 365, &change->day);
}

static bool
take_change(struct cursor *cursor, struct zone_change *change)
{
    change->seconds = 2 * HOUR;
    return take(cursor, ',') && take_day(cursor, change) &&
           (!take(cursor, '/') || take_time(cursor, 167, &change->seconds));
}

bool
zone_rule_read(const char *text, size_t size, struct zone_rule *rule)
{
    struct cursor cursor = {text, text + size};
    *rule = (struct zone_rule){0};
    int32_t west = 0;
    if (!take_abbreviation(&cursor) || !take_time(&cursor, 24, &west)) {
        return false;
    }
    rule->standard = -west;
    if (cursor.at == cursor.end) {
        return true;
    }
    rule->has_daylight = true;
    rule->daylight = rule->standard + HOUR;
    if (!take_abbreviation(&cursor)) {
        return false;
    }
    if (cursor.at < cursor.end && *cursor.at != ',') {
        if (!take_time(&cursor, 24, &west)) {
            return false;
        }
        rule->daylight = -west;
    }
    return take_change(&cursor, &rule->begin) && take_change(&cursor, &rule->end) &&
           cursor.at == cursor.end;
}

static bool
is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first of a month. */
static int64_t
days_to(int64_t year, int month)
{
    int64_t shifted_year = month <= 2 ? year - 1 : year;
    int64_t shifted_month = month <= 2 ? month + 9 : month - 3;
    int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    int64_t of_era = shifted_year - era * 400;
    return era * DAYS_PER_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * shifted_month + 2) / 5 - DAYS_0000_TO_1970;
}

static int64_t
floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

/* The year of a day since 1970: a guess that is at most one too large. */
static int64_t
year_of(int64_t days)
{
    int64_t year = 1970 + floor_divide(days * 400, DAYS_PER_400_YEARS);
    while (days_to(year + 1, 1) <= days) {
        year++;
    }
    while (days_to(year, 1) > days) {
        year--;
    }
    return year;
}

/* Days since 1970 of the weekday that the change names. */
static int64_t
weekday_of(const struct zone_change *change, int64_t year)
{
    int64_t first = days_to(year, change->month);
    int64_t next = change->month == 12 ? days_to(year + 1, 1)
                                       : days_to(year, change->month + 1);
    int64_t weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday, 4 */
    weekday = weekday < 0 ? weekday + 7 : weekday;
    int64_t day = first + (change->day - weekday + 7) % 7 + (change->week - 1) * INT64_C(7);
    while (day >= next) {
        day -= 7;
    }
    return day;
}

/* Seconds since 1970 on the clock that is changed then. */
static int64_t
change_in(const struct zone_change *change, int64_t year)
{
    int64_t day = 0;
    switch (change->form) {
    case ZONE_DAY_OF_WEEK: day = weekday_of(change, year); break;
    case ZONE_DAY_WITHOUT_LEAP:
        day = days_to(year, 1) + change->day - 1 + (change->day >= 60 && is_leap(year) ? 1 : 0);
        break;
    case ZONE_DAY_OF_YEAR: day = days_to(year, 1) + change->day; break;
    }
    return day * DAY + change->seconds;
}

int32_t
zone_rule_offset(const struct zone_rule *rule, int64_t utc)
{
    if (!rule->has_daylight) {
        return rule->standard;
    }
    int64_t year = year_of(floor_divide(utc + rule->standard, DAY));
    int64_t begin = change_in(&rule->begin, year) - rule->standard;
    int64_t end = change_in(&rule->end, year) - rule->daylight;
    bool saving = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
    return saving ? rule->daylight : rule->standard;
}
