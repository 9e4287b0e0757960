/* profile.c — looks at one value: the inner loop of every inspection.
 *
 * What a value misses is a mask. A trait that was missed once is never tested
 * again, so a plain column soon costs a counter or two a value. */
#include "profile/profile.h"

#include "profile/profile_text.h"
#include "profile/witness.h"
#include "value/real.h"
#include "value/utf8.h"
#include "value/word.h"

#include <math.h>

enum {
    MISSED_BY_INTEGER = ALL_TRAITS & ~(TRAIT_BIT(TRAIT_BOOLEAN) | TRAIT_BIT(TRAIT_DECIMAL)),
    MISSED_BY_REAL = ALL_TRAITS & ~TRAIT_BIT(TRAIT_DECIMAL),
    INTEGER_DIGITS_MAX = 19,
    NUMBER_BYTES = 8,
};

/* All that is done for every value is inlined, and what is rare takes the observation
 * apart: so it never lies in memory, and neither does a guard of the stack. */
#define INLINED __attribute__((always_inline)) static inline

/* A value's place, passed along so that a miss can be recorded. */
struct observation {
    struct column_profile *profile;
    sqlite3_value *value;
    int64_t position;
    bool utf16;
};

/* Rare: at most once a trait and column. */
__attribute__((noinline, cold)) static void
note_misses(struct column_profile *profile, sqlite3_value *value, int64_t position, bool utf16,
            uint32_t missed)
{
    struct witness witness = {0};
    witness_note(&witness, value, position, utf16);
    for (int trait = 0; trait < TRAIT_COUNT; trait++) {
        if ((missed & TRAIT_BIT(trait)) != 0 && !profile->missing[trait].set) {
            profile->missing[trait] = witness;
        }
    }
    profile->missed |= missed;
    if ((missed & TRAIT_BIT(TRAIT_DECIMAL)) != 0) {
        profile->decimal_digits_max = 0;
        profile->decimal_scale_max = 0;
    }
}

INLINED void
miss(const struct observation *seen, uint32_t missed)
{
    if (__builtin_expect((missed & ~seen->profile->missed) != 0, 0)) {
        note_misses(seen->profile, seen->value, seen->position, seen->utf16, missed);
    }
}

__attribute__((noinline, cold)) static void
note_first(struct column_profile *profile, sqlite3_value *value, int64_t position, bool utf16,
           int storage_class)
{
    witness_note(&profile->first_of[storage_class - 1], value, position, utf16);
}

INLINED void
count(const struct observation *seen, uint64_t *counter, int storage_class)
{
    if (__builtin_expect((*counter)++ == 0, 0)) {
        note_first(seen->profile, seen->value, seen->position, seen->utf16, storage_class);
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
    bool decimal = (profile->missed & TRAIT_BIT(TRAIT_DECIMAL)) == 0;
    if (decimal && digits > profile->decimal_digits_max) {
        profile->decimal_digits_max = digits;
    }
}

INLINED void
add_integer(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    int64_t number = sqlite3_value_int64(seen->value);
    bool boolean = (uint64_t)number <= 1;
    miss(seen, boolean ? MISSED_BY_INTEGER : MISSED_BY_INTEGER | TRAIT_BIT(TRAIT_BOOLEAN));
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

__attribute__((noinline)) static void
note_decomposed(struct column_profile *profile, double number)
{
    struct real_decimal decimal;
    real_decompose(number, &decimal);
    int before = digit_count(decimal.digits) + decimal.exponent;
    if (before > profile->decimal_digits_max) {
        profile->decimal_digits_max = before;
    }
    if (-decimal.exponent > profile->decimal_scale_max) {
        profile->decimal_scale_max = -decimal.exponent;
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
    if (more_digits || !real_scale_suffices(number, profile->decimal_scale_max)) {
        note_decomposed(profile, number);
    }
}

INLINED void
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
    if ((profile->missed & TRAIT_BIT(TRAIT_DECIMAL)) == 0) {
        note_real_digits(profile, number);
    }
}

__attribute__((noinline, cold)) static void
add_bad_text(struct column_profile *profile, sqlite3_value *value, int64_t position, bool utf16,
             struct cell_bytes text)
{
    AUTO_TEXT stripped = {0};
    raise_to(&profile->characters_max, cell_add_stripped(&stripped, text));
    profile->texts_bad++;
    witness_note(&profile->first_bad_text, value, position, utf16);
}

INLINED size_t
add_text(const struct observation *seen, struct cell_bytes text)
{
    struct column_profile *profile = seen->profile;
    count(seen, &profile->texts, SQLITE_TEXT);
    raise_to(&profile->bytes_max, text.size);
    struct utf8_prefix good = utf8_prefix(text.bytes, text.size);
    if (__builtin_expect(text.broken_utf16 != 0 || good.size != text.size, 0)) {
        add_bad_text(profile, seen->value, seen->position, seen->utf16, text);
        miss(seen, ALL_TRAITS);
        return text.size;
    }
    raise_to(&profile->characters_max, good.characters);
    profile->texts_empty += text.size == 0;
    uint32_t live = ALL_TRAITS & ~profile->missed;
    if (live != 0) {
        uint32_t held = text.size == 0
                            ? 0
                            : profile_text_traits(profile, text.bytes, text.size, live);
        miss(seen, live & ~held);
    }
    return text.size;
}

__attribute__((noinline)) static size_t
add_utf16_text(struct column_profile *profile, sqlite3_value *value, int64_t position)
{
    const struct observation seen = {profile, value, position, true};
    return add_text(&seen, cell_text_utf16(value));
}

INLINED size_t
add_blob(const struct observation *seen)
{
    struct column_profile *profile = seen->profile;
    size_t size = (size_t)sqlite3_value_bytes(seen->value);
    count(seen, &profile->blobs, SQLITE_BLOB);
    raise_to(&profile->bytes_max, size);
    miss(seen, size == UUID_SIZE ? ALL_TRAITS & ~TRAIT_BIT(TRAIT_UUID) : ALL_TRAITS);
    return size;
}

size_t
column_profile_add(struct column_profile *profile, sqlite3_value *value, int64_t position,
                   bool utf16)
{
    const struct observation seen = {profile, value, position, utf16};
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: add_integer(&seen); return NUMBER_BYTES;
    case SQLITE_FLOAT: add_real(&seen); return NUMBER_BYTES;
    case SQLITE_TEXT:
        return utf16 ? add_utf16_text(profile, value, position)
                     : add_text(&seen, cell_text(value, false));
    case SQLITE_BLOB: return add_blob(&seen);
    default: count(&seen, &profile->nulls, SQLITE_NULL); return 0;
    }
}

bool
column_profile_holds(const struct column_profile *profile, enum trait trait)
{
    return !profile->missing[trait].set;
}

uint64_t
column_profile_values(const struct column_profile *profile)
{
    return profile->integers + profile->reals + profile->texts + profile->blobs;
}

bool
column_profile_proves(const struct column_profile *profile, const struct value_type *type)
{
    if (profile->texts_bad > 0) {
        return false;
    }
    switch ((int)type->kind) {
    case TYPE_TEXT: return true;
    case TYPE_VARCHAR: return profile->characters_max <= (uint64_t)type->length;
    case TYPE_JSON: return column_profile_holds(profile, TRAIT_JSON);
    case TYPE_JSONB: return column_profile_holds(profile, TRAIT_JSONB);
    default: return false; /* the others are read anyway, to be converted */
    }
}
