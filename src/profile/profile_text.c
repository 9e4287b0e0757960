/* profile_text.c — see profile_text.h. */
#include "profile/profile_text.h"

#include "value/datetime.h"
#include "value/decimal.h"
#include "value/json_scan.h"
#include "value/word.h"

enum {
    UUID_TRAITS = TRAIT_BIT(TRAIT_UUID) | TRAIT_BIT(TRAIT_UUID_CANONICAL),
    MOMENT_TRAITS = TRAIT_BIT(TRAIT_DATE) | TRAIT_BIT(TRAIT_TIMESTAMP) |
                    TRAIT_BIT(TRAIT_TIMESTAMPTZ) | TRAIT_BIT(TRAIT_ZONED),
    JSON_TRAITS = TRAIT_BIT(TRAIT_JSON) | TRAIT_BIT(TRAIT_JSONB) |
                  TRAIT_BIT(TRAIT_JSON_CONTAINER),
    BOOLEAN_TEXT_MAX = 5,
    TIME_TEXT_MIN = 5,
    DATE_TEXT_SIZE = 10,
};

/* What a parser fills stays on its own frame: values that are not parsed should not
 * pay for clearing it. */
#define APART __attribute__((noinline))

APART static uint32_t
uuid_traits(const uint8_t *bytes, size_t size)
{
    uint8_t uuid[UUID_SIZE];
    bool canonical;
    if (!uuid_parse(bytes, size, uuid, &canonical)) {
        return 0;
    }
    return canonical ? UUID_TRAITS : TRAIT_BIT(TRAIT_UUID);
}

APART static uint32_t
moment_traits(const uint8_t *bytes, size_t size)
{
    struct datetime datetime;
    if (!datetime_parse(bytes, size, &datetime)) {
        return 0;
    }
    uint32_t held = TRAIT_BIT(TRAIT_TIMESTAMPTZ);
    held |= datetime.zoned ? TRAIT_BIT(TRAIT_ZONED) : TRAIT_BIT(TRAIT_TIMESTAMP);
    held |= datetime.has_time ? 0 : TRAIT_BIT(TRAIT_DATE);
    return held;
}

APART static uint32_t
boolean_traits(const uint8_t *bytes, size_t size)
{
    bool boolean;
    return boolean_parse(bytes, size, &boolean) ? TRAIT_BIT(TRAIT_BOOLEAN) : 0;
}

APART static uint32_t
time_traits(const uint8_t *bytes, size_t size)
{
    int64_t time;
    return time_of_day_parse(bytes, size, &time) ? TRAIT_BIT(TRAIT_TIME) : 0;
}

APART static uint32_t
json_traits(const uint8_t *bytes, size_t size)
{
    struct json_facts facts;
    if (!json_scan(bytes, size, &facts)) {
        return 0;
    }
    uint32_t held = TRAIT_BIT(TRAIT_JSON);
    held |= facts.troubles == 0 ? TRAIT_BIT(TRAIT_JSONB) : 0;
    held |= facts.container ? TRAIT_BIT(TRAIT_JSON_CONTAINER) : 0;
    return held;
}

APART static uint32_t
decimal_traits(struct column_profile *profile, const uint8_t *bytes, size_t size)
{
    struct decimal decimal;
    if (!decimal_parse(bytes, size, &decimal)) {
        return 0;
    }
    size_t scale = decimal_scale(&decimal);
    if (decimal.integer_digits > (size_t)profile->decimal_digits_max) {
        profile->decimal_digits_max = (int)decimal.integer_digits;
    }
    if (scale > (size_t)profile->decimal_scale_max) {
        profile->decimal_scale_max = (int)scale;
    }
    return TRAIT_BIT(TRAIT_DECIMAL);
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

/* Size and first byte rule out most before anything is parsed. */
uint32_t
profile_text_traits(struct column_profile *profile, const uint8_t *bytes, size_t size,
                    uint32_t live)
{
    uint32_t held = 0;
    uint8_t first = bytes[0];
    bool digit = first >= '0' && first <= '9';
    if ((live & UUID_TRAITS) != 0 && (size == UUID_TEXT_SIZE || size == UUID_HEX_SIZE)) {
        held = uuid_traits(bytes, size);
        if ((live & ~held) == 0) {
            return held;
        }
    }
    if ((live & MOMENT_TRAITS) != 0 && digit && size >= DATE_TEXT_SIZE) {
        held |= moment_traits(bytes, size);
        if ((live & ~held) == 0) {
            return held;
        }
    }
    if ((live & JSON_TRAITS) != 0 && may_be_json(first)) {
        held |= json_traits(bytes, size);
        if ((live & ~held) == 0) {
            return held;
        }
    }
    if ((live & TRAIT_BIT(TRAIT_BOOLEAN)) != 0 && size <= BOOLEAN_TEXT_MAX) {
        held |= boolean_traits(bytes, size);
    }
    if ((live & TRAIT_BIT(TRAIT_TIME)) != 0 && digit && size >= TIME_TEXT_MIN) {
        held |= time_traits(bytes, size);
    }
    if ((live & TRAIT_BIT(TRAIT_DECIMAL)) != 0 && (digit || first == '-')) {
        held |= decimal_traits(profile, bytes, size);
    }
    return held;
}
