/* profile.c — looks at one value: the inner loop of every inspection.
 *
 * What a value misses is a mask. A trait that was missed once is never tested
 * again, so a plain column soon costs a counter or two a value. */
#include "value/profile.h"

#include "value/datetime.h"
#include "value/decimal.h"
#include "value/inet.h"
#include "value/interval.h"
#include "value/json_array.h"
#include "value/json_scan.h"
#include "value/real.h"
#include "value/utf8.h"
#include "value/witness.h"
#include "value/word.h"

#include <math.h>

#define BIT(trait) (1U << (trait))

enum {
    ALL_TRAITS = (1 << TRAIT_COUNT) - 1,
    ASKED_TRAITS = BIT(TRAIT_INET) | BIT(TRAIT_INTERVAL) | BIT(TRAIT_TEXT_ARRAY) |
                   BIT(TRAIT_BIGINT_ARRAY) | BIT(TRAIT_INTEGER_ARRAY),
    USUAL_TRAITS = ALL_TRAITS & ~ASKED_TRAITS,
    UUID_TRAITS = BIT(TRAIT_UUID) | BIT(TRAIT_UUID_CANONICAL),
    MOMENT_TRAITS = BIT(TRAIT_DATE) | BIT(TRAIT_TIMESTAMP) | BIT(TRAIT_TIMESTAMPTZ) |
                    BIT(TRAIT_ZONED),
    JSON_TRAITS = BIT(TRAIT_JSON) | BIT(TRAIT_JSONB) | BIT(TRAIT_JSON_CONTAINER),
};
enum {
    MISSED_BY_INTEGER = ALL_TRAITS & ~(BIT(TRAIT_BOOLEAN) | BIT(TRAIT_DECIMAL)),
    MISSED_BY_REAL = ALL_TRAITS & ~BIT(TRAIT_DECIMAL),
    BOOLEAN_TEXT_MAX = 5,
    TIME_TEXT_MIN = 5,
    DATE_TEXT_SIZE = 10,
    INTEGER_DIGITS_MAX = 19,
};

/* A value's place, passed along so that a miss can be recorded. */
struct observation {
    struct column_profile *profile;
    sqlite3_value *value;
    int64_t position;
    bool utf16;
};

/* Rare: at most once a trait and column. */
__attribute__((noinline)) static void
note_misses(const struct observation *seen, uint32_t missed)
{
    struct column_profile *profile = seen->profile;
    struct witness witness = {0};
    witness_note(&witness, seen->value, seen->position, seen->utf16);
    for (int trait = 0; trait < TRAIT_COUNT; trait++) {
        if ((missed & BIT(trait)) != 0 && !profile->missing[trait].set) {
            profile->missing[trait] = witness;
        }
    }
    profile->missed |= missed;
    if ((missed & BIT(TRAIT_DECIMAL)) != 0) {
        profile->decimal_digits_max = 0;
        profile->decimal_scale_max = 0;
    }
}

static inline void
miss(const struct observation *seen, uint32_t missed)
{
    if ((missed & ~seen->profile->missed) != 0) {
        note_misses(seen, missed);
    }
}

__attribute__((noinline)) static void
note_first(const struct observation *seen, int storage_class)
{
    witness_note(&seen->profile->first_of[storage_class - 1], seen->value, seen->position,
                 seen->utf16);
}

static inline void
count(const struct observation *seen, uint64_t *counter, int storage_class)
{
    if (__builtin_expect((*counter)++ == 0, 0)) {
        note_first(seen, storage_class);
    }
}

static inline void
raise_to(uint64_t *max, uint64_t number)
{
    *max = number > *max ? number : *max;
}

static void
note_integer_digits(struct column_profile *profile, int64_t number)
{
    uint64_t magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
    int digits = digit_count(magnitude);
    bool decimal = (profile->missed & BIT(TRAIT_DECIMAL)) == 0;
    if (decimal && digits > profile->decimal_digits_max) {
        profile->decimal_digits_max = digits;
    }
}

static inline void
add_integer(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    int64_t number = sqlite3_value_int64(seen->value);
    bool boolean = (uint64_t)number <= 1;
    miss(seen, boolean ? MISSED_BY_INTEGER : MISSED_BY_INTEGER | BIT(TRAIT_BOOLEAN));
    if (profile->integers == 0) {
        profile->integer_min = number;
        profile->integer_max = number;
        note_integer_digits(profile, number);
    }
    count(seen, &profile->integers, SQLITE_INTEGER);
    if (number > profile->integer_max) {
        profile->integer_max = number;
        if (profile->decimal_digits_max < INTEGER_DIGITS_MAX) {
            note_integer_digits(profile, number);
        }
    } else if (number < profile->integer_min) {
        profile->integer_min = number;
        if (profile->decimal_digits_max < INTEGER_DIGITS_MAX) {
            note_integer_digits(profile, number);
        }
    }
}

/* Works a real's decimal out only when it may have more digits, on either side of
 * the point, than any before. */
static inline void
note_real_digits(struct column_profile *profile, double number)
{
    static const double power10[INTEGER_DIGITS_MAX] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                       1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                       1e14, 1e15, 1e16, 1e17, 1e18};
    int digits = profile->decimal_digits_max;
    double magnitude = fabs(number);
    bool more_digits = magnitude >=
                       power10[digits < INTEGER_DIGITS_MAX ? digits : INTEGER_DIGITS_MAX - 1];
    if (!more_digits && real_scale_bound(number) <= profile->decimal_scale_max) {
        return;
    }
    struct real_decimal decimal;
    real_decompose(number, &decimal);
    int before = digit_count(decimal.digits) + decimal.exponent;
    if (before > digits) {
        profile->decimal_digits_max = before;
    }
    if (-decimal.exponent > profile->decimal_scale_max) {
        profile->decimal_scale_max = -decimal.exponent;
    }
}

static inline void
add_real(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    double number = sqlite3_value_double(seen->value);
    count(seen, &profile->reals, SQLITE_FLOAT);
    if (isinf(number)) {
        profile->reals_infinite++;
        miss(seen, ALL_TRAITS);
        return;
    }
    miss(seen, MISSED_BY_REAL);
    if ((profile->missed & BIT(TRAIT_DECIMAL)) == 0) {
        note_real_digits(profile, number);
    }
}

static uint32_t
uuid_traits(struct cell_bytes text)
{
    uint8_t uuid[UUID_SIZE];
    bool canonical;
    if (!uuid_parse(text.bytes, text.size, uuid, &canonical)) {
        return 0;
    }
    return canonical ? UUID_TRAITS : BIT(TRAIT_UUID);
}

static uint32_t
moment_traits(struct cell_bytes text)
{
    struct datetime datetime;
    if (!datetime_parse(text.bytes, text.size, &datetime)) {
        return 0;
    }
    uint32_t held = BIT(TRAIT_TIMESTAMPTZ);
    held |= datetime.zoned ? BIT(TRAIT_ZONED) : BIT(TRAIT_TIMESTAMP);
    held |= datetime.has_time ? 0 : BIT(TRAIT_DATE);
    return held;
}

static uint32_t
json_traits(struct cell_bytes text)
{
    struct json_facts facts;
    if (!json_scan(text.bytes, text.size, &facts)) {
        return 0;
    }
    uint32_t held = BIT(TRAIT_JSON);
    held |= facts.troubles == 0 ? BIT(TRAIT_JSONB) : 0;
    held |= facts.container ? BIT(TRAIT_JSON_CONTAINER) : 0;
    return held;
}

static uint32_t
decimal_traits(struct column_profile *profile, struct cell_bytes text)
{
    struct decimal decimal;
    if (!decimal_parse(text.bytes, text.size, &decimal)) {
        return 0;
    }
    size_t scale = decimal_scale(&decimal);
    if (decimal.integer_digits > (size_t)profile->decimal_digits_max) {
        profile->decimal_digits_max = (int)decimal.integer_digits;
    }
    if (scale > (size_t)profile->decimal_scale_max) {
        profile->decimal_scale_max = (int)scale;
    }
    return BIT(TRAIT_DECIMAL);
}

static uint32_t
array_traits(struct cell_bytes text)
{
    switch (json_array_content(text.bytes, text.size)) {
    case JSON_ARRAY_OF_TEXT: return BIT(TRAIT_TEXT_ARRAY);
    case JSON_ARRAY_OF_BIGINT: return BIT(TRAIT_BIGINT_ARRAY);
    case JSON_ARRAY_OF_INTEGER: return BIT(TRAIT_BIGINT_ARRAY) | BIT(TRAIT_INTEGER_ARRAY);
    case JSON_ARRAY_OF_NOTHING:
        return BIT(TRAIT_TEXT_ARRAY) | BIT(TRAIT_BIGINT_ARRAY) | BIT(TRAIT_INTEGER_ARRAY);
    case JSON_ARRAY_OF_OTHER: break;
    }
    return 0;
}

/* Only where a plan asked. */
__attribute__((noinline)) static uint32_t
asked_traits(struct cell_bytes text)
{
    struct inet inet;
    struct interval interval;
    enum interval_form form;
    uint32_t held = array_traits(text);
    held |= inet_parse(text.bytes, text.size, &inet) ? BIT(TRAIT_INET) : 0;
    held |= interval_parse(text.bytes, text.size, &interval, &form) ? BIT(TRAIT_INTERVAL) : 0;
    return held;
}

static inline bool
may_be_json(uint8_t first)
{
    switch (first) {
    case '{':
    case '[':
    case '"':
    case '-':
    case 't':
    case 'f':
    case 'n':
    case ' ':
    case '\t':
    case '\n':
    case '\r': return true;
    default: return first >= '0' && first <= '9';
    }
}

/* Which of the `live` traits a well-formed, non-empty text holds. Size and first
 * byte rule out most before anything is parsed. */
static inline uint32_t
text_traits(struct column_profile *profile, struct cell_bytes text, uint32_t live)
{
    uint32_t held = 0;
    uint8_t first = text.bytes[0];
    bool digit = first >= '0' && first <= '9';
    bool boolean;
    int64_t time;
    if ((live & UUID_TRAITS) != 0 &&
        (text.size == UUID_TEXT_SIZE || text.size == UUID_HEX_SIZE)) {
        held |= uuid_traits(text);
    }
    if ((live & MOMENT_TRAITS) != 0 && digit && text.size >= DATE_TEXT_SIZE) {
        held |= moment_traits(text);
    }
    if ((live & JSON_TRAITS) != 0 && may_be_json(first)) {
        held |= json_traits(text);
    }
    if ((live & BIT(TRAIT_BOOLEAN)) != 0 && text.size <= BOOLEAN_TEXT_MAX &&
        boolean_parse(text.bytes, text.size, &boolean)) {
        held |= BIT(TRAIT_BOOLEAN);
    }
    if ((live & BIT(TRAIT_TIME)) != 0 && digit && text.size >= TIME_TEXT_MIN &&
        time_of_day_parse(text.bytes, text.size, &time)) {
        held |= BIT(TRAIT_TIME);
    }
    if ((live & BIT(TRAIT_DECIMAL)) != 0 && (digit || first == '-')) {
        held |= decimal_traits(profile, text);
    }
    if (__builtin_expect((live & ASKED_TRAITS) != 0, 0)) {
        held |= asked_traits(text);
    }
    return held;
}

__attribute__((noinline)) static void
add_bad_text(const struct observation *seen, struct cell_bytes text)
{
    AUTO_TEXT stripped = {0};
    raise_to(&seen->profile->characters_max, cell_add_stripped(&stripped, text));
    seen->profile->texts_bad++;
    witness_note(&seen->profile->first_bad_text, seen->value, seen->position, seen->utf16);
    miss(seen, ALL_TRAITS);
}

static inline void
add_text(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    struct cell_bytes text = cell_text(seen->value, seen->utf16);
    count(seen, &profile->texts, SQLITE_TEXT);
    raise_to(&profile->bytes_max, text.size);
    size_t characters;
    if (text.broken_utf16 != 0 ||
        utf8_valid_prefix(text.bytes, text.size, &characters) != text.size) {
        add_bad_text(seen, text);
        return;
    }
    raise_to(&profile->characters_max, characters);
    profile->texts_empty += text.size == 0;
    uint32_t live = (USUAL_TRAITS | profile->asked) & ~profile->missed;
    if (live != 0) {
        uint32_t held = text.size == 0 ? 0 : text_traits(profile, text, live);
        miss(seen, live & ~held);
    }
}

static inline void
add_blob(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    size_t size = (size_t)sqlite3_value_bytes(seen->value);
    count(seen, &profile->blobs, SQLITE_BLOB);
    raise_to(&profile->bytes_max, size);
    miss(seen, size == UUID_SIZE ? ALL_TRAITS & ~BIT(TRAIT_UUID) : ALL_TRAITS);
}

void
column_profile_add(struct column_profile *profile, sqlite3_value *value, int64_t position,
                   bool utf16)
{
    const struct observation seen = {profile, value, position, utf16};
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: add_integer(&seen); break;
    case SQLITE_FLOAT: add_real(&seen); break;
    case SQLITE_TEXT: add_text(&seen); break;
    case SQLITE_BLOB: add_blob(&seen); break;
    default: count(&seen, &profile->nulls, SQLITE_NULL); break;
    }
}

void
column_profile_ask(struct column_profile *profile, enum trait trait)
{
    profile->asked |= BIT(trait) & ASKED_TRAITS;
}

bool
column_profile_holds(const struct column_profile *profile, enum trait trait)
{
    bool tested = ((USUAL_TRAITS | profile->asked) & BIT(trait)) != 0;
    return tested && !profile->missing[trait].set;
}

uint64_t
column_profile_values(const struct column_profile *profile)
{
    return profile->integers + profile->reals + profile->texts + profile->blobs;
}
