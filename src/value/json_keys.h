/* json_keys.h — the keys of the objects that are being scanned, to find one that
 * stands twice in one object. Compared as they read unescaped: "\u0061" is "a". */
#ifndef VALUE_JSON_KEYS_H
#define VALUE_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As written, without its quotes; borrowed. */
struct json_key {
    const uint8_t *bytes;
    uint32_t size;
    bool escaped; /* holds a backslash */
};

enum { JSON_KEYS_INLINE = 48 };

/* A stack: the innermost object's keys are on top. */
struct json_keys {
    struct json_key *keys; /* few, or allocated */
    size_t count;
    size_t capacity;
    struct json_key few[JSON_KEYS_INLINE];
};

void json_keys_init(struct json_keys *stack);
void json_keys_free(struct json_keys *stack);

/* Makes room; false: there are too many already. */
bool json_keys_grow(struct json_keys *stack);

/* False: there are too many already. */
static inline bool
json_keys_push(struct json_keys *stack, const uint8_t *bytes, size_t size, bool escaped)
{
    if (stack->count == stack->capacity && !json_keys_grow(stack)) {
        return false;
    }
    struct json_key *key = &stack->keys[stack->count++];
    key->bytes = bytes;
    key->size = (uint32_t)size;
    key->escaped = escaped;
    return true;
}

/* What keys were seen in one object, as two sets of 64 bits: keys that are equal have
 * the same bit in both, so most objects need no closer look. Begins as zeros. */
struct json_key_marks {
    uint64_t ends;    /* by the first and last byte */
    uint64_t middles; /* by the byte in between */
    bool doubtful;    /* two may be equal, or one must be unescaped first */
};

/* `bytes` stands between quotes. */
static inline void
json_key_marks_add(struct json_key_marks *marks, const uint8_t *bytes, size_t size,
                   bool escaped)
{
    const uint8_t *last = bytes + size - 1; /* of an empty key, the quote */
    uint64_t ends = UINT64_C(1) << ((*last + 7 * *bytes) & 63);
    uint64_t middles = UINT64_C(1) << ((bytes[size / 2] + 11 * size) & 63);
    marks->doubtful |= escaped | ((marks->ends & ends) != 0 && (marks->middles & middles) != 0);
    marks->ends |= ends;
    marks->middles |= middles;
}

/* Two of the keys from `first` on are equal. */
bool json_keys_repeat(struct json_keys *stack, size_t first);

/* Takes the keys from `first` on, which have left the marks, off the stack. True: two
 * of them are equal. */
static inline bool
json_keys_pop(struct json_keys *stack, size_t first, const struct json_key_marks *marks)
{
    bool repeat = marks->doubtful && json_keys_repeat(stack, first);
    stack->count = first;
    return repeat;
}

#endif
