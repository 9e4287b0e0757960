/* interval.c — see interval.h. A text is taken apart into amounts and
 * what they count; amounts are kept in millionths until it is known what they are of. */
#include "canonical/interval.h"

#include "canonical/moment.h"

#include <string.h>

__extension__ typedef __int128 wide;

#define MILLION 1000000

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* What one of a unit is: months, or days, or microseconds. */
struct unit {
    const char *names; /* blank before and after each */
    int months;
    int days;
    int64_t microseconds;
};

static const struct unit word_units[] = {
    {" year years yr yrs y ", 12, 0, 0},
    {" month months mon mons ", 1, 0, 0},
    {" week weeks w ", 0, 7, 0},
    {" day days d ", 0, 1, 0},
    {" hour hours hr hrs h ", 0, 0, INT64_C(3600) * MILLION},
    {" minute minutes min mins m ", 0, 0, INT64_C(60) * MILLION},
    {" second seconds sec secs s ", 0, 0, MILLION},
    {" millisecond milliseconds ms ", 0, 0, 1000},
    {" microsecond microseconds us ", 0, 0, 1},
};
enum { YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, WORD_UNITS = 9 };

struct amount {
    wide millionths;
    bool pointed;
};

static bool
skip(struct cursor *cursor, char c)
{
    bool found = cursor->at < cursor->end && *cursor->at == (uint8_t)c;
    cursor->at += found;
    return found;
}

static bool
at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

/* digits[.digits], of which those behind the sixth must be zeros. */
static bool
read_digits(struct cursor *cursor, struct amount *amount)
{
    wide whole = 0;
    int64_t worth = MILLION;
    const uint8_t *first = cursor->at;
    for (; at_digit(cursor); cursor->at++) {
        whole = whole * 10 + (*cursor->at - '0');
        if (whole > INT64_MAX) {
            return false;
        }
    }
    bool any = cursor->at > first;
    amount->millionths = whole * MILLION;
    amount->pointed = any && skip(cursor, '.');
    first = cursor->at;
    for (; amount->pointed && at_digit(cursor); cursor->at++) {
        int digit = *cursor->at - '0';
        worth /= 10;
        if (worth == 0 && digit != 0) {
            return false;
        }
        amount->millionths += (wide)worth * digit;
    }
    return any && (!amount->pointed || cursor->at > first);
}

static bool
read_signed(struct cursor *cursor, struct amount *amount, bool *minus)
{
    *minus = skip(cursor, '-');
    if (!*minus) {
        skip(cursor, '+');
    }
    if (!read_digits(cursor, amount)) {
        return false;
    }
    amount->millionths = *minus ? -amount->millionths : amount->millionths;
    return true;
}

static bool
narrow(wide value, int64_t *sum)
{
    value += *sum;
    *sum = (int64_t)value;
    return value >= INT64_MIN && value <= INT64_MAX;
}

/* Fractions are for seconds alone. */
static bool
count(struct canonical_interval *interval, const struct amount *amount, const struct unit *unit)
{
    if (amount->pointed && unit->microseconds != MILLION) {
        return false;
    }
    wide whole = amount->millionths / MILLION;
    wide time = unit->microseconds == MILLION ? amount->millionths : whole * unit->microseconds;
    return narrow(whole * unit->months, &interval->months) &&
           narrow(whole * unit->days, &interval->days) && narrow(time, &interval->microseconds);
}

/* The rest of a clock whose hours were read: two digits each, below 60. */
static bool
read_rest_of_clock(struct cursor *cursor, struct canonical_interval *interval,
                   const struct amount *hours, bool minus)
{
    if (hours->pointed || !count(interval, hours, &word_units[HOUR])) {
        return false;
    }
    for (int unit = MINUTE; unit <= SECOND; unit++) {
        struct amount amount;
        const uint8_t *first = cursor->at;
        if (cursor->end - first < 2 || !at_digit(cursor) || !read_digits(cursor, &amount)) {
            return false;
        }
        const uint8_t *point = memchr(first, '.', (size_t)(cursor->at - first));
        if ((point == NULL ? cursor->at : point) - first != 2 ||
            amount.millionths >= (wide)60 * MILLION) {
            return false;
        }
        amount.millionths = minus ? -amount.millionths : amount.millionths;
        if (!count(interval, &amount, &word_units[unit])) {
            return false;
        }
        if (!skip(cursor, ':')) {
            return true;
        }
    }
    return false; /* a third colon */
}

/* Behind the P: units in falling order, those of time behind a T. */
static bool
read_iso(struct cursor *cursor, struct canonical_interval *interval)
{
    static const char letters[] = "YMWD"; /* YEAR.. */
    static const char clock_letters[] = "HMS";
    int least = YEAR;
    bool open = true; /* an amount must follow */
    while (cursor->at < cursor->end) {
        struct amount amount;
        bool minus;
        if (least < HOUR && skip(cursor, 'T')) {
            least = HOUR;
            open = true;
            continue;
        }
        if (!read_signed(cursor, &amount, &minus) || cursor->at == cursor->end) {
            return false;
        }
        const char *set = least < HOUR ? letters : clock_letters;
        const char *found = strchr(set, *cursor->at);
        int unit = found == NULL || *found == '\0'
                       ? -1
                       : (int)(found - set) + (least < HOUR ? YEAR : HOUR);
        if (unit < least || !count(interval, &amount, &word_units[unit])) {
            return false;
        }
        cursor->at++;
        /* Behind the days only a T may come, behind the seconds nothing. */
        least = unit == DAY ? HOUR - 1 : unit + 1;
        if (unit == DAY && cursor->at < cursor->end && *cursor->at != 'T') {
            return false;
        }
        open = false;
    }
    return !open;
}

/* A word with a blank on either side, in lower case, as it stands in a unit's names. */
static bool
read_word(struct cursor *cursor, char word[16])
{
    size_t size = 0;
    word[size++] = ' ';
    while (cursor->at < cursor->end && size < 14) {
        uint8_t lower = *cursor->at | 0x20;
        if (lower < 'a' || lower > 'z') {
            break;
        }
        word[size++] = (char)lower;
        cursor->at++;
    }
    word[size] = ' ';
    word[size + 1] = '\0';
    return size > 1;
}

static bool
count_word(struct canonical_interval *interval, const struct amount *amount, const char *word)
{
    for (size_t i = 0; i < WORD_UNITS; i++) {
        if (strstr(word_units[i].names, word) != NULL) {
            return count(interval, amount, &word_units[i]);
        }
    }
    return false;
}

static bool
turn(struct canonical_interval *interval)
{
    return !__builtin_mul_overflow(interval->months, -1, &interval->months) &&
           !__builtin_mul_overflow(interval->days, -1, &interval->days) &&
           !__builtin_mul_overflow(interval->microseconds, -1, &interval->microseconds);
}

static bool
skip_blanks(struct cursor *cursor)
{
    const uint8_t *first = cursor->at;
    while (skip(cursor, ' ')) {
    }
    return cursor->at > first;
}

/* One "3 days", or a clock. */
static bool
read_item(struct cursor *cursor, struct canonical_interval *interval)
{
    struct amount amount;
    char word[16];
    bool minus;
    if (!read_signed(cursor, &amount, &minus)) {
        return false;
    }
    if (skip(cursor, ':')) {
        return read_rest_of_clock(cursor, interval, &amount, minus);
    }
    skip_blanks(cursor);
    if (!read_word(cursor, word) || !count_word(interval, &amount, word)) {
        return false;
    }
    return !skip(cursor, ',') || cursor->at < cursor->end;
}

static bool
read_words(struct cursor *cursor, struct canonical_interval *interval)
{
    char word[16];
    if (skip(cursor, '@')) {
        skip_blanks(cursor);
    }
    do {
        if (!read_item(cursor, interval)) {
            return false;
        }
        if (cursor->at == cursor->end) {
            return true;
        }
        if (!skip_blanks(cursor) || cursor->at == cursor->end) {
            return false;
        }
    } while (!read_word(cursor, word));
    return strcmp(word, " ago ") == 0 && cursor->at == cursor->end && turn(interval);
}

bool
canonical_interval_read(const uint8_t *bytes, size_t size, struct canonical_interval *interval)
{
    struct cursor cursor = {bytes, bytes + size};
    *interval = (struct canonical_interval){0};
    bool minus = size >= 2 && bytes[0] == '-' && bytes[1] == 'P';
    cursor.at += minus;
    if (skip(&cursor, 'P')) {
        return read_iso(&cursor, interval) && (!minus || turn(interval));
    }
    return read_words(&cursor, interval);
}

void
canonical_interval_print(struct text *out, const struct canonical_interval *interval)
{
    if (interval->months != 0) {
        text_printf(out, "%lld mons ", (long long)interval->months);
    }
    if (interval->days != 0) {
        text_printf(out, "%lld days ", (long long)interval->days);
    }
    bool minus = interval->microseconds < 0 && interval->microseconds != INT64_MIN;
    text_add(out, minus ? "-" : "");
    canonical_moment_print_time(out, minus ? -interval->microseconds : interval->microseconds);
}
