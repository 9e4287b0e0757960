/* inet.c — see inet.h. */
#include "canonical/inet.h"

#include "base/text_put.h"
#include "canonical/text.h"

enum { FORM_HEADER = 2, FIELD_HEADER = 4, GROUPS = 8 };

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static bool
next_is(const struct cursor *cursor, char c)
{
    return cursor->at < cursor->end && *cursor->at == (uint8_t)c;
}

/* Digits without a zero too many. */
static bool
read_decimal(struct cursor *cursor, unsigned max, unsigned *value)
{
    const uint8_t *first = cursor->at;
    *value = 0;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' &&
           *value <= max) {
        *value = *value * 10 + (*cursor->at++ - (unsigned)'0');
    }
    size_t digits = (size_t)(cursor->at - first);
    return digits > 0 && *value <= max && (digits == 1 || *first != '0');
}

static bool
read_four(struct cursor *cursor, uint8_t *address)
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        if (i > 0) {
            if (!next_is(cursor, '.')) {
                return false;
            }
            cursor->at++;
        }
        if (!read_decimal(cursor, 255, &value)) {
            return false;
        }
        address[i] = (uint8_t)value;
    }
    return true;
}

/* One to four hex digits. */
static bool
read_group(struct cursor *cursor, uint16_t *group)
{
    int digits = 0;
    unsigned sum = 0;
    while (digits < 5 && cursor->at < cursor->end && canonical_hex_digit(*cursor->at) >= 0) {
        sum = sum * 16 + (unsigned)canonical_hex_digit(*cursor->at++);
        digits++;
    }
    *group = (uint16_t)sum;
    return digits >= 1 && digits <= 4;
}

/* Groups up to the mask, `gap` where :: stands (-1: nowhere). */
struct groups {
    uint16_t groups[GROUPS];
    int count;
    int gap;
};

/* The last 32 bits may be written as IPv4. */
static bool
read_embedded(struct cursor *cursor, const uint8_t *start, struct groups *groups)
{
    uint8_t four[4];
    cursor->at = start;
    if (groups->count > GROUPS - 2 || !read_four(cursor, four)) {
        return false;
    }
    groups->groups[groups->count++] = (uint16_t)(four[0] << 8 | four[1]);
    groups->groups[groups->count++] = (uint16_t)(four[2] << 8 | four[3]);
    return true;
}

static bool
read_groups(struct cursor *cursor, struct groups *groups)
{
    bool need_group = true;
    if (cursor->end - cursor->at >= 2 && cursor->at[0] == ':' && cursor->at[1] == ':') {
        groups->gap = 0;
        cursor->at += 2;
        need_group = false;
    }
    while (cursor->at < cursor->end && !next_is(cursor, '/')) {
        const uint8_t *start = cursor->at;
        if (groups->count == GROUPS || !read_group(cursor, &groups->groups[groups->count])) {
            return false;
        }
        if (next_is(cursor, '.')) {
            return read_embedded(cursor, start, groups);
        }
        groups->count++;
        need_group = false;
        if (!next_is(cursor, ':')) {
            break;
        }
        cursor->at++;
        need_group = true;
        if (next_is(cursor, ':')) {
            if (groups->gap >= 0) {
                return false;
            }
            groups->gap = groups->count;
            cursor->at++;
            need_group = false;
        }
    }
    return !need_group;
}

static bool
read_six(struct cursor *cursor, uint8_t *address)
{
    struct groups groups = {.gap = -1};
    if (!read_groups(cursor, &groups) ||
        (groups.gap < 0 ? groups.count != GROUPS : groups.count >= GROUPS)) {
        return false;
    }
    int missing = GROUPS - groups.count;
    for (int i = 0, from = 0; i < GROUPS; i++) {
        bool in_gap = groups.gap >= 0 && i >= groups.gap && i < groups.gap + missing;
        uint16_t group = in_gap ? 0 : groups.groups[from++];
        *address++ = (uint8_t)(group >> 8);
        *address++ = (uint8_t)group;
    }
    return true;
}

static bool
is_zero_behind(const uint8_t *address, unsigned bits, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned kept = bits <= i * 8 ? 0 : bits - i * 8 >= 8 ? 8 : bits - i * 8;
        if ((address[i] & (0xFFU >> kept)) != 0) {
            return false;
        }
    }
    return true;
}

bool
canonical_inet_read(struct text *out, const uint8_t *bytes, size_t size, bool network)
{
    struct cursor cursor = {bytes, bytes + size};
    uint8_t address[16] = {0};
    bool six = size > 0 && memchr(bytes, ':', size) != NULL;
    unsigned length = six ? 16 : 4;
    unsigned bits = length * 8;
    if (!(six ? read_six(&cursor, address) : read_four(&cursor, address))) {
        return false;
    }
    if (next_is(&cursor, '/')) {
        cursor.at++;
        if (!read_decimal(&cursor, bits, &bits)) {
            return false;
        }
    }
    text_put_char(out, six ? 6 : 4);
    text_put_char(out, (char)bits);
    text_put_bytes(out, address, length);
    return cursor.at == cursor.end && (!network || is_zero_behind(address, bits, length));
}

/* Family (2: IPv4, 3: IPv6), bits, whether cidr, length, address. */
bool
canonical_inet_from_field(struct text *out, const uint8_t *bytes, size_t size)
{
    if (size < FIELD_HEADER || bytes[3] != size - FIELD_HEADER ||
        !((bytes[0] == 2 && bytes[3] == 4) || (bytes[0] == 3 && bytes[3] == 16))) {
        return false;
    }
    text_put_char(out, bytes[0] == 2 ? 4 : 6);
    text_put_char(out, (char)bytes[1]);
    text_put_bytes(out, bytes + FIELD_HEADER, bytes[3]);
    return bytes[1] <= bytes[3] * 8;
}

void
canonical_inet_print(struct text *out, const uint8_t *form, size_t size)
{
    bool six = form[0] == 6;
    for (size_t i = FORM_HEADER; i < size; i += six ? 2 : 1) {
        if (i > FORM_HEADER) {
            text_add_char(out, six ? ':' : '.');
        }
        if (six) {
            text_printf(out, "%x", (unsigned)form[i] << 8 | form[i + 1]);
        } else {
            text_printf(out, "%u", (unsigned)form[i]);
        }
    }
    if (form[1] != (size - FORM_HEADER) * 8) {
        text_printf(out, "/%u", (unsigned)form[1]);
    }
}
