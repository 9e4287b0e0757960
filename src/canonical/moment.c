/* moment.c — see moment.h. */
#include "canonical/moment.h"

#define SECOND 1000000LL
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

enum { DAYS_0000_TO_1970 = 719468, DAYS_PER_400_YEARS = 146097, ZONE_HOURS_MAX = 15 };

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool round; /* take more digits of fraction than there are microseconds */
};

static bool
read_char(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != (uint8_t)c) {
        return false;
    }
    cursor->at++;
    return true;
}

/* Exactly `count` digits whose value is at most `max`. */
static bool
read_number(struct cursor *cursor, int count, int max, int *value)
{
    if (cursor->end - cursor->at < count) {
        return false;
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
        uint8_t c = *cursor->at++;
        if (c < '0' || c > '9') {
            return false;
        }
        sum = sum * 10 + (c - '0');
    }
    *value = sum;
    return sum <= max;
}

/* Years that begin in March have their leap day last, so that a month's first
 * day is a linear function: (153 * month + 2) / 5. */
static int64_t
days_of(int64_t year, int month, int day)
{
    int64_t march_year = year - (month <= 2 ? 1 : 0);
    int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_400_YEARS + day_of_era - DAYS_0000_TO_1970;
}

static void
civil_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t shifted = days + DAYS_0000_TO_1970;
    int64_t era = (shifted >= 0 ? shifted : shifted - DAYS_PER_400_YEARS + 1) /
                  DAYS_PER_400_YEARS;
    int64_t day_of_era = shifted - era * DAYS_PER_400_YEARS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                           day_of_era / (DAYS_PER_400_YEARS - 1)) /
                          365;
    int64_t day_of_year = day_of_era -
                          (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (int)((5 * day_of_year + 2) / 153);
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = march_month < 10 ? march_month + 3 : march_month - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static int
days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
read_date(struct cursor *cursor, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!read_number(cursor, 4, 9999, &year) || !read_char(cursor, '-') ||
        !read_number(cursor, 2, 12, &month) || !read_char(cursor, '-') ||
        !read_number(cursor, 2, 31, &day)) {
        return false;
    }
    if (year == 0 || month == 0 || day == 0 || day > days_in_month(year, month)) {
        return false;
    }
    *days = days_of(year, month, day);
    return true;
}

/* The digits behind the point; those beyond microseconds must be zeros. */
static bool
read_fraction(struct cursor *cursor, int64_t *microseconds)
{
    int64_t unit = SECOND / 10;
    const uint8_t *first = cursor->at;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
        int digit = *cursor->at - '0';
        bool seventh = cursor->at - first == 6;
        if (unit == 0 && digit != 0 && !cursor->round) {
            return false;
        }
        *microseconds += unit * digit + (seventh && digit >= 5 ? 1 : 0);
        unit /= 10;
    }
    return cursor->at > first;
}

static bool
read_time(struct cursor *cursor, int64_t *microseconds)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!read_number(cursor, 2, 23, &hour) || !read_char(cursor, ':') ||
        !read_number(cursor, 2, 59, &minute)) {
        return false;
    }
    int64_t fraction = 0;
    if (read_char(cursor, ':')) {
        if (!read_number(cursor, 2, 59, &second)) {
            return false;
        }
        if (read_char(cursor, '.') && !read_fraction(cursor, &fraction)) {
            return false;
        }
    }
    *microseconds = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
    return true;
}

/* What to subtract from local time. */
static bool
read_zone(struct cursor *cursor, int64_t *offset)
{
    *offset = 0;
    if (read_char(cursor, 'Z') || read_char(cursor, 'z')) {
        return true;
    }
    bool west = read_char(cursor, '-');
    if (!west && !read_char(cursor, '+')) {
        return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!read_number(cursor, 2, ZONE_HOURS_MAX, &hours)) {
        return false;
    }
    bool colon = read_char(cursor, ':');
    if ((colon || cursor->at < cursor->end) && !read_number(cursor, 2, 59, &minutes)) {
        return false;
    }
    *offset = (hours * HOUR + minutes * MINUTE) * (west ? -1 : 1);
    return true;
}

static bool
skip_blanks(struct cursor *cursor)
{
    const uint8_t *first = cursor->at;
    while (read_char(cursor, ' ')) {
    }
    return cursor->at > first;
}

bool
canonical_moment_read_date(const uint8_t *bytes, size_t size, int64_t *days)
{
    struct cursor cursor = {bytes, bytes + size, false};
    return read_date(&cursor, days) && cursor.at == cursor.end;
}

bool
canonical_moment_read_time(const uint8_t *bytes, size_t size, int64_t *microseconds)
{
    struct cursor cursor = {bytes, bytes + size, false};
    return read_time(&cursor, microseconds) && cursor.at == cursor.end;
}

bool
canonical_moment_read_point(const uint8_t *bytes, size_t size, bool round,
                            struct canonical_moment *moment)
{
    struct cursor cursor = {bytes, bytes + size, round};
    int64_t days = 0;
    int64_t time = 0;
    *moment = (struct canonical_moment){0};
    if (!read_date(&cursor, &days)) {
        return false;
    }
    if (cursor.at < cursor.end) {
        bool separated = skip_blanks(&cursor) || read_char(&cursor, 'T') ||
                         read_char(&cursor, 't');
        if (!separated || !read_time(&cursor, &time)) {
            return false;
        }
        if (cursor.at < cursor.end) {
            skip_blanks(&cursor);
            moment->zoned = true;
            if (!read_zone(&cursor, &moment->offset)) {
                return false;
            }
        }
    }
    moment->local = days * DAY + time;
    return cursor.at == cursor.end;
}

void
canonical_moment_print_date(struct text *out, int64_t days)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    civil_of(days, &year, &month, &day);
    text_printf(out, "%04lld-%02d-%02d", (long long)year, month, day);
}

void
canonical_moment_print_time(struct text *out, int64_t microseconds)
{
    text_printf(out, "%02lld:%02lld:%02lld", (long long)(microseconds / HOUR),
                (long long)(microseconds / MINUTE % 60),
                (long long)(microseconds / SECOND % 60));
    int64_t fraction = microseconds % SECOND;
    if (fraction != 0) {
        text_printf(out, ".%06lld", (long long)fraction);
        while (out->bytes[out->length - 1] == '0') {
            out->bytes[--out->length] = '\0';
        }
    }
}

void
canonical_moment_print_timestamp(struct text *out, int64_t microseconds)
{
    int64_t days = microseconds / DAY - (microseconds % DAY < 0 ? 1 : 0);
    canonical_moment_print_date(out, days);
    text_add_char(out, ' ');
    canonical_moment_print_time(out, microseconds - days * DAY);
}
