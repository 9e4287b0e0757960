/* json_keys.c — see json_keys.h. */
#include "value/json_keys.h"

#include "value/json_scan.h"
#include "value/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRWISE_MAX = 16 }; /* up to so many keys, comparing all pairs is the fastest */

void
json_keys_init(struct json_keys *stack)
{
    stack->keys = stack->few;
    stack->count = 0;
    stack->capacity = JSON_KEYS_INLINE;
}

void
json_keys_free(struct json_keys *stack)
{
    if (stack->keys != stack->few) {
        free(stack->keys);
    }
}

bool
json_keys_grow(struct json_keys *stack)
{
    if (stack->capacity >= JSON_KEYS_MAX) {
        return false;
    }
    size_t capacity = stack->capacity * 4 > JSON_KEYS_MAX ? JSON_KEYS_MAX : stack->capacity * 4;
    bool inline_keys = stack->keys == stack->few;
    struct json_key *keys = realloc(inline_keys ? NULL : stack->keys, capacity * sizeof *keys);
    if (keys == NULL) {
        return false;
    }
    if (inline_keys) {
        memcpy(keys, stack->few, sizeof stack->few);
    }
    stack->keys = keys;
    stack->capacity = capacity;
    return true;
}

/* Reads a key byte by byte, unescaped. */
struct unescaper {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t pending[4];
    size_t pending_at;
    size_t pending_size;
};

static uint32_t
read_hex4(const uint8_t *digits)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = digits[i];
        number = number << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return number;
}

/* The code point of a \u escape, with its second half where it has one. */
static uint32_t
read_unicode(struct unescaper *reader)
{
    uint32_t code_point = read_hex4(reader->at + 2);
    reader->at += 6;
    if (code_point < 0xD800 || code_point > 0xDBFF || reader->end - reader->at < 6 ||
        reader->at[0] != '\\' || reader->at[1] != 'u') {
        return code_point;
    }
    uint32_t low = read_hex4(reader->at + 2);
    if (low < 0xDC00 || low > 0xDFFF) {
        return code_point;
    }
    reader->at += 6;
    return 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
}

/* The next byte, or -1 at the end. The key was found well-formed. */
static int
next_byte(struct unescaper *reader)
{
    if (reader->pending_at < reader->pending_size) {
        return reader->pending[reader->pending_at++];
    }
    if (reader->at == reader->end) {
        return -1;
    }
    if (*reader->at != '\\') {
        return *reader->at++;
    }
    uint8_t kind = reader->at[1];
    if (kind == 'u') {
        reader->pending_size = utf8_encode(read_unicode(reader), reader->pending);
        reader->pending_at = 1;
        return reader->pending[0];
    }
    reader->at += 2;
    switch (kind) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return kind;
    }
}

static int
compare_unescaped(const struct json_key *a, const struct json_key *b)
{
    struct unescaper left = {.at = a->bytes, .end = a->bytes + a->size};
    struct unescaper right = {.at = b->bytes, .end = b->bytes + b->size};
    for (;;) {
        int l = next_byte(&left);
        int r = next_byte(&right);
        if (l != r || l < 0) {
            return (l > r) - (l < r);
        }
    }
}

static int
compare_keys(const void *left, const void *right)
{
    const struct json_key *a = left;
    const struct json_key *b = right;
    if (a->escaped || b->escaped) {
        return compare_unescaped(a, b);
    }
    size_t common = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->bytes, b->bytes, common);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static bool
equal_keys(const struct json_key *a, const struct json_key *b)
{
    if (a->escaped | b->escaped) {
        return compare_unescaped(a, b) == 0;
    }
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static bool
any_pair_equal(const struct json_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (equal_keys(&keys[i], &keys[j])) {
                return true;
            }
        }
    }
    return false;
}

static bool
any_neighbour_equal(struct json_key *keys, size_t count)
{
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++) {
        if (equal_keys(&keys[i], &keys[i - 1])) {
            return true;
        }
    }
    return false;
}

bool
json_keys_repeat(struct json_keys *stack, size_t first)
{
    struct json_key *keys = stack->keys + first;
    size_t count = stack->count - first;
    return count <= PAIRWISE_MAX ? any_pair_equal(keys, count)
                                 : any_neighbour_equal(keys, count);
}
