/* datetime.c — see datetime.h. Fixed positions, no libc; the usual moment with all its
 * digits at once. */
#include "value/datetime.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    DATE_SIZE = 10,    /* YYYY-MM-DD */
    MINUTES_SIZE = 5,  /* HH:MM */
    SECONDS_SIZE = 19, /* YYYY-MM-DDTHH:MM:SS */
    FRACTION_DIGITS = 6,
    DAYS_0000_TO_2000 = 730425, /* from 0000-03-01 to 2000-01-01 */
    ZONE_HOURS_MAX = 14,
    HHMM_SIZE = 5, /* +hhmm */
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

static inline bool
day_exists(unsigned year, unsigned month, unsigned day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           (day <= 28 || day <= month_days(year, month));
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
    if (wrong != 0 || !day_exists(year, month, day)) {
        return false;
    }
    *days = days_from_date(year, month, day);
    return true;
}

/* ".f", if there is a point: one digit or more; beyond the sixth only zeros. */
static inline bool
parse_fraction(struct cursor *cursor, unsigned *microseconds)
{
    static const unsigned units[FRACTION_DIGITS + 1] = {0, 100000, 10000, 1000, 100, 10, 1};
    const uint8_t *at = cursor->at;
    unsigned number = 0;
    size_t digits = 0;
    *microseconds = 0;
    if (at == cursor->end || *at != '.') {
        return true;
    }
    for (at++; at < cursor->end && digits < FRACTION_DIGITS; at++, digits++) {
        unsigned digit = (unsigned)*at - '0';
        if (digit > 9) {
            break;
        }
        number = number * 10 + digit;
    }
    *microseconds = number * units[digits];
    while (digits == FRACTION_DIGITS && at < cursor->end && *at == '0') {
        at++;
    }
    cursor->at = at;
    bool more = digits == FRACTION_DIGITS && at < cursor->end && (unsigned)*at - '0' <= 9;
    return digits > 0 && !more;
}

static inline int64_t
microseconds_of_day(unsigned hours, unsigned minutes, unsigned seconds)
{
    return (int64_t)(hours * 3600 + minutes * 60 + seconds) * INT64_C(1000000);
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
        if (!parse_fraction(cursor, &fraction)) {
            return false;
        }
    }
    *microseconds = microseconds_of_day(hours, minutes, seconds) + fraction;
    return wrong == 0 && hours < 24 && minutes < 60 && seconds < 60;
}

/* Z, or a sign with hh, hhmm or hh:mm, up to the end; the last two also behind a blank, as
 * Sequelize and Ruby write them. */
static bool
parse_zone(const struct cursor *cursor, int32_t *seconds)
{
    const uint8_t *at = cursor->at;
    size_t size = (size_t)(cursor->end - at);
    *seconds = 0;
    if (*at == ' ') {
        at++;
        size--;
        if (size < HHMM_SIZE) {
            return false;
        }
    }
    if (*at == 'Z') {
        return size == 1;
    }
    if ((*at != '+' && *at != '-') || size < 3) {
        return false;
    }
    unsigned wrong = 0;
    unsigned hours = two_digits(at + 1, &wrong);
    unsigned minutes = 0;
    if (size == HHMM_SIZE || (size == HHMM_SIZE + 1 && at[3] == ':')) {
        minutes = two_digits(at + size - 2, &wrong);
    } else if (size != 3) {
        return false;
    }
    int32_t offset = (int32_t)(hours * 3600 + minutes * 60);
    *seconds = *at == '-' ? -offset : offset;
    return wrong == 0 && hours <= ZONE_HOURS_MAX && minutes < 60;
}

#ifdef __SSE2__
/* A bit for each of the 16 bytes that is a digit's value. */
static inline unsigned
digits_in_vector(__m128i values)
{
    __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    return (unsigned)_mm_movemask_epi8(digit);
}

/* The number of each two digits that begin at an even place. */
static inline __m128i
join_digits(__m128i values)
{
    return _mm_srli_epi16(_mm_mullo_epi16(values, _mm_set1_epi16(10 << 8 | 1)), 8);
}

/* The first SECONDS_SIZE bytes as most programs write them: the first 16 hold year, day and
 * minutes at even places, the last 16 month, hours and seconds. False: not as usual, or
 * no moment. */
static inline bool
parse_usual(const uint8_t *bytes, struct datetime *datetime)
{
    enum { DIGITS_OF_FIRST = 0xDB6F, DIGITS_OF_LAST = 0xC000 };
    const __m128i zeros = _mm_set1_epi8('0');
    __m128i first = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i last = _mm_loadu_si128(
        (const __m128i *)(const void *)(bytes + SECONDS_SIZE - sizeof last));
    first = _mm_sub_epi8(first, zeros);
    last = _mm_sub_epi8(last, zeros);
    if ((~digits_in_vector(first) & DIGITS_OF_FIRST) != 0 ||
        (~digits_in_vector(last) & DIGITS_OF_LAST) != 0 || bytes[4] != '-' || bytes[7] != '-' ||
        (bytes[10] != 'T' && bytes[10] != ' ') || bytes[13] != ':' || bytes[16] != ':') {
        return false;
    }
    first = join_digits(first);
    last = join_digits(last);
    unsigned year = (unsigned)(_mm_extract_epi16(first, 0) * 100 + _mm_extract_epi16(first, 1));
    unsigned month = (unsigned)_mm_extract_epi16(last, 1);
    unsigned day = (unsigned)_mm_extract_epi16(first, 4);
    unsigned hours = (unsigned)_mm_extract_epi16(last, 4);
    unsigned minutes = (unsigned)_mm_extract_epi16(first, 7);
    unsigned seconds = (unsigned)_mm_extract_epi16(last, 7);
    if (!day_exists(year, month, day) || hours > 23 || minutes > 59 || seconds > 59) {
        return false;
    }
    datetime->days = days_from_date(year, month, day);
    datetime->microseconds = microseconds_of_day(hours, minutes, seconds);
    return true;
}
#endif

/* What may follow the seconds, up to the end. */
static inline bool
parse_tail(struct cursor *cursor, struct datetime *datetime)
{
    datetime->has_time = true;
    datetime->zoned = cursor->at < cursor->end;
    datetime->zone_seconds = 0;
    return !datetime->zoned || parse_zone(cursor, &datetime->zone_seconds);
}

bool
datetime_parse(const uint8_t *bytes, size_t size, struct datetime *datetime)
{
#ifdef __SSE2__
    if (size >= SECONDS_SIZE && parse_usual(bytes, datetime)) {
        struct cursor cursor = {bytes + SECONDS_SIZE, bytes + size};
        unsigned fraction;
        if (!parse_fraction(&cursor, &fraction)) {
            return false;
        }
        datetime->microseconds += fraction;
        return parse_tail(&cursor, datetime);
    }
#endif
    if (size < DATE_SIZE || !parse_date(bytes, &datetime->days)) {
        return false;
    }
    if (size == DATE_SIZE) {
        datetime->microseconds = 0;
        datetime->zone_seconds = 0;
        datetime->has_time = false;
        datetime->zoned = false;
        return true;
    }
    struct cursor cursor = {bytes + DATE_SIZE + 1, bytes + size};
    return (bytes[DATE_SIZE] == ' ' || bytes[DATE_SIZE] == 'T') &&
           parse_time(&cursor, &datetime->microseconds) && parse_tail(&cursor, datetime);
}

bool
time_of_day_parse(const uint8_t *bytes, size_t size, int64_t *microseconds)
{
    struct cursor cursor = {bytes, bytes + size};
    return parse_time(&cursor, microseconds) && cursor.at == cursor.end;
}
