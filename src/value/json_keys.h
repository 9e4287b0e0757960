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
    uint8_t first; /* first and last byte: tells most keys apart at once */
    uint8_t last;
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

/* False: there are too many already. */
bool json_keys_push(struct json_keys *stack, const uint8_t *bytes, size_t size, bool escaped);

/* Takes the keys from `first` on off the stack. True: two of them are equal. */
bool json_keys_pop(struct json_keys *stack, size_t first);

#endif
