/* word.c — see word.h. */
#include "value/word.h"

enum { WORD_SIZE_MAX = 5 };

/* A word of at most five letters as a number: its bytes, then its length. */
#define WORD(size, a, b, c, d, e)                                                              \
    ((uint64_t)(size) << 40 | (uint64_t)(e) << 32 | (uint64_t)(d) << 24 |                      \
     (uint64_t)(c) << 16 | (uint64_t)(b) << 8 | (uint64_t)(a))

bool
boolean_parse(const uint8_t *bytes, size_t size, bool *value)
{
    if (size > WORD_SIZE_MAX) {
        return false;
    }
    uint64_t word = (uint64_t)size << 40;
    for (size_t i = 0; i < size; i++) {
        bool upper = bytes[i] >= 'A' && bytes[i] <= 'Z';
        word |= (uint64_t)(upper ? bytes[i] + ('a' - 'A') : bytes[i]) << (8 * i);
    }
    switch (word) {
    case WORD(1, 't', 0, 0, 0, 0):
    case WORD(1, 'y', 0, 0, 0, 0):
    case WORD(1, '1', 0, 0, 0, 0):
    case WORD(2, 'o', 'n', 0, 0, 0):
    case WORD(3, 'y', 'e', 's', 0, 0):
    case WORD(4, 't', 'r', 'u', 'e', 0): *value = true; return true;
    case WORD(1, 'f', 0, 0, 0, 0):
    case WORD(1, 'n', 0, 0, 0, 0):
    case WORD(1, '0', 0, 0, 0, 0):
    case WORD(2, 'n', 'o', 0, 0, 0):
    case WORD(3, 'o', 'f', 'f', 0, 0):
    case WORD(5, 'f', 'a', 'l', 's', 'e'): *value = false; return true;
    default: return false;
    }
}

enum {
    HEX = 0x80,   /* marks what is a hex digit at all */
    UPPER = 0x40, /* marks A..F */
    HEX_UPPER = HEX | UPPER,
};

/* Value of a hex digit beside its marks; 0: none. */
static const uint8_t nibbles[256] = {
    ['0'] = HEX | 0,        ['1'] = HEX | 1,        ['2'] = HEX | 2,
    ['3'] = HEX | 3,        ['4'] = HEX | 4,        ['5'] = HEX | 5,
    ['6'] = HEX | 6,        ['7'] = HEX | 7,        ['8'] = HEX | 8,
    ['9'] = HEX | 9,        ['a'] = HEX | 10,       ['b'] = HEX | 11,
    ['c'] = HEX | 12,       ['d'] = HEX | 13,       ['e'] = HEX | 14,
    ['f'] = HEX | 15,       ['A'] = HEX_UPPER | 10, ['B'] = HEX_UPPER | 11,
    ['C'] = HEX_UPPER | 12, ['D'] = HEX_UPPER | 13, ['E'] = HEX_UPPER | 14,
    ['F'] = HEX_UPPER | 15,
};

bool
uuid_parse(const uint8_t *bytes, size_t size, uint8_t uuid[UUID_SIZE], bool *canonical)
{
    /* Where each byte's two digits stand in 8-4-4-4-12. */
    static const uint8_t hyphened[UUID_SIZE] = {0,  2,  4,  6,  9,  11, 14, 16,
                                                19, 21, 24, 26, 28, 30, 32, 34};
    if (size == UUID_TEXT_SIZE) {
        if (bytes[8] != '-' || bytes[13] != '-' || bytes[18] != '-' || bytes[23] != '-') {
            return false;
        }
    } else if (size != UUID_HEX_SIZE) {
        return false;
    }
    uint8_t all = HEX;
    uint8_t any = 0;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        const uint8_t *pair = bytes + (size == UUID_TEXT_SIZE ? hyphened[i] : 2 * i);
        uint8_t high = nibbles[pair[0]];
        uint8_t low = nibbles[pair[1]];
        all &= high & low;
        any |= high | low;
        uuid[i] = (uint8_t)(high << 4 | (low & 0x0F));
    }
    *canonical = size == UUID_TEXT_SIZE && (any & UPPER) == 0;
    return (all & HEX) != 0;
}
