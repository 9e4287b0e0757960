/* interval.c — reads intervals; numbers of units. */
#include "value/interval.h"

#include "value/ticks.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

enum { FRACTION_DIGITS = 6, WORD_SIZE_MAX = 12 };

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    int64_t months; /* summed up wide; checked at the end */
    int64_t days;
    int64_t microseconds;
};

/* What a number counts. */
struct part {
    int64_t months;
    int64_t days;
    int64_t microseconds;
};

struct number {
    bool negative;
    uint64_t whole;
    bool fractional;
    int64_t millionths;
};

static bool
take(struct reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != (uint8_t)c) {
        return false;
    }
    reader->at++;
    return true;
}

static bool
next_is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool
take_whole(struct reader *reader, uint64_t *whole)
{
    const uint8_t *first = reader->at;
    *whole = 0;
    for (; next_is_digit(reader); reader->at++) {
        if (__builtin_mul_overflow(*whole, 10, whole) ||
            __builtin_add_overflow(*whole, (uint64_t)(*reader->at - '0'), whole) ||
            *whole > INT64_MAX) {
            return false;
        }
    }
    return reader->at > first;
}

static bool
take_fraction(struct reader *reader, int64_t *millionths)
{
    const uint8_t *first = reader->at;
    int64_t unit = SECOND / 10;
    *millionths = 0;
    for (; next_is_digit(reader); reader->at++) {
        if (unit == 0 && *reader->at != '0') {
            return false;
        }
        *millionths += unit * (*reader->at - '0');
        unit /= 10;
    }
    return reader->at > first;
}

static bool
take_number(struct reader *reader, struct number *number)
{
    *number = (struct number){0};
    number->negative = take(reader, '-');
    if (!number->negative) {
        (void)take(reader, '+');
    }
    if (!take_whole(reader, &number->whole)) {
        return false;
    }
    number->fractional = take(reader, '.');
    return !number->fractional || take_fraction(reader, &number->millionths);
}

static bool
add_product(int64_t *sum, const struct number *number, int64_t unit)
{
    int64_t product;
    return !__builtin_mul_overflow((int64_t)number->whole, unit, &product) &&
           !__builtin_add_overflow(*sum, number->negative ? -product : product, sum);
}

/* Only seconds have fractions. */
static bool
add_part(struct reader *reader, const struct number *number, const struct part *part)
{
    if (number->fractional && part->microseconds != SECOND) {
        return false;
    }
    int64_t fraction = number->negative ? -number->millionths : number->millionths;
    return add_product(&reader->months, number, part->months) &&
           add_product(&reader->days, number, part->days) &&
           add_product(&reader->microseconds, number, part->microseconds) &&
           !__builtin_add_overflow(reader->microseconds, fraction, &reader->microseconds);
}

/* ":MM[:SS[.f]]" behind the hours. */
static bool
add_clock(struct reader *reader, const struct number *hours)
{
    struct number rest[2] = {0};
    static const struct part parts[] = {{0, 0, HOUR}, {0, 0, MINUTE}, {0, 0, SECOND}};
    if (hours->fractional || !add_part(reader, hours, &parts[0])) {
        return false;
    }
    for (size_t i = 0; i < 2 && (i == 0 || take(reader, ':')); i++) {
        const uint8_t *first = reader->at;
        if (!next_is_digit(reader) || !take_whole(reader, &rest[i].whole) ||
            reader->at - first != 2 || rest[i].whole > 59) {
            return false;
        }
        rest[i].negative = hours->negative;
        if (i == 1 && take(reader, '.')) {
            rest[i].fractional = true;
            if (!take_fraction(reader, &rest[i].millionths)) {
                return false;
            }
        }
        if (!add_part(reader, &rest[i], &parts[i + 1])) {
            return false;
        }
    }
    return true;
}

/* Behind the P. Units must come in this order, each once. */
static bool
read_iso(struct reader *reader)
{
    static const struct {
        char letter;
        bool clock;
        struct part part;
    } units[] = {
        {'Y', false, {12, 0, 0}},    {'M', false, {1, 0, 0}},   {'W', false, {0, 7, 0}},
        {'D', false, {0, 1, 0}},     {'H', true, {0, 0, HOUR}}, {'M', true, {0, 0, MINUTE}},
        {'S', true, {0, 0, SECOND}},
    };
    enum { UNIT_COUNT = sizeof units / sizeof *units };
    bool clock = false;
    size_t unit = 0;
    bool any = false;
    while (reader->at < reader->end) {
        struct number number;
        if (!clock && take(reader, 'T')) {
            clock = true;
            any = false;
            continue;
        }
        if (!take_number(reader, &number) || reader->at == reader->end) {
            return false;
        }
        while (unit < UNIT_COUNT &&
               (units[unit].clock != clock || units[unit].letter != (char)*reader->at)) {
            unit++;
        }
        if (unit == UNIT_COUNT || !add_part(reader, &number, &units[unit].part)) {
            return false;
        }
        reader->at++;
        unit++;
        any = true;
    }
    return any;
}

static void
skip_blanks(struct reader *reader)
{
    while (take(reader, ' ')) {
    }
}

/* A lower-cased word of letters. */
static bool
take_word(struct reader *reader, char word[WORD_SIZE_MAX + 1])
{
    size_t size = 0;
    while (reader->at < reader->end && ((*reader->at | 0x20) >= 'a') &&
           ((*reader->at | 0x20) <= 'z')) {
        if (size == WORD_SIZE_MAX) {
            return false;
        }
        word[size++] = (char)(*reader->at++ | 0x20);
    }
    word[size] = '\0';
    return size > 0;
}

static const struct part *
part_of_word(const char *word)
{
    static const struct {
        const char *words[5];
        struct part part;
    } units[] = {
        {{"microsecond", "microseconds", "us", NULL}, {0, 0, 1}},
        {{"millisecond", "milliseconds", "ms", NULL}, {0, 0, 1000}},
        {{"second", "seconds", "sec", "secs", "s"}, {0, 0, SECOND}},
        {{"minute", "minutes", "min", "mins", "m"}, {0, 0, MINUTE}},
        {{"hour", "hours", "hr", "hrs", "h"}, {0, 0, HOUR}},
        {{"day", "days", "d", NULL}, {0, 1, 0}},
        {{"week", "weeks", "w", NULL}, {0, 7, 0}},
        {{"month", "months", "mon", "mons", NULL}, {1, 0, 0}},
        {{"year", "years", "yr", "yrs", "y"}, {12, 0, 0}},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        for (size_t j = 0; j < 5 && units[i].words[j] != NULL; j++) {
            if (strcmp(units[i].words[j], word) == 0) {
                return &units[i].part;
            }
        }
    }
    return NULL;
}

static bool
negate(struct reader *reader)
{
    return !__builtin_sub_overflow(0, reader->months, &reader->months) &&
           !__builtin_sub_overflow(0, reader->days, &reader->days) &&
           !__builtin_sub_overflow(0, reader->microseconds, &reader->microseconds);
}

/* "[@] number unit ... [clock] [ago]", commas allowed behind units (Python's "1 day, 2:00:00"). */
static bool
read_phrase(struct reader *reader)
{
    char word[WORD_SIZE_MAX + 1];
    bool any = false;
    if (take(reader, '@')) {
        skip_blanks(reader);
    }
    while (reader->at < reader->end) {
        struct number number;
        if (any && take_word(reader, word)) {
            return strcmp(word, "ago") == 0 && reader->at == reader->end && negate(reader);
        }
        if (!take_number(reader, &number)) {
            return false;
        }
        any = true;
        if (take(reader, ':')) {
            if (!add_clock(reader, &number)) {
                return false;
            }
        } else {
            skip_blanks(reader);
            const struct part *part = take_word(reader, word) ? part_of_word(word) : NULL;
            if (part == NULL || !add_part(reader, &number, part)) {
                return false;
            }
            (void)take(reader, ',');
        }
        if (reader->at < reader->end && !take(reader, ' ')) {
            return false;
        }
        skip_blanks(reader);
    }
    return any && reader->end[-1] != ' ' && reader->end[-1] != ',';
}

static bool
is_clock(const uint8_t *bytes, size_t size)
{
    return memchr(bytes, ':', size) != NULL && memchr(bytes, ' ', size) == NULL;
}

bool
interval_parse(const uint8_t *bytes, size_t size, struct interval *interval,
               enum interval_form *form)
{
    struct reader reader = {.at = bytes, .end = bytes + size};
    bool negative = size > 1 && bytes[0] == '-' && bytes[1] == 'P';
    reader.at += negative ? 1 : 0;
    bool read;
    if (take(&reader, 'P')) {
        *form = INTERVAL_FORM_ISO;
        read = read_iso(&reader) && (!negative || negate(&reader));
    } else {
        *form = is_clock(bytes, size) ? INTERVAL_FORM_CLOCK : INTERVAL_FORM_PHRASE;
        read = size > 0 && read_phrase(&reader);
    }
    *interval = (struct interval){(int32_t)reader.months, (int32_t)reader.days,
                                  reader.microseconds};
    return read && interval->months == reader.months && interval->days == reader.days;
}

int64_t
interval_unit_microseconds(enum interval_unit unit)
{
    static const int64_t microseconds[INTERVAL_UNIT_COUNT] = {
        [INTERVAL_NONE] = 0,
        [INTERVAL_MICROSECONDS] = 1,
        [INTERVAL_MILLISECONDS] = 1000,
        [INTERVAL_SECONDS] = SECOND,
        [INTERVAL_MINUTES] = MINUTE,
        [INTERVAL_HOURS] = HOUR,
        [INTERVAL_DAYS] = DAY,
    };
    return microseconds[unit];
}

static bool
spread(int64_t ticks, enum interval_unit unit, struct interval *interval)
{
    *interval = (struct interval){0, 0, ticks};
    if (unit == INTERVAL_DAYS) {
        int64_t days = ticks / DAY;
        *interval = (struct interval){0, (int32_t)days, ticks % DAY};
        return interval->days == days;
    }
    return true;
}

bool
interval_of_integer(int64_t number, enum interval_unit unit, struct interval *interval)
{
    int64_t ticks;
    if (unit == INTERVAL_DAYS) {
        *interval = (struct interval){0, (int32_t)number, 0};
        return interval->days == number;
    }
    return !__builtin_mul_overflow(number, interval_unit_microseconds(unit), &ticks) &&
           spread(ticks, unit, interval);
}

bool
interval_of_real(double number, enum interval_unit unit, bool round, struct interval *interval)
{
    int64_t ticks;
    return ticks_of_real(number, interval_unit_microseconds(unit), round, &ticks) &&
           spread(ticks, unit, interval);
}
