/* datetime.c — see datetime.h. Fixed positions, no tables, no libc. */
#include "value/datetime.h"

enum {
    DATE_SIZE = 10,             /* YYYY-MM-DD */
    MINUTES_SIZE = 5,           /* HH:MM */
    DAYS_0000_TO_2000 = 730425, /* from 0000-03-01 to 2000-01-01 */
    ZONE_HOURS_MAX = 14,
};

/* What is left to read. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* The number that two digits make; `wrong` becomes nonzero when they are none. */
static inline unsigned
two_digits(const uint8_t *bytes, unsigned *wrong)
{
    unsigned tens = (unsigned)bytes[0] - '0';
    unsigned ones = (unsigned)bytes[1] - '0';
    *wrong |= (unsigned)(tens > 9) | (unsigned)(ones > 9);
    return tens * 10 + ones;
}

static unsigned
month_days(unsigned year, unsigned month)
{
    if (month == 2) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return leap ? 29 : 28;
    }
    return 30 + ((month + (month >> 3)) & 1);
}

/* Days from 2000-01-01. The year is counted from March, so that the leap day is
 * its last; 400 years always have 146,097 days. */
static int32_t
days_from_date(unsigned year, unsigned month, unsigned day)
{
    unsigned shifted_year = month <= 2 ? year - 1 : year;
    unsigned shifted_month = month <= 2 ? month + 9 : month - 3;
    unsigned day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    unsigned days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100 +
                    shifted_year / 400 + day_of_year;
    return (int32_t)days - DAYS_0000_TO_2000;
}

static inline bool
parse_date(const uint8_t *bytes, int32_t *days)
{
    unsigned wrong = (unsigned)(bytes[4] != '-') | (unsigned)(bytes[7] != '-');
    unsigned year = two_digits(bytes, &wrong) * 100 + two_digits(bytes + 2, &wrong);
    unsigned month = two_digits(bytes + 5, &wrong);
    unsigned day = two_digits(bytes + 8, &wrong);
    if (wrong != 0 || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month)) {
        return false;
    }
    *days = days_from_date(year, month, day);
    return true;
}

/* ".f": one digit or more; beyond the sixth only zeros. */
static bool
parse_fraction(struct cursor *cursor, unsigned *microseconds)
{
    const uint8_t *first = ++cursor->at;
    unsigned unit = 100000;
    *microseconds = 0;
    for (; cursor->at < cursor->end; cursor->at++) {
        unsigned digit = (unsigned)*cursor->at - '0';
        if (digit > 9) {
            break;
        }
        if (unit == 0 && digit != 0) {
            return false;
        }
        *microseconds += digit * unit;
        unit /= 10;
    }
    return cursor->at > first;
}

static inline bool
parse_time(struct cursor *cursor, int64_t *microseconds)
{
    if (cursor->end - cursor->at < MINUTES_SIZE || cursor->at[2] != ':') {
        return false;
    }
    unsigned wrong = 0;
    unsigned hours = two_digits(cursor->at, &wrong);
    unsigned minutes = two_digits(cursor->at + 3, &wrong);
    unsigned seconds = 0;
    unsigned fraction = 0;
    cursor->at += MINUTES_SIZE;
    if (cursor->end - cursor->at >= 3 && *cursor->at == ':') {
        seconds = two_digits(cursor->at + 1, &wrong);
        cursor->at += 3;
        if (cursor->at < cursor->end && *cursor->at == '.' &&
            !parse_fraction(cursor, &fraction)) {
            return false;
        }
    }
    *microseconds = (int64_t)(hours * 3600 + minutes * 60 + seconds) * INT64_C(1000000) +
                    fraction;
    return wrong == 0 && hours < 24 && minutes < 60 && seconds < 60;
}

/* Z, or a sign with hh, hhmm or hh:mm, up to the end. */
static bool
parse_zone(const struct cursor *cursor, int32_t *seconds)
{
    const uint8_t *at = cursor->at;
    size_t size = (size_t)(cursor->end - at);
    *seconds = 0;
    if (*at == 'Z') {
        return size == 1;
    }
    if ((*at != '+' && *at != '-') || size < 3) {
        return false;
    }
    unsigned wrong = 0;
    unsigned hours = two_digits(at + 1, &wrong);
    unsigned minutes = 0;
    if (size == 5 || (size == 6 && at[3] == ':')) {
        minutes = two_digits(at + size - 2, &wrong);
    } else if (size != 3) {
        return false;
    }
    int32_t offset = (int32_t)(hours * 3600 + minutes * 60);
    *seconds = *at == '-' ? -offset : offset;
    return wrong == 0 && hours <= ZONE_HOURS_MAX && minutes < 60;
}

bool
datetime_parse(const uint8_t *bytes, size_t size, struct datetime *datetime)
{
    if (size < DATE_SIZE || !parse_date(bytes, &datetime->days)) {
        return false;
    }
    datetime->microseconds = 0;
    datetime->zone_seconds = 0;
    datetime->has_time = false;
    datetime->zoned = false;
    if (size == DATE_SIZE) {
        return true;
    }
    struct cursor cursor = {bytes + DATE_SIZE + 1, bytes + size};
    if ((bytes[DATE_SIZE] != ' ' && bytes[DATE_SIZE] != 'T') ||
        !parse_time(&cursor, &datetime->microseconds)) {
        return false;
    }
    datetime->has_time = true;
    if (cursor.at == cursor.end) {
        return true;
    }
    datetime->zoned = true;
    return parse_zone(&cursor, &datetime->zone_seconds);
}

bool
time_of_day_parse(const uint8_t *bytes, size_t size, int64_t *microseconds)
{
    struct cursor cursor = {bytes, bytes + size};
    return parse_time(&cursor, microseconds) && cursor.at == cursor.end;
}
